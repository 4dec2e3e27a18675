"""Small views of Slack's own: a refused form that stays open, a notice, the door to a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from adapters.slack import limits, outgoing
from adapters.slack.text import plain, plain_text
from bot.cards import text_fitting
from bot.cards.card import Button, Card, Said, Words
from bot.cards.form import Form
from bot.cards.wording import wording

ERROR_MOST = 2000  # characters beside a field; Slack names no limit, so well within a text's
COMMAND_KEPT = 1500  # characters of a command that its button carries on


def reopen_refused(view: Mapping[str, Any], cards: Sequence[Card]) -> dict[str, Any]:
    """The form stays open, with why beside its first field: what was written is still there.

    A form without a field to write in is replaced by the reason.
    """
    blocks = view.get("blocks") or ()
    first = next((b for b in blocks if isinstance(b, Mapping) and b.get("type") == "input"), None)
    if first is None or not cards:
        card = cards[0] if cards else Card("refusal", "", "")
        return {"response_action": "update", "view": notice(card)}
    why = " ".join(_reasons(cards[0]))
    text = plain(why) or cards[0].summary
    return {
        "response_action": "errors",
        "errors": {str(first.get("block_id")): text_fitting.cut(text, ERROR_MOST)},
    }


def _reasons(card: Card) -> Iterator[str]:
    """What a refusal says; not the words that lead in what was written, which is still there."""
    for part, following in zip_longest(card.parts, card.parts[1:]):
        if isinstance(part, Words) and not isinstance(following, Said):
            yield part.text


def notice(card: Card) -> dict[str, Any]:
    """A card in a window of its own, for where there is no conversation to tell it in."""
    body = outgoing.message(card)
    words = wording(card.language)
    title = plain_text(card.title or words.label("slack.name"), limits.TITLE)
    return {
        "type": "modal",
        "callback_id": "als.notice",
        "title": title,
        "close": plain_text(words.label("slack.close"), limits.TITLE),
        "blocks": body["blocks"],
    }


def say_not_opened(language: str) -> Card:
    """A form that Slack did not open: nothing was lost, and the button still stands there."""
    words = wording(language)
    title = words.label("slack.not_opened")
    parts = (Words(words.label("slack.press_again")),)
    return Card("not_opened", title, title, parts, language=language)


def doorway(form: Form, command: str) -> Card:
    """Where no form can open (something typed), a button that opens it."""
    quoted = tuple(part for part in form.fields if isinstance(part, Said))[:1]
    button = Button("command", form.title, command[:COMMAND_KEPT], primary=True)
    return Card("doorway", form.title, form.title, quoted, (button,), form.language)
