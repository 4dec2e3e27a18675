"""The playground's own words: prompts/<language>/web.toml, read through bot.cards.wording."""

from __future__ import annotations

from bot.cards.wording import wording


def word(name: str, **values: object) -> str:
    """A label of the playground by its name under `web`. Raises KeyError if it has none."""
    return wording("en").label(f"web.{name}", **values)


def label(name: str) -> str:
    """Any label by its whole name, as the bot itself says it."""
    return wording("en").label(name)


def words(name: str) -> tuple[str, ...]:
    """A label that is a list of single words (days, months)."""
    return tuple(word(name).split())
