"""The command line's words (prompts/en/cli.toml) and its two consoles.

Help texts are read for every command, and the methods' texts for `als formats`. Both must be quick,
so a text without values is taken from its file, without Jinja2 and without the cards.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from rich.console import Console

LANGUAGE = "en"  # the command line speaks to operators; what members see has their own language

out = Console()
err = Console(stderr=True)


def text(name: str, /, **values: object) -> str:
    """A text of the command line by its name, e.g. `demo.help`. Raises KeyError."""
    if values:
        return label(f"cli.{name}", **values)
    return _plain("cli.toml", f"cli.{name}")


def method_text(name: str) -> str:
    """A text about the methods, e.g. `formats.one_problem.title`. Raises KeyError."""
    return _plain("formats.toml", name)


def label(name: str, /, **values: object) -> str:
    """A text that the command line shares with the cards, e.g. `abilities.asking`."""
    from bot.cards.wording import wording

    return wording(LANGUAGE).label(name, **values)


def _plain(file: str, name: str) -> str:
    found: Any = _texts(file)
    for part in name.split("."):
        found = found[part]
    return str(found).strip()


@cache
def _texts(file: str) -> Mapping[str, Any]:
    return tomllib.loads((files("prompts") / LANGUAGE / file).read_text(encoding="utf-8"))
