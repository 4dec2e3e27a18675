"""States that any release has kept can be read for ever (design.md, Versions)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.method import events as ev
from bot.method import formats, meeting, session
from bot.method.meeting import Meeting
from bot.method.session import Session
from store import NewerSchema, codec
from store.upgrades import SCHEMA, UPGRADERS, upgrade_state
from tests.store import golden

FILES = sorted(golden.HERE.glob("*.json"))
KINDS = {name: kind for kind, name in codec.KINDS.items()}


def kept(file):
    kind, schema, _ = file.name.split(".")
    return kind, int(schema), json.loads(file.read_text(encoding="utf-8"))


def state_of(kind, schema):
    text = json.dumps(kept(golden.path(kind, schema))[2]["state"])
    format = formats.load("one_problem") if KINDS[kind] in codec.WITH_FORMAT else None
    return codec.load(KINDS[kind], text, schema, format)


@pytest.mark.parametrize("kind", SCHEMA)
def test_every_schema_has_its_golden_state_and_its_upgrader(kind):
    for schema in range(1, SCHEMA[kind] + 1):
        assert golden.path(kind, schema).exists(), "run: python -m tests.store.golden"
    for schema in range(1, SCHEMA[kind]):
        assert schema in UPGRADERS[kind]


@pytest.mark.parametrize("kind", SCHEMA)
def test_what_is_kept_does_not_change_without_a_new_schema(kind):
    """Raise SCHEMA in store/upgrades.py, write the upgrader, run python -m tests.store.golden.

    While no version with this schema has been released, the last of the three is enough.
    """
    written = kept(golden.path(kind, SCHEMA[kind]))[2]["shape"]
    assert golden.shapes(kind) == written, (
        test_what_is_kept_does_not_change_without_a_new_schema.__doc__
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_golden_state_loads(file):
    kind, schema, content = kept(file)
    if kind == "letter":
        loaded = [codec.load_effect(json.dumps(one), schema) for one in content["state"]]
        assert [codec.load_effect(*codec.dump_effect(one)) for one in loaded] == loaded
    else:
        loaded = state_of(kind, schema)
        assert (
            codec.load(KINDS[kind], *codec.dump(loaded), getattr(loaded, "format", None)) == loaded
        )


@pytest.mark.parametrize("kind", SCHEMA)
def test_the_newest_golden_state_means_what_was_meant(kind):
    if kind == "letter":
        content = kept(golden.path(kind, SCHEMA[kind]))[2]["state"]
        loaded = [codec.load_effect(json.dumps(one), SCHEMA[kind]) for one in content]
        assert loaded == golden.letters()
    elif kind == "format":  # the file in prompts/ may change, the frozen one does not
        assert state_of(kind, SCHEMA[kind]).name == "one_problem"
    else:
        assert state_of(kind, SCHEMA[kind]) == golden.samples()[kind]


def to_the_end(machine, state, step):
    """Let every stage run out of time, with whoever presents choosing nothing."""
    for _ in range(30):
        if state.over or state.closes is None:
            return state
        out = ev.TimeRanOut(at=state.closes + timedelta(seconds=1), name="close", turn=state.turn)
        state, _ = step(state, out)
        if state.deciding:
            ended = ev.StageEnded(at=out.at, by=state.steers, entry=state.entry)
            state, _ = step(state, ended)
    raise AssertionError("it does not end")


@pytest.mark.parametrize("file", [f for f in FILES if f.name.startswith("session.")])
def test_a_golden_session_plays_to_its_end(file):
    _, schema, _ = kept(file)
    assert to_the_end(Session, state_of("session", schema), session.step).over


@pytest.mark.parametrize("file", [f for f in FILES if f.name.startswith("meeting.")])
def test_a_golden_meeting_plays_until_its_sessions_run(file):
    _, schema, _ = kept(file)
    state = to_the_end(Meeting, state_of("meeting", schema), meeting.step)
    assert state.in_sessions
    assert state.sessions


def test_upgraders_are_applied_one_after_the_other():
    table = {"x": {1: lambda s: {**s, "two": 2}, 2: lambda s: {**s, "three": s["two"] + 1}}}
    assert upgrade_state("x", 1, {}, {"x": 3}, table) == {"two": 2, "three": 3}
    assert upgrade_state("x", 2, {"two": 5}, {"x": 3}, table) == {"two": 5, "three": 6}
    assert upgrade_state("x", 3, {}, {"x": 3}, table) == {}
    with pytest.raises(NewerSchema):
        upgrade_state("x", 4, {}, {"x": 3}, table)


def test_a_changed_dataclass_has_another_shape():
    before = golden.shape(Session)
    assert "Member" in before
    assert "Support" in before
    assert golden.shape(Meeting) != before
    assert replace(golden.samples()["session"], asked=9) != golden.samples()["session"]
