"""What a set has agreed on, as scripts: its rules in each thread, its size, its facilitation."""

from __future__ import annotations

from tests.bot.plays.steps import founds
from tests.play import Play

AGREED = "As we agreed: what is said here stays among us"
OWN = "We say when we are tired."


def words_of(play: Play, who: str) -> str:
    """All that the join form says to this person."""
    form = play.presses(who, "Join").form
    return "\n".join(getattr(field, "text", "") for field in form.fields)


# Ground rules


def test_the_first_post_in_a_thread_reminds_of_what_was_agreed(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set rules").fills(rules=OWN)
    [questions] = play.cards("stage_opens")
    assert AGREED in questions
    assert OWN not in questions, "it was posted before"
    play.presses("ana", "Close the questions")
    assert len(play.cards("stage_opens")) == 2
    assert AGREED not in play.cards("stage_opens")[-1], "once a session"


def test_own_rules_are_shown_again_at_each_session(play: Play) -> None:
    play.closes_with("Listen")
    play.does("ana", "/als set rules").fills(rules=OWN)
    play.wind(days=14)
    play.presses("ana", "Report back").fills()
    play.presses("bo", "Present an issue", on="your turn").fills(issue="Nobody reads", more="yes")
    assert not any(AGREED in post for post in play.cards("stage_opens")[2:]), "Bo has the word"
    play.presses("bo", "Open the questions")
    questions = play.cards("stage_opens")[-1]
    assert AGREED in questions
    assert f"And our own rules:\n{OWN}" in questions


def test_two_rules_pushes_no_further_norms_and_asks_what_would_help(play: Play) -> None:
    founds(play, "two_rules", "bo", "cem", "dee", "eve", coach="eve")
    play.does("eve", "/als set rules").fills(rules=OWN)
    play.does("ana", "/als set invite").fills(people=["fay"])
    words = words_of(play, "fay")
    assert "stays among us" in words
    assert "You may pass, and decline any question." in words
    assert "A statement only answers a question" in words
    assert OWN in words, "what the set gave itself is its own"
    assert "Advice waits" not in words
    assert "something to try" not in words
    play.does("ana", "/als present").fills(issue="My team is silent")
    assert "what would help us work well together?" in play.card("stage_opens")
    assert "what would help us work well together?" in play.card("meeting")
    for who in ("ana", "bo", "cem", "dee"):
        play.presses(who, "Choose a skill").fills(skill="patience")
    assert play.stage == "clarify_problem"
    assert not any(AGREED in post for post in play.cards("stage_opens"))


# Sizes and warnings


def test_the_host_of_a_small_set_hears_of_it_once_for_each_size(play: Play) -> None:
    play.closes_with("Listen")
    assert play.told("ana", "set_is_small") == [], "a first session does not begin with a warning"
    play.wind(days=15)
    [told] = play.told("ana", "set_is_small")
    assert "4 who take turns; 5 or more work well" in told
    play.wind(days=28)
    assert play.group.number > 2
    assert len(play.told("ana", "set_is_small")) == 1
    play.does("dee", "/als set leave")
    play.presses("dee", "Leave the set")
    play.wind(days=20)
    assert "3 who take turns" in play.told("ana", "set_is_small")[-1]


def test_choosing_a_method_says_when_the_set_is_small_for_it(play: Play) -> None:
    founds(play, "one_problem", "bo", "cem")
    assert "You are 3; 5 or more is a good size" in play.told("ana", "format_chosen")[-1]
    play.does("ana", "/als set invite").fills(people=["dee", "eve"])
    chosen = play.does("ana", "/als set format").fills(format="one_problem")
    assert "good size" not in chosen.text, "who is invited is counted"


def test_two_rules_reminds_that_the_group_be_diverse(play: Play) -> None:
    founds(play, "two_rules", "bo", "cem", "dee", "eve", coach="eve")
    assert "people who see things differently" in play.told("eve", "format_chosen")[-1]
    chosen = play.does("eve", "/als set format").fills(format="one_problem")
    assert "people who see things differently" not in chosen.text


def test_a_programme_with_fewer_sessions_than_members_says_so(play: Play) -> None:
    play.begins()
    short = play.does("ana", "/als set calendar").fills(meetings="3")
    assert "fewer than you are: 4 would give each a turn" in short.text
    chosen = play.does("ana", "/als set format").fills(format="one_problem")
    assert "With 3 meetings in all, not everyone gets a turn; 4 would" in chosen.text
    enough = play.does("ana", "/als set calendar").fills(meetings="4")
    assert "would give each a turn" not in enough.text
    play.does("ana", "/als set calendar").fills(meetings="3", days="42")
    everyone = play.does("ana", "/als set format").fills(format="equal_share")
    assert everyone.codes == ()
    assert "not everyone gets a turn" not in everyone.text, "everyone presents at every meeting"


# Facilitation


def test_the_set_votes_to_go_on_with_a_rotating_host(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set facilitator").fills(people=["dee"])
    asked = play.does("bo", "/als set facilitator")
    assert asked.form.name == "propose", "Bo has no power to name one"
    asked.fills()
    card = play.card("proposal")
    assert "we go on by ourselves" in card
    assert "1 of 4 do so far" in card
    assert "Bo" not in card
    old = play.button("cem", "I agree")
    play.presses("ana", "I agree")
    play.wind(minutes=2)
    assert "2 of 4 do so far" in play.card("proposal")
    assert play.group.facilitator == play.id_of("dee")
    play.presses("cem", "I agree")
    play.wind(minutes=2)
    assert "Agreed: we go on by ourselves" in play.card("proposal")
    assert not play.has_button("dee", "I agree"), "the same card, edited in place"
    assert len(play.cards("proposal")) == 1
    assert play.group.facilitator is None
    assert play.group.rotate
    assert play.session.facilitator is None, "the running session hears of it"
    assert play.presses("dee", old).codes == ("proposal_is_settled",)


def test_most_members_appoint_a_facilitator(play: Play) -> None:
    play.begins()
    play.does("bo", "/als set facilitator").fills(people=["cem"])
    assert "One of us proposes that Cem facilitates" in play.card("proposal")
    play.presses("dee", "I agree")
    play.presses("cem", "I agree")
    play.wind(minutes=2)
    assert "Agreed: Cem facilitates from now on" in play.card("proposal")
    assert "You now facilitate" in play.told("cem", "you_facilitate")[-1]
    assert play.session.facilitator == play.id_of("cem")


def test_a_proposal_that_half_do_not_want_is_closed(play: Play) -> None:
    play.begins()
    play.does("bo", "/als set facilitator").fills(people=["bo"])
    play.presses("ana", "Not now")
    play.presses("cem", "Not now")
    play.wind(minutes=2)
    assert "Not now, say half of us or more" in play.card("proposal")
    assert play.group.facilitator is None
    play.does("bo", "/als set facilitator").fills(people=["dee"])
    play.wind(days=15)
    assert "it has lapsed" in play.card("proposal")
    assert play.does("zoe", "/als set facilitator").codes == ("members_only",)


# Guests

SEVERAL = "People of more than one organisation are here."


def test_a_guest_of_another_organisation_takes_part_like_anybody(play: Play) -> None:
    play.guests = {"dee"}
    play.does("ana", "/als present").fills(people=["bo", "cem", "dee"], issue="They are silent")
    assert SEVERAL in words_of(play, "bo")
    for who in ("bo", "cem", "dee"):
        play.joins(who)
    assert "Members: Ana, Bo, Cem, Dee (guest)" in play.does("ana", "/als set members").text
    play.types("dee", "What have you tried so far?")
    assert play.session.counts == {play.id_of("dee"): 1}
    play.does("dee", "/als set invite").fills(people=["eve"])
    assert "Invited: Eve" in play.does("bo", "/als set members").text
    play.guests = set()
    play.does("dee", "/als status")
    assert "(guest)" not in play.does("ana", "/als set members").text, "as the platform has it now"


def test_who_joins_as_a_guest_is_told_too_and_nobody_else_without_one(play: Play) -> None:
    play.does("ana", "/als present").fills(people=["bo"], issue="They are silent")
    assert SEVERAL not in words_of(play, "bo")
    play.guests = {"bo"}
    assert SEVERAL in words_of(play, "bo")
