"""Refusals and failures. What could be needed while the store fails is drawn without it."""

from __future__ import annotations

from bot.cards.card import Card, Part, Said, Words
from bot.cards.views.context import Reader, Values, ViewContext
from bot.cards.views.generic import plain
from bot.cards.wording import wording


def refusal(context: ViewContext, code: str, values: Values) -> Card:
    """Why that cannot be done now; a code's words are in labels.toml, `refusals`."""
    return context.card("refusal", {"why": context.label(f"refusals.{code}", **values)})


def returned_text(text: str, language: str) -> tuple[Part, ...]:
    """What was written in a form that was refused, handed back: nothing is lost."""
    return (Words(wording(language).label("facts.your_words")), Said(text))


def in_language(language: str, name: str) -> Card:
    """A card that needs no store at all: for when the store itself has failed."""
    words = wording(language)
    text = words.text(name, {})
    return Card(name, text.title, text.summary, (Words(text.body),), language=words.language)


CARDS: dict[str, Reader] = {
    "store_full": plain("store_full"),
    "store_busy": plain("store_busy"),
    "broken": plain("broken"),
}
