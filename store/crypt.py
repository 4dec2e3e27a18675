"""Words at rest: encrypted with Fernet, under keys that can be rotated.

Rule 1: without a key nothing is kept, unless plaintext was asked for by name.
Rule 2: the first key writes; all of them read. A row tells by itself whether it is encrypted, so
        a key may be added later and `rotate` brings every row up to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from store.errors import StoreRefused


def new_key() -> str:
    """A fresh key, as `als init` writes it down."""
    return Fernet.generate_key().decode()


class Cipher:
    """Turns the parts of someone's words into what is kept, and back.

    Raises StoreRefused: no_key without keys and without `plaintext`, bad_key for what is no key.
    """

    def __init__(self, keys: Sequence[str] = (), plaintext: bool = False) -> None:
        if not keys and not plaintext:
            raise StoreRefused("no_key")
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError:
            fernets = []
        if len(fernets) != len(keys):
            raise StoreRefused("bad_key")
        self._first = fernets[0] if fernets else None
        self._all = MultiFernet(fernets) if fernets else None

    def seal(self, parts: Mapping[str, str]) -> str:
        """What is kept for these words."""
        text = json.dumps(dict(parts))  # ASCII: no database stumbles over NUL or a half surrogate
        return self._first.encrypt(text.encode()).decode() if self._first else text

    def open(self, data: str) -> dict[str, str]:
        """The words. Raises StoreRefused("wrong_key") if no key opens them."""
        if not data.startswith("{"):
            data = self._decrypt(data)
        parts: dict[str, str] = json.loads(data)
        return parts

    def is_current(self, data: str) -> bool:
        """Whether the first key (or none, without keys) has written this."""
        if self._first is None or data.startswith("{"):
            return self._first is None and data.startswith("{")
        try:
            self._first.decrypt(data)
        except InvalidToken:
            return False
        return True

    def again(self, data: str) -> str:
        """The same words under the first key."""
        return self.seal(self.open(data))

    def _decrypt(self, data: str) -> str:
        text = None
        if self._all is not None:
            try:
                text = self._all.decrypt(data).decode()
            except InvalidToken:
                text = None
        if text is None:
            raise StoreRefused("wrong_key")  # outside of the handler: the token stays behind
        return text
