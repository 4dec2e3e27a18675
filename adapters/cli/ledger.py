"""The ledger of erasures as lines of JSON: stored beside the backups, replayed after a restore."""

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


def line(entry: Erased) -> str:
    """An entry as a line: ids and a time, nothing else."""
    written = entry.written.astimezone(UTC).isoformat()
    return json.dumps({"kind": entry.kind, "about": entry.about, "written": written})


def read(lines: Iterable[str]) -> Iterator[Erased]:
    """The entries. Raises BadLedger; skips empty lines."""
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            entry = json.loads(text)
            kind, about = entry["kind"], entry["about"]
            written = datetime.fromisoformat(entry["written"])
            if not (isinstance(kind, str) and isinstance(about, str) and written.tzinfo):
                raise ValueError
        except (ValueError, TypeError, KeyError, RecursionError):
            raise BadLedger(number) from None
        yield Erased(kind, about, written)
