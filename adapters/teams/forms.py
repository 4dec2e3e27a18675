"""Draws forms as Teams' dialogs, and reads submissions. Pure.

Everything that is needed on submission travels in the data of the dialog's one button, together
with the drawn card: Teams returns the values alone, and a refused form is shown again (views.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from adapters.teams import limits
from adapters.teams.limits import compact
from adapters.teams.outgoing import attachment, bare_card, said_elements, words_elements
from adapters.teams.text import Element, literal, plain, plain_text, runs
from bot.cards import text_fitting
from bot.cards.card import Said, Words
from bot.cards.form import Ask, Choice, Field, Form, PickDate, PickPeople, Tick
from bot.cards.text_fitting import visible
from bot.cards.wording import wording
from bot.handlers.payloads import BadPayload, Submitted, entry_of
from bot.method.terms import Place

KEPT = ("f", "r", "e", "n", "c", "t", "i")  # form, ref, entry, nonce, conversation, thread, ids
FORM, BODY = "als_form", "als_body"  # beside the values in what comes back
# What a value is read as: the beginning of its input's id.
TEXT, ONE, MANY, TICK, DAY, PEOPLE = "text", "one", "many", "tick", "day", "people"
USERS = "graph.microsoft.com/users"  # [D] people-picker: everybody in the organisation
HINT = {"size": "Small", "isSubtle": True}
_ID = re.compile(r"(text|one|many|tick|day|people)\.(\S{1,100})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SEPARATOR = re.compile(r"[,;]")  # [D] a comma; older phones sent a semicolon


# Drawn


def dialog(form: Form, place: Place) -> dict[str, Any]:
    """The answer to an invoke that asks for a dialog, as `task`.

    Raises BadPayload for a form that Teams cannot carry: too many fields, too much in them.
    """
    title = text_fitting.cut(plain(form.title), 10 * limits.TITLE)
    send, body = plain_text(form.send, limits.BUTTON), _blocks(form)
    ids = [e["id"] for e in body if "id" in e]
    values = (form.name, form.ref, form.entry, form.nonce, place.conversation, place.thread, ids)
    about = dict(zip(KEPT, values, strict=True))
    while limits.size_of(drawn := task(title, send, about, body)) > limits.DIALOG_SIZE:
        # Drop texts from the end if there is too much; never drop a field.
        last = max((n for n, e in enumerate(body) if "id" not in e), default=None)
        if last is None:
            raise BadPayload("too_many_fields")
        del body[last]
    return drawn


def task(
    title: str,
    send: str,
    about: Mapping[str, Any],
    body: list[Element],
    above: Sequence[Element] = (),
) -> dict[str, Any]:
    """A dialog with this body, which its one button returns; `above` is only shown."""
    empty = [{name: of for name, of in element.items() if name != "value"} for element in body]
    data = {FORM: dict(about), BODY: compact([title, send, empty])}
    submit = {"type": "Action.Submit", "title": send, "style": "positive", "data": data}
    return window(title, bare_card([*above, *body]) | {"actions": [submit]})


def window(title: str, card: Mapping[str, Any]) -> dict[str, Any]:
    """A dialog that shows a card; its height follows the card's length."""
    few = len(card["body"]) <= 4
    value = {
        "title": _short(plain_text(plain(title), 10 * limits.TITLE)),
        "height": "medium" if few else "large",
        "width": "medium",
        "card": attachment(card),
    }
    return {"type": "continue", "value": value}


def _short(title: str) -> str:
    """A title, cut between two words if it is too long."""
    if text_fitting.fits(title, limits.TITLE):
        return title
    words = text_fitting.head(title, limits.TITLE - 1)
    return (words.rpartition(" ")[0] or words) + text_fitting.MORE


def _blocks(form: Form) -> list[Element]:
    """The fields, below the whole title if it was cut or there is no field."""
    title = plain(form.title)
    body = [element for field in form.fields for element in _field(field, form.language)]
    if body and text_fitting.fits(title, limits.TITLE):
        return body
    return [runs(text_fitting.cut(title, 10 * limits.TITLE), weight="Bolder"), *body]


def _field(field: Field, language: str) -> Iterator[Element]:
    match field:
        case Words(text):
            yield from words_elements(text)
        case Said():
            yield from said_elements(field, limits.SAID)
        case Ask():
            yield from _input(TEXT, field, _box(field), language, field.required)
        case Choice():
            if field.options:
                yield from _input(
                    MANY if field.many else ONE, field, _choice(field), language, field.required
                )
        case Tick():
            yield from _input(TICK, field, _tick(field, language), language)
        case PickDate():
            start = {"value": field.value.isoformat()} if field.value else {}
            yield from _input(DAY, field, {"type": "Input.Date"} | start, language, field.required)
        case PickPeople():
            yield from _input(PEOPLE, field, _picker(), language, field.required)


