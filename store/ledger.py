"""What people had erased, kept by its ids, so that a restored backup loses it again.

Rule 1: no word stands here, and no author: only which words, and from when they were.
Rule 2: it must outlive the database, so it is written out beside the backups (docs/operate.md).
Source: method.md section 8 ("We erase our copy").
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from bot.ports import Erased
from store import tables
from store.columns import Instant

if TYPE_CHECKING:
    from store.transactions import SqlTx

PAGE = 500  # rows in one transaction

_e, _w = tables.erased.c, tables.words.c
_PAGE = (
    select(_e.number, _e.kind, _e.about, _e.written)
    .where(_e.number > bindparam("after"))
    .order_by(_e.number)
    .limit(PAGE)
)
_AGAIN = delete(tables.words).where(
    _w.kind == bindparam("kind"),
    _w.about == bindparam("about"),
    _w.at <= bindparam("written", type_=Instant()),
)


class Ledger(ABC):
    """The part of the store that remembers what was erased."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[SqlTx]:
        """A write transaction."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[SqlTx]:
        """One for reading only."""

    def erased(self) -> Iterator[Erased]:
        """All that is in the ledger, the oldest first."""
        after = 0
        while True:
            with self.reading() as tx:
                rows = tx._all(_PAGE, {"after": after})
            for row in rows:
                yield Erased(row.kind, row.about, row.written)
            if len(rows) < PAGE:
                return
            after = rows[-1].number

    def erase_again(self, ledger: Iterable[Erased]) -> int:
        """Erase what a ledger names; how many words were still there.

        What was written anew under the same ids after that stays.
        """
        found = 0
        for one in ledger:
            with self.transaction() as tx:
                asked: dict[str, str | datetime] = {
                    "kind": one.kind,
                    "about": one.about,
                    "written": one.written,
                }
                found += tx._change(_AGAIN, asked)
        return found
