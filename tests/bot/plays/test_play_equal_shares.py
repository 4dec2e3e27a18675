"""Equal shares, lived through: the same time and the same quota for each.

Scripts of what people do and see, as in test_play_one_problem.
"""

from __future__ import annotations

from datetime import timedelta

from bot.method.session import Session
from bot.worktime import WORKING_DAY, working_between
from tests.bot.plays.steps import (
    ADVICE,
    MONTH,
    acts,
    founds,
    next_meeting,
    reports,
    says,
    session_of,
)
from tests.play import Play


def shares(play: Play) -> None:
    """A set of three; Ana begins."""
    founds(play, "equal_share", "bo", "cem")
    play.does("ana", "/als present").fills(issue="My father forgets my name", more="yes")


def slot(play: Play, presenter: str, *others: str) -> tuple[timedelta, ...]:
    """One person's share, ended early by the presenter; the windows that it had."""
    windows = []

    def window() -> None:
        session = session_of(play, presenter)
        assert session.opened is not None
        assert session.closes is not None
        windows.append(session.closes - session.opened)

    window()
    says(play, others[0], "Is he living with you?", to=presenter)
    says(play, presenter, "Since May.", to=presenter)
    name = f"{presenter.capitalize()} presents"
    play.presses(presenter, "Close the questions", on=name)
    window()
    for who in others:
        says(play, who, MONTH, to=presenter)
        says(play, presenter, "Calmer.", to=presenter)
    play.presses(presenter, "Close the questions", on=name)
    acts(play, presenter)
    return tuple(windows)


def test_where_everyone_presents_the_first_issue_waits_for_enough_people(play: Play) -> None:
    play.host.method = "equal_share"
    told = play.does("ana", "/als present").fills(issue="Helen is quiet", people=["bo", "cem"])
    assert "begin when 2 more have joined" in told.text
    play.joins("bo")
    assert play.group.meeting is None
    play.joins("cem")
    assert len(play.meeting.presenters) == 3, "everyone has a turn, nobody is left out"
    assert session_of(play, "ana").presented


def test_equal_shares_as_the_method_tells_it(play: Play) -> None:
    # A person shares an issue; questions for understanding are welcome as they do.
    shares(play)
    assert play.stage == "share"
    play.types("bo", "Is he living with you?")
    assert play.sees("bo") == [], "a closed question is fine here, without a tip"
    play.types("ana", "Since May.")
    play.presses("ana", "Open the questions")
    # More questions for understanding, at the end of sharing.
    assert play.stage == "understand"
    assert "Short, factual questions are welcome" in play.card()
    play.types("cem", "Who else lives there?")
    play.types("ana", "My sister.")
    play.presses("ana", "Close the questions")
    # Then questions for insight, and potential actions.
    assert play.stage == "deepen"
    play.types("bo", MONTH)
    play.types("ana", "Calmer.")
    play.presses("ana", "Close the questions")
    acts(play, "ana", "Ask my sister what she sees")
    # Then the next individual has their equal share.
    for who, others in (("bo", ("ana", "cem")), ("cem", ("ana", "bo"))):
        assert f"It is {who.capitalize()}'s turn" in play.card()
        play.presses(who, "Present an issue", on="your turn").fills(issue="I do not sleep")
        slot(play, who, *others)
    assert play.meeting.over
    # Between the sessions the actions are tried out; the next one begins with them.
    next_meeting(play)
    for who in ("ana", "bo", "cem"):
        reports(play, who)
    assert "It is Ana's turn" in play.card()


def test_who_finishes_early_lengthens_nobodys_share(play: Play) -> None:
    shares(play)
    play.presses("ana", "Open the questions")
    slots = {"ana": session_of(play, "ana").format.session}
    slot(play, "ana", "bo", "cem")
    for who, others in (("bo", ("ana", "cem")), ("cem", ("ana", "bo"))):
        play.presses(who, "Present an issue", on="your turn").fills(issue="I do not sleep")
        slots[who] = session_of(play, who).format.session
        slot(play, who, *others)
    assert slots["ana"] == slots["bo"] == slots["cem"], "the same windows and quotas for each"


def test_a_share_that_runs_by_the_clock_is_the_same_for_each(play: Play) -> None:
    """A day and a half of working time to deepen, for each of them."""
    founds(play, "equal_share", "bo", "cem")
    play.does("ana", "/als present").fills(issue="My father forgets my name")
    worked = {}
    for _ in range(60):
        play.wind(hours=3)
        for id in play.meeting.sessions:
            session = play._load(Session, id)
            opened, closes = session.opened, session.closes
            if session.stage and session.stage.name == "deepen" and opened and closes:
                worked[session.presenter] = working_between(opened, closes, play.group.home)
            if session.stage and not session.presented:
                who = "bo" if session.presenter == play.id_of("bo") else "cem"
                play.presses(who, "Present an issue", on="your turn").fills(issue="I do not sleep")
        if play.meeting.over:
            break
    assert worked == {play.id_of(p): 1.5 * WORKING_DAY for p in ("ana", "bo", "cem")}


def test_questions_to_understand_get_no_tip_and_deeper_ones_do(play: Play) -> None:
    shares(play)
    play.presses("ana", "Open the questions")
    play.types("bo", "Did you talk to a doctor?")
    assert play.sees("bo") == []
    play.types("cem", ADVICE)
    assert len(play.sees("cem", "nudge")) == 1, "advice waits here too"
    play.presses("ana", "Close the questions")
    play.types("bo", "Did you talk to a doctor?")
    assert len(play.sees("bo", "tip")) == 1


def test_the_quota_is_the_same_for_each_in_every_share(play: Play) -> None:
    shares(play)
    play.presses("ana", "Open the questions")
    play.presses("ana", "Close the questions")
    for _ in range(4):
        play.types("bo", MONTH)
    assert "You have asked your 3 questions" in play.told("bo")[-1]
    assert play.session.counts[play.id_of("bo")] == 3
