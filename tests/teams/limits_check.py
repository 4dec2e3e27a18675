"""What Teams would refuse in cards and dialogs, by limits.py and the Adaptive Cards 1.5 schema.

The schema's rules that our elements can break are written out here; each property is listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.teams import limits
from bot.cards import text_fitting

Found = Mapping[str, Any]
LOOKS = {"size", "weight", "color", "isSubtle", "fontType"}
PLACE = {"spacing", "separator"}
INPUT = PLACE | {"id", "label", "isRequired", "errorMessage"}
KNOWN = {
    "TextBlock": PLACE | LOOKS | {"text", "wrap", "style"},
    "RichTextBlock": PLACE | {"inlines"},
    "FactSet": PLACE | {"facts"},
    "ActionSet": PLACE | {"actions"},
    "Input.Text": INPUT | {"isMultiline", "maxLength", "value"},
    "Input.ChoiceSet": INPUT
    | {"choices", "choices.data", "isMultiSelect", "style", "wrap", "value"},
    "Input.Toggle": INPUT | {"title", "value", "valueOn", "valueOff", "wrap"},
    "Input.Date": INPUT | {"value"},
}
CHOSEN = {
    "size": {"Small", "Large"},
    "weight": {"Bolder"},
    "color": {"Attention"},
    "fontType": {"Monospace"},
    "spacing": {"None", "Small", "Medium"},
}
HEIGHTS = {"small", "medium", "large"}


def message_complaints(message: Found) -> list[str]:
    found = list(_only(message, {"type", "summary", "attachments"}))
    if limits.size_of(message) > limits.MESSAGE_SIZE:
        found.append(f"size {limits.size_of(message)}")
    found += _seen(message["summary"], limits.SUMMARY, "summary")
    [attached] = message["attachments"]
    return found + list(card_complaints(attached))


def dialog_complaints(task: Found) -> list[str]:
    found = list(_only(task, {"type", "value"}))
    value = task["value"]
    found += _only(value, {"title", "height", "width", "card"})
    found += _seen(value["title"], limits.TITLE, "title")
    if task["type"] != "continue" or {value["height"], value["width"]} - HEIGHTS:
        found.append("task")
    if limits.size_of(task) > limits.DIALOG_SIZE:
        found.append(f"size {limits.size_of(task)}")
    return found + list(card_complaints(value["card"], in_dialog=True))


def card_complaints(attached: Found, in_dialog: bool = False) -> Iterator[str]:
    card = attached["content"]
    if attached["contentType"] != "application/vnd.microsoft.card.adaptive":
        yield "contentType"
    yield from _only(card, {"type", "$schema", "version", "body", "actions", "msteams"})
    if (card["type"], card["version"]) != ("AdaptiveCard", "1.5") or not card["body"]:
        yield "card"
    ids = [e["id"] for e in card["body"] if "id" in e]
    if len(set(ids)) < len(ids):
        yield "ids"
    for element in card["body"]:
        kind = element["type"]
        yield from _only(element, {"type", *KNOWN[kind]})
        yield from _chosen(element)
        yield from CHECKS[kind](element)
    for action in _actions(card):
        yield from _action(action, in_dialog)
    yield from _mentions(card)


def _actions(card: Found) -> list[Found]:
    sets = [e["actions"] for e in card["body"] if e["type"] == "ActionSet"]
    return [action for row in [*sets, card.get("actions", [])] for action in row]


def _only(found: Found, known: set[str]) -> Iterator[str]:
    if found.keys() - known:
        yield f"unknown: {sorted(found.keys() - known)}"


def _chosen(found: Found) -> Iterator[str]:
    for name, values in CHOSEN.items():
        if found.get(name, min(values)) not in values:
            yield f"{name}: {found[name]}"


def _seen(text: str, most: int, where: str) -> Iterator[str]:
    if not text_fitting.visible(text):
        yield f"{where}: nothing to see"
    if text_fitting.length(text) > most:
        yield f"{where}: {text_fitting.length(text)} characters"
    if limits.tidy(text) != text:
        yield f"{where}: not tidy"


def _text(element: Found) -> Iterator[str]:
    if not text_fitting.visible(element["text"]) or element["wrap"] is not True:
        yield "text"
    if "](" in element["text"].replace("\\](", "").replace("\\]\\(", ""):
        yield "a link"


def _rich(element: Found) -> Iterator[str]:
    [run] = element["inlines"]
    yield from _only(run, {"type", "text", *LOOKS})
    yield from _chosen(run)
    yield from _seen(run["text"], limits.MESSAGE_SIZE, "run")


def _facts(element: Found) -> Iterator[str]:
    if not element["facts"] or any(f.keys() != {"title", "value"} for f in element["facts"]):
        yield "facts"


def _row(element: Found) -> Iterator[str]:
    if not 1 <= len(element["actions"]) <= limits.ACTIONS:
        yield "actions"


def _action(action: Found, in_dialog: bool) -> Iterator[str]:
    yield from _seen(action["title"], limits.BUTTON, "button")
    yield from _only(action, {"type", "title", "style", "verb", "data", "fallback"})
    if action.get("style", "positive") != "positive" or not isinstance(action["data"], dict):
        yield "action"
    if action["type"] == "Action.Execute":
        fallback = action["fallback"]
        if in_dialog or not action["verb"] or fallback["type"] != "Action.Submit":
            yield "Execute"
        if fallback["data"] != action["data"] or fallback["title"] != action["title"]:
            yield "fallback"
    elif action.keys() & {"verb", "fallback"} or action["type"] != "Action.Submit":
        yield "Submit"


def _mentions(card: Found) -> Iterator[str]:
    teams = card.get("msteams", {})
    yield from _only(teams, {"width", "entities"})
    entities = teams.get("entities", [])
    texts = "\n".join(e["text"] for e in card["body"] if e["type"] == "TextBlock")
    if len({e["text"] for e in entities}) < len(entities):
        yield "two mentions of one text"
    if any(e["text"] not in texts or not e["mentioned"]["id"] for e in entities):
        yield "a mention that is not there"
    if set(re.findall("<at>.*?</at>", texts)) != {e["text"] for e in entities}:
        yield "a mention of nobody"


def _input(element: Found) -> Iterator[str]:
    yield from _seen(element["label"], limits.LABEL, "label")
    if element.get("isRequired") and not element["errorMessage"]:
        yield "errorMessage"


def _box(element: Found) -> Iterator[str]:
    yield from _input(element)
    if not 1 <= element["maxLength"] <= limits.INPUT:
        yield "maxLength"
    if text_fitting.length(element.get("value", "")) > element["maxLength"]:
        yield "value"


def _choice(element: Found) -> Iterator[str]:
    yield from _input(element)
    values = [choice["value"] for choice in element["choices"]]
    if element.get("style", "compact") not in ("compact", "expanded"):
        yield "style"
    if "choices.data" in element:
        asked = {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
        if element["choices.data"] != asked or values:
            yield "people"
        return
    if not 1 <= len(values) <= limits.OPTIONS or len(set(values)) < len(values):
        yield "options"
    for choice in element["choices"]:
        yield from _only(choice, {"title", "value"})
        yield from _seen(choice["title"], 2 * limits.OPTION, "option")
        if (
            not 1 <= text_fitting.length(choice["value"]) <= limits.OPTION_VALUE
            or "," in choice["value"]
        ):
            yield "option value"
    if not set(filter(None, element.get("value", "").split(","))) <= set(values):
        yield "chosen"


def _toggle(element: Found) -> Iterator[str]:
    yield from _input(element)
    if element["value"] not in (element["valueOn"], element["valueOff"]) or not element["title"]:
        yield "toggle"


CHECKS = {
    "TextBlock": _text,
    "RichTextBlock": _rich,
    "FactSet": _facts,
    "ActionSet": _row,
    "Input.Text": _box,
    "Input.ChoiceSet": _choice,
    "Input.Toggle": _toggle,
    "Input.Date": _input,
}
