"""Draws forms as Slack's modals, and reads submissions. Pure.

Everything that is needed on submission travels in `private_metadata`; no state is kept here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from adapters.slack import limits
from adapters.slack.outgoing import PREFIX, said_blocks, words_blocks
from adapters.slack.text import Block, plain, plain_text
from bot.cards import text_fitting
from bot.cards.card import Said, Words
from bot.cards.form import Ask, Choice, Field, Form, PickDate, PickPeople, Tick
from bot.cards.text_fitting import visible
from bot.cards.wording import wording
from bot.handlers.payloads import BadPayload, Submitted, entry_of, word_of
from bot.method.terms import Place

FIELD = "f."
KEPT = ("f", "r", "e", "n", "c", "t")  # form, ref, entry, nonce, conversation, thread
# What a value is read as: the action_id of its element.
TEXT, ONE, MANY, TICK, DAY, PEOPLE = "text", "one", "many", "tick", "day", "people"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


# Drawn


def modal(form: Form, place: Place) -> dict[str, Any]:
    """What views.open takes as `view`.

    Raises BadPayload for a form that Slack cannot carry: too much to remember, too many fields.
    """
    metadata = (form.name, form.ref, form.entry, form.nonce, place.conversation, place.thread)
    callback = PREFIX + form.name
    if text_fitting.length(callback) > limits.ID:
        raise BadPayload("long_name")
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain_text(_short(plain(form.title)), limits.TITLE),
        "submit": plain_text(form.send, limits.TITLE),
        "close": plain_text(wording(form.language).label("slack.close"), limits.TITLE),
        "private_metadata": limits.pack(dict(zip(KEPT, metadata, strict=True)), limits.METADATA),
        "blocks": _within(_blocks(form)),
    }


def _within(blocks: list[Block]) -> list[Block]:
    """Drop texts from the end if there are too many blocks; never drop a field."""
    texts = [index for index, block in enumerate(blocks) if block["type"] != "input"]
    over = len(blocks) - limits.VIEW_BLOCKS
    if over > len(texts):
        raise BadPayload("too_many_fields")
    left_out = set(texts[len(texts) - over :]) if over > 0 else set()
    return [block for index, block in enumerate(blocks) if index not in left_out]


def _short(title: str) -> str:
    """A title, cut between two words if it is too long."""
    if text_fitting.fits(title, limits.TITLE):
        return title
    words = text_fitting.head(title, limits.TITLE - 1)
    return (words.rpartition(" ")[0] or words) + text_fitting.MORE


def _blocks(form: Form) -> list[Block]:
    """The fields, below the whole title if it was cut or there is no field."""
    title = plain(form.title)
    blocks = [block for field in form.fields for block in _field(field, form.language)]
    if blocks and text_fitting.fits(title, limits.TITLE):
        return blocks
    return [{"type": "section", "text": plain_text(title, limits.TEXT)}, *blocks]


def _field(field: Field, language: str) -> Iterator[Block]:
    match field:
        case Words(text):
            yield from words_blocks(text)
        case Said():
            yield from said_blocks(field)
        case Ask():
            yield _input(field, _box(field), field.required)
        case Choice():
            if field.options:
                yield _input(field, _choice(field), field.required)
        case Tick():
            option = _option("yes", wording(language).label("slack.tick"))
            drawn = {"type": "checkboxes", "action_id": TICK, "options": [option]}
            yield _input(field, drawn | ({"initial_options": [option]} if field.value else {}))
        case PickDate():
            start = {"initial_date": field.value.isoformat()} if field.value else {}
            yield _input(field, {"type": "datepicker", "action_id": DAY} | start, field.required)
        case PickPeople():
            picker = {"type": "multi_users_select", "action_id": PEOPLE}
            yield _input(field, picker, field.required)


def _input(
    field: Ask | Choice | Tick | PickDate | PickPeople, element: Block, required: bool = False
) -> Block:
    block = FIELD + field.name
    if text_fitting.length(block) > limits.ID:
        raise BadPayload("long_name")
    drawn: Block = {
        "type": "input",
        "block_id": block,
        "label": plain_text(plain(field.label), limits.LABEL),
        "element": element,
        "optional": not required,
    }
    hint = plain(field.hint)
    return drawn | ({"hint": plain_text(hint, limits.LABEL)} if visible(hint) else {})


def _box(field: Ask) -> Block:
    most = min(max(field.most, 1), limits.INPUT)
    drawn: Block = {
        "type": "plain_text_input",
        "action_id": TEXT,
        "multiline": field.long,
        "max_length": most,
    }
    value = text_fitting.head(text_fitting.tidy(field.value), most)
    return drawn | ({"initial_value": value} if visible(value) else {})


def _choice(field: Choice) -> Block:
    """Few options are all shown, more are a menu. The former value is preselected."""
    labels = dict(field.options[: limits.OPTIONS])
    options = {value: _option(value, label) for value, label in labels.items()}
    few = len(options) <= limits.FEW_OPTIONS
    drawn: Block = {"options": list(options.values())}
    if field.many:
        chosen = [options[v] for v in dict.fromkeys(field.value.split()) if v in options]
        drawn |= {"type": "checkboxes" if few else "multi_static_select", "action_id": MANY}
        return drawn | ({"initial_options": chosen} if chosen else {})
    drawn |= {"type": "radio_buttons" if few else "static_select", "action_id": ONE}
    start = options.get(field.value)
    return drawn | ({"initial_option": start} if start else {})


def _option(value: str, label: str) -> Block:
    if not value or text_fitting.length(value) > limits.OPTION_VALUE:
        raise BadPayload("bad_option")
    return {"text": plain_text(plain(label), limits.OPTION), "value": value}


# Read back


def read_submission(view: Mapping[str, Any]) -> Submitted:
    """Read a view_submission's `view`. Raises BadPayload if we did not draw it."""
    metadata = limits.unpack(view.get("private_metadata"), limits.METADATA, KEPT)
    form, ref, nonce, conversation, thread = (word_of(metadata[k]) for k in "frnct")
    if view.get("callback_id") != PREFIX + form:
        raise BadPayload("other_form")
    values: dict[str, str] = {}
    users: dict[str, tuple[str, ...]] = {}
    for block, state in _mapping(_mapping(view.get("state")).get("values")).items():
        name, elements = _name(block), _mapping(state)
        if len(elements) != 1:
            raise BadPayload("bad_state")
        [(kind, element)] = elements.items()
        values[name] = _value(kind, _mapping(element))
        if kind == PEOPLE:
            users[name] = tuple(values[name].split())
    entry = entry_of(metadata["e"])
    return Submitted(form, ref, entry, nonce, conversation, thread, values, users)


