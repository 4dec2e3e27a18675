"""The command line's words (prompts/en/cli.toml) and its two consoles.

Help texts are read for every command, so a text without values needs neither Jinja2 nor the cards.
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
    found: Any = _texts()
    for part in name.split("."):
        found = found[part]
    return str(found).strip()


def label(name: str, /, **values: object) -> str:
    """A text that the command line shares with the cards, e.g. `formats.one_problem.title`."""
    from bot.cards.wording import wording

    return wording(LANGUAGE).label(name, **values)


@cache
def _texts() -> Mapping[str, Any]:
    file = files("prompts") / LANGUAGE / "cli.toml"
    found: Mapping[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))["cli"]
    return found
