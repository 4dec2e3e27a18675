"""Small dialogs of Teams' own: a refused form that stays open, a notice, the door to a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.teams import limits, outgoing
from adapters.teams.forms import BODY, FORM, data_of, task, window
from adapters.teams.text import Element, plain, runs
from bot import fitting
from bot.cards import Button, Card, Form, Said, Words
from bot.payloads import BadPayload
from bot.terms import Place
from bot.wording import wording

WHY_MOST = 2000  # characters of the reason above a form
COMMAND_KEPT = 1500  # characters of a command that its button carries on
DRAWN = ("TextBlock", "RichTextBlock")  # and inputs: what a form of ours is made of


def refused(value: object, cards: Sequence[Card]) -> dict[str, Any]:
    """The form that was handed in once more, the reason above: what was written is still there.

    A form without a field to write in is replaced by the reason. Raises BadPayload.
    """
    data = data_of(value)
    about = limits.mapping_of(data[FORM])
    title, send, body = _as_drawn(data[BODY])
    card = cards[0] if cards else Card("refusal", "", "")
    if not any("id" in element for element in body):
        return notice(card)
    why = " ".join(p.text for p in card.parts if isinstance(p, Words))
    text = fitting.cut(plain(why) or card.summary, WHY_MOST)
    above = runs(text, color="Attention", weight="Bolder")
    return task(title, send, about, [_filled(element, data) for element in body], [above])


def _as_drawn(found: object) -> tuple[str, str, list[Element]]:
    kept = limits.unpacked(found, limits.DIALOG_SIZE)
    if not isinstance(kept, list) or len(kept) != 3:
        raise BadPayload("not_our_form")
    title, send, body = kept
    if not isinstance(body, list) or not all(map(_ours, body)):
        raise BadPayload("not_our_form")
    return limits.word_of(title), limits.word_of(send), body


def _ours(element: object) -> bool:
    if not isinstance(element, Mapping):
        return False
    kind = str(element.get("type"))
    return kind.startswith("Input.") if "id" in element else kind in DRAWN


def _filled(element: Element, data: Mapping[str, Any]) -> Element:
    """An input with what was written or chosen in it."""
    if "id" not in element:
        return element
    bare = {name: found for name, found in element.items() if name != "value"}
    given = data.get(limits.word_of(element["id"]))
    return bare | ({"value": limits.word_of(given)} if given else {})


def notice(card: Card) -> dict[str, Any]:
    """A card in a window of its own, for where an answer can be nothing but a dialog."""
    drawn = outgoing.content(card, in_dialog=True)
    return window(card.title or wording("en").label("teams.name"), drawn)


TOAST_MOST = 300  # characters that a passing message still shows well


def is_short(card: Card) -> bool:
    """Whether an answer fits into the line that Teams shows to whoever pressed."""
    plain_only = all(isinstance(part, Words) for part in card.parts)
    return plain_only and not card.buttons and len(_said(card)) <= TOAST_MOST


def toast(card: Card | None) -> dict[str, Any]:
    """What a press is answered with: a line that only the presser sees; without one, nothing."""
    said = _said(card) if card is not None else wording("en").label("teams.done")
    text = fitting.cut(said, TOAST_MOST)
    return {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": text,
    }


def face(card: Card, key: str, reach: str) -> dict[str, Any]:
    """A card as one person sees it, in the place of the one that all see."""
    shown = outgoing.content(card) | outgoing.refresh(key, (reach,))
    return {"statusCode": 200, "type": outgoing.CARD, "value": shown}


def word() -> dict[str, Any]:
    """A window that only says that it is done, and closes."""
    return {"type": "message", "value": wording("en").label("teams.done")}


def no_chat() -> Card:
    """For somebody whom the bot may not write to: how that is mended."""
    say = wording("en").label
    return Card(
        "no_chat",
        say("teams.no_chat_title"),
        say("teams.no_chat_title"),
        (Words(say("teams.no_chat")),),
    )


def _said(card: Card) -> str:
    words = " ".join(part.text for part in card.parts if isinstance(part, Words))
    return plain(words) or plain(card.title) or card.summary


def doorway(form: Form, command: str, place: Place) -> Card:
    """Where no form can open (something typed), a button that opens it.

    It stands in the person's own chat, so it carries the place that was meant.
    """
    said = tuple(part for part in form.fields if isinstance(part, Said))[:1]
    ref = "\n".join((place.conversation, place.thread, command[:COMMAND_KEPT]))
    button = Button("command", form.title, ref, primary=True)
    return Card("doorway", form.title, form.title, said, (button,))
