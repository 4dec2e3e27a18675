"""Whatever the machines can hold, say or hear survives being kept."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.method import effects as fx
from bot.method.actions import Action
from bot.method.effects import Effect
from bot.method.events import Event
from bot.method.formats import Format
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Person
from store import NewerSchema, codec
from tests.store.factories import session


@pytest.fixture(autouse=True, scope="module")
def what_the_core_uses():
    """Instants are aware and in UTC, mappings are dicts."""

    def dictionaries(kind):
        return st.dictionaries(*(st.from_type(part) for part in get_args(kind)))

    st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
    st.register_type_strategy(Mapping, dictionaries)
    yield
    # Instants for others as they were; that a mapping is a dict does no harm.
    st.register_type_strategy(datetime, st.datetimes())


@pytest.mark.parametrize("kind", [Person, Format, LearningSet, Meeting, Session, Action])
@given(data=st.data())
def test_a_state_survives(kind, data):
    state = data.draw(st.from_type(kind))
    text, schema = codec.dump(state)
    format = state.format if kind in codec.WITH_FORMAT else None
    again = codec.load(kind, text, schema, format)
    assert again == state
    assert type(again) is kind
    assert ("format" in json.loads(text)) is False


@pytest.mark.parametrize("kind", get_args(Effect), ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_an_effect_survives(kind, data):
    effect = data.draw(st.from_type(kind))
    text, schema = codec.dump_effect(effect)
    assert codec.load_effect(text, schema) == effect
    assert json.loads(text)["type"] == kind.__name__


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_an_event_survives(kind, data):
    event = data.draw(st.from_type(kind))
    tagged = json.loads(json.dumps(codec.tagged_event(event)))
    again = codec.load_event(tagged)
    assert again == event
    assert type(again) is kind


def test_an_event_inside_an_effect_keeps_its_type():
    kinds = get_args(Event)
    assert len({kind.__name__ for kind in kinds}) == len(kinds)
    assert fx.Tell in get_args(Effect)


def test_a_state_of_a_newer_schema_is_refused():
    text, schema = codec.dump(session())
    with pytest.raises(NewerSchema) as caught:
        codec.load(Session, text, schema + 1, session().format)
    assert (caught.value.kind, caught.value.schema) == ("session", schema + 1)


def test_an_effect_of_a_newer_schema_is_refused():
    text, schema = codec.dump_effect(fx.ClearTimer("close"))
    with pytest.raises(NewerSchema):
        codec.load_effect(text, schema + 1)


def test_states_share_the_format_they_are_given():
    text, schema = codec.dump(session())
    assert codec.load(Session, text, schema, session().format).format is session().format
