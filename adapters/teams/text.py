"""Text in Teams' cards: our Markdown as Teams reads it, and runs in which nothing is read. Pure.

Every word of a person is a TextRun. Of our own words, all that is not our bold, italic or list is
escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from adapters.teams.limits import tidy
from bot.cards import markdown as parser
from bot.cards import text_fitting
from bot.cards.markdown import Item, ItemList, Line, Span
from bot.cards.text_fitting import cut, visible

Element = dict[str, Any]

NAME = 200  # a name, in a line of its own
_MARKS = re.compile(r"[\\`*_~\[\]<>|]|&(?=#?\w+;)")
_AT_START = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))")


def markdown(text: str) -> str:
    """Our Markdown (bold, italic, lists, code) as Teams reads it; all else is escaped.

    Teams knows no code: it is bold.
    """
    lines: list[str] = []
    for shown, blank_before in paragraphs(text):
        lines += [*[""] * (blank_before or 0), shown]
    return "\n".join(lines)


def paragraphs(text: str) -> Iterator[tuple[str, int | None]]:
    """Each line, and each list as one, with the number of empty lines above; None for the first."""
    first = True
    for block in parser.parse(tidy(text)):
        parts = _lists(block) if isinstance(block, ItemList) else _lines(block)
        for shown, blank_before in parts:
            yield shown, None if first else blank_before
            first = False


def _lines(block: parser.Paragraph) -> Iterator[tuple[str, int]]:
    for index, line in enumerate(block.lines):
        yield _line(line), 0 if index else block.blank_before


def _lists(block: ItemList) -> Iterator[tuple[str, int]]:
    """The items that stand without an empty line between them are one list."""
    number = 0

    def part(item: Item) -> int:
        nonlocal number
        number += item.blank_before > 0
        return number

    for _, group in groupby(block.items, part):
        items = list(group)
        yield "\n".join(map(_item, items)), items[0].blank_before


def _item(item: Item) -> str:
    first, *others = item.lines
    start = f"{'  ' * item.level}{item.marker} "
    return "\n".join([start + _line(first, first=False), *map(_line, others)])


def _line(line: Line, first: bool = True) -> str:
    """One line; `first`: nothing stands before it that would keep it from beginning a list."""
    shown = ""
    for span in line:
        shown += _span(span, first and not shown)
    return shown


def _span(span: Span, first: bool) -> str:
    plain_span = not (span.bold or span.italic or span.code)
    text = escape(span.text, first=first and plain_span)
    if span.italic:
        text = f"_{text}_"
    return f"**{text}**" if span.bold or span.code else text


def escape(text: str, first: bool = False) -> str:
    """Text in which no Markdown is read; `first`: it begins its line."""
    done = _MARKS.sub(r"\\\g<0>", text)
    return _AT_START.sub(_marked_start, done) if first else done


def _marked_start(match: re.Match[str]) -> str:
    """A number that would begin a list keeps its look; a mark is escaped."""
    gap, mark = match.groups()
    return f"{gap}{mark}\u2060" if mark.isdecimal() else f"{gap}\\{mark}"


def literal(text: str) -> str:
    """One line as it is, for where Markdown is read."""
    return escape(text, first=True)


def plain(text: str) -> str:
    """Our Markdown in one line, without its marks."""
    return parser.plain(tidy(text))


def plain_text(text: str, most: int) -> str:
    """A text for where nothing is read and something must be seen."""
    shown = cut(one_line(text), most)
    return shown if visible(shown) else text_fitting.MORE


def runs(text: str, **looks: Any) -> Element:
    """Text in which no Markdown is read."""
    run = {"type": "TextRun", "text": text if visible(text) else text_fitting.MORE, **looks}
    return {"type": "RichTextBlock", "inlines": [run]}


def text_block(shown: str) -> Element:
    """Text in which Markdown is read."""
    return {"type": "TextBlock", "text": shown, "wrap": True}


def bold(label: str, most: int | None) -> str:
    """A label of ours in bold; nothing for nothing."""
    text = cut(one_line(label), min(NAME if most is None else most, NAME))
    return f"**{escape(text)}**" if visible(text) else ""


def cut_to(text: str, most: int | None) -> str:
    """The text, shortened where `most` says so."""
    return text if most is None else cut(text, most)


def one_line(text: str) -> str:
    """A text in one line, with single blanks."""
    return " ".join(tidy(text).split())


@dataclass(slots=True)
class Mentions:
    """The people whom a card mentions; each has a text of their own, so that none is mixed up."""

    entities: list[Element] = field(default_factory=list)

    def of(self, user: str, name: str) -> str:
        """The text that mentions somebody."""
        shown = _MARKS.sub("", name).strip()
        text = f"<at>{shown if visible(shown) else text_fitting.MORE}</at>"
        known = {e["text"]: e["mentioned"]["id"] for e in self.entities}
        while known.get(text, user) != user:
            text = text.replace("</at>", "\u2060</at>")
        if text not in known:
            mentioned = {"id": user, "name": shown or text_fitting.MORE}
            self.entities.append({"type": "mention", "text": text, "mentioned": mentioned})
        return text
