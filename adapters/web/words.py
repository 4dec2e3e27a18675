"""The playground's own words: prompts/<language>/web.toml, read through bot.cards.wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bot.cards.wording import wording


def word(name: str, language: str, **values: object) -> str:
    """A label of the playground by its name under `web`. Raises KeyError if it has none."""
    return wording(language).label(f"web.{name}", **values)


def label(name: str, language: str) -> str:
    """Any label by its whole name, as the bot itself says it."""
    return wording(language).label(name)


def words(name: str, language: str) -> tuple[str, ...]:
    """A label that is a list of single words (days, months)."""
    return tuple(word(name, language).split())


def in_language(language: str) -> Mapping[str, Callable[..., str]]:
    """`word` and `label` for a template that is drawn in one language."""
    return {"word": partial(word, language=language), "label": partial(label, language=language)}
