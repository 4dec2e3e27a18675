"""A form is what people fill in, before any platform has drawn it.

A view lays it out for a FormRequest; what is handed in comes back as a `Sent` (bot/handlers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.cards.card import Said, Words


@dataclass(frozen=True, slots=True)
class FormRequest:
    """A form to open: its name, what it is about, and values to fill in beforehand."""

    form: str
    ref: str = ""
    entry: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """One box to write in. `most` is the greatest number of characters."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    long: bool = False
    required: bool = False
    most: int = 2000


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, or several of them (`many`); options are (value, label)."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str = ""
    hint: str = ""
    many: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """One box to tick; its value is "yes" when ticked."""

    name: str
    label: str
    value: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PickDate:
    """A date, ISO in its value (2026-12-01), in the person's own zone."""

    name: str
    label: str
    value: date | None = None
    hint: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class PickPeople:
    """A people picker. Its value is the person ids, joined by spaces."""

    name: str
    label: str
    hint: str = ""
    required: bool = False


Field = Ask | Choice | Tick | PickDate | PickPeople | Words | Said


@dataclass(frozen=True, slots=True)
class Form:
    """A private form. `nonce` is given when it is opened: handed in twice, it counts once.

    No form has more than three required fields (method.md §9). `language` is as in a Card.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    send: str
    ref: str = ""
    entry: int | None = None
    nonce: str = ""
    language: str = ""
