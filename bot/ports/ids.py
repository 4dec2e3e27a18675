"""Where the core gets new ids from."""

from __future__ import annotations

from typing import Protocol


class Ids(Protocol):
    """Where new ids come from."""

    def new(self) -> str:
        """A short, unguessable, unique id; in a simulation from the seed."""
        ...
