"""Draws cards as Slack's messages and Home tab, and reads their buttons. Pure.

Rule 1: every word of a person is plain_text, in which Slack reads no mention and no link.
Rule 2: our own words are Markdown; they are escaped first, then turned into mrkdwn, verbatim.
Rule 3: whatever a card holds, what comes out is within limits.py, and no button is lost.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from adapters.slack import limits
from adapters.slack.text import (
    NAME,
    Block,
    bold,
    escape,
    escaped_length,
    mrkdwn,
    mrkdwn_block,
    mrkdwn_text,
    one_line,
    plain,
    plain_text,
)
from bot.cards import text_fitting
from bot.cards.card import (
    Button,
    Card,
    Closes,
    Divider,
    Facts,
    File,
    Part,
    People,
    Row,
    Said,
    Words,
)
from bot.cards.text_fitting import cut, pieces, tidy, visible
from bot.cards.wording import wording
from bot.handlers.payloads import BadPayload, entry_of, word_of

PREFIX = "als."
BESIDE = 5  # buttons in a row that a phone still shows well
SHORT = 300  # a person's words of this length are never shortened
HEADS = ("header", "context", "divider")  # no view may end with one of these
_ACTION = re.compile(r"als\.(\w{1,200})\.\d{1,4}", re.ASCII)
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")


# Cards


def message(card: Card) -> dict[str, Any]:
    """What chat.postMessage and chat.update take: `text` and `blocks`.

    Of a File it holds the name; the content follows in `messages`. Raises BadPayload for a
    card with more buttons than any message holds.
    """
    blocks = _draw_within_limits(card)
    summary = next(filter(visible, (tidy(card.summary), plain(card.title))), text_fitting.MORE)
    return {"text": escape(cut(summary, limits.SUMMARY, escaped_length)), "blocks": blocks}


def messages(card: Card) -> list[dict[str, Any]]:
    """The message, followed by the content of its files in as many messages as it takes."""
    files = [part for part in card.parts if isinstance(part, File)]
    pages = (page for file in files for page in _pages(file, card.language))
    return [message(card), *pages]


def home(cards: Iterable[Card]) -> dict[str, Any]:
    """What views.publish takes as `view`, cut from the end to what fits."""
    numbers = itertools.count(1)
    blocks: list[Block] = []
    language = ""
    for card in cards:
        language = card.language
        if blocks and blocks[-1]["type"] != "divider":
            blocks.append({"type": "divider"})
        blocks += _draw(card, _Fit(), numbers)
    more = mrkdwn_block(wording(language).label("slack.home_more"))
    view = {"type": "home", "blocks": blocks or [_nothing()]}
    if not _view_fits(view):
        kept = blocks[: limits.VIEW_BLOCKS - 1]
        while kept and (
            kept[-1]["type"] in HEADS or not _view_fits({"type": "home", "blocks": [*kept, more]})
        ):
            kept.pop()
        view["blocks"] = [*kept, more]
    return view


def _view_fits(view: Mapping[str, Any]) -> bool:
    size = len(json.dumps(view))  # as slack_sdk sends it
    return len(view["blocks"]) <= limits.VIEW_BLOCKS and size <= limits.VIEW_SIZE


# Buttons


def read_button(action: Mapping[str, Any]) -> tuple[str, str, int | None]:
    """The press, ref and entry of an action in a block_actions payload. Raises BadPayload."""
    match = _ACTION.fullmatch(word_of(action.get("action_id")))
    if match is None:
        raise BadPayload("not_our_button")
    value = limits.unpack(action.get("value"), limits.VALUE, ("r", "e"))
    return match[1], word_of(value["r"]), entry_of(value["e"])


def _button(button: Button, number: int) -> Block:
    action = f"{PREFIX}{button.press}.{number}"
    if _ACTION.fullmatch(action) is None:
        raise BadPayload("bad_press")
    drawn: Block = {
        "type": "button",
        "action_id": action,
        "text": plain_text(button.label, limits.BUTTON),
        "value": limits.pack({"r": button.ref, "e": button.entry}, limits.VALUE),
    }
    return drawn | ({"style": "primary"} if button.primary else {})


def _rows(buttons: Iterable[Button], beside: int, numbers: Iterator[int]) -> Iterator[Block]:
    for row in _batches(buttons, beside):
        yield {"type": "actions", "elements": [_button(b, next(numbers)) for b in row]}


# A card within the limits


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a card is drawn: the most characters of one part that is said, and of one of ours.

    `tight`: fewer blocks, less beautiful.
    """

    said: int | None = None
    ours: int = limits.TEXT
    tight: bool = False


