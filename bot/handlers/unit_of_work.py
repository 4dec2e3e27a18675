"""One event's work inside one transaction: step the machines, keep what they say.

A machine's effects are carried out in the order in which it gave them; what it tells another
machine is handled in the same transaction. Lock order: the set's row, and nothing else: a set
is at most a dozen people, so all that happens in it queues at that one row.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import datetime

from bot.method import actions, learning_set, meeting
from bot.method import effects as fx
from bot.method import events as ev
from bot.method import session as session_machine
from bot.method.actions import Action
from bot.method.card_key import (
    IN_MEETING_THREAD,
    IN_SESSION_THREAD,
    THREAD_KINDS,
    CardKey,
    CardKind,
)
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import ContributionId, Person, PersonId, SetId, Support
from bot.ports import Ids, Timer, Tx
from bot.ports.lanes import home_lane, person_lane
from bot.worktime import NeverWorks, next_digest

SHOWN_AGAIN = {*THREAD_KINDS, *IN_SESSION_THREAD, *IN_MEETING_THREAD}  # card names, too
DAILY = "digest:"  # begins the owner of a person's daily timer


class UnitOfWork:
    """The transaction at hand. `prompted` is who will be answered straight away, if anyone."""

    def __init__(self, tx: Tx, at: datetime, ids: Ids, prompted: PersonId | None = None) -> None:
        self.tx, self.at, self.ids, self.prompted = tx, at, ids, prompted
        self.answers: list[fx.Whisper | fx.Refuse] = []
        self.codes: list[str] = []
        self.judged: list[tuple[str, str, str]] = []  # stage, verdict, reason: to be counted
        self._queue: deque[tuple[str, ev.Event]] = deque()
        self._set: LearningSet | None = None

    # The set at hand

    def hold(self, id: SetId) -> LearningSet | None:
        """Load a set and lock it. One transaction holds one set."""
        if self._set is None or self._set.id != id:
            self._set = self.tx.machines.lock_set(id)
        return self._set

    @property
    def group(self) -> LearningSet:
        assert self._set is not None, "no set is held"
        return self._set

    def begin_set(self, group: LearningSet) -> None:
        self._set = group
        self.tx.machines.save(group)

    # Events

    def tell(self, to: str, event: ev.Event) -> None:
        """Let one machine take an event, and all that follows from it."""
        self._queue.append((to, event))
        while self._queue:
            owner, next_event = self._queue.popleft()
            self._carry_out(owner, self._step(owner, next_event))

    def _step(self, owner: str, event: ev.Event) -> tuple[fx.Effect, ...]:
        if self._set is not None and owner == self._set.id:
            self._set, effects = learning_set.step(self._set, event)
            self.tx.machines.save(self._set)
            return effects
        running = self.tx.machines.load(Session, owner)
        if running is not None:
            after, effects = session_machine.step(running, event)
            if after != running:
                self.tx.machines.save(after)
            return effects
        gathered = self.tx.machines.load(Meeting, owner)
        assert gathered is not None, "an event for something that does not exist"
        then, effects = meeting.step(gathered, event)
        if then != gathered:
            self.tx.machines.save(then)
        return effects

    def tell_action(self, action: Action, event: ev.Event, owner: Person) -> Action:
        after, effects = actions.step(action, event, owner.hours)
        self.tx.machines.save(after)
        self._carry_out(action.id, effects)
        return after

    # Effects

    def _carry_out(self, owner: str, effects: tuple[fx.Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case fx.Tell(to, event):
                    self._queue.append((to, event))
                case fx.Show():
                    self.show(effect)
                case fx.Whisper() | fx.Refuse():
                    self.whisper(effect)
                case fx.Nudge():
                    self.nudge(effect)
                case fx.SetTimer(name, turn, due):
                    self.tx.timers.set(Timer(owner, name, turn, due))
                case fx.ClearTimer(name):
                    self.tx.timers.clear(owner, name)
                case fx.Mark():
                    self._mark(effect)
                case fx.BeginMeeting():
                    self._begin_meeting(effect)
                case fx.BeginSession():
                    self._begin_session(owner, effect)
                case fx.Erase(person):
                    self.erase(person)

    def show(self, effect: fx.Show) -> None:
        """To the set, in the lane of its home conversation."""
        self.tx.outbox.enqueue(
            effect, home_lane(self.tx, self.group.id), self.group.id, effect.key, self.at, self.at
        )

    def whisper(self, effect: fx.Whisper | fx.Refuse) -> None:
        """Straight back to whoever is being answered; to anyone else through the outbox."""
        if isinstance(effect, fx.Refuse):
            self.codes.append(effect.code)
        if effect.person == self.prompted:
            self.answers.append(effect)
            return
        person = self.tx.people.get(effect.person)
        if person is None:
            return
        near = isinstance(effect, fx.Whisper) and CardKey(effect.near).begins_thread
        lane = home_lane(self.tx, self.group.id) if near else person_lane(person)
        group = self._set.id if self._set else None
        self.tx.outbox.enqueue(effect, lane, group, "", self.at, self.at)

    def nudge(self, effect: fx.Nudge) -> None:
        person = self.tx.people.get(effect.person)
        if person is not None:
            group = self._set.id if self._set else None
            # One waiting letter of a kind and person is enough: it is decided when it is sent.
            key = CardKey.of(CardKind.NUDGE, effect.kind, effect.person, effect.ref)
            self.tx.outbox.enqueue(effect, person_lane(person), group, key, self.at, self.at)

    def _mark(self, mark: fx.Mark) -> None:
        known = self.tx.contributions.get(mark.contribution)
        if known is None:
            return
        changes = {
            name: getattr(mark, name)
            for name in ("state", "kind", "nudged", "acted", "answers", "verdict", "reason")
            if getattr(mark, name) is not None
        }
        if changes:
            self.tx.contributions.save(replace(known, **changes))

    def _begin_meeting(self, effect: fx.BeginMeeting) -> None:
        group = self.group
        self.tx.machines.save(
            Meeting(
                id=effect.id,
                set=group.id,
                number=group.number,
                format=group.runs,
                home=group.home,
                members=group.members,
                facilitator=group.facilitator,
                host=group.host,
            )
        )

    def _begin_session(self, owner: str, effect: fx.BeginSession) -> None:
        held = self.tx.machines.load(Meeting, owner)
        assert held is not None
        self.tx.machines.save(
            Session(
                id=effect.id,
                set=held.set,
                meeting=held.id,
                format=held.format,
                home=held.home,
                members=held.members,
                facilitator=held.facilitator,
                host=held.host,
                presenter=effect.presenter,
                strict=held.format.strict,
            )
        )
        self._present_draft(effect)

    def _present_draft(self, effect: fx.BeginSession) -> None:
        """An issue that was kept for this turn is presented as soon as the session begins."""
        about = draft_of(self.group.id, effect.presenter)
        draft = self.tx.texts.get("draft", about)
        if draft is None:
            return
        self.tx.texts.put(replace(draft, kind="issue", about=effect.id, at=self.at))
        self.tx.texts.erase("draft", about)
        given = ev.IssueGiven(
            at=self.at,
            by=effect.presenter,
            support=Support(draft.parts.get("support", "questions")),
            more=draft.parts.get("more") == "yes",
        )
        self._queue.append((effect.id, given))

    def erase(self, person: PersonId) -> None:
        """Our copy goes, and our cards that showed it are drawn again without it."""
        keys = self.tx.texts.erase_person(self.group.id, person)
        for key in map(CardKey, keys):
            if key.kind is CardKind.POSTED_TEXT:
                contribution = self.tx.contributions.get(ContributionId(key.ref))
                session = contribution.session if contribution else None
                thread = CardKey.of(CardKind.SESSION, session) if session else ""
                self.show(fx.Show("said", key, key.ref, thread))
            elif key.kind in SHOWN_AGAIN:
                self.show(fx.Show(key.kind.value, key, key.ref, key.thread or ""))

    # Each person's daily digest

    def plan_digest(self, person: Person) -> None:
        """Wake at the start of the person's next working day, to see whether anything waits."""
        owner = daily_timer_owner(person.id)
        try:
            due = next_digest(self.at, person.hours)
        except NeverWorks:
            self.tx.timers.clear(owner, "digest")
            return
        self.tx.timers.set(Timer(owner, "digest", 0, due))


def draft_of(group: SetId, person: PersonId) -> str:
    return f"{group}/{person}"


def daily_timer_owner(person: PersonId) -> str:
    return f"{DAILY}{person}"


def person_of_daily_timer(timer: Timer) -> PersonId:
    """Whose daily timer it is."""
    return PersonId(timer.owner.removeprefix(DAILY))
