"""A running stage: what a session and a meeting have in common.

Rule 1: a stage ends at one instant for all, computed when it opens, is extended or resumed,
        and then frozen (method.md, Time).
Rule 2: two counters only grow. `entry` names a stage entered (stamped on every button);
        `turn` also grows on extend, pause and resume (stamped on every timer).
Rule 3: a stage that opens arms its own timers, and `turn` makes all earlier ones silent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy
from bot.method.formats import Format, Stage
from bot.method.overrides import live_minutes
from bot.method.terms import Member, PersonId, SetId
from bot.worktime import (
    WORKING_DAY,
    Hours,
    NeverWorks,
    add_working,
    at_local,
    common_end,
    local_date,
    midpoint,
    personal_end,
    working_between,
)


class Refusal(Exception):
    """Raised by a rule; `step` turns it into an effect, it never escapes a machine.

    `code` has its words in prompts/ (labels.toml, `refusals`); `values` fill them.
    """

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What runs through stages: a session or a meeting.

    `at` is the place in `plan` (-1 before the first). `closes` is the frozen end (UTC),
    `left` the working minutes kept while paused. `counts` are the counted contributions
    of each person in this stage; they leave with the stage.
    """

    set: SetId
    format: Format
    home: Hours = Hours()
    members: tuple[Member, ...] = ()
    facilitator: PersonId | None = None
    host: PersonId | None = None
    at: int = -1
    entry: int = 0
    turn: int = 0
    opened: datetime | None = None
    closes: datetime | None = None
    left: int | None = None
    extended: bool = False
    deciding: bool = False
    over: bool = False
    done: frozenset[PersonId] = frozenset()
    passed: frozenset[PersonId] = frozenset()
    thinking: frozenset[PersonId] = frozenset()
    counts: Mapping[PersonId, int] = field(default_factory=dict)
    told: tuple[PersonId, ...] = ()

    @property
    def plan(self) -> tuple[Stage | None, ...]:
        """The stages in order; None is a place without a clock of its own."""
        raise NotImplementedError

    @property
    def stage(self) -> Stage | None:
        return self.plan[self.at] if not self.over and 0 <= self.at < len(self.plan) else None

    @property
    def paused(self) -> bool:
        return self.left is not None

    @property
    def people(self) -> frozenset[PersonId]:
        return frozenset(m.person for m in self.members)

    @property
    def steers(self) -> PersonId | None:
        """Who has the process powers: the facilitator, else the host (method.md §3, Roles)."""
        return self.facilitator or self.host

    @property
    def awaited(self) -> tuple[PersonId, ...]:
        """Whose part the running stage waits for, away or not."""
        raise NotImplementedError

    def hours(self, person: PersonId | None) -> Hours:
        return next((m.hours for m in self.members if m.person == person), self.home)

    def is_away(self, person: PersonId, at: datetime) -> bool:
        hours = self.hours(person)
        today = local_date(at, hours)
        return any(first <= today <= last for first, last in hours.away)

    def is_done(self, person: PersonId) -> bool:
        """Done = asked the minimum, or passed (method.md §3, Shared rules)."""
        stage = self.stage
        if person in self.passed or person in self.done:
            return True
        least = stage.quota[0] if stage else 0
        return least > 0 and self.counts.get(person, 0) >= least

    def waiting_for(self, at: datetime) -> tuple[PersonId, ...]:
        """The awaited who are not done and not away."""
        return tuple(p for p in self.awaited if not self.is_done(p) and not self.is_away(p, at))


S = TypeVar("S", bound=Staged)


def enter(staged: S, place: int, at: datetime) -> tuple[S, tuple[fx.Effect, ...]]:
    """Enter the stage at `place`: a new entry, a frozen end, fresh timers."""
    staged = replace(
        staged,
        at=place,
        entry=staged.entry + 1,
        turn=staged.turn + 1,
        opened=at,
        closes=None,
        left=None,
        extended=False,
        deciding=False,
        done=frozenset(),
        passed=frozenset(),
        thinking=frozenset(),
        counts={},
    )
    stage = staged.stage
    if stage is None:
        return staged, quiet()
    return run_until(staged, end_of(staged, stage.minutes, at), at)


