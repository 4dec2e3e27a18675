"""What is in haste begins nothing that takes long: it asks for that to be done first, elsewhere.

The event loop's own thread is in haste: for as long as it works, nobody else is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

hasty: ContextVar[bool] = ContextVar("hasty", default=False)


class NotYet(Exception):
    """`prepare` takes seconds and comes first; then the same can be done, from its beginning."""

    def __init__(self, prepare: Callable[[], object]) -> None:
        super().__init__("not_yet")
        self.prepare = prepare
