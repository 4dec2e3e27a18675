"""The vault: secrets of the platforms (tokens, a state on its way), encrypted like words.

What is in them only the adapter that keeps them knows; here they are named texts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from store import tables

if TYPE_CHECKING:
    from store.transactions import SqlTx

_v = tables.vault.c
_READ = select(_v.data).where(_v.name == bindparam("name"))
_NAMES = (
    select(_v.name)
    .where(_v.name >= bindparam("low"), _v.name < bindparam("high"))
    .order_by(_v.name)
)
_FORGET = delete(tables.vault).where(_v.name == bindparam("vault_name"))
_SWAP = (
    update(tables.vault)
    .where(_v.name == bindparam("vault_name"), _v.data == bindparam("was"))
    .values(data=bindparam("now"))
)


class Vaulted(ABC):
    """The part of the store that implements bot.ports.Vault."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[SqlTx]:
        """A write transaction."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[SqlTx]:
        """One for reading only."""

    def secret(self, name: str) -> str | None:
        """The secret of this name; None without one."""
        with self.reading() as tx:
            return _opened(tx, name)

    def keep_secret(self, name: str, text: str) -> None:
        """Keep or replace it."""
        with self.transaction() as tx:
            data = tx._shared.cipher.seal({"text": text})
            tx._upsert(tables.vault, ("name",), {"name": name, "data": data})

    def swap_secret(self, name: str, was: str, text: str) -> bool:
        """Replace it only if it still is `was`: of two who would, one does. Whether it was done."""
        with self.transaction() as tx:
            row = tx._one(_READ, {"name": name})
            if row is None or tx._shared.cipher.open(row.data)["text"] != was:
                return False
            now = tx._shared.cipher.seal({"text": text})
            return tx._change(_SWAP, {"vault_name": name, "was": row.data, "now": now}) > 0

    def take_secret(self, name: str) -> str | None:
        """Read it and forget it: of two who ask, one gets it."""
        with self.transaction() as tx:
            found = _opened(tx, name)
            return found if tx._change(_FORGET, {"vault_name": name}) else None

    def forget_secret(self, name: str) -> None:
        """Erase it for good."""
        with self.transaction() as tx:
            tx._change(_FORGET, {"vault_name": name})

    def secrets(self, beginning: str) -> tuple[str, ...]:
        """The names that begin so."""
        high = beginning + "\U0010ffff"
        with self.reading() as tx:
            rows = tx._all(_NAMES, {"low": beginning, "high": high})
        return tuple(row.name for row in rows)


def _opened(tx: SqlTx, name: str) -> str | None:
    row = tx._one(_READ, {"name": name})
    return tx._shared.cipher.open(row.data)["text"] if row else None
