"""What a store or a platform may raise, and nothing else."""

from __future__ import annotations

import traceback


class StoreBusy(Exception):
    """The store could not begin a transaction in time. The platform may send again."""


class StoreFull(Exception):
    """The disk is full: nothing of this event was kept, and the person is told so."""


class NewerSchema(Exception):
    """A row was written in a newer schema than this process knows.

    The process acknowledges nothing and postpones nothing, so that a newer process gets the event.
    """

    def __init__(self, kind: str, schema: int) -> None:
        super().__init__(f"{kind} of schema {schema}")
        self.kind, self.schema = kind, schema


class Transient(Exception):
    """Try again later, after `retry_after` seconds if the platform said so.

    `sure`: it certainly had no effect, so nothing need be looked for before the next try.
    """

    def __init__(self, code: str, retry_after: float | None = None, sure: bool = False) -> None:
        super().__init__(code)
        self.code, self.retry_after, self.sure = code, retry_after, sure


class Undeliverable(Exception):
    """This one message cannot be delivered as it is (too long, refused): park it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LaneClosed(Exception):
    """Nothing can be delivered to this conversation now (archived, removed, blocked)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PersonClosed(LaneClosed):
    """A person's own chat takes nothing from us: they blocked us, or we are not there for them."""


class UnknownFate(Exception):
    """The call took too long: the message may or may not have been posted."""


def describe_error(error: BaseException) -> str:
    """Where an error came from, without a word of what anyone wrote: type, file, line."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno}" for f in reversed(frames))
    return f"{type(error).__name__} at {places}"
