"""What ends a command with one line on standard error and exit status 1."""

from __future__ import annotations

from adapters.cli.words import text

STORE_TEXTS = {
    "no_key": "doctor.key_missing",
    "schema_behind": "doctor.database_behind",
    "schema_ahead": "doctor.database_ahead",
    "in_use": "in_use",
    "no_connection": "doctor.database_unreachable",
    "unreachable": "doctor.database_unreachable",
}


class CommandFailed(Exception):
    """The command cannot go on. `name` and `values` give the text to print (cli.toml)."""

    def __init__(self, name: str, /, **values: object) -> None:
        super().__init__(name)
        self.name, self.values = name, values

    def __str__(self) -> str:
        return text(self.name, **self.values)


class StoreUnusable(CommandFailed):
    """The database cannot be used. `code` is the store's."""

    def __init__(self, code: str) -> None:
        super().__init__(STORE_TEXTS.get(code, "doctor.database_down"), code=code)
        self.code = code
