"""Events of an action's own life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.method.events.base import Deed, Happening
from bot.method.terms import (
    Outcome,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn(Deed):
    """The owner said how it goes; `learned` is whether they wrote what they learned."""

    outcome: Outcome
    learned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMoved(Deed):
    """The owner keeps the action and gives it another date (own zone)."""

    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed(Deed):
    """Only the check-in that now waits is put off, to this date in the owner's zone."""

    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo(Deed):
    """The owner lets the action go; nothing more is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInSent(Happening):
    """A check-in has really gone out (not planned, not deferred)."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOpened(Happening):
    """The owner's next report back has begun: from here the meeting asks, not the nudge."""
