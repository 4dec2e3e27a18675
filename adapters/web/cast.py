"""The people of the playground: who they are, and where they work (prompts/en/play.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from bot.handlers.inputs import Actor
from bot.method.policy import DEFAULT_LANGUAGE
from bot.method.terms import Address, Place

PLATFORM = "web"
INSTALLATION = "playground"
CHANNEL = "C-set"


@dataclass(frozen=True, slots=True)
class Human:
    """Someone whom you can be. `number` chooses their colour; a `guest` works elsewhere."""

    user: str
    name: str
    role: str
    city: str
    zone: str
    number: int
    guest: bool = False
    language: str = DEFAULT_LANGUAGE

    @property
    def first(self) -> str:
        """The first name."""
        return self.name.split()[0]

    @property
    def last(self) -> str:
        """What follows the first name."""
        return self.name.partition(" ")[2]

    @property
    def initials(self) -> str:
        """Two letters, for the coloured square."""
        return "".join(part[0] for part in self.name.split()[:2]).upper()

    @property
    def tz(self) -> ZoneInfo:
        """Their time zone."""
        return ZoneInfo(self.zone)

    @property
    def actor(self) -> Actor:
        """The same person as the core is told about them."""
        address = Address(PLATFORM, INSTALLATION, self.user)
        return Actor(address, self.name, self.zone, self.language, self.guest)

    @property
    def dm(self) -> Place:
        """Their private conversation with the bot."""
        return Place(PLATFORM, INSTALLATION, f"@{self.user}")


class Cast:
    """Everybody, in a fixed order. An unknown user is nobody (None)."""

    def __init__(self, people: tuple[Human, ...]) -> None:
        self._people = {human.user: human for human in people}

    def __iter__(self) -> Iterator[Human]:
        return iter(self._people.values())

    def __len__(self) -> int:
        return len(self._people)

    @property
    def first(self) -> Human:
        """Whom you are at the beginning."""
        return next(iter(self))

    def get(self, user: str) -> Human | None:
        """Somebody by their user id; None for nobody."""
        return self._people.get(user)

    def others(self, user: str) -> tuple[Human, ...]:
        """Everybody else, in the same order."""
        return tuple(human for human in self if human.user != user)


def channel() -> Place:
    """The one conversation in which the set meets."""
    return Place(PLATFORM, INSTALLATION, CHANNEL)


def play_file(name: str) -> Mapping[str, Any]:
    """The cast (`play`) or a script (`play/<method>`), as it stands in prompts/."""
    file = resources.files("prompts").joinpath(DEFAULT_LANGUAGE, *f"{name}.toml".split("/"))
    return tomllib.loads(file.read_text(encoding="utf-8"))


def load_cast() -> Cast:
    """The six people of prompts/en/play.toml."""
    rows = play_file("play")["cast"]
    return Cast(tuple(Human(number=n, **row) for n, row in enumerate(rows, 1)))
