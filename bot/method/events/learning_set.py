"""Events of a set: who belongs to it, what it agreed, when it meets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.method.events.base import Deed, Happening
from bot.method.formats import Format
from bot.method.overrides import Overrides
from bot.method.terms import (
    PersonId,
)
from bot.worktime import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Deed):
    """`by` asked these people into the set."""

    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Deed):
    """`by` said yes to the ground rules; `hours` as the profile has them."""

    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Deed):
    """`by` left the set; their words are erased, counts stay (method.md §8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursChanged(Deed):
    """`by` changed zone, hours or absence. Stages that run keep their end."""

    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilitatorNamed(Deed):
    """`by` handed facilitation to `facilitator` (None: nobody; the host keeps the process)."""

    facilitator: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilitatorProposed(Deed):
    """`by` puts it to the set who facilitates (None: nobody, and the host changes each time)."""

    facilitator: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAnswered(Deed):
    """`by` agrees with the proposal of this number, or says "not now"."""

    proposal: int
    agrees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesChanged(Happening):
    """The set tells its meeting and sessions who facilitates and who hosts now."""

    facilitator: PersonId | None
    host: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMade(Deed):
    """`by` made the set, here and now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatChosen(Deed):
    """The set works by this method from its next meeting on.

    `rotate`: while nobody facilitates, the host changes after each meeting. `sealed`: first
    questions are handed in unseen. `live`: the set meets in real time, in minutes. `language`:
    the one in which questions are judged, from now on; empty: each person's own.
    """

    format: Format
    strict: bool = False
    rotate: bool = False
    sealed: bool = False
    live: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagesChanged(Deed):
    """The set gave stages other windows and quotas, from its next meeting on."""

    overrides: Overrides


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChosen(Deed):
    """The set chose its rhythm; `meetings` in all, 0 for an open end.

    `counted`: its sums may count in the programme's figures (method.md §8).
    """

    days: int
    act_days: int
    meetings: int = 0
    counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesChanged(Deed):
    """The set's own ground rules are new; `lines` is how many there are now."""

    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesAgreed(Deed):
    """`by` said yes to this version of the ground rules."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WentOn(Deed):
    """The set goes on: after its last meeting, or after a long silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOffered(Deed):
    """`by` would present next; the issue may come later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsChosen(Deed):
    """Who presents next, in this order; the others follow as they would."""

    order: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentAsked(Deed):
    """`by` wants to present; the issue is kept as a draft until it is their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPaused(Deed):
    """The set stops meeting, until that date if there is one."""

    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetResumed(Deed):
    """The set meets again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEnded(Deed):
    """The set is over for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationGone(Happening):
    """The bot was taken out of the workspace in which the set lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingBegun(Happening):
    """The set opens its next meeting. `chosen`: somebody has brought an issue already."""

    owing: tuple[PersonId, ...]
    presenters: tuple[PersonId, ...]
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingClosed(Happening):
    """The meeting tells its set how it went.

    `acting_from` is when its last actions stage closed; `presented` who had their turn,
    `acted` who took an action away and will owe a report, `reported` who reported back.
    """

    acting_from: datetime
    presented: tuple[PersonId, ...] = ()
    acted: tuple[PersonId, ...] = ()
    reported: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingWanted(Deed):
    """A set that meets live is together now: `by` opens the meeting that is due."""
