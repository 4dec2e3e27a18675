"""The desk: one input, its person, and the way to the machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from bot.cards.form import FormRequest
from bot.handlers.inputs import Actor, AnyInput, Commanded, Sent
from bot.handlers.unit_of_work import UnitOfWork
from bot.judge import Judge
from bot.method import effects as fx
from bot.method import events as ev
from bot.method import formats, policy
from bot.method.actions import Action
from bot.method.card_key import CardKey, CardKind
from bot.method.command_grammar import understand
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.policy import DEFAULT_LANGUAGE
from bot.method.session import Session
from bot.method.stages import Refusal
from bot.method.terms import Contribution, ContributionId, Person, PersonId, SetId
from bot.ports import Tx
from bot.worktime import BadHours, Hours, check

S = TypeVar("S", Session, Meeting)


class RequestContext:
    """One input inside its transaction. `me` is the person who acts."""

    def __init__(
        self,
        work: UnitOfWork,
        input: AnyInput,
        me: Person,
        judge: Callable[[str], Judge],
        method: str = formats.DEFAULT,
    ) -> None:
        self.method = method  # the format of a set that is made without choosing one
        self.work, self.tx, self.input, self.me = work, work.tx, input, me
        self.judge = judge
        self.at, self.place = input.at, input.place
        self.public = "yes" if input.public else ""  # a form that asks for a yes is opened with it
        self.form: FormRequest | None = None
        self.hours_changed = False
        self.joined = False  # they have come into a set

    # Answering

    def say(self, card: str, ref: str = "", **values: str | int) -> None:
        """A private card for whoever acts."""
        self.work.whisper(fx.Whisper(self.me.id, card, ref, values=values))

    def open(self, form: str, ref: str = "", entry: int | None = None, **values: str) -> None:
        self.form = FormRequest(form, ref, entry, values)

    def tell(self, to: str, event: ev.Event) -> bool:
        """Let a machine take an event; False if it was refused."""
        before = len(self.work.codes)
        self.work.tell(to, event)
        return len(self.work.codes) == before

    # Finding what is meant

    def the_set(self, id: str, session: str = "") -> LearningSet:
        """The set of this id, locked. Refuses what is gone or belongs to somebody else."""
        group = self.work.hold(SetId(id))
        if group is None:
            raise Refusal("no_longer_there")
        home = self.tx.sets.home(group.id)
        if home is None or (home.platform, home.installation) != (
            self.me.address.platform,
            self.me.address.installation,
        ):
            raise Refusal("no_longer_there")
        return group

    def my_set(self, id: str) -> LearningSet:
        group = self.the_set(id)
        if self.me.id not in group.people:
            raise Refusal("members_only")
        return group

    def staged(self, id: str) -> Session | Meeting:
        """A session or meeting by its id, with its set locked first."""
        owner = self.tx.sets.owner_of(id)
        if owner is None:
            raise Refusal("no_longer_there")
        self.the_set(owner, id)
        found = self.tx.machines.load(Session, id) or self.tx.machines.load(Meeting, id)
        if found is None:
            raise Refusal("no_longer_there")
        return found

    def session(self, id: str) -> Session:
        found = self.staged(id)
        if not isinstance(found, Session):
            raise Refusal("no_longer_there")
        return found

    def contribution(self, id: str) -> Contribution:
        found = self.tx.contributions.get(ContributionId(id))
        if found is None:
            raise Refusal("no_longer_there")
        self.staged(found.session)
        # Read again under the lock: what was looked up before it may have changed.
        return self.tx.contributions.get(found.id) or found

    def action(self, id: str) -> Action:
        found = self.tx.machines.load(Action, id)
        if found is None or found.owner != self.me.id:
            raise Refusal("not_yours")
        self.work.hold(found.set)
        return found

    def here(self) -> LearningSet:
        """The set that a command means: this conversation's, else the person's only one."""
        id = self.tx.sets.at(self.place)
        if id is None:
            mine = self.tx.sets.of_person(self.me.id)
            if not mine:
                raise Refusal("no_set_yet")
            if len(mine) > 1:
                raise Refusal("which_set")
            [id] = mine
        return self.the_set(id)

    def running(self, group: LearningSet) -> Meeting | None:
        found = self.tx.machines.load(Meeting, group.meeting) if group.meeting else None
        return None if found is None or found.over else found

    def sessions(self, group: LearningSet) -> list[Session]:
        meeting = self.running(group)
        if meeting is None:
            return []
        found = (
            self.tx.machines.load(Session, s) for s in meeting.sessions if s in meeting.running
        )
        return [s for s in found if s is not None and not s.over]

    def thread_key(self) -> CardKey | None:
        """The key of the card that begins this thread; None outside of a thread of ours."""
        thread = self.place.thread
        return self.tx.cards.key_at(self.place, thread) if thread else None

    def session_here(self) -> Session:
        """The session of this thread, else my own as presenter, else the only one that runs."""
        key = self.thread_key()
        if key is not None and key.kind is CardKind.SESSION:
            return self.session(key.ref)
        running = self.sessions(self.here())
        mine = [s for s in running if s.presenter == self.me.id]
        found = mine or running
        if not found:
            raise Refusal("no_session")
        if len(found) > 1:
            raise Refusal("which_session")
        return found[0]

    def staged_here(self) -> Session | Meeting:
        """What a process command means: the meeting's own stage, or a session's."""
        meeting = self.running(self.here())
        if meeting is not None and meeting.stage is not None:
            return meeting
        return self.session_here()

    # People

    def person(self, actor: Actor) -> Person:
        """The person row for an actor, made on the first encounter."""
        return person_of(self.tx, actor, self.work.ids.new)

    def names(self, ids: tuple[PersonId, ...]) -> tuple[Person, ...]:
        found = self.tx.people.get_many(ids)
        return tuple(found[i] for i in ids if i in found)


def person_of(tx: Tx, actor: Actor, new_id: Callable[[], str]) -> Person:
    """Find or make the person; follow the platform's word and, unless they chose, its zone."""
    known = tx.people.at(actor.address)
    name = clean_name(actor.name)
    if known is None:
        hours = zone_hours(actor.zone, Hours())
        person = Person(
            PersonId(new_id()),
            name or clean_name(actor.address.user),
            actor.address,
            hours,
            actor.language or DEFAULT_LANGUAGE,
            guest=bool(actor.guest),
        )
        tx.people.save(person)
        return person
    changed = replace(
        known,
        name=name or known.name,
        hours=zone_hours(actor.zone, known.hours) if known.follows else known.hours,
        address=replace(known.address, reach=actor.address.reach or known.address.reach),
        guest=known.guest if actor.guest is None else actor.guest,
    )
    if changed != known:
        tx.people.save(changed)
    return changed


def zone_hours(zone: str, hours: Hours) -> Hours:
    """The same hours in another zone; a zone nobody knows changes nothing."""
    if not zone or zone == hours.zone:
        return hours
    try:
        moved = replace(hours, zone=zone)
        check(moved)
    except BadHours:
        return hours
    return moved


def clean_name(name: str) -> str:
    """A display name without what a platform or Markdown could read as more than a name."""
    plain = "".join(c for c in name if c.isprintable() and c not in "*_~`<>[]()|#&\\@!{}")
    return " ".join(plain.split())[: policy.NAME_MOST].strip()


def text_of(input: AnyInput) -> str:
    """What a person would lose if their form were refused: it is handed back to them."""
    if isinstance(input, Sent):
        return "\n\n".join(v for v in input.values.values() if " " in v.strip())
    if isinstance(input, Commanded):
        if len(input.text) > policy.COMMAND_MOST:
            return input.text
        rest = understand(input.text).rest
        return rest if " " in rest else ""
    return ""
