"""Draws cards as Teams' messages with an Adaptive Card, and reads their buttons. Pure.

Rule 1: every word of a person is a TextRun, where no Markdown is read: no link, no mention.
Rule 2: our own words are Markdown; all that is not our bold, italic or list is escaped.
Rule 3: whatever a card holds, what comes out is within limits.py, and no button is lost.
Rule 4: a message is a card alone. Text beside a card would be split off, and no id come back.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from adapters.teams import limits
from adapters.teams.limits import json_length, tidy
from adapters.teams.text import (
    NAME,
    Element,
    Mentions,
    bold,
    cut_to,
    escape,
    literal,
    markdown,
    one_line,
    paragraphs,
    plain,
    plain_text,
    runs,
    text_block,
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
from bot.cards.text_fitting import cut, pieces, visible
from bot.cards.wording import wording
from bot.handlers.payloads import BadPayload, entry_of

VERB = "als"
OWN_VIEW = "als_face"  # the verb with which a client asks for a person's own view of a card
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"
CARD = "application/vnd.microsoft.card.adaptive"
SHORT = 300  # a person's words of this length are never shortened
PRESS = ("p", "r", "e")  # press, ref, entry

# Presses that open a form. Their buttons ask for a dialog, so every answer to them is one: the
# form, or a notice where there turns out to be nothing to fill in (views.py).
OPENS = frozenset(
    {
        "actions_done",
        "answer",
        "ask",
        "bid",
        "change_stages",
        "changed",
        "command",
        "done",
        "in_set",
        "join",
        "log",
        "more_action",
        "move_due",
        "name_coach",
        "new_action",
        "not_yet",
        "partly",
        "present",
        "pulse",
        "rate",
        "reflect",
        "reorder",
        "report",
        "settings",
        "show_wording",
        "skill",
        "snooze",
        "state_problem",
        "think_through",
        "unasked",
        "valuable",
    }
)

_PRESS = re.compile(r"\w{1,200}", re.ASCII)
_USER = re.compile(r"29:\S{1,200}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


# Messages


def message(card: Card, key: str = "", viewers: Sequence[str] = ()) -> dict[str, Any]:
    """The body of an activity: a card, and its summary for the notification.

    The clients of `viewers` (29:…) ask for their own view of the card `key`. Of a File it holds the
    name; the content follows in `messages`. Raises BadPayload for a card with more buttons than any
    message holds.
    """
    summary = next(filter(visible, (tidy(card.summary), plain(card.title))), text_fitting.MORE)
    return _activity(cut(summary, limits.SUMMARY), draw_card(card) | refresh(key, viewers))


def messages(card: Card) -> list[dict[str, Any]]:
    """The message, followed by the content of its files in as many messages as it takes."""
    files = [part for part in card.parts if isinstance(part, File)]
    pages = (page for file in files for page in _pages(file, card.language))
    return [message(card), *pages]


def draw_card(card: Card, *, in_dialog: bool = False) -> dict[str, Any]:
    """The Adaptive Card. In a dialog every button is a Submit, because Teams takes no other."""
    return _draw_within_limits(card, limits.MESSAGE_SIZE - limits.ENVELOPE, in_dialog)


def refresh(key: str, viewers: Sequence[str]) -> dict[str, Any]:
    """What makes the clients of these people ask for their own view of a card."""
    users = [user for user in viewers if user.startswith("29:")][: limits.VIEWERS]
    if not users:
        return {}
    asks = {"type": "Action.Execute", "title": OWN_VIEW, "verb": OWN_VIEW, "data": {"k": key}}
    return {"refresh": {"action": asks, "userIds": users}}


def read_view_request(value: object) -> str | None:
    """The key of the card of which a client wants the personal view; None for other invokes."""
    action = limits.mapping_of(limits.mapping_of(value).get("action"))
    if action.get("verb") != OWN_VIEW:
        return None
    return limits.word_of(limits.mapping_of(action.get("data")).get("k"), limits.KEY)


def attachment(card: Mapping[str, Any]) -> dict[str, Any]:
    """An Adaptive Card as an attachment."""
    return {"contentType": CARD, "content": card}


def bare_card(body: list[Element]) -> dict[str, Any]:
    """An Adaptive Card of these elements, and nothing else."""
    return {"type": "AdaptiveCard", "$schema": SCHEMA, "version": VERSION, "body": body}


def _activity(summary: str, card: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "message", "summary": summary, "attachments": [attachment(card)]}


# Buttons


def opens(press: str, ref: str = "") -> bool:
    """Whether a press opens a form. A snooze that says how long (`id:days`) asks for nothing."""
    return press in OPENS and not (press == "snooze" and ":" in ref)


def read_button(value: object) -> tuple[str, str, int | None]:
    """The press, ref and entry in an activity's `value`.

    An invoke of the card, one that asks for a dialog or comes from it, or a plain Submit.
    Raises BadPayload.
    """
    data = limits.mapping_of(value)
    if "action" in data:
        data = limits.mapping_of(data["action"])
    if "data" in data:
        data = limits.mapping_of(data["data"])
    # Teams adds `msteams`, or its content, beside our own keys.
    data = {name: value for name, value in data.items() if name not in ("msteams", "type")}
    limits.mapping_of(data, PRESS)
    press = limits.word_of(data["p"])
    if _PRESS.fullmatch(press) is None:
        raise BadPayload("not_our_button")
    return press, limits.word_of(data["r"], limits.REF), entry_of(data["e"])


def _button(button: Button, in_dialog: bool) -> Element:
    data: dict[str, Any] = {"p": button.press, "r": button.ref, "e": button.entry}
    if _PRESS.fullmatch(button.press) is None or text_fitting.length(button.ref) > limits.REF:
        raise BadPayload("bad_press")
    label = plain_text(button.label, limits.BUTTON)
    style = {"style": "positive"} if button.primary else {}
    submit = {"type": "Action.Submit", "title": label, **style, "data": data}
    if in_dialog:
        return submit
    if opens(button.press, button.ref):
        return submit | {"data": data | {"msteams": {"type": "task/fetch"}}}
    asked = {"type": "Action.Execute", "title": label, **style, "verb": VERB, "data": data}
    return asked | {"fallback": submit}


def _rows(buttons: Iterable[Button], in_dialog: bool) -> Iterator[Element]:
    for row in _batches(buttons, limits.ACTIONS):
        yield {"type": "ActionSet", "actions": [_button(b, in_dialog) for b in row]}


# A card within the limits


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a card is drawn: the most characters of one part that is said, and of one of ours.

    With `ours` given nobody is mentioned, only named.
    """

    said: int | None = None
    ours: int | None = None
    in_dialog: bool = False


