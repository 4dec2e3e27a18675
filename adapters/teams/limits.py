"""Teams' limits, each with its source, and how payloads are read and measured.

[D] is Microsoft's documentation of Teams, [S] its schema of the app's manifest, [U] nowhere
written, so a choice of ours. Lengths are counted in UTF-16 units, as Teams does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.cards import text_fitting
from bot.handlers import payloads
from bot.handlers.payloads import BadPayload

# Messages and dialogs
# [D] format-your-bot-messages: about 100 KB of UTF-16, best below 80 KB; but 28 KB for cards that
# come by other ways than a bot. So many units are at most 56 KB, and 28 KB of plain English.
MESSAGE_SIZE = 28_000
DIALOG_SIZE = 40_000  # [U] 80 KB, as for a message: a dialog travels as an invoke's answer
ENVELOPE = 3500  # of a message besides its card: the summary, who has a view of their own
VIEWERS = 20  # [D] refresh.userIds takes 60; no set is larger than this
KEY = 200  # of a card
SUMMARY = 500  # [U] a notification shows less
PAGE = 24_000  # of a file's text in one message

# Elements
ACTIONS = 6  # shown in one ActionSet; MicrosoftDocs/msteams-docs#5356
TITLE = 60  # [U] of a dialog; longer ones are cut by Teams
LABEL = 200  # [U]
HINT = 300  # [U]
BUTTON = 75  # [U]
REF = 2000  # [U] what a button carries
SAID = 3000  # [U] of what a person said, above the boxes of a form
INPUT = 4000  # [U] maxLength of a box
FEW_OPTIONS = 10  # more are a list
OPTIONS = 100  # [U]
OPTION = 150  # [U]
OPTION_VALUE = 150  # [U]
PICKED = 100  # [U] people picked at once
VALUE = 10_000  # [U] what comes back of one box

# The app's package [S]
SHORT_NAME = 30
FULL_NAME = 100
SHORT_DESCRIPTION = 80
FULL_DESCRIPTION = 4000
DEVELOPER = 32
COMMAND_LISTS = 3
COMMANDS = 12
COMMAND_TITLE = 128
COMMAND_DESCRIPTION = 4000
MESSAGE_ACTIONS = 10
ACTION_TITLE = 32
ACTION_DESCRIPTION = 128
PERMISSIONS = 16
URL = 2048
COLOR_ICON = 192  # pixels
OUTLINE_ICON = 32

# What Teams reads even where it reads no Markdown: dates, times and mentions.
_READ = re.compile(r"\{(?=\{(?:DATE|TIME)\()|<(?=/?at\b)", re.IGNORECASE)
_ESCAPES = '"\\\n\t'  # two characters each in JSON


def json_length(text: str) -> int:
    """The length of a tidy text in JSON, without its quotes."""
    return text_fitting.length(text) + sum(char in _ESCAPES for char in text)


def size_of(value: object) -> int:
    """The length of a value as compact JSON."""
    return text_fitting.length(compact(value))


def compact(value: object) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def tidy(text: str) -> str:
    """Without control characters, direction overrides and halves of characters.

    Nothing in it is a date, a time or a mention to Teams: an unseen joiner parts those.
    """
    return _READ.sub("\\g<0>\u2060", text_fitting.tidy(text))


def unpack(text: object, most: int) -> Any:
    """The value of a JSON text. Raises BadPayload."""
    if not isinstance(text, str) or text_fitting.length(text) > most:
        raise BadPayload("no_payload")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadPayload("not_json") from None


def mapping_of(value: object, keys: Iterable[str] | None = None) -> Mapping[str, Any]:
    """A mapping, with exactly these keys if they are given. Raises BadPayload."""
    if not isinstance(value, Mapping):
        raise BadPayload("no_payload")
    if keys is not None and value.keys() != set(keys):
        raise BadPayload("other_keys")
    return value


def word_of(value: object, most: int = VALUE) -> str:
    """A string of no more than `most`. Raises BadPayload for anything else."""
    word = payloads.word_of(value)
    if text_fitting.length(word) > most:
        raise BadPayload("no_word")
    return word
