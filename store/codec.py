"""States, effects and events as JSON and back.

Rule 1: the core's frozen dataclasses are the only description of what is kept; pydantic reads it.
Rule 2: a state is kept without its format, which is kept once under its hash.
Rule 3: where several types may stand, the JSON says which: {"type": "Show", …}.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, TypeVar, get_args

from pydantic import TypeAdapter

from bot.method import effects as fx
from bot.method.actions import Action
from bot.method.effects import Effect
from bot.method.events import Event
from bot.method.formats import Format
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Person
from store.upgrades import SCHEMA, Json, upgraded

T = TypeVar("T")
REMEMBERED = 2_000
"""States that are kept as they were read last; one of a session takes a few kB."""

KINDS: dict[type[Any], str] = {
    Person: "person",
    Format: "format",
    LearningSet: "set",
    Meeting: "meeting",
    Session: "session",
    Action: "action",
}
WITH_FORMAT = (LearningSet, Meeting, Session)
WITHOUT_FORMAT = {"format"}

_adapters: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for kind, name in KINDS.items()}
_effects: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in get_args(Effect) if kind is not fx.Tell
}
_events: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in get_args(Event)
}


def dump(value: Any) -> tuple[str, int]:
    """A person, format or state as JSON, and its schema."""
    kind = type(value)
    exclude = WITHOUT_FORMAT if kind in WITH_FORMAT else None
    name = KINDS[kind]
    return _adapters[name].dump_json(value, exclude=exclude).decode(), SCHEMA[name]


def load(kind: type[T], text: str, schema: int, format: Format | None = None) -> T:
    """What `dump` was given. Raises NewerSchema.

    `format` is the frozen one; it is put in as it is, so that all states of a format share it.
    States are frozen, so the same text is the same state, and reading it once is enough: most
    events of a set change neither the set nor the person. No words are in a state.
    """
    made: T = _read(KINDS[kind], text, schema, _Same(format))
    return made


class _Same:
    """A format by its identity: to compare formats by all that is in them takes too long."""

    __slots__ = ("format",)

    def __init__(self, format: Format | None) -> None:
        self.format = format

    def __hash__(self) -> int:
        return id(self.format)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.format is self.format


@lru_cache(maxsize=REMEMBERED)
def _read(name: str, text: str, schema: int, same: _Same) -> Any:
    state = upgraded(name, schema, json.loads(text))
    if same.format is not None:
        state["format"] = same.format
    return _adapters[name].validate_python(state)


def dump_effect(effect: Effect) -> tuple[str, int]:
    """An effect as tagged JSON, and the schema of letters."""
    return json.dumps(_tagged_effect(effect), separators=(",", ":")), SCHEMA["letter"]


def load_effect(text: str, schema: int) -> Effect:
    """What `dump_effect` was given. Raises NewerSchema."""
    tagged = upgraded("letter", schema, json.loads(text))
    name = tagged.pop("type")
    if name == "Tell":
        return fx.Tell(tagged["to"], event_of(tagged["event"]))
    made: Effect = _effects[name].validate_python(tagged)
    return made


def tagged_event(event: Event) -> Json:
    """An event as tagged JSON values."""
    name = type(event).__name__
    return {"type": name, **_events[name].dump_python(event, mode="json")}


def event_of(tagged: Json) -> Event:
    """What `tagged_event` was given."""
    values = dict(tagged)
    made: Event = _events[values.pop("type")].validate_python(values)
    return made


def _tagged_effect(effect: Effect) -> Json:
    if isinstance(effect, fx.Tell):
        return {"type": "Tell", "to": effect.to, "event": tagged_event(effect.event)}
    name = type(effect).__name__
    return {"type": name, **_effects[name].dump_python(effect, mode="json")}
