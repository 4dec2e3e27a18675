"""Unprompted private messages: whether, when and what, decided at the moment of sending.

Nudge budget (method.md §6): one digest per person and working day over all sets and actions,
plus at most one last call. Nothing after Pass or Away, outside the person's working hours, or
when the state has changed since it was planned. Deferred is not dropped, and neither is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.method import effects as fx
from bot.method.terms import Person
from bot.ports import Tx
from bot.queries.waiting import Waiting, gather, last_call
from bot.worktime import NeverWorks, at_local, is_working, local_date, next_working


@dataclass(frozen=True, slots=True)
class Send:
    """It goes out now, with what waits."""

    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now: `until` is when it is looked at again."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """Not at all; `why` is a code, for the figures only."""

    why: str


Decision = Send | Defer | Drop


def decide(tx: Tx, nudge: fx.Nudge, person: Person, at: datetime) -> Decision:
    """Decide one unprompted message now. Reads only; the sending notes itself."""
    today = local_date(at, person.hours)
    if not person.nudges:
        return Drop("opted_out")
    try:
        if person.paused_until is not None and person.paused_until >= today:
            after = person.paused_until + timedelta(days=1)
            first = at_local(after, person.hours.start, person.hours)
            return Defer(next_working(first, person.hours))
        if not is_working(at, person.hours):
            if nudge.kind == "last_call":
                # By the next working hour the stage is over, or the digest tells of it.
                return Drop("outside_hours")
            return Defer(next_working(at, person.hours))
    except NeverWorks:
        return Drop("never_works")
    if nudge.kind in tx.nudges.on_day(person.id, today):
        return Drop("budget")
    waiting = gather(tx, person, at) if nudge.kind == "digest" else last_call(tx, nudge, at)
    return Send(waiting) if waiting else Drop("nothing_waits")
