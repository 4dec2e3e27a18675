"""Two rules and a coach, lived through, and what is special in them.

Scripts of what people do and see, as in test_play_one_problem.
"""

from __future__ import annotations

from bot.method.terms import PersonId
from tests.bot.plays.steps import (
    ADVICE,
    coached,
    founds,
    looks_back,
    next_meeting,
    reports,
)
from tests.play import Play


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
