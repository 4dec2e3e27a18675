"""The ledger of what was erased, as lines of JSON: kept beside the backups, replayed after one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bot.ports import Erased


class BadLedger(ValueError):
    """A line that is not of a ledger; `line` is its number, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(str(line))
        self.line = line


def line(one: Erased) -> str:
    """One entry: ids and an instant, nothing else."""
    written = one.written.astimezone(UTC).isoformat()
    return json.dumps({"kind": one.kind, "about": one.about, "written": written})


def read(lines: Iterable[str]) -> Iterator[Erased]:
    """The entries. Raises BadLedger; empty lines are passed over."""
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            found = json.loads(text)
            kind, about = found["kind"], found["about"]
            written = datetime.fromisoformat(found["written"])
            if not (isinstance(kind, str) and isinstance(about, str) and written.tzinfo):
                raise ValueError
        except (ValueError, TypeError, KeyError, RecursionError):
            raise BadLedger(number) from None
        yield Erased(kind, about, written)
