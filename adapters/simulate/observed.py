"""What the observer keeps of a member and of a thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.cards.card import Button, Card, Row
from bot.worktime import (
    Hours,
)


@dataclass
class Member:
    """What the world knows of a person: it is the world that sets it, not the core."""

    user: str
    hours: Hours
    nudges: bool = True


@dataclass
class Thread:
    """One session (or a meeting's own stages) as it looks from outside."""

    of: str
    key: str
    presenter: str = ""
    stage: str = ""
    entry: int = -1
    opened: datetime | None = None
    closes: datetime | None = None
    all_done: bool = False
    quiet_since: datetime | None = None
    expected: dict[tuple[str, str], int] = field(default_factory=dict)  # by stage and person
    passed: set[str] = field(default_factory=set)
    shares: dict[str, int] = field(default_factory=dict)  # working minutes by stage
    over: bool = False
    extended: int = 0
    unsure: int = 0  # asked between an announced end and what was announced next


def buttons(card: Card) -> list[Button]:
    """Every button on a card, in its rows and below."""
    rows = [b for p in card.parts if isinstance(p, Row) for b in p.buttons]
    return [*rows, *card.buttons]
