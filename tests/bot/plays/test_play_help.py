"""What can I do here, now? By place, role and stage; and what the method is made of."""

from __future__ import annotations

from bot.method.terms import Place
from tests.bot.plays.steps import coached, next_meeting
from tests.memory_platform import NAME
from tests.play import Play


def commands(text: str) -> set[str]:
    """The commands that a help names."""
    return {line.split(":")[0].strip() for line in text.splitlines() if line.startswith("/als")}


def helps(play: Play, who: str, where: Place | None = None) -> str:
    return play.does(who, "/als help", where=where).text


def test_where_no_set_meets_one_can_begin(play: Play) -> None:
    said = helps(play, "eve")
    assert "No set meets here" in said
    assert any(c.startswith("/als present") for c in commands(said))
    assert any(c.startswith("/als set new") for c in commands(said))


def test_whoever_is_not_in_the_set_can_join(play: Play) -> None:
    play.begins()
    said = helps(play, "eve")
    assert "you are not in it yet" in said
    assert any(c.startswith("/als set join") for c in commands(said))
    assert not any(c.startswith("/als ask") for c in commands(said))


def test_in_the_questions_each_role_has_its_own(play: Play) -> None:
    play.begins()
    asks = helps(play, "bo", play.thread())
    assert any(c.startswith("/als ask") for c in commands(asks))
    assert "/als pass" in commands(asks)
    assert not any(c.startswith("/als answer") for c in commands(asks))
    answers = helps(play, "ana", play.thread())
    assert any(c.startswith("/als answer") for c in commands(answers))
    assert "/als withdraw" in commands(answers)
    assert not any(c.startswith("/als ask") for c in commands(answers))


def test_whoever_has_the_process_sees_its_powers(play: Play) -> None:
    play.begins()
    assert "/als extend" not in commands(helps(play, "bo"))
    play.does("ana", "/als set facilitator").fills(people=["bo"])
    assert {"/als next", "/als extend"} <= commands(helps(play, "bo"))
    play.does("bo", "/als pause")
    assert "/als resume" in commands(helps(play, "bo"))


def test_what_is_asked_of_each_stage(play: Play) -> None:
    play.reaches_actions()
    assert any(c.startswith("/als action") for c in commands(helps(play, "ana")))
    play.presses("ana", "Add an action", on="[Finish]").fills(what="Listen to one of them")
    play.presses("ana", "Finish")
    assert "/als reflect" in commands(helps(play, "bo"))
    play.wind(days=2)
    between = helps(play, "bo")
    assert "Nothing is running just now" in between
    assert "/als offer" in commands(between)
    next_meeting(play)
    assert "/als report" in commands(helps(play, "ana"))


def test_all_commands_are_a_press_away_and_fit_is_short(play: Play) -> None:
    play.begins()
    said = helps(play, "bo")
    assert len(commands(said)) <= 9
    every = play.presses("bo", "Show all commands").text
    assert len(commands(every)) > 30


def test_away_from_any_set_help_is_about_oneself(play: Play) -> None:
    play.begins()
    said = helps(play, "bo", Place(NAME, play.installation, "@bo"))
    assert any(c.startswith("/als log") for c in commands(said))


def test_the_five_elements_are_there_for_a_member(play: Play) -> None:
    play.begins()
    play.does("bo", "/als status")
    said = play.presses("bo", "How we work").text
    for element in ("Person: Ana", "Group: 4 people", "Process: questions", "Facilitator: nobody"):
        assert element in said
    assert "Problem" in said
    assert "My team has stopped talking to me" in said, "in the presenter's own words"
    assert "One problem at a time" in said


def test_the_six_components_are_there_where_there_is_a_coach(play: Play) -> None:
    coached(play)
    said = play.does("bo", "/als set format").text
    for component in ("Problem", "Group", "Questions", "Action", "Learning", "Coach: Zoe"):
        assert component in said
    assert "needs all six" in said


def test_who_cannot_choose_the_method_sees_what_was_chosen(play: Play) -> None:
    play.begins()
    assert "One problem at a time" in play.does("bo", "/als set format").text
    assert play.does("eve", "/als set format").codes == ("members_only",)


def test_how_a_set_works_is_for_its_members(play: Play) -> None:
    play.begins()
    play.does("bo", "/als status")
    button = play.button("bo", "How we work")
    assert play.presses("eve", button).codes == ("members_only",)
