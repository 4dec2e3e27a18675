"""Support and challenge, lived through, and what is special in it (method.md §2).

Scripts of what people do and see, as in test_play_one_problem.
"""

from __future__ import annotations

from datetime import timedelta

from tests.bot.plays.steps import (
    ADVICE,
    MONTH,
    TOUCHED,
    TRIED,
    acts,
    founds,
    looks_back,
    next_meeting,
    reports,
    session_of,
)
from tests.play import Play

SIX = ("bo", "cem", "dee", "eve", "fay")


def supports(play: Play, wanted: str = "ideas") -> None:
    """A set of six; Ana brings an issue and says which support she wants."""
    founds(play, "support_and_challenge", *SIX)
    play.does("ana", "/als present").fills(issue="My team is silent", support=wanted)
    assert play.stage == "questions"


def second_meeting(play: Play) -> None:
    """The first is over; the second has begun, and Ana has reported back."""
    supports(play, "questions")
    play.types("bo", TRIED)
    play.presses("ana", "Close the questions")
    acts(play, "ana")
    looks_back(play, "ana", *SIX)
    next_meeting(play)
    reports(play, "ana")
    assert "whose turn" in play.card("meeting")


def test_support_and_challenge_as_the_method_tells_it(play: Play) -> None:
    # The person brings an issue and states the support they would like.
    founds(play, "support_and_challenge", *SIX)
    play.does("ana", "/als present").fills(issue="My team is silent", support="ideas", more="yes")
    assert "Support wanted: ideas" in play.card()
    # They present uninterrupted; who writes is told in private.
    assert "Ana has the word" in play.card()
    play.types("bo", TRIED)
    assert "Ana still has the word. I'll tell you when questions open" in play.sees("bo")[-1]
    play.types("ana", "It began when I was promoted.")
    play.presses("ana", "Open the questions")
    # The group asks coaching questions, and holds its advice back.
    play.types("cem", ADVICE)
    assert "There's an idea in there" in play.sees("cem", "nudge")[-1]
    play.presses("cem", "Keep for later")
    play.types("bo", TRIED)
    play.types("ana", "Mostly emails.")
    play.types("dee", MONTH)
    play.types("ana", "We would laugh again.")
    play.presses("ana", "Close the questions")
    # Feedback and ideas, if the person still wants them; they only listen.
    assert "Would you like to hear ideas now?" in play.told("ana", "want_ideas")[-1]
    play.presses("ana", "Yes, please")
    assert "Now: ideas and feedback" in play.card()
    assert ADVICE in play.sees("cem", "kept_now")[-1]
    play.presses("cem", "Say it now")
    assert f"Cem offers\nCem: {ADVICE}" in play.card("said")
    play.types("eve", "I have seen a team eat together once a week.")
    play.types("ana", "We tried that.")
    assert "For now you only listen" in play.sees("ana", "listening")[-1]
    play.presses("ana", "Go on")
    play.presses("ana", "Say what was valuable").fills(text="That somebody waited with me.")
    assert "From Ana\nAna: That somebody waited with me." in play.card("said")
    # The individual agrees actions; the set looks back on its process and learning.
    assert play.stage == "actions"
    acts(play, "ana")
    looks_back(play, "ana", *SIX)
    assert "Next meeting opens" in play.card("meeting")
    # The next session starts with an update of the actions, then agrees whose turn it is.
    next_meeting(play)
    assert "what became of the actions" in play.card("meeting")
    reports(play, "ana")
    assert "Ana reports back" in play.card("report")
    assert "Whose turn shall it be?" in play.card("meeting")


def test_the_bid_with_most_backing_gets_the_turn(play: Play) -> None:
    second_meeting(play)
    play.presses("dee", "Bring something").fills(line="Nobody reads", why="We all write reports")
    assert "Why it matters to the rest of us: We all write reports" in play.card("bid")
    play.presses("bo", "Bring something").fills(line="Too many meetings")
    play.presses("cem", "Give it the turn", on="Bo would like")
    play.presses("cem", "Give it the turn", on="Dee would like")
    cards = play.cards("bid")
    assert "Backed by: 1" in cards[0]
    assert "Backed by" not in cards[1], "one person backs one bid"
    for who in ("ana", "bo", "dee", "eve", "fay"):
        play.presses(who, "Pass")
    assert "It is Dee's turn to bring an issue" in play.card()


