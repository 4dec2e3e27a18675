"""Texts that must fit: measured as chat platforms measure, shortened and parted between words.

Each platform's own numbers stand in its limits.py; how a text is made to fit is the same on all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

MORE = "…"
# Control characters that no text needs, and those that turn the direction of what follows.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")

Measure = Callable[[str], int]


def length(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def storable(text: str) -> str:
    """Text that every database can keep: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def tidy(text: str) -> str:
    """Without control characters, direction overrides and halves of characters."""
    return _UNSEEN.sub("", storable(text).replace("\r\n", "\n").replace("\r", "\n"))


def visible(text: str) -> bool:
    """Whether anything of it can be seen; platforms refuse a text of nothing but blanks."""
    return any(unicodedata.category(char)[0] not in "CZ" for char in text)


def fits(text: str, most: int, measure: Measure = length) -> bool:
    """Whether it measures `most` at most."""
    return len(text) <= most and measure(text) <= most


def head(text: str, most: int, measure: Measure = length) -> str:
    """The longest beginning that measures `most` at most."""
    used, text = 0, text[: max(most, 0)]  # no character measures less than one
    for index, char in enumerate(text):
        used += measure(char)
        if used > most:
            return text[:index]
    return text


def cut(text: str, most: int, measure: Measure = length) -> str:
    """The text, shortened with "…" if it is too long."""
    if fits(text, most, measure):
        return text
    return head(text, most - 1, measure).rstrip() + MORE


def pieces(text: str, most: int, measure: Measure = length) -> Iterator[str]:
    """The text in pieces that fit, parted at the end of a line or else of a word if it can be.

    A piece ends with what parted it, so that all pieces together are the text.
    """
    start = 0
    while not fits(rest := text[start : start + most + 1], most, measure):
        first = head(rest, most, measure)
        for gap in ("\n", " "):
            end = first.rfind(gap) + 1
            if end > len(first) // 2:
                first = first[:end]
                break
        yield first
        start += len(first)
    if rest:
        yield rest
