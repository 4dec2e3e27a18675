"""What a page sends, as the core's inputs. Pure, and no decision beyond what a platform takes.

A message that begins with `/als` is a command and is never posted, as on other platforms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.web.cast import Cast, Human
from adapters.web.chat import Message
from bot.cards.form import Form, PickPeople, Tick
from bot.handlers.inputs import Actor, Commanded, Deleted, Edited, Pressed, Sent, Typed
from bot.method.terms import Place

COMMAND = "/als"
VALUE, PEOPLE = "v.", "p."
Fields = Mapping[str, Sequence[str]]


def command_in(text: str) -> str | None:
    """What follows `/als`, or None when the text is an ordinary message."""
    word, _, rest = text.strip().partition(" ")
    first, *lines = word.split("\n")
    if first.casefold() != COMMAND:
        return None
    return " ".join([*lines, rest]).strip()


def read_command(who: Human, place: Place, rest: str, nonce: str, at: datetime) -> Commanded:
    """`/als …`, typed anywhere."""
    return Commanded(at=at, actor=who.actor, place=place, text=rest, nonce=nonce)


def read_message(who: Human, message: Message) -> Typed:
    """A message that now stands in the chat."""
    return Typed(
        at=message.at, actor=who.actor, place=message.place, message=message.id, text=message.text
    )


def read_edit(who: Human, message: Message, at: datetime) -> Edited:
    """A message that has another text now."""
    return Edited(
        at=at,
        actor=who.actor,
        place=message.place,
        message=message.id,
        text=message.text,
        edition=f"{message.edition:06}",
    )


def read_deletion(who: Human, message: Message, at: datetime) -> Deleted:
    """A message that is gone."""
    return Deleted(at=at, actor=who.actor, place=message.place, message=message.id)


def read_press(who: Human, place: Place, fields: Mapping[str, str], at: datetime) -> Pressed:
    """A button, as it was drawn. An entry that is not a number is none."""
    entry = fields.get("entry", "")
    return Pressed(
        at=at,
        actor=who.actor,
        place=place,
        press=fields.get("press", ""),
        ref=fields.get("ref", ""),
        entry=int(entry) if entry.isdecimal() and len(entry) < 10 else None,
        nonce=fields.get("nonce", ""),
    )


def read_form(
    who: Human, place: Place, form: Form, fields: Fields, cast: Cast, at: datetime
) -> Sent:
    """A form that was open, handed in. Only fields that the form has are read."""
    values: dict[str, str] = {}
    people: dict[str, tuple[Actor, ...]] = {}
    for field in form.fields:
        name = getattr(field, "name", "")
        if not name:
            continue
        if isinstance(field, PickPeople):
            users = dict.fromkeys(fields.get(PEOPLE + name, ()))
            picked = (cast.get(user) for user in users)
            people[name] = tuple(human.actor for human in picked if human is not None)
            values[name] = " ".join(actor.address.user for actor in people[name])
        elif isinstance(field, Tick):
            values[name] = "yes" if "yes" in fields.get(VALUE + name, ()) else "no"
        else:
            values[name] = " ".join(fields.get(VALUE + name, ())).replace("\r\n", "\n")
    return Sent(
        at=at,
        actor=who.actor,
        place=place,
        form=form.name,
        nonce=form.nonce,
        ref=form.ref,
        entry=form.entry,
        values=values,
        people=people,
    )