def _name(block: object) -> str:
    name = word_of(block)
    if not name.startswith(FIELD):
        raise BadPayload("not_our_field")
    return name.removeprefix(FIELD)


def _value(kind: str, element: Mapping[str, Any]) -> str:
    """One value as a string; "" if nothing was chosen or written."""
    match kind:
        case "text":
            return _maybe(element.get("value")).replace("\r\n", "\n")
        case "one":
            chosen = element.get("selected_option")
            return _read_choice([] if chosen is None else [chosen])
        case "many":
            return _read_choice(element.get("selected_options"))
        case "tick":
            return "yes" if _read_choice(element.get("selected_options")) == "yes" else "no"
        case "day":
            return _day(_maybe(element.get("selected_date")))
        case "people":
            return " ".join(dict.fromkeys(map(_user, _list(element.get("selected_users")))))
    raise BadPayload("not_our_field")


def _read_choice(options: object) -> str:
    return " ".join(word_of(_mapping(o).get("value")) for o in _list(options))


def _day(text: str) -> str:
    if not text:
        return ""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise BadPayload("no_date")


def _user(value: object) -> str:
    user = word_of(value)
    if not user or user.split() != [user]:
        raise BadPayload("no_user")
    return user


def _maybe(value: object) -> str:
    return "" if value is None else word_of(value)


def _list(value: object) -> Iterable[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadPayload("bad_state")
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadPayload("bad_state")
    return value
