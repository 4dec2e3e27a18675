"""The set's own machine: who belongs to it, whose turn it is, when it meets next.

Rule 1: membership and roles are decided here and told to the meeting, which tells its sessions.
Rule 2: the calendar counts from the close of a meeting: at least `act_days` working days after
        the last actions stage, and the set's rhythm after the last opening (method.md §3).
Rule 3: no clock, no platform, no prose (as in session.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot import effects as fx
from bot import events as ev
from bot.formats import Format
from bot.stages import Refusal
from bot.terms import (
    Calendar,
    GroundRules,
    MeetingId,
    Member,
    PersonId,
    SetId,
)
from bot.worktime import (
    Hours,
    NeverWorks,
    add_working_days,
    at_local,
    is_working_day,
    local_date,
    next_working,
)

TRY_AGAIN = 7  # days until a meeting that could not open is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSet:
    """The small group of peers that learns together (the machine's view of it).

    `meeting` is the one that runs. `queue` are those who asked to present next, `last_turn`
    the number of the meeting in which each last presented, `owing` who owes a report back.
    `next_opens` is when the next meeting opens by itself (UTC), `earliest` the first moment
    at which it may be opened by hand.
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
    strict: bool = False
    rules: GroundRules = GroundRules()
    meeting: MeetingId | None = None
    number: int = 0
    began: datetime | None = None
    queue: tuple[PersonId, ...] = ()
    last_turn: Mapping[PersonId, int] = field(default_factory=dict)
    owing: tuple[PersonId, ...] = ()
    turn: int = 0
    earliest: datetime | None = None
    next_opens: datetime | None = None
    paused: bool = False
    over: bool = False

    @property
    def key(self) -> str:
        return f"set/{self.id}"

    @property
    def people(self) -> frozenset[PersonId]:
        return frozenset(m.person for m in self.members)

    @property
    def peers(self) -> tuple[PersonId, ...]:
        """Those who take turns: the facilitator belongs to the set and does not present."""
        return tuple(m.person for m in self.members if m.person != self.facilitator)


Outcome = tuple[LearningSet, tuple[fx.Effect, ...]]
Rule = Callable[[LearningSet, Any], Outcome]


def step(group: LearningSet, event: ev.Event) -> Outcome:
    """One event in; a new set and what to do about it out. Never raises for bad input."""
    try:
        rule = RULES.get(type(event))
        if rule is None or (group.over and type(event) not in AFTER_THE_END):
            raise Refusal("set_is_over" if group.over else "not_in_this_stage")
        return rule(group, event)
    except Refusal as refusal:
        if not isinstance(event, ev.Deed):
            return group, ()
        return group, (fx.Refuse(event.by, refusal.code, refusal.values),)


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


# Who belongs


def invite(group: LearningSet, event: ev.Invited) -> Outcome:
    """A member asks others in. Someone invited still has to say yes (ground rules)."""
    if event.by not in group.people and event.by != group.host:
        raise Refusal("members_only")
    new = tuple(
        p for p in dict.fromkeys(event.people) if p not in group.people and p not in group.invited
    )
    if not new:
        return group, ()
    group = replace(group, invited=(*group.invited, *new), invitations=group.invitations + 1)
    return group, (_invitation(group),)


def _invitation(group: LearningSet) -> fx.Show:
    """A card for each round of invitations, so that those newly asked are really told."""
    return fx.Show("invitation", f"invite/{group.id}/{group.invitations}", group.id)


def join(group: LearningSet, event: ev.Joined) -> Outcome:
    """Joining is the assent to the ground rules. Who was not invited is not let in silently."""
    if event.by in group.people:
        return group, ()
    if event.by not in group.invited and group.members:
        effects: list[fx.Effect] = [fx.Refuse(event.by, "not_invited")]
        if group.host is not None:
            values = {"set": group.id}
            effects.append(fx.Whisper(group.host, "asks_to_join", event.by, values=values))
        return group, tuple(effects)
    if len(group.peers) >= group.format.size.most:
        raise Refusal("set_is_full", most=group.format.size.most)
    rules = replace(group.rules, assented=group.rules.assented | {event.by})
    was_asked = event.by in group.invited
    group = replace(
        group,
        members=(*group.members, Member(event.by, event.hours)),
        invited=tuple(p for p in group.invited if p != event.by),
        host=group.host or event.by,
        rules=rules,
    )
    shown = (_invitation(group),) if was_asked else ()
    return group, (*_tell_meeting(group, event), *shown, *_size_hint(group))


def _size_hint(group: LearningSet) -> tuple[fx.Effect, ...]:
    """Outside the good size the host is told once, as the set grows past it (method.md §2)."""
    if group.host is None or len(group.peers) != group.format.size.good[1] + 1:
        return ()
    return (fx.Whisper(group.host, "set_is_large", group.id, group.key),)


def leave(group: LearningSet, event: ev.Left) -> Outcome:
    """Anyone may leave at any time; their own words are erased, counts stay (method.md §8)."""
    if event.by not in group.people:
        if event.by in group.invited:
            left = tuple(p for p in group.invited if p != event.by)
            return replace(group, invited=left), ()
        raise Refusal("members_only")
    group = replace(
        group,
        members=tuple(m for m in group.members if m.person != event.by),
        queue=tuple(p for p in group.queue if p != event.by),
        owing=tuple(p for p in group.owing if p != event.by),
        last_turn={p: n for p, n in group.last_turn.items() if p != event.by},
        rules=replace(group.rules, assented=group.rules.assented - {event.by}),
    )
    told = (*_tell_meeting(group, event), fx.Erase(event.by))
    if not group.members:
        return replace(group, over=True, host=None, facilitator=None), (
            *told,
            fx.ClearTimer("meeting"),
        )
    if event.by in (group.host, group.facilitator):
        group = replace(
            group,
            facilitator=None if group.facilitator == event.by else group.facilitator,
            host=group.members[0].person if group.host == event.by else group.host,
        )
        told = (*told, *_roles_changed(group, event))
    return group, told


def change_hours(group: LearningSet, event: ev.HoursChanged) -> Outcome:
    group = replace(
        group,
        members=tuple(
            replace(m, hours=event.hours) if m.person == event.by else m for m in group.members
        ),
    )
    return group, _tell_meeting(group, event)


def name_facilitator(group: LearningSet, event: ev.FacilitatorNamed) -> Outcome:
    """The outgoing facilitator appoints the next; without one, the host does."""
    if event.by != (group.facilitator or group.host):
        raise Refusal("only_facilitator")
    if event.facilitator is not None and event.facilitator not in group.people:
        raise Refusal("not_in_the_set")
    group = replace(group, facilitator=event.facilitator)
    effects = _roles_changed(group, event)
    if event.facilitator is not None and event.facilitator != event.by:
        effects = (*effects, fx.Whisper(event.facilitator, "you_facilitate", group.id, group.key))
    return group, effects


def _roles_changed(group: LearningSet, event: ev.Happening) -> tuple[fx.Effect, ...]:
    facilitator, host = group.facilitator, group.host
    return _tell_meeting(group, ev.RolesChanged(at=event.at, facilitator=facilitator, host=host))


def _tell_meeting(group: LearningSet, event: ev.Event) -> tuple[fx.Effect, ...]:
    if isinstance(event, ev.Deed):
        event = replace(event, entry=None)
    return (fx.Tell(group.meeting, event),) if group.meeting else ()


# The calendar


def ask_to_present(group: LearningSet, event: ev.PresentAsked) -> Outcome:
    """With a free meeting it begins now; else it queues, and the person is told when."""
    if event.by not in group.people:
        raise Refusal("members_only")
    if event.by == group.facilitator:
        raise Refusal("facilitator_does_not_present")
    if event.by not in group.queue:
        group = replace(group, queue=(*group.queue, event.by))
    free = group.meeting is None and not group.paused
    if free and (group.earliest is None or event.at >= group.earliest):
        return _open_meeting(group, event)
    if group.meeting is None and not group.paused and group.earliest is not None:
        # Someone is ready: the set need not wait for its rhythm, only for the time to act.
        opens = min(group.next_opens or group.earliest, group.earliest)
        group = replace(group, turn=group.turn + 1, next_opens=opens)
        timer = fx.SetTimer("meeting", group.turn, opens)
        return group, (timer, fx.Whisper(event.by, "queued", group.id, group.key))
    return group, (fx.Whisper(event.by, "queued", group.id, group.key),)


def _open_meeting(group: LearningSet, event: ev.Happening) -> Outcome:
    everyone = turns(group)
    presenters = everyone if group.format.presenters != "one" else everyone[:1]
    number = group.number + 1
    meeting = MeetingId(f"{group.id}-m{number}")
    owing = tuple(p for p in group.owing if p in group.people)
    group = replace(
        group,
        meeting=meeting,
        number=number,
        began=event.at,
        turn=group.turn + 1,
        next_opens=None,
        earliest=None,
        queue=tuple(p for p in group.queue if p not in presenters),
    )
    begun = ev.MeetingBegun(at=event.at, owing=owing, presenters=presenters)
    return group, (
        fx.ClearTimer("meeting"),
        fx.BeginMeeting(meeting, presenters),
        fx.Tell(meeting, begun),
    )


def meeting_closed(group: LearningSet, event: ev.MeetingClosed) -> Outcome:
    owing = [p for p in group.owing if p not in event.reported]
    owing += [p for p in event.acted if p not in owing]
    earliest, planned = next_opening(group, event.acting_from)
    group = replace(
        group,
        meeting=None,
        turn=group.turn + 1,
        owing=tuple(p for p in owing if p in group.people),
        last_turn={**group.last_turn, **dict.fromkeys(event.presented, group.number)},
        earliest=earliest,
        next_opens=earliest if group.queue else planned,
    )
    if group.over or group.paused or group.next_opens is None:
        return group, ()
    return group, (fx.SetTimer("meeting", group.turn, group.next_opens),)


def time_ran_out(group: LearningSet, event: ev.TimeRanOut) -> Outcome:
    if event.turn != group.turn or group.paused or group.meeting is not None:
        return group, ()
    if event.name == "resume":
        return group, ()
    if len(group.peers) < group.format.size.least:
        later = event.at + timedelta(days=TRY_AGAIN)
        group = replace(group, turn=group.turn + 1, next_opens=later)
        effects: list[fx.Effect] = [fx.SetTimer("meeting", group.turn, later)]
        if group.host is not None:
            effects.append(fx.Whisper(group.host, "too_few_to_meet", group.id, group.key))
        return group, tuple(effects)
    return _open_meeting(group, event)


def pause(group: LearningSet, event: ev.SetPaused) -> Outcome:
    _only_steering(group, event)
    if group.paused:
        raise Refusal("is_paused")
    group = replace(group, paused=True, turn=group.turn + 1)
    effects: tuple[fx.Effect, ...] = (fx.ClearTimer("meeting"),)
    if event.until is not None:
        day = event.until
        if not is_working_day(day, group.home):
            day = add_working_days(day, 1, group.home)
        due = max(at_local(day, group.home.start, group.home), event.at)
        group = replace(group, paused=False, next_opens=due)
        effects = (fx.SetTimer("meeting", group.turn, due),)
    return group, effects


def resume(group: LearningSet, event: ev.SetResumed) -> Outcome:
    _only_steering(group, event)
    if not group.paused:
        raise Refusal("not_paused")
    opens = max(group.next_opens or event.at, event.at)
    group = replace(group, paused=False, turn=group.turn + 1, next_opens=opens)
    if group.meeting is not None:
        return group, ()
    return group, (fx.SetTimer("meeting", group.turn, opens),)


def end(group: LearningSet, event: ev.SetEnded) -> Outcome:
    _only_steering(group, event)
    return replace(group, over=True, turn=group.turn + 1), (fx.ClearTimer("meeting"),)


def _only_steering(group: LearningSet, event: ev.Deed) -> None:
    if event.by != (group.facilitator or group.host):
        raise Refusal("only_facilitator")


RULES: dict[type[ev.Event], Rule] = {
    ev.Invited: invite,
    ev.Joined: join,
    ev.Left: leave,
    ev.HoursChanged: change_hours,
    ev.FacilitatorNamed: name_facilitator,
    ev.PresentAsked: ask_to_present,
    ev.SetPaused: pause,
    ev.SetResumed: resume,
    ev.SetEnded: end,
    ev.MeetingClosed: meeting_closed,
    ev.TimeRanOut: time_ran_out,
}
AFTER_THE_END = frozenset({ev.MeetingClosed, ev.TimeRanOut, ev.HoursChanged})
