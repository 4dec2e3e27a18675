"""Who counts what happens: figures and codes only, never a word or a person (method.md §8).

This one drops everything; adapters/cli/metrics.py counts. What is measured with a clock is measured
there, because nothing in the core reads one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime


class Metrics:
    """Takes figures, and lets them go."""

    @contextmanager
    def handling(self, kind: str) -> Iterator[Callable[[str], None]]:
        """Around one input of this kind (Typed, Pressed …); call it with its outcome: a code."""
        yield _nothing

    def judged(self, stage: str, verdict: str, reason: str) -> None:
        """The judge has read a message, and it was kept."""

    def fired(self, outcome: str) -> None:
        """A timer: fired, failed."""

    def delivered(self, platform: str, outcome: str) -> None:
        """A letter: sent, deferred, dropped; or the code of what went wrong."""

    def due(self, what: str, at: datetime | None) -> None:
        """The earliest moment at which a timer or a lane is due (UTC); None if none is."""


def _nothing(outcome: str) -> None:
    """No one listens."""
