"""Events of a meeting."""

from __future__ import annotations

from dataclasses import dataclass

from bot.method.events.base import Deed, Happening
from bot.method.terms import (
    Ending,
    PersonId,
    SessionId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedBack(Deed):
    """`by` told the set what became of their actions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflected(Deed):
    """A closing reflection was handed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseGiven(Deed):
    """`by` said how the meeting was for them; what they said is counted, without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidMade(Deed):
    """`by` would like the set to work on something of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidBacked(Deed):
    """`by` would give this turn to `bidder`."""

    bidder: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillPicked(Deed):
    """`by` chose the leadership skill to practise in this meeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed(Happening):
    """A session tells its meeting how it ended, and who took an action away."""

    session: SessionId
    presenter: PersonId
    ending: Ending
    committed: tuple[PersonId, ...] = ()
