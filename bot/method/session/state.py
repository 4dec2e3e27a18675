"""What the machine remembers about one session: no prose, nothing per closed contribution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.method import effects as fx
from bot.method.card_key import CardKey, CardKind
from bot.method.formats import Stage
from bot.method.stages import Staged
from bot.method.terms import (
    ActionId,
    ContributionId,
    Ending,
    MeetingId,
    OpenQuestion,
    PersonId,
    SessionId,
    Support,
)

NOT_QUESTIONS = frozenset({"exempt", "ack", "pass", "answer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Staged):
    """Everything the machine remembers about one session.

    `open` are the questions that wait, in the order the presenter sees them. `nudged` is the
    ladder of each person in this round, `insisted` how often "it is a question" was said
    (the facilitator sees the number, not the people). `keepers` kept something for later,
    `confirmed`: ideas are still wanted; `revealed` and `looped`: the problem as each sees it
    has been shown, and has been looked at once more. `sealed` are the questions of a first wave
    that are handed in and not yet shown, `reveals` when they will be (UTC; None: no such wave),
    `wave` those that were shown together. `held` wait for the facilitator to let them through.
    """

    id: SessionId
    meeting: MeetingId
    presenter: PersonId
    presented: bool = False
    support: Support = Support.questions
    more: bool = False
    strict: bool = False
    open: tuple[OpenQuestion, ...] = ()
    asked: int = 0
    answered: int = 0
    nudged: Mapping[PersonId, int] = field(default_factory=dict)
    tipped: frozenset[PersonId] = frozenset()
    insisted: int = 0
    noticed: bool = False
    kept: int = 0
    finishing: bool = False
    told_done: bool = False
    actions: tuple[ActionId, ...] = ()
    committed: frozenset[PersonId] = frozenset()
    reasoned: bool = False
    keepers: frozenset[PersonId] = frozenset()
    confirmed: bool = False
    revealed: bool = False
    looped: bool = False
    sealed: tuple[OpenQuestion, ...] = ()
    reveals: datetime | None = None
    wave: tuple[ContributionId, ...] = ()
    held: tuple[OpenQuestion, ...] = ()
    ending: Ending | None = None

    @property
    def key(self) -> CardKey:
        """The key of the session's card: its thread hangs below it."""
        return CardKey.of(CardKind.SESSION, self.id)

    @property
    def plan(self) -> tuple[Stage | None, ...]:
        return self.format.session

    @property
    def waiting(self) -> bool:
        """Whether the set is still too small to begin."""
        return self.at < 0 and not self.over

    @property
    def missing(self) -> int:
        return max(self.format.size.least - len(self.people - {self.facilitator}), 0)

    @property
    def awaited(self) -> tuple[PersonId, ...]:
        stage = self.stage
        if stage is None:
            return ()
        if stage.awaits == "presenter" or self.unconfirmed:
            return (self.presenter,)
        if stage.awaits == "all":
            return tuple(m.person for m in self.members if m.person != self.facilitator)
        others = (m.person for m in self.members)
        return tuple(p for p in others if p not in (self.presenter, self.facilitator))

    @property
    def unconfirmed(self) -> bool:
        """Whether the stage waits for the presenter to confirm it."""
        return self.stage is not None and bool(self.stage.only_if) and not self.confirmed

    @property
    def viewing(self) -> str:
        """The id of one look at the problem: of what people write and the card that shows it."""
        return f"{self.id}:{'again' if self.looped else 'first'}"

    @property
    def sealing(self) -> bool:
        """Whether the first wave is being handed in, unread by others (method.md §3)."""
        return self.reveals is not None

    @property
    def contributors(self) -> int:
        return sum(1 for n in self.counts.values() if n > 0)


Outcome = tuple[Session, tuple[fx.Effect, ...]]
Rule = Callable[[Session, Any], Outcome]
