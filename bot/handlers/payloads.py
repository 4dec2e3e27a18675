"""What comes back from a platform, read with care: anything may stand where ours should.

An adapter knows its platform's shapes; what is checked about a value is the same on all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENTRIES = 1_000_000_000  # stage entries are counted from 0; no session has that many

Payload = Mapping[str, Any]


class BadPayload(ValueError):
    """What came is not what we drew, or what is to be drawn fits nowhere: a code."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form that was handed in. `users` are those picked, by the name of their picker."""

    form: str
    ref: str
    entry: int | None
    nonce: str
    conversation: str
    thread: str
    values: dict[str, str]
    users: dict[str, tuple[str, ...]]


def entry_of(found: object) -> int | None:
    """A stage entry as it was drawn, or None. Raises BadPayload for anything else."""
    if found is None or (type(found) is int and 0 <= found < ENTRIES):
        return found
    raise BadPayload("bad_entry")


def word_of(found: object) -> str:
    """A string. Raises BadPayload for anything else."""
    if not isinstance(found, str):
        raise BadPayload("no_word")
    return found


def text_in(payload: Payload, key: str) -> str:
    """A text of a payload; "" for anything else that may stand there."""
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def mapping_in(payload: Payload, key: str) -> Payload:
    """A part of a payload; empty for anything else that may stand there."""
    value = payload.get(key)
    return value if isinstance(value, Mapping) else {}
