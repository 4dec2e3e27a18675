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
from store.upgrades import SCHEMA, Json, upgrade_state

T = TypeVar("T")
REMEMBERED = 2_000
"""Parsed states in the cache; one of a session takes a few kB."""

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

    `format` is the frozen one; the state gets this very object, so that all states share it. The
    result is cached by the JSON text, because states are immutable and most events of a set change
    neither the set nor the person. A state holds nobody's words.
    """
    state: T = _read(KINDS[kind], text, schema, _Same(format))
    return state


class _Same:
    """A format by its identity: comparing formats by their content takes too long."""

    __slots__ = ("format",)

    def __init__(self, format: Format | None) -> None:
        self.format = format

    def __hash__(self) -> int:
        return id(self.format)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.format is self.format


@lru_cache(maxsize=REMEMBERED)
def _read(name: str, text: str, schema: int, same: _Same) -> Any:
    state = upgrade_state(name, schema, json.loads(text))
    if same.format is not None:
        state["format"] = same.format
    return _adapters[name].validate_python(state)


def dump_effect(effect: Effect) -> tuple[str, int]:
    """An effect as tagged JSON, and the schema of outbox messages."""
    return json.dumps(_tagged_effect(effect), separators=(",", ":")), SCHEMA["letter"]


def load_effect(text: str, schema: int) -> Effect:
    """What `dump_effect` was given. Raises NewerSchema."""
    tagged = upgrade_state("letter", schema, json.loads(text))
    name = tagged.pop("type")
    if name == "Tell":
        return fx.Tell(tagged["to"], load_event(tagged["event"]))
    effect: Effect = _effects[name].validate_python(tagged)
    return effect


def tagged_event(event: Event) -> Json:
    """An event as tagged JSON values."""
    name = type(event).__name__
    return {"type": name, **_events[name].dump_python(event, mode="json")}


def load_event(tagged: Json) -> Event:
    """What `tagged_event` was given."""
    values = dict(tagged)
    event: Event = _events[values.pop("type")].validate_python(values)
    return event


def _tagged_effect(effect: Effect) -> Json:
    if isinstance(effect, fx.Tell):
        return {"type": "Tell", "to": effect.to, "event": tagged_event(effect.event)}
    name = type(effect).__name__
    return {"type": name, **_effects[name].dump_python(effect, mode="json")}
