"""The four other methods, lived through, and what is special in each (method.md §2).

As in test_play_one_problem: scripts of what people do and see; the core's own state is looked
at only where nobody could see it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.method import formats
from bot.method.formats import Format
from bot.method.session import Session
from bot.method.terms import PersonId
from bot.worktime import WORKING_DAY, working_between
from tests.play import Play

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "kollegiale_beratung.toml"
ADVICE = "You should just talk to them."
TRIED = "What have you tried so far?"
TOUCHED = "Who else is touched by this?"
MONTH = "How would you like this to look in a month?"


def founds(play: Play, method: str, *others: str, coach: str = "") -> None:
    """Ana begins a set with the others, and chooses its method."""
    play.does("ana", "/als set new").fills(people=others, name="The night shift")
    for who in others:
        play.joins(who)
    if coach:
        play.does("ana", "/als set facilitator").fills(people=[coach])
    chosen = play.does(coach or "ana", "/als set format").fills(format=method)
    assert chosen.codes == ()


def session_of(play: Play, who: str) -> Session:
    """The newest session in which this person presents."""
    own = [play._load(Session, s) for s in play.meeting.sessions]
    return [s for s in own if s.presenter == play.id_of(who)][-1]


def stage_of(play: Play, who: str) -> str:
    """The name of the stage that runs there; "" when none does."""
    stage = session_of(play, who).stage
    return stage.name if stage else ""


def says(play: Play, who: str, text: str, *, to: str) -> str:
    """Write into the thread of somebody's session."""
    title = f"{to.capitalize()} presents"
    posts = [p for p in play.platform.posts.values() if p.card and p.card.name == "session"]
    [root] = [p.id for p in posts if p.card and p.card.title == title]
    place = replace(play.place, thread=root)
    message = play.platform.person_writes(place, text, who)
    play._typed(who, message)
    return message


def acts(play: Play, who: str, what: str = "Walk with Helen and only listen") -> None:
    """The presenter commits to one action and finishes."""
    play.presses(who, "Add an action", on="[Finish]").fills(what=what)
    play.presses(who, "Finish")


def looks_back(play: Play, *people: str) -> None:
    for who in people:
        play.presses(who, "Look back").fills(self="I like to solve.")


def reports(play: Play, who: str) -> None:
    play.presses(who, "Report back").fills(learned="I was guarding myself.")


def next_meeting(play: Play) -> None:
    """To the opening of the next meeting, as the card of the last one says."""
    number, opens = play.group.number, play.group.next_opens
    assert opens is not None
    play.wind(to=f"{opens + timedelta(minutes=5):%Y-%m-%d %H:%M}")
    assert play.group.number == number + 1


# S0: a supportive set, with ideas after the questions if they are wanted

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


# S1: a monthly set, everyone presents in two waves


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


# S2: an equal share for each, one after another


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


# S4: two ground rules and a coach


def coached(play: Play) -> None:
    """A set of four with Zoe as its coach; Ana brings a problem."""
    founds(play, "two_rules", "bo", "cem", "dee", "zoe", coach="zoe")
    play.does("ana", "/als present").fills(issue="We lose every second tender")


def clarifies(play: Play) -> None:
    """On to clarifying the problem: each has chosen a leadership skill."""
    coached(play)
    for who in ("ana", "bo", "cem", "dee"):
        play.presses(who, "Choose a skill").fills(skill="listening")
    assert play.stage == "clarify_problem"


def agreeing(play: Play) -> None:
    clarifies(play)
    play.types("bo", "What do the lost ones have in common?")
    play.types("ana", "They were all large.")
    play.types("cem", "Who decides what we bid for?")
    play.types("ana", "Nobody, really.")
    play.presses("zoe", "Close the questions", on="Ana presents")
    assert play.stage == "agree_problem"


def states(play: Play, *people: str) -> None:
    for who in people:
        play.presses(who, "Say how you see it").fills(text=f"{who.capitalize()}: nobody chooses.")