def _draw_within_limits(card: Card) -> list[Block]:
    """The blocks of a card, shortened to fit: the longest words of people first."""

    def draw(fit: _Fit, of: Card = card) -> list[Block]:
        return list(_draw(of, fit, itertools.count(1))) or [_nothing()]

    blocks = draw(_Fit())
    if _fits(blocks):
        return blocks
    short = _Fit(said=SHORT)
    if len(draw(short)) > limits.MESSAGE_BLOCKS:
        short = replace(short, tight=True)
    if _fits(draw(short)):
        longest = max((len(p.text) for p in card.parts if isinstance(p, Said)), default=0)
        longest = max(2 * longest, SHORT)  # in UTF-16 units, at most
        most = _largest(SHORT, longest, lambda n: _fits(draw(replace(short, said=n))))
        return draw(replace(short, said=most))
    least = _Fit(said=1, ours=1, tight=True)
    if _fits(draw(least)):
        both = _largest(1, limits.TEXT - 1, lambda n: _fits(draw(replace(least, said=n, ours=n))))
        return draw(replace(least, said=both, ours=both))
    return _bare(card, draw)


def _bare(card: Card, draw: Callable[[_Fit, Card], list[Block]]) -> list[Block]:
    """Drop parts from the end; keep all buttons, close together if need be."""
    every = [b for part in card.parts if isinstance(part, Row) for b in part.buttons]
    fit = _Fit(said=1, ours=1, tight=True)
    texts = [part for part in card.parts if not isinstance(part, Row)]
    for kept in range(len(texts), -1, -1):
        bare = replace(card, parts=tuple(texts[:kept]), buttons=(*every, *card.buttons))
        blocks = draw(fit, bare)
        if _fits(blocks) or (kept == 0 and _is_postable(blocks)):
            return blocks
    raise BadPayload("too_many_buttons")


def _fits(blocks: list[Block]) -> bool:
    return _is_postable(blocks) and limits.size_of(blocks) <= limits.MESSAGE_SIZE


def _is_postable(blocks: list[Block]) -> bool:
    """Whether it is within the documented limits; MESSAGE_SIZE was only measured."""
    few = len(blocks) <= limits.MESSAGE_BLOCKS
    return few and limits.text_in(blocks) <= limits.MESSAGE_TEXT


