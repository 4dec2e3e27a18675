"""Text in Slack's messages: our Markdown as mrkdwn, and plain text in which nothing is read. Pure.

Every word of a person is plain_text. Our own words are escaped span by span, so that Slack reads
no mention, link or entity in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.cards import markdown, text_fitting
from bot.cards.markdown import Item, Line, Span
from bot.cards.text_fitting import cut, tidy, visible

Block = dict[str, Any]

NAME = 200  # a name, in a line of its own


def escape(text: str) -> str:
    """Text in which Slack reads no mention, link or entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped_length(text: str) -> int:
    """The length of a text once it is escaped, in UTF-16 units."""
    return text_fitting.length(escape(text))


def mrkdwn(text: str) -> str:
    """Our Markdown (bold, italic, lists, code) as mrkdwn; never longer than the text escaped."""
    lines: list[str] = []
    for block in markdown.parse(tidy(text)):
        for entry in block.items if isinstance(block, markdown.ItemList) else (block,):
            lines += [""] * entry.blank_before
            lines += _item(entry) if isinstance(entry, Item) else map(_line, entry.lines)
    return "\n".join(lines)


def _item(item: Item) -> Iterator[str]:
    indent = "  " * item.level
    marker = item.marker if item.ordered else "•"
    first, *others = map(_line, item.lines)
    yield f"{indent}{marker} {first}"
    yield from others


def _line(line: Line) -> str:
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    text = escape(span.text)
    if span.code:
        text = f"`{text}`"
    if span.italic:
        text = f"_{text}_"
    return f"*{text}*" if span.bold else text


def plain(text: str) -> str:
    """Our Markdown in one line, without its marks."""
    return markdown.plain(tidy(text))


def plain_text(text: str, most: int) -> Block:
    """A text object in which nothing is read."""
    shown = cut(tidy(text), most)
    return {
        "type": "plain_text",
        "text": shown if visible(shown) else text_fitting.MORE,
        "emoji": False,
    }


def mrkdwn_block(text: str) -> Block:
    """A section of mrkdwn."""
    return {"type": "section", "text": mrkdwn_text(text)}


def mrkdwn_text(text: str) -> Block:
    """A text object of mrkdwn, in which Slack itself looks for nothing."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def bold(label: str, most: int) -> str:
    """A label of ours in bold; nothing for nothing."""
    text = one_line(label)
    return f"*{escape(cut(text, min(most, NAME)))}*" if visible(text) else ""


def one_line(text: str) -> str:
    """A text in one line, with single blanks."""
    return " ".join(tidy(text).split())