def _draw_within_limits(card: Card, room: int, in_dialog: bool) -> dict[str, Any]:
    """The card, shortened to fit: the longest words of people first."""

    def draw(fit: _Fit, of: Card = card) -> dict[str, Any]:
        return _draw(of, fit)

    def fits(drawn: dict[str, Any]) -> bool:
        return limits.size_of(drawn) <= room

    whole = _Fit(in_dialog=in_dialog)
    if fits(drawn := draw(whole)):
        return drawn
    if fits(draw(replace(whole, said=SHORT))):
        longest = max((len(p.text) for p in card.parts if isinstance(p, Said)), default=0)
        longest = max(2 * longest, SHORT)  # in UTF-16 units, at most
        most = _largest(SHORT, longest, lambda n: fits(draw(replace(whole, said=n))))
        return draw(replace(whole, said=most))
    if fits(draw(replace(whole, said=1, ours=1))):
        both = _largest(1, room, lambda n: fits(draw(replace(whole, said=n, ours=n))))
        return draw(replace(whole, said=both, ours=both))
    return _bare(card, draw, fits, replace(whole, said=1, ours=1))


def _bare(
    card: Card,
    draw: Callable[[_Fit, Card], dict[str, Any]],
    fits: Callable[[dict[str, Any]], bool],
    fit: _Fit,
) -> dict[str, Any]:
    """Drop parts from the end; keep all buttons, close together if need be."""
    every = [b for part in card.parts if isinstance(part, Row) for b in part.buttons]
    texts = [part for part in card.parts if not isinstance(part, Row)]
    for kept in range(len(texts), -1, -1):
        bare = replace(card, parts=tuple(texts[:kept]), buttons=(*every, *card.buttons))
        if fits(drawn := draw(fit, bare)):
            return drawn
    raise BadPayload("too_many_buttons")