def test_two_rules_as_the_method_tells_it(play: Play) -> None:
    # All six components are there, the coach too. The session opens with both rules.
    coached(play)
    assert "a statement only answers a question" in play.card("meeting")
    assert "the coach may step in at any time" in play.card("meeting")
    # Each chooses a leadership skill to practise.
    for who in ("ana", "bo", "cem", "dee"):
        play.presses(who, "Choose a skill").fills(skill="courage")
    # First, clarify the exact problem: questions, and statements that answer one.
    assert "A statement only answers a question" in play.card()
    play.types("bo", "What do the lost ones have in common?")
    play.types("cem", "They were all large ones.")
    assert play.sees("cem") == [], "anyone may answer"
    play.types("ana", "And all of them were abroad.")
    play.types("zoe", "I notice that we are very fast.")
    play.presses("zoe", "Close the questions", on="Ana presents")
    # All write the problem as they see it; it is revealed together, and agreed.
    states(play, "ana", "bo", "cem")
    assert all("nobody chooses" not in post for post in play.channel())
    states(play, "dee")
    assert play.card("problems").count("nobody chooses") == 4
    play.presses("ana", "This is it")
    # Only then reflect and find solutions, and then act.
    assert play.stage == "explore"
    play.types("dee", "What would we lose if we bid for fewer?")
    play.types("ana", "Perhaps only work.")
    play.presses("zoe", "Close the questions", on="Ana presents")
    play.presses("ana", "Add an action", on="[Finish]").fills(what="Choose the next tender")
    play.presses("dee", "Add an action", on="[Finish]").fills(what="List what we lost and why")
    play.presses("ana", "Finish")
    assert "List what we lost and why" in play.card()
    # Learning: of the individual, the team, the organisation; first alone, then together.
    looks_back(play, "ana", "bo", "cem", "dee")
    assert "talking about learning" in play.card("meeting")
    play.types("bo", "We are calmer when we ask.", thread="meeting")
    play.wind(days=1)
    assert play.meeting.over
    # Ideas are tested between the sessions: presenter and volunteer report back.
    next_meeting(play)
    for who in ("ana", "dee"):
        reports(play, who)
    assert len(play.cards("report")) == 2
    assert "which leadership skill" in play.card("meeting").lower()


def test_without_a_coach_the_method_is_refused(play: Play) -> None:
    play.does("ana", "/als set new").fills(people=["bo", "cem", "dee"], name="Four")
    for who in ("bo", "cem", "dee"):
        play.joins(who)
    refused = play.does("ana", "/als set format").fills(format="two_rules")
    assert refused.codes == ("needs_coach",)
    assert play.group.format.name == "one_problem"


def test_a_new_set_whose_method_needs_a_coach_names_one_first(play: Play) -> None:
    play.host.method = "two_rules"
    told = play.does("ana", "/als set new").fills(people=["bo", "cem", "dee", "zoe"], name="Five")
    assert "name one of them" in told.text
    assert play.presses("ana", "Name the coach").fills(people=["zoe"]).codes == ("not_in_the_set",)
    for who in ("bo", "cem", "dee", "zoe"):
        play.joins(who)
    assert play.presses("ana", "Name the coach").fills(people=["zoe"]).codes == ()
    play.presses("ana", "Present an issue").fills(issue="We lose every tender")
    assert play.meeting.stage is not None
    assert play.meeting.stage.name == "opening"


def test_when_the_coach_has_gone_no_session_opens(play: Play) -> None:
    founds(play, "two_rules", "bo", "cem", "dee", "zoe", coach="zoe")
    play.does("zoe", "/als set facilitator").fills()
    assert play.does("ana", "/als present").fills(issue="We lose").codes == ("needs_coach",)


def test_an_unprompted_statement_of_the_presenter_gets_a_private_note(play: Play) -> None:
    clarifies(play)
    play.types("ana", "Our prices are far too high.")
    note = play.sees("ana", "nudge")[-1]
    assert "Here a statement answers a question" in note
    play.types("bo", "Which prices do you mean?")
    play.types("ana", "Our prices for repairs are too high.")
    assert len(play.sees("ana", "nudge")) == 1, "this one answers a question"
    assert play.session.answered == 1


def test_an_edit_of_the_presenters_clears_their_note(play: Play) -> None:
    clarifies(play)
    message = play.types("ana", "Our prices are far too high.")
    play.edits(message, "Which of our prices do you know?")
    ana = PersonId(play.id_of("ana"))
    with play.store.reading() as tx:
        assert tx.contributions.unanswered_nudges(ana) == ()


def test_a_statement_of_a_member_is_fine_only_while_a_question_is_open(play: Play) -> None:
    clarifies(play)
    play.types("cem", "Our prices are far too high.")
    assert "Here a statement answers a question" in play.sees("cem", "nudge")[-1]
    play.types("bo", "What do the lost ones have in common?")
    play.types("dee", "Our prices are far too high.")
    assert play.sees("dee") == []