def _input(
    kind: str,
    field: Ask | Choice | Tick | PickDate | PickPeople,
    drawn: Element,
    language: str,
    required: bool = False,
) -> Iterator[Element]:
    """An input with its label, and its hint below."""
    id = f"{kind}.{field.name}"
    if _ID.fullmatch(id) is None:
        raise BadPayload("bad_name")
    label = plain_text(plain(field.label), limits.LABEL)
    needed = {"isRequired": True, "errorMessage": wording(language).label("teams.needed")}
    yield drawn | {"id": id, "label": label} | (needed if required else {})
    hint = plain(field.hint)
    if visible(hint):
        yield runs(text_fitting.cut(hint, limits.HINT), **HINT) | {"spacing": "Small"}


def _box(field: Ask) -> Element:
    most = min(max(field.most, 1), limits.INPUT)
    drawn: Element = {"type": "Input.Text", "isMultiline": field.long, "maxLength": most}
    value = text_fitting.head(limits.tidy(field.value), most)
    return drawn | ({"value": value} if visible(value) else {})


def _choice(field: Choice) -> Element:
    """Few options are all shown, more are a menu. The former value is preselected."""
    options = dict(field.options[: limits.OPTIONS])
    few = len(options) <= limits.FEW_OPTIONS
    drawn: Element = {
        "type": "Input.ChoiceSet",
        "isMultiSelect": field.many,
        "style": "expanded" if few else "compact",
        "wrap": True,
        "choices": [_option(value, label, few) for value, label in options.items()],
    }
    asked = dict.fromkeys(field.value.split() if field.many else [field.value])
    chosen = ",".join(value for value in asked if value in options)
    return drawn | ({"value": chosen} if chosen else {})


def _option(value: str, label: str, marks: bool) -> Element:
    """One option. `marks`: Teams reads Markdown in its title, as it does if all are shown."""
    if not value or _SEPARATOR.search(value) or text_fitting.length(value) > limits.OPTION_VALUE:
        raise BadPayload("bad_option")
    title = plain_text(plain(label), limits.OPTION)
    return {"title": literal(title) if marks else title, "value": value}


def _tick(field: Tick, language: str) -> Element:
    value = "yes" if field.value else "no"
    title = wording(language).label("teams.tick")
    drawn = {"type": "Input.Toggle", "title": title, "value": value, "wrap": True}
    return drawn | {"valueOn": "yes", "valueOff": "no"}


def _picker() -> Element:
    """A search for people in the organisation; it returns Entra ids."""
    query = {"type": "Data.Query", "dataset": USERS}
    drawn = {"type": "Input.ChoiceSet", "isMultiSelect": True, "choices": []}
    return drawn | {"choices.data": query}


# Read back


def read_submission(value: object) -> Submitted:
    """Read the `value` of a dialog's invoke. Raises BadPayload if we did not draw it."""
    data = data_of(value)
    about = limits.mapping_of(data[FORM], KEPT)
    form, ref, nonce, conversation, thread = (limits.word_of(about[k]) for k in "frnct")
    inputs = {name: value for name, value in data.items() if name not in (FORM, BODY)}
    ids = _ids(about["i"])
    if not inputs.keys() <= ids.keys():
        raise BadPayload("not_our_field")
    values = {name: _value(kind, inputs.get(id)) for id, (kind, name) in ids.items()}
    users = {name: tuple(values[name].split()) for kind, name in ids.values() if kind == PEOPLE}
    entry = entry_of(about["e"])
    return Submitted(form, ref, entry, nonce, conversation, thread, values, users)


def is_form(value: object) -> bool:
    """Whether it is a submitted form, not a button in a window of ours."""
    data = value.get("data") if isinstance(value, Mapping) else None
    return isinstance(data, Mapping) and FORM in data


def data_of(value: object) -> Mapping[str, Any]:
    """The data of a form's button, with the values. Raises BadPayload."""
    data = limits.mapping_of(limits.mapping_of(value).get("data"))
    data = {name: part for name, part in data.items() if name != "msteams"}
    if FORM not in data or BODY not in data:
        raise BadPayload("not_our_form")
    return data


def _ids(value: object) -> dict[str, tuple[str, str]]:
    """The kind and the name of each input, by its id."""
    if not isinstance(value, list):
        raise BadPayload("no_payload")
    matches = {id: _ID.fullmatch(limits.word_of(id)) for id in value}
    ids = {id: (parts[1], parts[2]) for id, parts in matches.items() if parts is not None}
    if len({name for _, name in ids.values()}) < len(value):
        raise BadPayload("not_our_field")
    return ids


def _value(kind: str, value: object) -> str:
    """One value as a string; "" if nothing was chosen or written."""
    text = "" if value is None else limits.word_of(value)
    match kind:
        case "text":
            return text.replace("\r\n", "\n")
        case "one":
            return text
        case "tick":
            if text not in ("yes", "no", ""):
                raise BadPayload("no_tick")
            return text or "no"
        case "day":
            return _day(text)
    each = [one.strip() for one in _SEPARATOR.split(text)]
    if any(len(one.split()) > 1 for one in each) or len(each) > limits.PICKED:
        raise BadPayload("no_choice")
    return " ".join(dict.fromkeys(filter(None, each)))


def _day(text: str) -> str:
    if not text:
        return ""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise BadPayload("no_date")
