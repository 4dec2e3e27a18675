"""What people had erased, kept by its ids, so that a restored backup loses it again.

Rule 1: no word stands here, and no author: only which texts, and when they were written.
Rule 2: it must outlive the database, so it is written out beside the backups (docs/operate.md).
Source: method.md section 8 ("We erase our copy").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import bindparam, delete
from sqlmodel import col, select

from bot.ports import Erased
from store import models
from store.columns import Instant
from store.models import ErasedRow
from store.transaction import Transactions

PAGE = 500  # rows in one transaction

_t = models.user_text.c
_ERASE_AGAIN = delete(models.user_text).where(
    _t.kind == bindparam("kind"),
    _t.about == bindparam("about"),
    _t.at <= bindparam("written", type_=Instant()),
)


class Ledger:
    """The ledger of erased texts."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def entries(self) -> Iterator[Erased]:
        """All entries, the oldest first."""
        last, number = 0, col(ErasedRow.number)
        while True:
            page = select(ErasedRow).where(number > last).order_by(number).limit(PAGE)
            with self._transactions.reading() as tx, tx.connection.session() as session:
                rows = session.exec(page).all()
                entries = [Erased(row.kind, row.about, row.written) for row in rows]
                last = rows[-1].number or 0 if rows else last
            yield from entries
            if len(entries) < PAGE:
                return

    def erase_again(self, ledger: Iterable[Erased]) -> int:
        """Erase what a ledger names; how many texts were still there.

        What was written anew under the same ids after that stays.
        """
        erased = 0
        for entry in ledger:
            values = {"kind": entry.kind, "about": entry.about, "written": entry.written}
            with self._transactions.transaction() as tx:
                erased += tx.connection.execute(_ERASE_AGAIN, values)
        return erased