def end_of(staged: Staged, minutes: int, at: datetime) -> datetime:
    """The one instant at which `minutes` of working time from `at` are over for this stage.

    Stages that wait for one person count in that person's hours, all others until the
    latest of the members' own ends (method.md, Time). Where the set meets live, by the clock.
    """
    stage = staged.stage
    if staged.format.live:
        return at + timedelta(minutes=minutes)
    try:
        if stage is not None and stage.awaits == "presenter" and len(staged.awaited) == 1:
            return personal_end(at, minutes, staged.hours(staged.awaited[0]))
        return common_end(at, minutes, [m.hours for m in staged.members], staged.home)
    except NeverWorks:
        return add_working(at, minutes, Hours(staged.home.zone))


def later(staged: Staged, minutes: int, at: datetime, hours: Hours) -> datetime:
    """`minutes` of these hours after `at`; where the set meets live, what stands for them."""
    if staged.format.live:
        return at + timedelta(minutes=live_minutes(minutes))
    try:
        return add_working(at, minutes, hours)
    except NeverWorks:
        return add_working(at, minutes, staged.home)


def run_until(staged: S, closes: datetime, at: datetime) -> tuple[S, tuple[fx.Effect, ...]]:
    staged = replace(staged, closes=closes, left=None)
    timers: list[fx.Effect] = [fx.SetTimer("close", staged.turn, closes), fx.ClearTimer("finish")]
    for person in staged.awaited:
        due = last_call(staged, person, at, closes)
        name = f"nudge:{person}"
        timers.append(fx.SetTimer(name, staged.turn, due) if due else fx.ClearTimer(name))
    return staged, tuple(timers)


def last_call(staged: Staged, person: PersonId, at: datetime, closes: datetime) -> datetime | None:
    """When one reminder is due: at half of a stage under a working day, else near its end.

    None when nothing of the window lies in this person's hours, or where the set meets live
    (method.md §6, Nudge budget).
    """
    if staged.format.live:
        return None
    stage, hours = staged.stage, staged.hours(person)
    try:
        within = working_between(at, closes, hours)
        if within <= 0 or stage is None:
            return None
        if stage.minutes < WORKING_DAY or within <= 2 * policy.LAST_CALL_MINUTES:
            return midpoint(at, closes, hours)
        return add_working(at, within - policy.LAST_CALL_MINUTES, hours)
    except NeverWorks:
        return None


def quiet() -> tuple[fx.Effect, ...]:
    """No clock runs: the timers of a stage are cleared (others are silenced by `turn`)."""
    return (fx.ClearTimer("close"), fx.ClearTimer("finish"), fx.ClearTimer("decide"))


def extend(staged: S, at: datetime) -> tuple[S, tuple[fx.Effect, ...]]:
    """Give the stage more time, once: a working day, or what stands for it live."""
    minutes = (
        live_minutes(policy.EXTENSION_MINUTES) if staged.format.live else policy.EXTENSION_MINUTES
    )
    was = staged.closes
    assert was is not None
    staged = replace(staged, turn=staged.turn + 1, extended=True, deciding=False)
    closes = end_of(staged, minutes, max(was, at))
    staged, timers = run_until(staged, closes, at)
    return staged, (*timers, fx.ClearTimer("decide"))


def pause(staged: S, at: datetime, until: date | None) -> tuple[S, tuple[fx.Effect, ...]]:
    """Stop the clock; the remaining working time is kept (method.md, Time)."""
    closes = staged.closes
    assert closes is not None
    # The most that anyone still waited for had left: at home it may already be evening.
    remaining = 1
    if staged.format.live:
        remaining = max(math.ceil((closes - at) / timedelta(minutes=1)), 1)
    elif closes > at:
        waiting = staged.awaited or tuple(staged.people)
        remaining = max([1, *(working_between(at, closes, staged.hours(p)) for p in waiting)])
    staged = replace(staged, turn=staged.turn + 1, left=remaining, closes=None)
    timers = quiet()
    if until is not None:
        due = at_local(until, staged.home.start, staged.home)
        timers = (*timers, fx.SetTimer("resume", staged.turn, max(due, at)))
    return staged, timers


