"""Slack's limits, each with its source, and how payloads are packed and measured.

[D] is docs.slack.dev, reference/block-kit; [P] is slack_sdk.models 3.47.0, which checks it too.
Lengths are counted in UTF-16 units, as Slack's own clients do: never too few.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.cards import text_fitting
from bot.handlers.payloads import BadPayload

# Messages, modals, the Home tab
MESSAGE_BLOCKS = 50  # [D] blocks
VIEW_BLOCKS = 100  # [D] surfaces/modals, surfaces/app-home; [P] View
VIEW_SIZE = 250_000  # [D] views.publish: 250 KB of JSON
MESSAGE_TEXT = 12_000  # characters of all texts; slackapi/bolt-js#2509, a Slack engineer
# Slack also counts the containers (msg_blocks_too_long, bolt-js#2509 and #2867). Both borders
# that were measured there lie at 13,430 of: compact JSON, and 100 more for each block.
MESSAGE_SIZE = 13_000
SIZE_OF_BLOCK = 100
SUMMARY = 3000  # [D] chat.postMessage: best below 4,000, cut by Slack at 40,000

# Blocks
TEXT = 3000  # [D] text object, section; [P] SectionBlock
HEADER = 150  # [D] header; [P] HeaderBlock
FIELDS = 10  # [D] section; [P] SectionBlock
FIELD = 2000  # [D] section
CONTEXT = 10  # [D] context; [P] ContextBlock
ACTIONS = 25  # [D] actions; [P] ActionsBlock
ID = 255  # [D] block_id, action_id, callback_id; [P] Block, InteractiveElement, View
LABEL = 2000  # [D] input: label and hint; [P] InputBlock

# Elements
BUTTON = 75  # [D] button; [P] ButtonElement
VALUE = 2000  # [D] button; [P] ButtonElement
OPTION = 75  # [D] option object: text; [P] Option
OPTION_VALUE = 150  # [D] option object: value; [P] Option
FEW_OPTIONS = 10  # [D] radio buttons, checkboxes
OPTIONS = 100  # [D] select menus; [P] StaticSelectElement
INPUT = 3000  # [D] plain-text input: max_length

# Views
TITLE = 24  # [D] view: title, submit and close; [P] View
METADATA = 3000  # [D] view: private_metadata; [P] View


def pack(values: Mapping[str, object], most: int) -> str:
    """Compact JSON without the three characters that Slack may escape on the way.

    Raises BadPayload if it is longer than `most`.
    """
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    for char in "&<>":
        text = text.replace(char, f"\\u{ord(char):04x}")
    if text_fitting.length(text) > most:
        raise BadPayload("too_long")
    return text


def unpack(text: object, most: int, keys: Iterable[str]) -> dict[str, Any]:
    """The values that `pack` packed, with exactly these keys. Raises BadPayload."""
    if not isinstance(text, str) or text_fitting.length(text) > most:
        raise BadPayload("no_payload")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise BadPayload("not_json") from None
    if not isinstance(values, dict) or values.keys() != set(keys):
        raise BadPayload("other_keys")
    return values


def text_in(blocks: object) -> int:
    """The length of all texts in some blocks together."""
    if isinstance(blocks, Mapping):
        own = blocks["text"] if isinstance(blocks.get("text"), str) else ""
        return text_fitting.length(own) + sum(text_in(inner) for inner in blocks.values())
    if isinstance(blocks, list | tuple):
        return sum(map(text_in, blocks))
    return 0


def size_of(blocks: list[dict[str, Any]]) -> int:
    """How much blocks count towards MESSAGE_SIZE."""
    text = json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))
    return text_fitting.length(text) + SIZE_OF_BLOCK * len(blocks)
