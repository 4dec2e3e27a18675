"""What Slack takes, each limit with its source, and how a text is cut to one.

[D] is docs.slack.dev, reference/block-kit; [P] is slack_sdk.models 3.47.0, which checks it too.
Lengths are counted in UTF-16 units, as Slack's own clients do: never too few.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.inputs import storable

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

MORE = "…"
# Control characters that no text needs, and those that turn the direction of what follows.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class BadPayload(ValueError):
    """What came is not what we drew, or what is to be drawn fits nowhere: a code."""


def length(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def tidy(text: str) -> str:
    """Without control characters, direction overrides and halves of characters."""
    return _UNSEEN.sub("", storable(text).replace("\r\n", "\n").replace("\r", "\n"))


def visible(text: str) -> bool:
    """Whether anything of it can be seen; Slack refuses a text of nothing but blanks."""
    return any(unicodedata.category(char)[0] not in "CZ" for char in text)


def fits(text: str, most: int, measure: Callable[[str], int] = length) -> bool:
    """Whether it measures `most` at most."""
    return len(text) <= most and measure(text) <= most


def head(text: str, most: int, measure: Callable[[str], int] = length) -> str:
    """The longest beginning that measures `most` at most."""
    used, text = 0, text[: max(most, 0)]  # no character measures less than one
    for index, char in enumerate(text):
        used += measure(char)
        if used > most:
            return text[:index]
    return text


def cut(text: str, most: int, measure: Callable[[str], int] = length) -> str:
    """The text, shortened with "…" if it is too long."""
    if fits(text, most, measure):
        return text
    return head(text, most - 1, measure).rstrip() + MORE


def pieces(text: str, most: int, measure: Callable[[str], int] = length) -> Iterator[str]:
    """The text in pieces that fit, parted at the end of a line or else of a word if it can be.

    A piece ends with what parted it, so that all pieces together are the text.
    """
    while not fits(text, most, measure):
        first = head(text, most, measure)
        for gap in ("\n", " "):
            end = first.rfind(gap) + 1
            if end > len(first) // 2:
                first = first[:end]
                break
        yield first
        text = text[len(first) :]
    if text:
        yield text


def packed(values: Mapping[str, object], most: int) -> str:
    """Compact JSON without the three characters that Slack may escape on the way.

    Raises BadPayload if it is longer than `most`.
    """
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    for char in "&<>":
        text = text.replace(char, f"\\u{ord(char):04x}")
    if length(text) > most:
        raise BadPayload("too_long")
    return text


def unpacked(text: object, most: int, keys: Iterable[str]) -> dict[str, Any]:
    """What `packed` made, with exactly these keys. Raises BadPayload."""
    if not isinstance(text, str) or length(text) > most:
        raise BadPayload("no_payload")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadPayload("not_json") from None
    if not isinstance(found, dict) or found.keys() != set(keys):
        raise BadPayload("other_keys")
    return found


ENTRIES = 1_000_000_000  # stage entries are counted from 0; no session has that many


def entry_of(found: object) -> int | None:
    """A stage entry as it was drawn, or None. Raises BadPayload for anything else."""
    if found is None or (type(found) is int and 0 <= found < ENTRIES):
        return found
    raise BadPayload("bad_entry")


def word_of(found: object) -> str:
    """A string. Raises BadPayload for anything else."""
    if not isinstance(found, str):
        raise BadPayload("no_word")
    return found


def text_in(blocks: object) -> int:
    """The length of all texts in some blocks together."""
    if isinstance(blocks, Mapping):
        own = blocks["text"] if isinstance(blocks.get("text"), str) else ""
        return length(own) + sum(text_in(inner) for inner in blocks.values())
    if isinstance(blocks, list | tuple):
        return sum(map(text_in, blocks))
    return 0


def size_of(blocks: list[dict[str, Any]]) -> int:
    """What blocks count towards MESSAGE_SIZE."""
    text = json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))
    return length(text) + SIZE_OF_BLOCK * len(blocks)
