"""What Slack would refuse in blocks, by limits.py; and what slack_sdk's own models say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from adapters.slack import limits
from bot.cards import text_fitting


def message_complaints(message: Mapping[str, Any]) -> list[str]:
    found = list(_blocks(message["blocks"], limits.MESSAGE_BLOCKS))
    if (
        not text_fitting.visible(message["text"])
        or text_fitting.length(message["text"]) > limits.SUMMARY
    ):
        found.append("text")
    if limits.text_in(message["blocks"]) > limits.MESSAGE_TEXT:
        found.append("too much text")
    _parsed(message["blocks"])
    return found


def view_complaints(view: Mapping[str, Any]) -> list[str]:
    found = list(_blocks(view["blocks"], limits.VIEW_BLOCKS))
    for name in ("title", "submit", "close"):
        found += _text(view[name], limits.TITLE, name) if name in view else []
    if text_fitting.length(view.get("private_metadata", "")) > limits.METADATA:
        found.append("metadata")
    if len(json.dumps(view)) > limits.VIEW_SIZE:
        found.append("size")
    _parsed(view["blocks"])
    View(**view).validate_json()
    return found


def _parsed(blocks: list[dict[str, Any]]) -> None:
    """Each is known to slack_sdk, passes its checks, and loses nothing there."""
    for block in blocks:
        model = Block.parse(block)
        assert model is not None
        # Apart from what is false by default, and the two flags of text objects.
        assert _bare(model.to_dict()) == _bare(block)


def _bare(found: Any) -> Any:
    if isinstance(found, Mapping):
        kept = {k: v for k, v in found.items() if k not in ("emoji", "verbatim")}
        return {k: _bare(v) for k, v in kept.items() if v is not False}
    return [_bare(one) for one in found] if isinstance(found, list | tuple) else found


def _blocks(blocks: list[dict[str, Any]], most: int) -> Iterator[str]:
    if not 1 <= len(blocks) <= most:
        yield f"{len(blocks)} blocks"
    named = [b["block_id"] for b in blocks if "block_id" in b]
    actions = [e["action_id"] for b in blocks for e in b.get("elements", ()) if "action_id" in e]
    for ids in (named, actions):
        if len(set(ids)) < len(ids) or any(len(id) > limits.ID for id in ids):
            yield "ids"
    for block in blocks:
        yield from CHECKS[block["type"]](block)


def _text(text: Mapping[str, Any], most: int, where: str) -> Iterator[str]:
    if not text_fitting.visible(text["text"]):
        yield f"{where}: nothing to see"
    if text_fitting.length(text["text"]) > most:
        yield f"{where}: {text_fitting.length(text['text'])} characters"
    if text["type"] == "mrkdwn" and text.get("verbatim") is not True:
        yield f"{where}: not verbatim"


def _header(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _text(block["text"], limits.HEADER, "header")


def _section(block: Mapping[str, Any]) -> Iterator[str]:
    if "text" in block:
        yield from _text(block["text"], limits.TEXT, "section")
    if "text" not in block and not 1 <= len(block["fields"]) <= limits.FIELDS:
        yield "fields"
    for field in block.get("fields", ()):
        yield from _text(field, limits.FIELD, "field")


def _context(block: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= limits.CONTEXT:
        yield "context"
    for element in block["elements"]:
        yield from _text(element, limits.TEXT, "context")


def _actions(block: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= limits.ACTIONS:
        yield "actions"
    for button in block["elements"]:
        yield from _text(button["text"], limits.BUTTON, "button")
        if text_fitting.length(button["value"]) > limits.VALUE:
            yield "value"


def _input(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _text(block["label"], limits.LABEL, "label")
    if "hint" in block:
        yield from _text(block["hint"], limits.LABEL, "hint")
    element = block["element"]
    options = element.get("options")
    few = element["type"] in ("radio_buttons", "checkboxes")
    most = limits.FEW_OPTIONS if few else limits.OPTIONS
    if options is not None and not 1 <= len(options) <= most:
        yield "options"
    for option in options or ():
        yield from _text(option["text"], limits.OPTION, "option")
        if not 1 <= text_fitting.length(option["value"]) <= limits.OPTION_VALUE:
            yield "option value"
    chosen = element.get("initial_options", [])
    chosen = [*chosen, *([element["initial_option"]] if "initial_option" in element else [])]
    if any(option not in options for option in chosen):
        yield "initial option"
    if "max_length" in element and not 1 <= element["max_length"] <= limits.INPUT:
        yield "max_length"
    if text_fitting.length(element.get("initial_value", "")) > element.get("max_length", 0):
        yield "initial value"


def _divider(block: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


CHECKS = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": _divider,
}
