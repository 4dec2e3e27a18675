"""The Markdown of our cards, parsed once for every face: paragraphs, lists, bold, italic, code.

A small part of CommonMark, read by markdown-it-py. Everything else (HTML, links, headings, rules,
entities, escapes, marks made of underscores) is text, so that no value in a template can become
a link or a tag. A face draws the blocks in its own way and escapes the text of each span once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, takewhile

from markdown_it import MarkdownIt
from markdown_it.token import Token

BULLET = "-"
DEEPEST = 100  # levels of lists within lists; deeper ones are dropped by the library
_MARKS = re.compile(r"[*`]")


@dataclass(frozen=True, slots=True)
class Span:
    """Some characters of one line that look the same."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that stand together, below `blank_before` empty lines."""

    lines: tuple[Line, ...]
    blank_before: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list. `marker` is "-", or its number with the mark behind it ("1.")."""

    marker: str
    lines: tuple[Line, ...]
    level: int = 0
    blank_before: int = 0

    @property
    def ordered(self) -> bool:
        """Whether it is numbered."""
        return self.marker != BULLET


@dataclass(frozen=True, slots=True)
class ItemList:
    """Items that follow each other, lists within them included."""

    items: tuple[Item, ...]

    @property
    def blank_before(self) -> int:
        """How many empty lines stand above."""
        return self.items[0].blank_before


Block = Paragraph | ItemList


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"maxNesting": DEEPEST})
    return parser.enable(["list", "newline", "backticks", "emphasis"])


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a text. Line ends are newlines."""
    rows = _items_or_paragraphs(_parser().parse(text), text.split("\n"))
    blocks: list[Block] = []
    for is_item, group in groupby(rows, key=lambda row: isinstance(row, Item)):
        if is_item:
            blocks.append(ItemList(tuple(row for row in group if isinstance(row, Item))))
        else:
            blocks += (row for row in group if isinstance(row, Paragraph))
    return tuple(blocks)


def parse_line(text: str) -> Line:
    """The spans of one line, in which nothing begins a list."""
    if not _MARKS.search(text):
        return (Span(text),) if text else ()
    [inline] = _parser().parseInline(text)
    return tuple(span for line in _lines(inline.children or ()) for span in line)


def plain(text: str) -> str:
    """One line without its marks; every run of white space is one blank."""
    return "".join(span.text for span in parse_line(" ".join(text.split())))


def _items_or_paragraphs(tokens: Sequence[Token], source: list[str]) -> Iterator[Item | Paragraph]:
    """Each item and paragraph in its order. What follows an item unindented is a paragraph."""
    drawn: list[bool] = []  # for each open item, whether it had a line of its own
    marker = ""  # of the open item, until its first line
    for token in tokens:
        if token.type == "list_item_open":
            drawn.append(False)
            marker = f"{token.info}{token.markup}" if token.info else BULLET
        elif token.type == "list_item_close":
            if marker:  # an empty item is only its marker
                yield Paragraph(((Span(marker),),), _blank_above(source, _first_line(token)))
            marker = ""
            drawn.pop()
        elif token.type == "inline":
            first = _first_line(token)
            lines, blank = _lines(token.children or ()), _blank_above(source, first)
            if not drawn:
                yield Paragraph(tuple(lines), blank)
                continue
            following = source[first + 1 : first + len(lines)]
            within = 1 + sum(1 for _ in takewhile(_is_indented, following))
            if marker:
                drawn[-1] = True
                yield Item(marker, tuple(lines[:within]), sum(drawn[:-1]), blank)
                marker = ""
            else:
                yield Paragraph(tuple(lines[:within]), blank)
            if lines[within:]:
                yield Paragraph(tuple(lines[within:]))


def _is_indented(line: str) -> bool:
    return line.startswith((" ", "\t"))


def _first_line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _blank_above(source: list[str], line: int) -> int:
    """How many empty lines stand right above a line."""
    first = line
    while first > 0 and not source[first - 1].strip():
        first -= 1
    return line - first if first > 0 else 0


def _lines(children: Iterable[Token]) -> list[Line]:
    """The spans of each line; what is bold or italic over a line end goes on in the next."""
    lines: list[list[Span]] = [[]]
    bold = italic = 0
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            lines.append([])
        elif child.markup.startswith("_"):  # people's names hold underscores
            lines[-1].append(Span(child.markup, bold > 0, italic > 0))
        elif child.tag == "strong":
            bold += child.nesting
        elif child.tag == "em":
            italic += child.nesting
        elif child.content:
            code = child.type == "code_inline"
            lines[-1].append(Span(child.content, bold > 0, italic > 0, code))
    return [tuple(line) for line in lines]
