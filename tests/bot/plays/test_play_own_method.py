"""A method of one's own, lived through: a file, and no Python.

Scripts of what people do and see, as in test_play_one_problem.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.method import formats
from bot.method.formats import Format
from tests.bot.plays.steps import (
    acts,
    founds,
    looks_back,
    next_meeting,
    reports,
)
from tests.play import Play

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "kollegiale_beratung.toml"


@pytest.fixture
def sixth(monkeypatch: pytest.MonkeyPatch) -> Format:
    """The example of docs/methods.md, as if its file lay beside the others."""
    made = formats.read(EXAMPLE.read_text("utf-8"), EXAMPLE.name)
    names, load = formats.names(), formats.load
    monkeypatch.setattr(formats, "names", lambda: (*names, made.name))
    monkeypatch.setattr(formats, "load", lambda name: made if name == made.name else load(name))
    return made


def test_a_method_of_ones_own_needs_no_python(sixth: Format, play: Play) -> None:
    assert sixth.name == "kollegiale_beratung"
    founds(play, "kollegiale_beratung", "bo", "cem", "dee")
    # The case, and questions to understand it.
    play.does("ana", "/als present").fills(issue="A colleague takes all the credit")
    play.types("bo", "Did you tell her?")
    assert play.told("bo", "tip") == [], "short, factual questions are welcome"
    play.types("ana", "Not yet.")
    play.presses("ana", "Close the questions")
    # Hypotheses: the set says its hunches, the presenter only listens.
    assert "Now: hypotheses" in play.card()
    assert "What may lie behind this?" in play.card("stage_opens")
    assert "Ideas and feedback" not in play.card()
    for who in ("bo", "cem", "dee"):
        play.types(who, "It may be that she does not know.")
    play.types("ana", "She does.")
    assert "For now you only listen" in play.sees("ana", "listening")[-1]
    play.presses("ana", "Go on", on="had their say")
    # The presenter's response.
    assert "Now: what rings true" in play.card()
    assert play.told("ana", "most_valuable") == [], "the word is theirs anyway"
    play.types("ana", "I have never said it aloud.")
    play.presses("ana", "Go on", on="You have the word")
    # Solutions, and what was most valuable in them.
    assert "Now: solutions" in play.card()
    play.types("cem", "I would tell her over lunch.")
    play.presses("ana", "Go on", on="Ana presents")
    play.presses("ana", "Say what was valuable").fills(text="Lunch.")
    acts(play, "ana", "Have lunch with her")
    looks_back(play, "ana", "bo", "cem", "dee")
    next_meeting(play)
    reports(play, "ana")
    assert "It is Bo's turn" in play.card()
