"""The questions-only rule: nudges, tips and their ladder, and sets that hold questions back.

Scripts of what people do and see, as in test_play_one_problem.
"""

from __future__ import annotations

import pytest

from tests.bot.plays.steps import ADVICE, MONTH, TOUCHED, TRIED
from tests.play import Play

# The questions-only rule


def test_an_edit_that_makes_it_a_question_clears_the_nudge(play: Play) -> None:
    play.begins()
    message = play.types("cem", ADVICE)
    assert "1 of 3 done" not in play.card()
    play.edits(message, TOUCHED)
    assert "1 of 3 done" in play.card()
    assert f"Cem: {TOUCHED}" in play.card()
    play.wind(days=1)
    assert all("There's an idea in there" not in card for card in play.sees("cem")[1:])


def test_an_edit_that_makes_it_advice_takes_the_question_back(play: Play) -> None:
    play.begins()
    message = play.types("cem", TOUCHED)
    play.edits(message, ADVICE)
    assert "0 of 3 done" in play.card()
    assert "There's an idea in there" in play.sees("cem")[-1]


def test_the_ladder_in_full_then_one_line_then_none(play: Play) -> None:
    play.begins()
    for _ in range(4):
        play.types("cem", ADVICE)
    full, brief = play.sees("cem", "nudge")
    assert "You can edit your message" in full
    assert "You can edit your message" not in brief
    assert len(play.cards("stage_opens")) == 1


def test_when_several_drift_one_unnamed_question_is_put_to_all(play: Play) -> None:
    play.begins()
    play.types("bo", ADVICE)
    play.types("cem", ADVICE)
    assert all("What do we notice" not in post for post in play.channel())
    play.types("dee", ADVICE)
    play.types("dee", ADVICE)
    [noticing] = play.cards("noticing")
    assert "What do we notice about our questions so far?" in noticing
    assert not any(name in noticing for name in ("Bo", "Cem", "Dee"))


def test_a_short_sympathetic_remark_gets_no_nudge(play: Play) -> None:
    play.begins()
    play.types("cem", "that's a really tough one ❤️")
    assert play.sees("cem") == []
    assert "0 of 3 done" in play.card()


def test_it_is_a_question_counts(play: Play) -> None:
    play.begins()
    play.types("cem", ADVICE)
    counted = play.presses("cem", "It is a question")
    assert "counts as a question now" in counted.text
    assert "1 of 3 done" in play.card()
    assert play.session.insisted == 1
    again = play.presses("cem", play.button("cem", "It is a question"))
    assert again.codes == ("already_done",)


def test_show_me_a_wording_posts_it_and_asks_to_delete_the_first(play: Play) -> None:
    play.begins()
    play.types("cem", "Have you tried talking to her?")
    form = play.presses("cem", "Show me a wording")
    assert {getattr(f, "value", "") for f in form.form.fields} >= {"What have you tried so far?"}
    posted = form.fills(text="What have you tried with her?")
    assert "Please delete your first message" in posted.text
    assert "Cem asks\nCem: What have you tried with her?" in play.card("said")
    assert "1 of 3 done" in play.card()


def test_a_wording_that_is_still_advice_comes_back_with_its_words(play: Play) -> None:
    play.begins()
    play.types("cem", ADVICE)
    kept = play.presses("cem", "Show me a wording").fills(text="You must talk to Helen today.")
    assert kept.codes == ("still_not_a_question",)
    assert "You must talk to Helen today." in kept.text


def test_what_is_kept_for_later_reaches_the_presenter_after_the_session(play: Play) -> None:
    play.begins()
    play.types("cem", ADVICE)
    assert "until you delete it" in play.presses("cem", "Keep for later").text
    play.types("bo", TRIED)
    play.types("dee", MONTH)
    assert play.told("ana", "kept_for_you") == []
    play.presses("ana", "Close the questions")
    play.presses("ana", "Add an action").fills(what="Listen")
    play.presses("ana", "Finish")
    assert "1 thought was kept" in play.told("ana", "kept_for_you")[-1]
    shown = play.presses("ana", "Show me")
    assert f"Cem: {ADVICE}" in shown.text


def test_leave_it_changes_nothing_and_the_nudge_is_not_offered_again(play: Play) -> None:
    play.begins()
    play.types("cem", ADVICE)
    play.presses("cem", "Leave it")
    play.presses("cem", "Pass")
    play.wind(days=1)
    assert len(play.sees("cem", "nudge")) == 1
    assert play.sees("cem", "digest") == []


def test_a_nudge_not_acted_on_is_offered_once_more_in_the_next_digest(play: Play) -> None:
    play.begins()
    play.types("cem", ADVICE)
    play.wind(to="2026-03-03 09:05")
    [digest] = play.sees("cem", "digest")
    assert ADVICE in digest
    assert "Leave it" in digest


def test_a_question_by_form_that_advises_is_posted_and_can_be_taken_back(play: Play) -> None:
    play.begins()
    play.presses("cem", "Ask a question").fills(text=ADVICE)
    assert f"Cem: {ADVICE}" in play.card("said")
    assert "I have posted this for you" in play.told("cem", "nudge")[-1]
    play.presses("cem", "Take it back")
    assert ADVICE not in play.card("said")
    assert "no longer kept" in play.card("said")


