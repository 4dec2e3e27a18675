"""Small dialogs of Teams' own: a refused form that stays open, a notice, the door to a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.teams import limits, outgoing
from adapters.teams.forms import BODY, FORM, data_of, task, window
from adapters.teams.text import Element, plain, runs
from bot.cards import text_fitting
from bot.cards.card import Button, Card, Said, Words
from bot.cards.form import Form
from bot.cards.wording import wording
from bot.handlers.payloads import BadPayload
from bot.method.terms import Place

WHY_MOST = 2000  # characters of the reason above a form
COMMAND_KEPT = 1500  # characters of a command that its button carries on
DRAWN = ("TextBlock", "RichTextBlock")  # and inputs: what a form of ours is made of


def reopen_refused(value: object, cards: Sequence[Card]) -> dict[str, Any]:
    """The submitted form again, with the reason above it and what was written still in it.

    A form without a field to write in is replaced by the reason. Raises BadPayload.
    """
    data = data_of(value)
    about = limits.mapping_of(data[FORM])
    title, send, body = _read_drawn(data[BODY])
    card = cards[0] if cards else Card("refusal", "", "")
    if not any("id" in element for element in body):
        return notice(card)
    why = " ".join(p.text for p in card.parts if isinstance(p, Words))
    text = text_fitting.cut(plain(why) or card.summary, WHY_MOST)
    above = runs(text, color="Attention", weight="Bolder")
    return task(title, send, about, [_fill(element, data) for element in body], [above])


def _read_drawn(text: object) -> tuple[str, str, list[Element]]:
    drawn = limits.unpack(text, limits.DIALOG_SIZE)
    if not isinstance(drawn, list) or len(drawn) != 3:
        raise BadPayload("not_our_form")
    title, send, body = drawn
    if not isinstance(body, list) or not all(map(_ours, body)):
        raise BadPayload("not_our_form")
    return limits.word_of(title), limits.word_of(send), body


def _ours(element: object) -> bool:
    if not isinstance(element, Mapping):
        return False
    kind = str(element.get("type"))
    return kind.startswith("Input.") if "id" in element else kind in DRAWN


def _fill(element: Element, data: Mapping[str, Any]) -> Element:
    """An input that holds what was written or chosen."""
    if "id" not in element:
        return element
    bare = {name: part for name, part in element.items() if name != "value"}
    written = data.get(limits.word_of(element["id"]))
    return bare | ({"value": limits.word_of(written)} if written else {})


def notice(card: Card) -> dict[str, Any]:
    """A card in a window of its own, where only a dialog can be the answer."""
    drawn = outgoing.draw_card(card, in_dialog=True)
    return window(card.title or wording(card.language).label("teams.name"), drawn)


TOAST_MOST = 300  # characters that a toast still shows well


def is_short(card: Card) -> bool:
    """Whether an answer fits into a toast."""
    plain_only = all(isinstance(part, Words) for part in card.parts)
    return plain_only and not card.buttons and len(_text_of(card)) <= TOAST_MOST


def toast(card: Card | None, language: str) -> dict[str, Any]:
    """The answer to a press: a line that only the presser sees, "done" without a card."""
    text = _text_of(card) if card is not None else wording(language).label("teams.done")
    shown = text_fitting.cut(text, TOAST_MOST)
    return {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": shown,
    }


def own_view(card: Card, key: str, reach: str) -> dict[str, Any]:
    """A card as one person sees it, in place of the one that everybody sees."""
    shown = outgoing.draw_card(card) | outgoing.refresh(key, (reach,))
    return {"statusCode": 200, "type": outgoing.CARD, "value": shown}


def word(language: str) -> dict[str, Any]:
    """Close the window with a word that it is done."""
    return {"type": "message", "value": wording(language).label("teams.done")}


def explain_no_chat(language: str) -> Card:
    """Tell somebody whom the bot may not write to how to allow it."""
    say = wording(language).label
    return Card(
        "no_chat",
        say("teams.no_chat_title"),
        say("teams.no_chat_title"),
        (Words(say("teams.no_chat")),),
        language=language,
    )


def _text_of(card: Card) -> str:
    words = " ".join(part.text for part in card.parts if isinstance(part, Words))
    return plain(words) or plain(card.title) or card.summary


def doorway(form: Form, command: str, place: Place) -> Card:
    """Where no form can open (something typed), a button that opens it.

    It stands in the person's own chat, so it carries the place that was meant.
    """
    quoted = tuple(part for part in form.fields if isinstance(part, Said))[:1]
    ref = "\n".join((place.conversation, place.thread, command[:COMMAND_KEPT]))
    button = Button("command", form.title, ref, primary=True)
    return Card("doorway", form.title, form.title, quoted, (button,), form.language)
