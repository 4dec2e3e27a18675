"""Answers find their questions; a stage ends early, late or not at all.

Scripts of what people do and see, as in test_play_one_problem.
"""

from __future__ import annotations

from datetime import timedelta

from tests.bot.plays.steps import MONTH, TOUCHED, TRIED
from tests.play import Play

# Answers


def test_a_typed_answer_finds_the_only_open_question(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
    play.types("ana", "Mostly emails.")
    assert "Questions that wait" not in play.card()
    assert play.session.answered == 1


def test_a_typed_answer_finds_the_question_that_it_quotes(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
    second = play.types("cem", TOUCHED)
    play.types("ana", "Two neighbouring teams.", quoting=second)
    assert TRIED in play.card()
    assert TOUCHED not in play.card()


def test_a_typed_answer_finds_the_quoted_post_of_ours(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
    play.presses("cem", "Ask a question").fills(text=TOUCHED)
    [posted] = [p.id for p in play.platform.posts.values() if p.card and p.card.name == "said"]
    play.types("ana", "Two neighbouring teams.", quoting=posted)
    assert TOUCHED not in play.card()


def test_with_several_open_the_presenter_alone_is_asked_which(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
    play.types("cem", TOUCHED)
    play.types("ana", "Mostly emails.")
    assert "Which was that for?" in play.sees("ana")[-1]
    assert play.session.answered == 0
    play.presses("ana", "This one", beside=TOUCHED)
    assert TOUCHED not in play.card()
    play.types("dee", MONTH)
    play.types("ana", "It is all one thing.")
    play.presses("ana", "All of them")
    assert play.session.answered == 3
    assert play.session.open == ()


def test_none_of_them_leaves_the_questions_open(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
    play.types("cem", TOUCHED)
    play.types("ana", "Good morning to you all, I am reading.")
    play.presses("ana", "None of them")
    assert len(play.session.open) == 2


def test_park_decline_and_landed_each_close_a_question(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
    play.types("cem", TOUCHED)
    play.types("dee", MONTH)
    play.presses("ana", "Park", beside=TRIED)
    play.presses("ana", "Decline", beside=TOUCHED)
    play.presses("ana", "This one landed", beside=MONTH)
    assert "Questions that wait" not in play.card()


def test_at_most_three_open_questions_are_shown(play: Play) -> None:
    play.begins()
    for n in range(3):
        play.types("bo", f"What about chapter {n} matters to you most?")
        play.types("cem", f"Who would notice chapter {n} first?")
    assert play.card().count("[Answer]") == 3
    assert "3 more wait." in play.card()


def test_only_the_presenter_answers(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
    for label in ("Answer", "Park", "Decline", "This one landed"):
        assert play.presses("cem", label).codes == ("only_presenter",)
    assert TRIED in play.card()


def test_a_deleted_question_is_withdrawn_and_a_deleted_answer_opens_its_question_again(
    play: Play,
) -> None:
    play.begins()
    question = play.types("bo", TRIED)
    play.types("cem", TOUCHED)
    play.deletes(question)
    assert TRIED not in play.card()
    assert "1 of 3 done" in play.card()
    answer = play.types("ana", "Two neighbours.")
    assert TOUCHED not in play.card()
    play.deletes(answer)
    assert f"Cem: {TOUCHED}" in play.card()


# Done, early finish, quorum


def test_pass_and_thinking_are_seen_as_numbers_only(play: Play) -> None:
    play.begins()
    play.presses("bo", "👀 Thinking")
    assert "0 of 3 done · 1 👀" in play.card()
    play.presses("bo", "Pass")
    assert "1 of 3 done" in play.card()
    assert "Bo" not in play.card()
    play.types("cem", "nothing from me")
    assert "2 of 3 done" in play.card()


def test_it_finishes_early_when_the_presenter_confirms(play: Play) -> None:
    play.begins(helpers=("bo", "cem"))
    play.types("bo", TRIED)
    play.types("ana", "Mostly emails.")
    play.types("cem", TOUCHED)
    play.types("ana", "Two neighbours.")
    play.presses("ana", "Close the questions", on="Everyone has had their say")
    assert play.stage == "actions"


def test_it_finishes_early_by_itself_after_four_working_hours_of_thinking(play: Play) -> None:
    play.begins(helpers=("bo", "cem"))
    play.types("bo", TRIED)
    play.types("ana", "Mostly emails.")
    play.types("cem", TOUCHED)
    play.types("ana", "Two neighbours.")
    play.wind(hours=3, minutes=55)
    assert play.stage == "questions"
    play.wind(minutes=10)
    assert play.stage == "actions"


def test_a_new_question_stops_the_early_finish(play: Play) -> None:
    play.begins(helpers=("bo", "cem"))
    play.types("bo", TRIED)
    play.types("ana", "Mostly emails.")
    play.types("cem", TOUCHED)
    play.types("ana", "Two neighbours.")
    play.wind(hours=2)
    play.types("bo", "What would your team say?")
    play.wind(hours=3)
    assert play.stage == "questions"


def test_under_quorum_is_extended_once_then_people_decide_then_it_goes_on(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
    play.wind(to="2026-03-04 09:10")
    assert play.stage == "questions"
    assert "one more working day" in play.card("extended")
    play.wind(to="2026-03-05 09:10")
    assert play.stage == "questions"
    assert "Fewer than two people have asked" in play.sees("ana", "decide_quorum")[-1]
    play.wind(to="2026-03-06 09:10")
    assert play.stage == "actions"
    assert len(play.cards("extended")) == 1


def test_under_quorum_the_host_may_go_on_at_once(play: Play) -> None:
    play.begins()
    play.wind(to="2026-03-05 09:10")
    play.presses("ana", "Go on", on="Fewer than two people have asked")
    assert play.stage == "actions"


def test_pause_and_resume_keep_the_remaining_working_time(play: Play) -> None:
    play.begins()
    closes = play.session.closes
    play.wind(hours=2)
    play.does("ana", "/als pause")
    assert "The clock is paused" in play.card()
    play.wind(days=2)
    assert play.stage == "questions"
    resumed_at = play.clock.at
    play.presses("ana", "Go on")
    assert play.session.closes is not None
    assert closes is not None
    # Paused on Monday at 11:08 and resumed two days later: the rest is as long as it was.
    moved = play.session.closes - closes
    assert abs(moved - timedelta(days=2)) < timedelta(minutes=5), resumed_at


def test_a_pause_with_a_date_goes_on_by_itself(play: Play) -> None:
    play.begins()
    play.does("ana", "/als pause 2026-03-11")
    play.wind(to="2026-03-10 17:00")
    assert "The clock is paused" in play.card()
    play.wind(to="2026-03-11 09:05")
    assert "The clock is paused" not in play.card()


def test_after_an_extension_the_old_timer_is_silent(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
    play.types("cem", TOUCHED)
    play.does("ana", "/als extend")
    play.wind(to="2026-03-04 16:00")
    assert play.stage == "questions"
    assert play.does("ana", "/als extend").codes == ("extended_once",)
    play.wind(to="2026-03-05 09:10")
    assert play.stage == "actions"
