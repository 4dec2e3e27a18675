"""Card and form to HTML. Pure: the same card for the same viewer is the same text.

Rule 1: every word of a person is escaped once, by the template; no Markdown is read in it.
Rule 2: our own words are plain Markdown (markdown.py), in which HTML is text.
Rule 3: instants are drawn in the viewer's zone; no decision is taken here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from adapters.web import markdown, times
from adapters.web.cast import Human
from adapters.web.words import in_language
from bot.cards import card as cards
from bot.cards.card import Card
from bot.cards.form import Form

TYPES = {"md": "text/markdown", "csv": "text/csv", "json": "application/json"}
SHORT_LIST = 5  # more options than this are a drop-down list
COLOURS = 6


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks, at which rendering of which message, and how a button is told apart.

    `nonce` gives the nonce of a button: a second press on the same rendering is the same press.
    """

    viewer: Human
    message: str
    nonce: Callable[[str, str], str] = lambda press, ref: "0"


def card(card: Card, look: Look) -> str:
    """A card as HTML, below a heading of level 3."""
    return template("card.html").render(
        card=card, look=look, kind=kind, numbered=_described_by(card), **in_language(card.language)
    )


def form(form: Form, viewer: Human, others: Iterable[Human], picked: Collection[str] = ()) -> str:
    """A form as a dialog; `picked` are users that stand ticked in its people pickers."""
    return template("form.html").render(
        form=form,
        viewer=viewer,
        others=tuple(others),
        picked=picked,
        kind=kind,
        **in_language(form.language),
    )


def press(button: cards.Button, look: Look) -> str:
    """What a button sends, as JSON for an attribute (the template escapes it)."""
    sent = {
        "as": look.viewer.user,
        "message": look.message,
        "press": button.press,
        "ref": button.ref,
        "entry": "" if button.entry is None else str(button.entry),
        "nonce": look.nonce(button.press, button.ref),
    }
    return json.dumps(sent)


def clean_text(text: str) -> str:
    """A person's text without invisible characters; the template escapes it."""
    return markdown.tidy(text)


def data_url(file: cards.File) -> str:
    """The whole file in its own address: nothing is stored, no route can be guessed."""
    kept = base64.b64encode(file.text.encode()).decode()
    return f"data:{TYPES[file.name.rpartition('.')[2]]};charset=utf-8;base64,{kept}"


def kind(part: object) -> str:
    """The name of a part or field, by which a template draws it."""
    return type(part).__name__


def _described_by(card: Card) -> dict[int, int]:
    """For each row, the part just above it: its buttons are described by that part."""
    return {
        index: index - 1
        for index, part in enumerate(card.parts)
        if isinstance(part, cards.Row) and index > 0
    }


def template(name: str) -> Template:
    """One of the templates of this folder; unknown values are errors."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("adapters.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "md": markdown.to_html,
        "line": markdown.inline,
        "clean_text": clean_text,
        "press": press,
        "data_url": data_url,
        "moment": _moment,
        "iso": _iso,
        "SHORT_LIST": SHORT_LIST,
    }
    return environment


def _moment(at: datetime, viewer: Human) -> str:
    return times.moment(at, viewer.tz, viewer.language)


def _iso(at: datetime, viewer: Human) -> str:
    return times.iso(at, viewer.tz)
