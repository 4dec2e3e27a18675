"""A learning set as its machine sees it: the state, and what is read from it.

Rule 1: no clock, no platform, no prose (as in bot/method/session).
Rule 2: whoever raises `turn` sets all timers again; `timers` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy
from bot.method.card_key import CardKey, CardKind
from bot.method.formats import Format
from bot.method.overrides import Overrides, resolve
from bot.method.stages import Refusal
from bot.method.terms import Calendar, GroundRules, MeetingId, Member, PersonId, SetId
from bot.worktime import (
    Hours,
    NeverWorks,
    add_working_days,
    at_local,
    local_date,
    next_working,
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who shall facilitate, as a member put it to the set; None: nobody, with a rotating host.

    `number` names it on its card and buttons, `closes` is when it lapses (UTC). Who said what
    is shown to nobody.
    """

    number: int
    by: PersonId
    facilitator: PersonId | None
    closes: datetime
    yes: frozenset[PersonId]
    no: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSet:
    """The small group of peers that learns together (the machine's view of it).

    `meeting` is the one that runs. `queue` are those who asked to present next, `last_turn`
    the number of the meeting in which each last presented, `owing` who owes a report back.
    `next_opens` is when the next meeting opens by itself (UTC), `earliest` the first moment
    at which it may be opened by hand. `acting_from` is when the last actions stage closed.

    `overrides` are the set's own changes to its method; `ready` are those in the queue who
    have an issue. `due`: a set that meets live has been told that it is time, and has not begun.
    `resumes` ends a pause. `heard` is when somebody last did something here, `asked` whether the
    set was asked since if it goes on (method.md §8). `told_small` is the number of peers at which
    the host was last told that the set is small for its method. `proposal` is the open one on
    facilitation, `proposals` how many there have been.
    `first` is the number of each one's first meeting, where it is not meeting 1; `counted`: the
    set has agreed that a programme counts it. `language`: the one in which the set's questions
    are judged; empty: each person's own.
    """

    id: SetId
    format: Format
    calendar: Calendar = Calendar()
    home: Hours = Hours()
    members: tuple[Member, ...] = ()
    invited: tuple[PersonId, ...] = ()
    invitations: int = 0
    host: PersonId | None = None
    facilitator: PersonId | None = None
    overrides: Overrides = field(default_factory=Overrides)
    rotate: bool = False
    rules: GroundRules = GroundRules()
    meeting: MeetingId | None = None
    number: int = 0
    began: datetime | None = None
    queue: tuple[PersonId, ...] = ()
    ready: frozenset[PersonId] = frozenset()
    last_turn: Mapping[PersonId, int] = field(default_factory=dict)
    owing: tuple[PersonId, ...] = ()
    turn: int = 0
    earliest: datetime | None = None
    acting_from: datetime | None = None
    next_opens: datetime | None = None
    due: bool = False
    paused: bool = False
    resumes: datetime | None = None
    heard: datetime | None = None
    asked: bool = False
    told_small: int = 0
    proposal: Proposal | None = None
    proposals: int = 0
    over: bool = False
    first: Mapping[PersonId, int] = field(default_factory=dict)
    counted: bool = False
    language: str = ""

    @property
    def key(self) -> CardKey:
        """The key of the set's own card."""
        return CardKey.of(CardKind.SET, self.id)

    @property
    def people(self) -> frozenset[PersonId]:
        """Everyone who belongs to the set."""
        return frozenset(m.person for m in self.members)

    @property
    def peers(self) -> tuple[PersonId, ...]:
        """Those who take turns: the facilitator belongs to the set and does not present."""
        return tuple(m.person for m in self.members if m.person != self.facilitator)

    @property
    def steers(self) -> PersonId | None:
        """Who has the process powers: the facilitator, or the host where there is none."""
        return self.facilitator or self.host

    def judged_in(self, own: str) -> str:
        """The language of the judge here: the set's, else the person's own."""
        return self.language or own

    @property
    def finished(self) -> bool:
        """Whether the last meeting of the programme is over."""
        return 0 < self.calendar.meetings <= self.number and self.meeting is None

    def is_last(self, number: int) -> bool:
        """Whether this is the newest meeting, and the last of the programme."""
        return number == self.number and 0 < self.calendar.meetings <= number

    @property
    def turns_needed(self) -> int:
        """How many meetings would give each peer a turn, if the programme has fewer; else 0."""
        alone, peers = self.format.presenters == "one", len(self.peers)
        return peers if alone and 0 < self.calendar.meetings < peers else 0

    @property
    def runs(self) -> Format:
        """The method with the set's own changes, as its next meeting will open with it."""
        return resolve(self.format, self.overrides)