def test_another_wording_of_what_the_bot_posted_is_changed_in_place(play: Play) -> None:
    play.begins()
    play.presses("cem", "Ask a question").fills(text=ADVICE)
    play.presses("cem", "Show me a wording").fills(text=TOUCHED)
    assert play.cards("said") == [f"Cem asks\nCem: {TOUCHED}"]
    assert "1 of 3 done" in play.card()


def test_thanks_handed_in_by_form_are_posted_and_not_counted(play: Play) -> None:
    play.begins()
    play.presses("cem", "Ask a question").fills(text="Thanks, Ana!")
    assert "Thanks, Ana!" in play.card("said")
    assert "0 of 3 done" in play.card()


def test_a_tip_comes_once_in_a_round_and_can_be_switched_off(play: Play) -> None:
    play.begins()
    play.types("cem", "Why did you wait so long?")
    play.types("cem", "Why did you say nothing?")
    assert len(play.sees("cem", "tip")) == 1
    assert "1 of 3 done" in play.card()
    play.types("bo", "Why did you stop asking?")
    play.presses("bo", "No more tips")
    assert play.host.store.maintenance.counts()["person"] == 4


def test_a_fourth_question_is_not_counted(play: Play) -> None:
    play.begins()
    for _ in range(3):
        play.types("bo", TRIED)
    play.types("bo", TRIED)
    assert "You have asked your 3 questions" in play.sees("bo")[-1]
    assert "1 more" not in play.card()
    refused = play.presses("bo", "Ask a question").fills(text="And what else is there?")
    assert refused.codes == ("quota_reached",)
    assert "And what else is there?" in refused.text


def test_a_tip_is_not_offered_again_in_the_digest(play: Play) -> None:
    play.begins()
    play.types("cem", "Why did you wait so long?")
    assert len(play.sees("cem", "tip")) == 1
    play.wind(to="2026-03-03 09:05")
    assert play.sees("cem", "digest") == []


def test_a_nudge_edited_into_thanks_is_cleared(play: Play) -> None:
    play.begins()
    message = play.types("cem", ADVICE)
    play.edits(message, "Thanks!")
    play.wind(to="2026-03-03 09:05")
    [digest] = play.sees("cem", "digest")
    assert "There's an idea in there" not in digest
    assert "Thanks!" not in digest


# Strict sets


def test_a_set_made_by_command_stands_in_the_channel(play: Play) -> None:
    made = play.does("ana", "/als set new").fills(people=["bo", "cem"], name="The night shift")
    assert "The people you chose are invited" in made.text
    assert "1 member so far" in play.card("set")
    play.joins("bo")
    assert "2 members so far" in play.card("set")
    assert play.does("cem", "/als set new").codes == ("place_has_set",)


@pytest.fixture
def strict(play: Play) -> Play:
    form = play.does("ana", "/als set new")
    form.fills(people=["bo", "cem", "dee"], name="The night shift", strict="yes")
    for who in ("bo", "cem", "dee"):
        play.joins(who)
    play.does("bo", "/als present").fills(issue="Nobody tells me anything")
    assert play.stage == "questions"
    return play


def test_strict_a_question_that_nobody_let_through_comes_back_to_its_author(strict: Play) -> None:
    strict.presses("cem", "Ask a question").fills(text=ADVICE)
    strict.presses("cem", "Post it anyway")
    strict.presses("ana", "Close the questions")
    told = strict.sees("cem", "not_let_through")[-1]
    assert "Nothing is lost" in told
    assert ADVICE in told
    strict.presses("cem", "Keep for later", on="Nothing is lost")
    assert strict.session.kept == 1


def test_strict_a_held_question_is_let_through_by_the_host(strict: Play) -> None:
    strict.presses("cem", "Ask a question").fills(text=ADVICE)
    assert not any(ADVICE in post for post in strict.channel())
    waits = strict.presses("cem", "Post it anyway")
    assert "shown it to the facilitator" in waits.text
    assert not any(ADVICE in post for post in strict.channel())
    assert ADVICE in strict.sees("ana", "held_for_you")[-1]
    strict.presses("ana", "Let it through")
    assert f"Cem: {ADVICE}" in strict.card("said")
    assert "1 of 3 done" in strict.card()


def test_strict_a_held_question_comes_once_more_in_the_digest(strict: Play) -> None:
    strict.presses("cem", "Ask a question").fills(text=ADVICE)
    strict.wind(to="2026-03-03 09:05")
    [digest] = strict.sees("cem", "digest")
    assert "Nobody has seen yours" in digest
    assert "[Post it anyway]" in digest.replace("] [", "]\n[")


def test_strict_a_fine_question_is_posted_at_once(strict: Play) -> None:
    strict.presses("cem", "Ask a question").fills(text=TOUCHED)
    assert f"Cem: {TOUCHED}" in strict.card("said")


def test_strict_a_held_question_can_be_worded_anew(strict: Play) -> None:
    strict.presses("cem", "Ask a question").fills(text=ADVICE)
    strict.presses("cem", "Show me a wording").fills(text=TOUCHED)
    assert strict.cards("said") == [f"Cem asks\nCem: {TOUCHED}"]
    assert not any(ADVICE in post for post in strict.channel())


def test_strict_nobody_but_the_host_lets_it_through(strict: Play) -> None:
    strict.presses("cem", "Ask a question").fills(text=ADVICE)
    strict.presses("cem", "Post it anyway")
    button = strict.button("ana", "Let it through")
    assert strict.presses("dee", button).codes == ("only_facilitator",)
    assert not any(ADVICE in post for post in strict.channel())