def _largest(low: int, high: int, good: Callable[[int], bool]) -> int:
    """The largest good number, by bisection; `low` is good, and badness grows with the number."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if good(middle) else (low, middle - 1)
    return low


# Parts


def _draw(card: Card, fit: _Fit, numbers: Iterator[int]) -> Iterator[Block]:
    if visible(plain(card.title)):
        yield {"type": "header", "text": plain_text(plain(card.title), limits.HEADER)}
    for part in card.parts:
        yield from _part(part, fit, numbers)
    yield from _rows(card.buttons, limits.ACTIONS if fit.tight else BESIDE, numbers)


def _part(part: Part, fit: _Fit, numbers: Iterator[int]) -> Iterator[Block]:
    match part:
        case Words(text):
            whole = fit.ours == limits.TEXT
            yield from words_blocks(text if whole else cut(tidy(text), fit.ours))
        case Said():
            yield from said_blocks(part, fit.said, named_apart=not fit.tight)
        case Facts(pairs):
            yield from _facts(pairs, min(fit.ours, limits.FIELD))
        case Closes(label, at):
            yield mrkdwn_block(f"{bold(label, fit.ours)}  {_moment(at)}".lstrip())
        case People(label, people):
            yield from _people(label, people, fit)
        case Row(buttons):
            yield from _rows(buttons, limits.ACTIONS if fit.tight else BESIDE, numbers)
        case Divider():
            yield from () if fit.tight else ({"type": "divider"},)
        case File(name):
            yield {"type": "context", "elements": [plain_text(name, NAME)]}


def words_blocks(text: str) -> Iterator[Block]:
    """A paragraph of ours as sections."""
    for piece in pieces(tidy(text), limits.TEXT, escaped_length):
        if visible(piece):
            yield mrkdwn_block(mrkdwn(piece.strip("\n")))


def said_blocks(
    said: Said, most: int | None = None, *, named_apart: bool = True
) -> Iterator[Block]:
    """A person's words below their name and our label, at most `most` characters of them."""
    text, name = tidy(said.text), " · ".join(filter(visible, map(one_line, (said.by, said.label))))
    text = text if most is None else cut(text, most)
    if name and (named_apart or not visible(text)):
        yield {"type": "context", "elements": [plain_text(name, 2 * NAME)]}
    elif name:
        text = f"{cut(name, NAME)}: {text}"
    for piece in pieces(text, limits.TEXT):
        if visible(piece):
            yield {"type": "section", "text": plain_text(piece.strip("\n"), limits.TEXT)}


def _facts(pairs: Iterable[tuple[str, str]], most: int) -> Iterator[Block]:
    seen = (pair for pair in pairs if visible("".join(pair)))
    for some in _batches(seen, limits.FIELDS):
        yield {
            "type": "section",
            "fields": [mrkdwn_text(_fact(name, value, most)) for name, value in some],
        }


def _fact(label: str, value: str, most: int) -> str:
    name = bold(label, most)
    shown = mrkdwn(cut(tidy(value), max(most - text_fitting.length(name) - 1, 1), escaped_length))
    return "\n".join(filter(visible, (name, shown)))


def _people(label: str, people: Iterable[tuple[str, str]], fit: _Fit) -> Iterator[Block]:
    """Mention those whom Slack knows, name the others."""
    each = [
        f"<@{user}>" if _USER.fullmatch(user) else escape(cut(one_line(name), NAME))
        for user, name in people
    ]
    line, gap = bold(label, fit.ours), "  "
    for one in filter(visible, each):
        if text_fitting.length(line + gap + one) > limits.TEXT:
            yield mrkdwn_block(line)
            line = ""
        line, gap = f"{line}{gap}{one}" if line else one, ", "
    if line:
        yield mrkdwn_block(line)


def _moment(at: datetime) -> str:
    """An instant in the zone of each viewer's device; in UTC where it cannot be drawn."""
    fallback = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def _pages(file: File, language: str) -> Iterator[dict[str, Any]]:
    """The content of a file, to be read and copied: plain text, message by message."""
    pages: list[list[Block]] = []
    for piece in pieces(tidy(file.text).lstrip("\ufeff"), limits.TEXT):
        if not visible(piece):
            continue
        block = {"type": "section", "text": plain_text(piece.strip("\n"), limits.TEXT)}
        if not pages or not _fits([_part_of(file, 9999, 9999, language), *pages[-1], block]):
            pages.append([])
        pages[-1].append(block)
    for n, page in enumerate(pages, 1):
        line = _part_of(file, n, len(pages), language)
        yield {
            "text": escape(line["elements"][0]["text"]),
            "blocks": [line, *page],
        }


def _part_of(file: File, n: int, of: int, language: str) -> Block:
    name = cut(one_line(file.name), NAME)
    line = wording(language).label("slack.part", name=name, n=n, of=of)
    return {"type": "context", "elements": [plain_text(line, limits.TEXT)]}


def _nothing() -> Block:
    return {"type": "section", "text": plain_text("", 1)}


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(itertools.islice(rest, size)):
        yield batch
