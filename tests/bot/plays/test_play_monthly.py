"""A monthly set, lived through: two waves, and a plan for each presenter.

Scripts of what people do and see, as in test_play_one_problem.
"""

from __future__ import annotations

from datetime import timedelta

from tests.bot.plays.steps import (
    MONTH,
    TRIED,
    acts,
    founds,
    looks_back,
    next_meeting,
    reports,
    says,
    session_of,
    stage_of,
)
from tests.play import Play


def month(play: Play) -> None:
    """A set of four; Ana and Bo present side by side, then Cem and Dee."""
    founds(play, "monthly_set", "bo", "cem", "dee")
    play.does("ana", "/als present").fills(issue="My team is silent")
    play.presses("bo", "Present an issue", on="your turn").fills(issue="Nobody reads")


def wave(play: Play, one: str, two: str) -> None:
    """Both are asked, see things anew, and leave with a plan."""
    for presenter, other in ((one, two), (two, one)):
        says(play, other, TRIED, to=presenter)
        says(play, presenter, "Mostly emails.", to=presenter)
    for presenter in (one, two):
        name = f"{presenter.capitalize()} presents"
        play.presses(presenter, "Close the questions", on=name)
        assert "What do you see differently?" in play.told(presenter, "your_part")[-1]
        says(play, presenter, "It is I who has gone quiet.", to=presenter)
        play.presses(presenter, "Go on", on="You have the word")
        acts(play, presenter)


def test_a_monthly_set_as_the_method_tells_it(play: Play) -> None:
    # Each member presents at every meeting, half of the set side by side.
    month(play)
    assert stage_of(play, "ana") == stage_of(play, "bo") == "questions"
    assert len(play.meeting.sessions) == 2
    # Challenging questions, then deeper understanding and a plan.
    wave(play, "ana", "bo")
    assert len(play.meeting.sessions) == 4
    for who in ("cem", "dee"):
        play.presses(who, "Present an issue", on="your turn").fills(issue="Too many meetings")
    wave(play, "cem", "dee")
    looks_back(play, "ana", "bo", "cem", "dee")
    # The next meeting begins with what became of all the plans.
    next_meeting(play)
    assert "what became of the actions" in play.card("meeting")
    for who in ("ana", "bo", "cem", "dee"):
        reports(play, who)
    assert len(play.cards("report")) == 4
    assert len(play.meeting.sessions) == 2


def test_the_second_wave_waits_for_the_whole_first(play: Play) -> None:
    month(play)
    says(play, "cem", TRIED, to="ana")
    says(play, "dee", MONTH, to="ana")
    play.presses("ana", "Close the questions", on="Ana presents")
    play.presses("ana", "Go on", on="You have the word")
    acts(play, "ana")
    assert session_of(play, "ana").over
    assert stage_of(play, "bo") == "questions"
    assert len(play.meeting.sessions) == 2


def test_in_the_insight_stage_only_the_presenter_speaks(play: Play) -> None:
    month(play)
    says(play, "cem", TRIED, to="ana")
    play.presses("ana", "Close the questions", on="Ana presents")
    assert stage_of(play, "ana") == "insight"
    says(play, "cem", MONTH, to="ana")
    early = play.sees("cem", "too_early")[-1]
    assert "Ana still has the word" in early
    assert "when questions open" not in early, "they do not open again"
    # A question that was left open can still be answered with what is clearer now.
    play.presses("ana", "Answer", beside=TRIED).fills(text="Everything but listening.")
    assert session_of(play, "ana").answered == 1


def plan(play: Play) -> None:
    """On to Ana's action plan."""
    month(play)
    says(play, "cem", TRIED, to="ana")
    play.presses("ana", "Close the questions", on="Ana presents")
    play.presses("ana", "Go on", on="You have the word")
    assert stage_of(play, "ana") == "action_plan"


def ends(play: Play, who: str) -> None:
    """`/als next` in the thread of that session is the same as this press."""
    play.presses(who, "Go on", on="No action yet")


def test_a_plan_without_action_or_reason_does_not_close(play: Play) -> None:
    plan(play)
    session = session_of(play, "ana")
    closes = session.closes
    assert closes is not None
    play.wind(to=f"{closes + timedelta(minutes=2):%Y-%m-%d %H:%M}")
    assert stage_of(play, "ana") == "action_plan"
    assert "one more" in play.card("extended")
    closes = session_of(play, "ana").closes
    assert closes is not None
    play.wind(to=f"{closes + timedelta(minutes=2):%Y-%m-%d %H:%M}")
    assert "Ana has not chosen an action yet" in play.sees("ana", "decide_action")[-1]
    ends(play, "ana")
    assert session_of(play, "ana").over
    assert "can still think it over" in play.cards("session")[0]


def test_an_action_named_while_people_decide_still_counts(play: Play) -> None:
    plan(play)
    for _ in range(2):
        closes = session_of(play, "ana").closes
        assert closes is not None
        play.wind(to=f"{closes + timedelta(minutes=2):%Y-%m-%d %H:%M}")
    play.presses("ana", "Add an action", on="[Finish]").fills(what="Walk with Helen")
    play.wind(days=4)
    assert "Ana has chosen what to do next" in play.cards("session")[0]


def test_a_plan_may_be_a_reasoned_no_action(play: Play) -> None:
    plan(play)
    play.presses("ana", "Finish").fills(reason="I have to understand it first.")
    assert "take no action for now" in play.cards("session")[0]
