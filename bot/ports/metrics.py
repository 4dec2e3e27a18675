"""A sink for metrics: numbers and codes only, never a text or a person (method.md §8).

This one does nothing; adapters/cli/metrics.py counts. Durations are measured there, because
the core reads no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime


class Metrics:
    """No-op metrics sink."""

    @contextmanager
    def handling(self, kind: str) -> Iterator[Callable[[str], None]]:
        """Around one input of this kind (Typed, Pressed …); call it with its outcome: a code."""
        yield _nothing

    def judged(self, stage: str, verdict: str, reason: str) -> None:
        """A verdict of the judge was committed."""

    def fired(self, outcome: str) -> None:
        """A timer: fired, failed."""

    def delivered(self, platform: str, outcome: str) -> None:
        """An outbox message: sent, deferred, dropped; or the code of the error."""

    def due(self, what: str, at: datetime | None) -> None:
        """The earliest moment at which a timer or a lane is due (UTC); None if none is."""


def _nothing(outcome: str) -> None:
    """The outcome is not counted."""
