"""The learning log: private, and nobody else's."""

from __future__ import annotations

from bot.cards.card import Card, Part, Said
from bot.cards.views.context import Reader, Values, ViewContext

LOG_SHOWN = 10  # entries, the newest


def log(context: ViewContext, ref: str, values: Values) -> Card:
    """The learning log: private, newest first."""
    assert context.viewer is not None
    entries = context.tx.texts.by_author(context.viewer.id, "log", LOG_SHOWN)
    parts: list[Part] = []
    for entry in entries:
        prompt = context.label(f"log_prompts.{entry.parts.get('prompt', 'less_sure')}")
        parts.append(
            Said(entry.parts.get("text", ""), label=f"{prompt} · {context.day_of(entry.at)}")
        )
    return context.card("log", {"count": len(entries)}, parts, [context.button("log")])


CARDS: dict[str, Reader] = {
    "log": log,
}