def test_who_has_brought_something_backs_another_or_passes(play: Play) -> None:
    second_meeting(play)
    play.presses("dee", "Bring something").fills(line="Nobody reads")
    assert "1 of 6 done" in play.card("meeting"), "there is nothing else to back yet"
    assert play.presses("dee", "Give it the turn", on="Dee would like").codes == ("back_another",)
    play.presses("bo", "Bring something").fills(line="Too many meetings")
    assert "0 of 6 done" in play.card("meeting")
    play.presses("dee", "Give it the turn", on="Bo would like")
    play.presses("bo", "Pass")
    for who in ("ana", "cem", "eve", "fay"):
        play.presses(who, "Pass")
    assert "It is Bo's turn" in play.card()


def test_a_tie_is_settled_by_the_turn_list(play: Play) -> None:
    second_meeting(play)
    play.presses("fay", "Bring something").fills(line="Nobody reads")
    play.presses("cem", "Bring something").fills(line="Too many meetings")
    play.presses("ana", "Give it the turn", on="Fay would like")
    play.presses("bo", "Give it the turn", on="Cem would like")
    for who in ("cem", "dee", "eve", "fay"):
        play.presses(who, "Pass")
    assert "It is Cem's turn" in play.card(), "Cem comes first in the turn list"


def test_without_a_bid_the_turn_list_says_whose_turn_it_is(play: Play) -> None:
    second_meeting(play)
    play.wind(days=1)
    assert "It is Bo's turn" in play.card()


def test_who_leaves_takes_their_bid_along(play: Play) -> None:
    second_meeting(play)
    play.presses("dee", "Bring something").fills(line="Nobody reads")
    play.presses("cem", "Give it the turn", on="Dee would like")
    play.does("dee", "/als set leave")
    play.presses("dee", "Leave the set")
    play.wind(days=1)
    assert "It is Bo's turn" in play.card()


def test_who_has_brought_an_issue_already_need_not_bid(play: Play) -> None:
    supports(play, "questions")
    play.does("eve", "/als present").fills(issue="Two shift leads no longer talk")
    play.types("bo", TRIED)
    play.presses("ana", "Close the questions")
    acts(play, "ana")
    looks_back(play, "ana", *SIX)
    next_meeting(play)
    reports(play, "ana")
    assert not any("would like this turn" in post for post in play.channel())
    assert session_of(play, "eve").presented
    assert play.stage == "questions"


def test_ideas_that_nobody_asked_for_have_no_stage(play: Play) -> None:
    supports(play, "listening")
    play.types("bo", TRIED)
    play.presses("ana", "Close the questions")
    assert play.stage == "actions"
    assert play.told("ana", "want_ideas") == []


def test_ideas_get_their_whole_window_once_they_are_confirmed(play: Play) -> None:
    supports(play)
    play.types("bo", TRIED)
    play.types("cem", TOUCHED)
    play.presses("ana", "Close the questions")
    assert "Ana is thinking about whether to hear ideas now" in play.card()
    assert "for my ears" not in play.card()
    play.types("dee", ADVICE)
    assert "Dee offers" not in play.card("session"), "nothing is offered yet"
    play.wind(hours=3)
    play.presses("ana", "Yes, please")
    session = play.session
    assert session.opened is not None
    assert session.closes is not None
    assert session.closes - session.opened >= timedelta(days=1) - timedelta(minutes=2)


def test_ideas_are_skipped_when_the_answer_is_no(play: Play) -> None:
    supports(play)
    play.types("bo", TRIED)
    play.presses("ana", "Close the questions")
    assert play.presses("bo", "Yes, please", on="Ana").codes == ("only_presenter",)
    play.presses("ana", "Not now")
    assert play.stage == "actions"
    assert play.told("ana", "most_valuable") == []


def test_silence_about_ideas_goes_on_without_them(play: Play) -> None:
    supports(play)
    play.types("bo", TRIED)
    play.presses("ana", "Close the questions")
    play.wind(days=1, minutes=10)
    assert play.stage == "actions"


def test_three_ideas_each_and_a_kind_word_for_the_fourth(play: Play) -> None:
    supports(play)
    play.types("bo", TRIED)
    play.presses("ana", "Close the questions")
    play.presses("ana", "Yes, please")
    for n in range(4):
        play.types("cem", f"You could eat together, say {n} times a week.")
    assert "You have said your 3" in play.told("cem")[-1]
    assert play.session.counts[play.id_of("cem")] == 3


def test_the_unasked_question_stands_in_the_thread(play: Play) -> None:
    supports(play, "questions")
    play.types("bo", TRIED)
    play.presses("ana", "Close the questions")
    play.presses("dee", "A question I wish I had asked").fills(text="What if nothing changes?")
    assert "Dee wishes they had asked\nDee: What if nothing changes?" in play.card("said")
    assert play.session.open == play.session.open[:1], "nobody has to answer it"
    assert all("What if nothing changes?" not in card for card in play.cards("session"))
