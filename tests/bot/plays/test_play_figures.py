"""What a set sees about itself, and what it lets a programme see, as scripts."""

from __future__ import annotations

from bot.queries.insights import of_programme
from tests.bot.plays.test_play_closing import FOUR, closes, looks_back, second_closes
from tests.play import Play


def asks_how_we_do(play: Play, who: str) -> str:
    play.does(who, "/als status")
    return play.presses(who, "How are we doing?").text


def test_a_member_sees_how_the_set_is_doing(play: Play) -> None:
    assert "How are we doing?" not in play.begins().does("bo", "/als help").text
    assert "No meeting is over yet" in asks_how_we_do(play, "bo")
    play.types("dee", "You should talk to them.")
    closes(play)
    looks_back(play, *FOUR)
    first = asks_how_we_do(play, "bo")
    assert "Meetings held: 1" in first
    assert "Balance of questions, last meeting (1 is equal): 0.0" in first, "Dee has asked nothing"
    assert "Open questions: meeting 1: 67 %" in first
    assert "reported back" not in first, "none is due yet"
    assert all(name not in first for name in ("Bo", "Cem", "Dee"))
    second_closes(play)
    for who in FOUR:
        play.presses(who, "Look back").fills(self="I wait.")
    second = asks_how_we_do(play, "bo")
    assert "Turns presented: 2" in second
    assert "Open questions: meeting 1: 67 % · meeting 2: 100 %" in second
    assert "Left unanswered, last meeting: 2" in second
    assert "Actions reported back: 1 of 1" in second
    assert all("How we are doing" not in post for post in play.channel())


def test_figures_are_for_members_only(play: Play) -> None:
    play.begins()
    play.does("bo", "/als status")
    button = play.button("bo", "How are we doing?")
    assert play.presses("zoe", button).codes == ("members_only",)


def test_a_set_agrees_before_a_programme_counts_it_and_everyone_is_told(play: Play) -> None:
    play.begins()
    assert not play.group.counted
    refused = play.does("bo", "/als set calendar")
    assert refused.codes == ("only_facilitator",)
    play.does("ana", "/als set calendar").fills(counted="yes")
    assert play.group.counted
    assert "Our figures count in the programme" in play.card("calendar")
    assert "Our figures count" in asks_how_we_do(play, "cem")
    play.does("ana", "/als set calendar").fills(meetings="6")
    assert play.group.counted, "what is ticked stays ticked"
    assert len(play.cards("calendar")) == 1, "nothing is said twice"
    play.does("ana", "/als set invite").fills(people=["eve"])
    shown = play.presses("eve", "Join").form
    assert any("Our figures count" in getattr(f, "text", "") for f in shown.fields)
    play.does("ana", "/als set calendar").fills(counted="")
    assert not play.group.counted
    assert "no longer count" in play.card("calendar")


def test_one_set_alone_shows_a_programme_nothing(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set calendar").fills(counted="yes")
    closes(play)
    looks_back(play, *FOUR)
    with play.store.reading() as tx:
        assert of_programme(tx) is None
