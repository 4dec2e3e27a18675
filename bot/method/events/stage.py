"""Events of any stage, of a session or a meeting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.method.events.base import Deed, Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEnded(Deed):
    """ "Next": a person with the power to do so ends the stage early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageExtended(Deed):
    """Somebody with the power to do so gives the stage one more day, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePaused(Deed):
    """The clock stops, until that date (the set's home) if there is one."""

    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResumed(Deed):
    """The clock goes on with the working time that was left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRanOut(Happening):
    """A timer that a machine set has come due. An old `turn` makes it silent."""

    name: str
    turn: int
