"""What the machine remembers about one meeting: no prose, and only what is still needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.method import effects as fx
from bot.method.card_key import CardKey, CardKind
from bot.method.formats import Stage
from bot.method.stages import Staged
from bot.method.terms import Ending, MeetingId, PersonId, SessionId

PRESENTED = frozenset({Ending.actions, Ending.no_action, Ending.unsettled})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting(Staged):
    """One turn of the set's cadence.

    `owing` are those who owe a report back; `waves` the groups of presenters whose sessions
    run side by side, `wave` how many of them have begun; `running` the sessions not yet over.
    `pulse` are those who have given theirs, `settled` that no more are taken.
    """

    id: MeetingId
    number: int = 1
    began: datetime | None = None
    owing: tuple[PersonId, ...] = ()
    reported: frozenset[PersonId] = frozenset()
    waves: tuple[tuple[PersonId, ...], ...] = ()
    wave: int = 0
    sessions: tuple[SessionId, ...] = ()
    running: frozenset[SessionId] = frozenset()
    presented: tuple[PersonId, ...] = ()
    acted: tuple[PersonId, ...] = ()
    acting_from: datetime | None = None
    presenters: tuple[PersonId, ...] = ()
    bids: tuple[PersonId, ...] = ()
    backing: Mapping[PersonId, PersonId] = field(default_factory=dict)
    chosen: bool = False
    pulse: frozenset[PersonId] = frozenset()
    settled: bool = False

    @property
    def key(self) -> CardKey:
        """The key of the meeting's card: report back and review hang below it."""
        return CardKey.of(CardKind.MEETING, self.id)

    @property
    def plan(self) -> tuple[Stage | None, ...]:
        return (*self.format.before, None, *self.format.after)

    @property
    def in_sessions(self) -> bool:
        return not self.over and self.at == len(self.format.before)

    def is_done(self, person: PersonId) -> bool:
        """Whether they have done their part; the only bidder has nothing to back, so is done."""
        alone = person in self.bids and len(self.bids) == 1
        bidding = self.stage is not None and self.stage.form == "bids"
        return Staged.is_done(self, person) or (bidding and alone)

    @property
    def awaited(self) -> tuple[PersonId, ...]:
        stage = self.stage
        if stage is None:
            return ()
        if stage.awaits == "owing":
            return tuple(p for p in self.owing if p in self.people)
        return tuple(m.person for m in self.members if m.person != self.facilitator)


Outcome = tuple[Meeting, tuple[fx.Effect, ...]]


Rule = Callable[[Meeting, Any], Outcome]


def show_card(meeting: Meeting, *effects: fx.Effect) -> Outcome:
    """Draw the meeting's card again, after these effects."""
    return meeting, (*effects, fx.Show("meeting", meeting.key, meeting.id))


def mark_done(meeting: Meeting, person: PersonId) -> Meeting:
    """Mark that this person has done their part of the running stage."""
    return replace(
        meeting,
        done=meeting.done | {person},
        thinking=meeting.thinking - {person},
        passed=meeting.passed - {person},
    )
