"""What one transaction knows already, and what all transactions of a store share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.method.actions import Action
from bot.method.card_key import CardKey
from bot.method.formats import Format
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Contribution, Person, Place, SetId
from bot.ports import UserText
from store.crypt import Cipher

OWNERS = 50_000  # ids whose set is remembered

State = LearningSet | Meeting | Session | Action


class Shared:
    """What all transactions of a store share. Only committed knowledge goes in here."""

    def __init__(self, cipher: Cipher) -> None:
        self.cipher = cipher
        self.formats: dict[str, Format] = {}
        self.hashes: dict[Format, str] = {}
        self.owners: dict[str, SetId] = {}

    def remember_owners(self, owners: Mapping[str, SetId]) -> None:
        """Remember which set these ids belong to: that never changes."""
        if len(self.owners) > OWNERS:
            self.owners.clear()
        self.owners.update(owners)

    def hash_of(self, format: Format) -> str:
        """The format's hash, computed once (it is the most expensive part of a save)."""
        hash = self.hashes.get(format)
        if hash is None:
            hash = self.hashes[format] = format.hash
        return hash


@dataclass(slots=True)
class Prefetched:
    """Answers that were loaded before they were asked for. A missing key means: ask."""

    actions: dict[str, list[Action]] = field(default_factory=dict)  # unsettled, by owner
    sets: dict[str, list[SetId]] = field(default_factory=dict)  # live, by person
    nudged: dict[str, list[Contribution]] = field(default_factory=dict)  # unanswered, by person
    nudges: dict[str, list[tuple[date, str]]] = field(default_factory=dict)  # sent, by person
    nudges_since: date | None = None  # `nudges` holds those of this day and later
    texts: dict[tuple[str, str], UserText | None] = field(default_factory=dict)


@dataclass(slots=True)
class Cache:
    """What this transaction has read or written, so that it does not read it twice.

    What is in `machines` was read under the set's lock, or before any lock was taken.
    """

    people: dict[str, Person] = field(default_factory=dict)
    people_at: dict[tuple[str, str, str], str] = field(default_factory=dict)  # ids by address
    machines: dict[tuple[type[Any], str], State] = field(default_factory=dict)
    homes: dict[str, Place] = field(default_factory=dict)
    members: dict[str, frozenset[str]] = field(default_factory=dict)  # as kept, by set
    formats: dict[str, Format] = field(default_factory=dict)  # read or written here, by hash
    owners: dict[str, SetId] = field(default_factory=dict)
    contributions: dict[str, Contribution] = field(default_factory=dict)  # written here
    cards: dict[tuple[str, ...], CardKey] = field(default_factory=dict)  # keys by message
    newly_recorded: dict[str, bool] = field(default_factory=dict)  # answers of record_once
    recorded: dict[str, bool] = field(default_factory=dict)  # answers of is_recorded
    locked_set: SetId | None = None  # locked by the prefetch of a message
    prefetched: Prefetched = field(default_factory=Prefetched)

    def forget_prefetched(self) -> None:
        """A lock was taken, or other people are prefetched: ask again."""
        self.prefetched = Prefetched()
