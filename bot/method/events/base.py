"""What every event carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.method.terms import (
    PersonId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something a person did, or the clock did, at a known moment."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed(Happening):
    """Something a person did."""

    by: PersonId
    entry: int | None = None