def resume(staged: S, at: datetime) -> tuple[S, tuple[fx.Effect, ...]]:
    remaining = staged.left
    assert remaining is not None
    staged = replace(staged, turn=staged.turn + 1)
    staged, timers = run_until(staged, end_of(staged, remaining, at), at)
    return staged, (*timers, fx.ClearTimer("resume"))


def decide(
    staged: S, at: datetime, card: str, ref: str, *people: PersonId | None
) -> tuple[S, tuple[fx.Effect, ...]]:
    """Under quorum after the extension: people decide; if nobody does, the set goes on.

    The wait is one working day in the set's home hours, so that nothing stalls for ever.
    """
    staged = replace(staged, deciding=True, turn=staged.turn + 1)
    whispers = tuple(fx.Whisper(p, card, ref) for p in dict.fromkeys(people) if p is not None)
    due = later(staged, policy.EXTENSION_MINUTES, at, staged.home)
    return staged, (fx.SetTimer("decide", staged.turn, due), *whispers)


# Powers and the deeds that are the same in a session and in a meeting


def in_time(staged: Staged, event: ev.Deed) -> None:
    """A button drawn for an earlier stage is refused kindly."""
    if event.entry is not None and event.entry != staged.entry:
        raise Refusal("that_moment_has_passed")


def only_members(staged: Staged, event: ev.Deed) -> None:
    if event.by not in staged.people and event.by != staged.facilitator:
        raise Refusal("members_only")


def only_steering(staged: Staged, event: ev.Deed, *also: PersonId | None) -> None:
    if event.by not in (staged.facilitator, None if staged.facilitator else staged.host, *also):
        raise Refusal("only_facilitator")


def is_late(staged: Staged, event: ev.Happening) -> bool:
    """A message from before this stage opened, delivered after: kept, never judged."""
    return staged.opened is not None and event.at < staged.opened


def think(staged: S, event: ev.ThinkingShown) -> S:
    return replace(staged, thinking=staged.thinking ^ {event.by})


def pass_(staged: S, event: ev.Deed) -> S:
    return replace(staged, passed=staged.passed | {event.by}, thinking=staged.thinking - {event.by})


def join(staged: S, event: ev.Joined) -> S:
    if event.by in staged.people:
        return staged
    return replace(staged, members=(*staged.members, Member(event.by, event.hours)))


def leave(staged: S, person: PersonId) -> S:
    return replace(
        staged,
        members=tuple(m for m in staged.members if m.person != person),
        done=staged.done - {person},
        passed=staged.passed - {person},
        thinking=staged.thinking - {person},
        counts={p: n for p, n in staged.counts.items() if p != person},
    )


def change_hours(staged: S, event: ev.HoursChanged) -> S:
    return replace(
        staged,
        members=tuple(
            replace(m, hours=event.hours) if m.person == event.by else m for m in staged.members
        ),
    )


def retime_nudge(staged: Staged, person: PersonId, at: datetime) -> tuple[fx.Effect, ...]:
    """A changed zone moves only that person's nudges, never the stage's end (method.md, Time)."""
    if staged.closes is None or person not in staged.awaited:
        return ()
    due = last_call(staged, person, at, staged.closes)
    name = f"nudge:{person}"
    return (fx.SetTimer(name, staged.turn, due) if due else fx.ClearTimer(name),)


def nudge_due(staged: Staged, ref: str, event: ev.TimeRanOut) -> tuple[fx.Effect, ...]:
    person = PersonId(event.name.removeprefix("nudge:"))
    if staged.paused or staged.deciding or person not in staged.waiting_for(event.at):
        return ()
    return (fx.Nudge(person, "last_call", ref, staged.entry),)


def count(staged: S, person: PersonId, by: int = 1) -> S:
    now = max(staged.counts.get(person, 0) + by, 0)
    return replace(
        staged,
        counts={**staged.counts, person: now},
        thinking=staged.thinking - {person},
    )