def test_anyone_may_ask_the_presenter_and_the_coach_too(play: Play) -> None:
    clarifies(play)
    play.types("ana", "What did you see in the last tender?")
    assert play.sees("ana", "nudge") == []
    play.types("bo", "Three pages on machines that nobody wanted.")
    assert play.sees("bo") == [], "it answers the presenter's question"
    play.types("zoe", "How are we working together?")
    play.types("ana", "We are too fast.")
    assert play.sees("ana", "nudge") == []


def test_the_coach_is_never_judged_and_may_stop_the_clock(play: Play) -> None:
    clarifies(play)
    for _ in range(6):
        play.types("zoe", ADVICE)
    assert play.sees("zoe", "nudge") == []
    assert play.id_of("zoe") not in play.session.counts
    play.does("zoe", "/als pause")
    assert "The clock is paused" in play.card()
    play.does("zoe", "/als resume")
    assert "The clock is paused" not in play.card()
    assert play.does("bo", "/als pause").codes == ("only_facilitator",)


def test_the_problem_is_private_until_all_have_said_it(play: Play) -> None:
    agreeing(play)
    states(play, "bo")
    for who in ("ana", "cem", "dee", "zoe"):
        assert all("Bo: nobody chooses" not in seen for seen in play.told(who))
    old = play.button("bo", "Say how you see it")
    form = play.presses("bo", old).form
    states(play, "ana", "cem", "dee")
    late = play.hands_in("bo", form, {"text": "Something else"})
    assert late.codes == ("problems_are_shown",)
    assert "Bo: nobody chooses" in play.card("problems"), "what was shown stays"


def test_who_says_nothing_does_not_hold_up_the_others(play: Play) -> None:
    agreeing(play)
    states(play, "ana", "bo")
    play.wind(days=1, minutes=10)
    assert play.card("problems").count("nobody chooses") == 2
    assert "Is this the problem?" in play.sees("ana", "agree_problem")[-1]
    play.wind(days=1, minutes=10)
    assert play.stage == "explore", "nothing stalls for ever"


def test_the_set_looks_once_more_at_most_once(play: Play) -> None:
    agreeing(play)
    first = play.button("dee", "Say how you see it")
    states(play, "ana", "bo", "cem", "dee")
    assert play.presses("bo", "This is it", on="Ana presents").codes == ("only_presenter",)
    play.presses("ana", "Look once more")
    assert play.presses("dee", first).codes == ("that_moment_has_passed",)
    states(play, "ana", "bo", "cem", "dee")
    assert not play.has_button("ana", "Look once more", on="You have looked twice")
    play.presses("ana", "This is it", on="You have looked twice")
    assert play.stage == "explore"


def test_who_commits_owes_a_report_and_nobody_else(play: Play) -> None:
    agreeing(play)
    states(play, "ana", "bo", "cem", "dee")
    play.presses("ana", "This is it")
    play.presses("zoe", "Close the questions", on="Ana presents")
    play.presses("dee", "Add an action", on="[Finish]").fills(what="List what we lost")
    assert play.presses("dee", "Finish").codes == ("only_presenter",)
    play.presses("ana", "Finish")
    looks_back(play, "ana", "bo", "cem", "dee")
    play.wind(days=1)
    assert play.group.owing == (play.id_of("dee"),)


def test_an_action_may_be_a_test_of_an_idea(play: Play) -> None:
    agreeing(play)
    states(play, "ana", "bo", "cem", "dee")
    play.presses("ana", "This is it")
    play.presses("zoe", "Close the questions", on="Ana presents")
    play.presses("ana", "Add an action", on="[Finish]").fills(what="Skip one tender")
    play.presses("ana", "Make it stronger").fills(kind="test", sign="Nobody misses it")
    assert play.action.kind == "test"


# A method of one's own: Kollegiale Beratung, a file and words alone


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


def test_who_is_late_with_their_view_of_the_problem_is_added_and_said_so(play: Play) -> None:
    agreeing(play)
    states(play, "ana", "bo", "cem")
    play.wind(days=1, minutes=10)
    assert "Bo: nobody chooses" in play.card("problems")
    assert "(came later)" not in play.card("problems")
    play.presses("dee", "Say how you see it", on="Ana presents").fills(text="Nobody decides")
    assert "Nobody decides" in play.card("problems")
    assert "(came later)" in play.card("problems")
    assert not play.has_button("dee", "Say how you see it", on="Ana presents")
