"""An action's life, and the check-ins that ask after it (method.md §5).

Rule 1: a check-in is planned as a date in the owner's own zone; what is due is decided on the
        day it is sent, never before.
Rule 2: planned, deferred, sent and dropped are four things. Only `sent` uses one up.
Rule 3: after a gap only the newest is asked; an older one that was missed is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy
from bot.method.stages import Refusal
from bot.method.terms import ActionId, Outcome, PersonId, SessionId, SetId
from bot.worktime import Hours, NeverWorks, add_working_days, local_date

KINDS = ("half_way", *policy.CHECK_INS_AFTER_DUE)


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A private nudge that asks how an action is going: its date, and what became of it."""

    kind: str
    day: date
    state: str = "planned"  # planned · sent · dropped
    deferred: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a presenter commits to do. Its wording lives in `words/{id}`, not here.

    `made` and `due` are dates in the owner's zone. `outcome` is the last thing the owner
    said about it, `settled` that nothing more is asked.
    """

    id: ActionId
    set: SetId
    session: SessionId
    owner: PersonId
    made: date
    due: date
    kind: str = "do"  # do · test
    confidence: int | None = None
    visible: bool = True
    check_ins: tuple[CheckIn, ...] = ()
    outcome: Outcome | None = None
    learned: bool = False
    settled: bool = False
    reported: bool = False


Step = tuple[Action, tuple[fx.Effect, ...]]


def plan(begins: date, due: date, hours: Hours) -> tuple[CheckIn, ...]:
    """Half-way, on the day, +2 and +5 working days, all in the owner's own working days.

    Half-way is left out when less than CHECK_IN_HALF_WAY_DAYS working days lie between.
    """
    try:
        days = _working_days(begins, due, hours)
        check_ins = []
        if days >= policy.CHECK_IN_HALF_WAY_DAYS:
            check_ins.append(CheckIn("half_way", add_working_days(begins, days // 2, hours)))
        for kind, after in policy.CHECK_INS_AFTER_DUE.items():
            check_ins.append(CheckIn(kind, add_working_days(due, after, hours) if after else due))
    except NeverWorks:
        return (CheckIn("due", due),)
    return tuple(check_ins)


def _working_days(first: date, last: date, hours: Hours) -> int:
    n, day = 0, first
    while n < 60:
        day = add_working_days(day, 1, hours)
        if day > last:
            return n
        n += 1
    return n


def due_now(action: Action, today: date) -> CheckIn | None:
    """The newest check-in whose day has come and that has not been sent; None if nothing waits."""
    if action.settled or action.reported:
        return None
    reached = [c for c in action.check_ins if c.day <= today]
    if not reached or reached[-1].state != "planned":
        return None
    return reached[-1]


def waits(action: Action) -> bool:
    """Whether anything may still be asked."""
    return not action.settled and any(c.state == "planned" for c in action.check_ins)


def step(action: Action, event: ev.Event, hours: Hours | None = None) -> Step:
    """One event in; a new action out. Only the owner changes an action."""
    try:
        if isinstance(event, ev.Deed) and event.by != action.owner:
            raise Refusal("only_owner")
        return RULES[type(event)](action, event, hours or Hours())
    except Refusal as refusal:
        assert isinstance(event, ev.Deed)
        return action, (fx.Refuse(event.by, refusal.code, refusal.values),)


def check_in(action: Action, event: ev.CheckedIn, hours: Hours) -> Step:
    """ "Changed my mind" is as good an outcome as "done": both settle the action."""
    settled = event.outcome in (Outcome.done, Outcome.changed)
    action = replace(
        action,
        outcome=event.outcome,
        learned=action.learned or event.learned,
        settled=settled,
        check_ins=_drop_all(action) if settled else action.check_ins,
    )
    return action, ()


def move_due(action: Action, event: ev.DueMoved, hours: Hours) -> Step:
    """Keep it, and give it more time: the check-ins are planned afresh."""
    today = local_date(event.at, hours)
    if event.due <= today:
        raise Refusal("date_is_past")
    sent = tuple(c for c in action.check_ins if c.state != "planned")
    fresh = tuple(c for c in plan(today, event.due, hours) if c.kind != "half_way")
    return replace(
        action, due=event.due, settled=False, reported=False, check_ins=(*sent, *fresh)
    ), ()


def snooze(action: Action, event: ev.Snoozed, hours: Hours) -> Step:
    """Only this occurrence is put off; those after it keep their day."""
    today = local_date(event.at, hours)
    if action.settled:
        raise Refusal("action_is_settled")
    if event.until <= today:
        raise Refusal("date_is_past")
    if (event.until - today).days > policy.SNOOZE_DAYS_MOST:
        raise Refusal("snooze_too_long", days=policy.SNOOZE_DAYS_MOST)
    index = max((i for i, c in enumerate(action.check_ins) if c.day <= today), default=0)
    check_ins = list(action.check_ins)
    if not check_ins:
        raise Refusal("nothing_to_snooze")
    check_ins[index] = replace(check_ins[index], day=event.until, state="planned")
    check_ins[index + 1 :] = [
        replace(c, day=max(c.day, _days_on(event.until, i + 1, hours)))
        for i, c in enumerate(check_ins[index + 1 :])
    ]
    return replace(action, check_ins=tuple(check_ins)), ()


def _days_on(day: date, number: int, hours: Hours) -> date:
    try:
        return add_working_days(day, number, hours)
    except NeverWorks:
        return day + timedelta(days=number)


def let_go(action: Action, event: ev.LetGo, hours: Hours) -> Step:
    return replace(action, outcome=Outcome.changed, settled=True, check_ins=_drop_all(action)), ()


def record_check_in(action: Action, event: ev.CheckInSent, hours: Hours) -> Step:
    """It really went out. What came before it and was never sent is dropped now."""
    check_ins: list[CheckIn] = []
    last = max(
        (
            i
            for i, c in enumerate(action.check_ins)
            if c.kind == event.kind and c.state == "planned"
        ),
        default=-1,
    )
    for i, item in enumerate(action.check_ins):
        if i == last:
            item = replace(item, state="sent")
        elif i < last and item.state == "planned":
            item = replace(item, state="dropped")
        check_ins.append(item)
    return replace(action, check_ins=tuple(check_ins)), ()


def stop_before_report(action: Action, event: ev.ReportOpened, hours: Hours) -> Step:
    """From here the meeting asks; the remaining nudges fall silent."""
    return replace(action, reported=True, check_ins=_drop_all(action)), ()


def _drop_all(action: Action) -> tuple[CheckIn, ...]:
    return tuple(
        replace(c, state="dropped") if c.state == "planned" else c for c in action.check_ins
    )


RULES: dict[type[ev.Event], Callable[[Action, Any, Hours], Step]] = {
    ev.CheckedIn: check_in,
    ev.DueMoved: move_due,
    ev.Snoozed: snooze,
    ev.LetGo: let_go,
    ev.CheckInSent: record_check_in,
    ev.ReportOpened: stop_before_report,
}