def _largest(low: int, high: int, good: Callable[[int], bool]) -> int:
    """The largest good number, by bisection; `low` is good, and badness grows with the number."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if good(middle) else (low, middle - 1)
    return low


# Parts


def _draw(card: Card, fit: _Fit) -> dict[str, Any]:
    mentions, body, line = Mentions(), [], False
    if visible(plain(card.title)):
        body.append(_title(card.title))
    for part in card.parts:
        elements = list(_part(part, fit, mentions))
        if line and elements and body:
            elements[0] = elements[0] | {"separator": True, "spacing": "Medium"}
        body += elements
        line = isinstance(part, Divider) or (line and not elements)
    body += _rows(card.buttons, fit.in_dialog)
    teams: dict[str, Any] = {"width": "Full"}
    if mentions.entities:
        teams["entities"] = mentions.entities
    return bare_card(body or [runs("")]) | {"msteams": teams}


def _title(title: str) -> Element:
    text = literal(plain_text(plain(title), NAME))
    return text_block(text) | {"style": "heading", "size": "Large", "weight": "Bolder"}


def _part(part: Part, fit: _Fit, mentions: Mentions) -> Iterator[Element]:
    match part:
        case Words(text):
            yield from words_elements(cut_to(text, fit.ours))
        case Said():
            yield from said_elements(part, fit.said)
        case Facts(pairs):
            yield from _facts(pairs, fit.ours)
        case Closes(label, at):
            yield text_block(f"{bold(label, fit.ours)}  {_moment(at)}".lstrip())
        case People(label, people):
            yield from _people(label, people, fit.ours, mentions)
        case Row(buttons):
            yield from _rows(buttons, fit.in_dialog)
        case Divider():
            pass
        case File(name):
            yield runs(plain_text(name, NAME), fontType="Monospace")


def words_elements(text: str) -> Iterator[Element]:
    """Paragraphs of ours: a list is one element, any other line one of its own."""
    for shown, blank_before in paragraphs(text):
        close = blank_before == 0
        if visible(shown):
            yield text_block(shown) | ({"spacing": "None"} if close else {})


def said_elements(said: Said, most: int | None = None) -> Iterator[Element]:
    """A person's words below their name and our label, at most `most` characters of them."""
    text = cut_to(tidy(said.text).strip("\n"), most)
    name = " · ".join(filter(visible, map(one_line, (said.by, said.label))))
    if name:
        yield runs(cut(name, 2 * NAME), size="Small", isSubtle=True)
    if visible(text):
        yield runs(text) | ({"spacing": "None"} if name else {})


def _facts(pairs: Iterable[tuple[str, str]], most: int | None) -> Iterator[Element]:
    shown = [
        {"title": markdown(cut_to(one_line(name), most)), "value": _in_cell(value, most)}
        for name, value in pairs
        if visible(f"{name}{value}")
    ]
    if shown:
        yield {"type": "FactSet", "facts": shown}


def _in_cell(value: str, most: int | None) -> str:
    """A fact of several lines; Teams shows a single line end as a blank."""
    return "\n\n".join(markdown(line) for line in cut_to(tidy(value), most).split("\n"))


def _people(
    label: str, people: Iterable[tuple[str, str]], most: int | None, mentions: Mentions
) -> Iterator[Element]:
    """Mention those whom Teams knows, name the others."""
    named = ((user, cut(one_line(name), NAME)) for user, name in people)
    each = [
        mentions.of(user, name)
        if most is None and _USER.fullmatch(user)
        else escape(cut_to(name, most))
        for user, name in named
    ]
    each = [one for one in each if visible(one)]
    if most is not None and len(each) > most:
        each[most:] = [text_fitting.MORE]
    line = "  ".join(filter(None, (bold(label, most), ", ".join(each))))
    if line:
        yield text_block(line)


def _moment(at: datetime) -> str:
    """A moment, which Teams shows in each viewer's zone."""
    stamp = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{{{{DATE({stamp},SHORT)}}}} {{{{TIME({stamp})}}}}"


def _pages(file: File, language: str) -> Iterator[dict[str, Any]]:
    """The content of a file, to be read and copied: message by message, as it is."""
    text = tidy(file.text).lstrip("\ufeff")
    shown = [p.strip("\n") for p in pieces(text, limits.PAGE, json_length) if visible(p)]
    for n, page in enumerate(shown, 1):
        name = cut(one_line(file.name), NAME)
        line = wording(language).label("teams.part", name=name, n=n, of=len(shown))
        body = [runs(line, size="Small", isSubtle=True), runs(page, fontType="Monospace")]
        yield _activity(cut(line, limits.SUMMARY), bare_card(body) | {"msteams": {"width": "Full"}})


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(itertools.islice(rest, size)):
        yield batch
