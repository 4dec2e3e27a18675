"""Our Markdown as HTML: paragraphs, lists, bold, italic, code. Nothing else, no HTML of the text.

Only our own words come here. What a person wrote is escaped and keeps its line breaks.
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby

from bot.cards import markdown
from bot.cards.markdown import ItemList, Line, Span

# Control characters that no text needs, and those that turn the direction of what follows.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def to_html(text: str) -> str:
    """Our words as HTML: one <p> or list for each block."""
    drawn = []
    for block in markdown.parse(tidy(text)):
        if isinstance(block, ItemList):
            drawn.append(_lists(block))
        else:
            drawn.append(f"<p>{'<br>'.join(map(_line, block.lines))}</p>")
    return "".join(drawn)


def inline(text: str) -> str:
    """One line of our words: escaped, with bold, italic and code."""
    return _line(markdown.parse_line(tidy(text)))


def tidy(text: str) -> str:
    """Without control characters and direction overrides; line ends are newlines."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _lists(block: ItemList) -> str:
    drawn = ""
    for ordered, group in groupby(block.items, key=lambda item: item.ordered):
        tag = "ol" if ordered else "ul"
        items = "".join(f"<li>{'<br>'.join(map(_line, item.lines))}</li>" for item in group)
        drawn += f"<{tag}>{items}</{tag}>"
    return drawn


def _line(line: Line) -> str:
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    drawn = escape(span.text, quote=True)
    for tag, wanted in (("code", span.code), ("em", span.italic), ("strong", span.bold)):
        if wanted:
            drawn = f"<{tag}>{drawn}</{tag}>"
    return drawn