Outcome = tuple[LearningSet, tuple[fx.Effect, ...]]
Rule = Callable[[LearningSet, Any], Outcome]


def mark_active(group: LearningSet, event: ev.Happening) -> LearningSet:
    """Record that somebody did something, so the set is not silent."""
    return replace(group, heard=max(group.heard or event.at, event.at), asked=False)


def meeting_id(group: SetId, number: int) -> MeetingId:
    """The id of a set's meeting by its number, from 1 on."""
    return MeetingId(f"{group}-m{number}")


def turns(group: LearningSet) -> tuple[PersonId, ...]:
    """Whose turn it is next: who asked first, then who has waited longest, then by joining."""
    asked = tuple(p for p in group.queue if p in group.peers)
    rest = [p for p in group.peers if p not in asked]
    rest.sort(key=lambda p: group.last_turn.get(p, 0))
    return (*asked, *rest)


def next_opening(group: LearningSet, acting_from: datetime) -> tuple[datetime, datetime]:
    """(earliest, planned) opening of the next meeting, UTC, at the start of a working day at home.

    `acting_from` is the close of the last actions stage, or now while it still runs.
    """
    day = local_date(acting_from, group.home)
    try:
        after = add_working_days(day, group.calendar.act_days + 1, group.home)
        earliest = at_local(after, group.home.start, group.home)
        began = local_date(group.began or acting_from, group.home)
        rhythm = at_local(began + timedelta(days=group.calendar.days), group.home.start, group.home)
        planned = max(earliest, next_working(rhythm, group.home))
    except NeverWorks:
        earliest = acting_from + timedelta(days=group.calendar.act_days)
        planned = acting_from + timedelta(days=group.calendar.days)
    return earliest, planned


def plan_next_meeting(group: LearningSet) -> LearningSet:
    """Plan the next opening again; none when the programme is over."""
    if group.acting_from is None or group.meeting is not None:
        return group
    if group.finished:
        return replace(group, earliest=None, next_opens=None)
    earliest, opens = next_opening(group, group.acting_from)
    # Someone is ready: the set need not wait for its rhythm, only for the time to act.
    first_is_ready = bool(group.queue) and group.queue[0] in group.ready
    opens = earliest if first_is_ready else opens
    return replace(group, earliest=earliest, next_opens=opens)


def timers(group: LearningSet) -> tuple[fx.SetTimer | fx.ClearTimer, ...]:
    """Every timer of the set at this turn: meeting, end of a pause, silence, end of a proposal."""
    waits = None if group.paused or group.meeting is not None or group.due else group.next_opens
    due = {
        "meeting": waits,
        "resume": group.resumes if group.paused else None,
        "silent": silent_until(group),
        "proposal": group.proposal.closes if group.proposal else None,
    }
    if group.over:
        due = dict.fromkeys(due)
    return tuple(
        fx.ClearTimer(name) if at is None else fx.SetTimer(name, group.turn, at)
        for name, at in due.items()
    )


def silent_until(group: LearningSet) -> datetime | None:
    """When the set has been silent for so long that it is asked, or (once asked) ended."""
    running = group.began if group.meeting is not None else None
    known = [at for at in (group.heard, group.resumes, running) if at is not None]
    since = max(known) if group.heard is not None else None
    if since is None:
        return None
    days = max(policy.SILENT_DAYS, group.calendar.days + policy.SILENT_MARGIN_DAYS)
    return since + timedelta(
        days=days + (policy.SILENT_END_DAYS - policy.SILENT_DAYS if group.asked else 0)
    )


def tell_roles(group: LearningSet, event: ev.Happening) -> tuple[fx.Effect, ...]:
    """Tell the running meeting who facilitates and who hosts now."""
    facilitator, host = group.facilitator, group.host
    return tell_meeting(group, ev.RolesChanged(at=event.at, facilitator=facilitator, host=host))


def tell_meeting(group: LearningSet, event: ev.Event) -> tuple[fx.Effect, ...]:
    """Pass an event on to the running meeting, if there is one."""
    if isinstance(event, ev.Deed):
        event = replace(event, entry=None)
    return (fx.Tell(group.meeting, event),) if group.meeting else ()


def only_steering(group: LearningSet, event: ev.Deed) -> None:
    """Refuse everybody without the process powers."""
    if event.by != group.steers:
        raise Refusal("only_facilitator")


def only_members(group: LearningSet, event: ev.Deed) -> None:
    """Refuse whoever does not belong to the set."""
    if event.by not in group.people:
        raise Refusal("members_only")
