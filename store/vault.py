"""The vault: secrets of the platforms (tokens, an OAuth state), encrypted like people's texts.

Only the adapter that keeps a secret knows what is in it; here they are named texts.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, update
from sqlmodel import col, select

from store import models
from store.crypt import Cipher
from store.models import VaultRow
from store.transaction import Transactions

_v = models.vault.c
_DELETE = delete(models.vault).where(_v.name == bindparam("vault_name"))
_SWAP = (
    update(models.vault)
    .where(_v.name == bindparam("vault_name"), _v.data == bindparam("was"))
    .values(data=bindparam("now"))
)


class Vault:
    """The port's `Vault`."""

    def __init__(self, transactions: Transactions, cipher: Cipher) -> None:
        self._transactions, self._cipher = transactions, cipher

    def secret(self, name: str) -> str | None:
        """The secret of this name; None without one."""
        with self._transactions.reading() as tx, tx.connection.session() as session:
            row = session.get(VaultRow, name)
            return self._decrypt(row) if row is not None else None

    def keep_secret(self, name: str, text: str) -> None:
        """Insert or replace it."""
        row = {"name": name, "data": self._cipher.seal({"text": text})}
        with self._transactions.transaction() as tx:
            tx.connection.upsert(models.vault, ("name",), row)

    def swap_secret(self, name: str, was: str, text: str) -> bool:
        """Replace it only if it still is `was`: of two who would, one does. Whether it was done."""
        with self._transactions.transaction() as tx:
            with tx.connection.session() as session:
                row = session.get(VaultRow, name)
                if row is None or self._decrypt(row) != was:
                    return False
                values = {"vault_name": name, "was": row.data}
            values["now"] = self._cipher.seal({"text": text})
            return tx.connection.execute(_SWAP, values) > 0

    def take_secret(self, name: str) -> str | None:
        """Read it and delete it: of two who ask, one gets it."""
        with self._transactions.transaction() as tx:
            with tx.connection.session() as session:
                row = session.get(VaultRow, name)
                text = self._decrypt(row) if row is not None else None
            return text if tx.connection.execute(_DELETE, {"vault_name": name}) else None

    def forget_secret(self, name: str) -> None:
        """Erase it for good."""
        with self._transactions.transaction() as tx:
            tx.connection.execute(_DELETE, {"vault_name": name})

    def secrets(self, beginning: str) -> tuple[str, ...]:
        """The names that begin so."""
        name = col(VaultRow.name)
        names = (
            select(name).where(name >= beginning, name < beginning + "\U0010ffff").order_by(name)
        )
        with self._transactions.reading() as tx, tx.connection.session() as session:
            return tuple(session.exec(names))

    def _decrypt(self, row: VaultRow) -> str:
        return self._cipher.open(row.data)["text"]
