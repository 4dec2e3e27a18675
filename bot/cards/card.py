"""A card is what people see, before any platform has drawn it.

Text is plain Markdown from prompts/. What a person wrote is never part of it: it travels as
`Said`, and each adapter escapes it once. Times travel as instants and are drawn in the zone
of whoever looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph of plain Markdown: bold, italic, lists. Ours, never a person's."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote. `by` is their name ("" when it needs none), `label` ours."""

    text: str
    by: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Short pairs of label and value, ours."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Closes:
    """An instant, with our label; each viewer sees it in their own zone."""

    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class People:
    """Some people, (the platform's user, name), addressed where it can (never @channel)."""

    label: str
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """Its use is a press: `press` names what it means, `ref` what it is about.

    `entry` is the stage entry it was drawn for; None if it holds at any time.
    """

    press: str
    label: str
    ref: str = ""
    entry: int | None = None
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Buttons that belong to what stands just above them."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Divider:
    """A thin line between two things."""


@dataclass(frozen=True, slots=True)
class File:
    """Something to take along: to be read where it stands, and to be kept.

    `name` is ours and says by its ending what it is (md, csv, json); `text` holds people's words.
    """

    name: str
    text: str


Part = Words | Said | Facts | Closes | People | Row | Divider | File


@dataclass(frozen=True, slots=True)
class Card:
    """`summary` is what a notification or a screen reader says; it carries no one's words.

    `language` is what it is written in: what an adapter adds of its own is said in it too. The
    view that draws it sets it; "" is the default's (bot/cards/wording.py).
    """

    name: str
    title: str
    summary: str
    parts: tuple[Part, ...] = ()
    buttons: tuple[Button, ...] = ()
    language: str = ""
