"""The grammar of /als: what is understood, and the nearest to what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers import commands
from bot.method.command_grammar import BY_NAME, COMMANDS, PHRASES, understand


def test_each_command_has_somebody_who_does_it() -> None:
    assert set(commands.COMMANDS) == {"", *BY_NAME}


@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_each_phrase_is_understood(phrase: str) -> None:
    assert understand(phrase).name == PHRASES[phrase]
    assert understand(f"/als {phrase}").name == PHRASES[phrase]
    assert understand(phrase.upper()).name == PHRASES[phrase]


@pytest.mark.parametrize(
    ("typed", "name", "rest"),
    [
        ("", "", ""),
        ("/als", "", ""),
        ("   ", "", ""),
        ("present My team is quiet", "present", "My team is quiet"),
        ("ask What have you tried?", "ask", "What have you tried?"),
        ("not yet 2", "notyet", "2"),
        ("Done.", "done", ""),
        ("group members", "set members", ""),
        ("group", "set status", ""),
        ("set", "set status", ""),
        ("changed my mind 1", "changed", "1"),
        ("my actions", "actions", ""),
        ("pause 2026-12-01", "pause", "2026-12-01"),
    ],
)
def test_what_is_meant(typed: str, name: str, rest: str) -> None:
    found = understand(typed)
    assert (found.name, found.rest) == (name, rest)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("presnt", "present"),
        ("actoin", "action"),
        ("settigns", "settings"),
        ("wihtdraw", "withdraw"),
        ("set membres", "set members"),
        ("set zzzzzz", "set status"),
        ("refl", "reflect"),
        ("xyzzy", ""),
        ("👀", ""),
    ],
)
def test_the_nearest_to_what_is_not(typed: str, nearest: str) -> None:
    found = understand(typed)
    assert found.name is None
    assert found.nearest == nearest


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    found = understand(text)
    assert found.name is None or found.name in {"", *BY_NAME}
    assert found.nearest in {"", *BY_NAME}


def test_names_are_one_or_two_words() -> None:
    assert all(len(c.name.split()) <= 2 for c in COMMANDS)
