"""The default format, lived through: from set-up to the second meeting's report back.

Each play is a script of what people do and see (tests/play.py). What is asserted is what stands
on cards; the core's own state is looked at only where nobody could see it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.method.terms import Place
from tests.play import NAME, Play

ADVICE = "You should just talk to them."
BOS_QUESTION = "What have you tried so far?"
CEMS_QUESTION = "Who else is touched by this?"
DEES_QUESTION = "How would you like this to look in a month?"


def dm(play: Play, who: str) -> Place:
    return Place(NAME, play.installation, f"@{who}")


# The whole of it


def test_from_set_up_to_the_second_meetings_report_back(play: Play) -> None:
    # Monday. Bare /als says what this is, in three lines and two buttons.
    hello = play.does("ana", "/als")
    assert "Bring a real problem" in hello.text
    assert hello.text.count("[") == 2

    # One form makes the set: the issue, who helps, the support wanted.
    form = play.does("ana", "/als present")
    presented = form.fills(
        people=["bo", "cem", "dee"],
        issue="My team has stopped talking to me",
        detail="Since I was promoted in May.",
    )
    assert "Questions open when 2 more have joined" in presented.text
    assert "Invited: Bo, Cem, Dee" in play.card("invitation")

    # Joining shows the ground rules and is the assent. Three are enough to begin.
    rules = play.presses("bo", "Join")
    assert "confidential" in rules.form.fields[0].text  # type: ignore[union-attr]
    assert "We begin when 1 more has joined" in rules.fills().text
    assert play.stage == ""
    assert "open for questions" in play.joins("cem").text
    play.joins("dee")
    assert "Now: questions" in play.card()
    assert "0 of 3 done" in play.card()

    # Bo asks, Cem advises and is coached in private, Dee thinks and then passes.
    play.types("bo", BOS_QUESTION)
    assert play.sees("bo") == []
    advice = play.types("cem", ADVICE)
    [nudge] = play.sees("cem")
    assert nudge.startswith("Only you can see this\nYou can edit your message")
    assert "What question might lead them there?" in nudge
    play.edits(advice, CEMS_QUESTION)
    assert "reads as a question now" in play.sees("cem")[-1]
    assert "2 of 3 done" in play.card()
    play.presses("dee", "👀 Thinking")
    assert "2 of 3 done · 1 👀" in play.card()
    play.presses("dee", "Pass")
    assert "3 of 3 done" in play.card()
    assert "👀" not in play.card().split("[")[0]

    # Ana answers one by form, the last one by typing. Then everybody is done.
    play.presses("ana", "Answer", beside=BOS_QUESTION).fills(text="Mostly emails.")
    assert "Ana answers" in play.card("said")
    play.types("ana", "Two neighbouring teams.")
    assert "Questions that wait" not in play.card()
    assert "Everyone has had their say" in play.sees("ana")[-1]
    play.presses("ana", "Close the questions")
    assert "Now: actions" in play.card()

    # She commits to something, by the day before the next report back.
    kept = play.presses("ana", "Add an action").fills(what="Walk with Helen and only listen")
    assert "By Friday 13 March" in kept.text
    stronger = play.presses("ana", "Make it stronger").fills(obstacle="I talk when I am nervous")
    assert "Kept" in stronger.text
    play.presses("ana", "Finish")
    assert "by Friday 13 March: Walk with Helen and only listen" in play.card()
    assert "Ana has chosen what to do next" in play.card()

    # Looking back closes the first meeting, and says when the next one opens.
    for who in ("ana", "bo", "cem"):
        play.presses(who, "Look back").fills(self="I wanted to solve it.")
    assert "before we part" in play.card("meeting").lower()
    play.presses("dee", "Pass")
    assert "Next meeting opens: Mon 16 Mar 09:00" in play.card("meeting")
    assert "Next turn: Bo" in play.card("meeting")

    # Half-way, privately, als asks how it goes; nobody else hears of it.
    before = {who: len(play.sees(who)) for who in ("bo", "cem", "dee")}
    play.wind(to="2026-03-09 09:30")
    assert "Half-way there" in play.sees("ana")[-1]
    assert "Walk with Helen" not in play.platform.delivered[-1].card.summary
    assert {who: len(play.sees(who)) for who in ("bo", "cem", "dee")} == before
    play.presses("ana", "Partly").fills(
        happened="We walked once.", learned="I was guarding myself, not her."
    )

    # The second meeting begins with reporting back, prefilled with what she said.
    play.wind(to="2026-03-16 09:05")
    assert "Meeting 2" in play.card("meeting")
    assert "what became of the actions" in play.card("meeting")
    report = play.presses("ana", "Report back")
    filled = {getattr(f, "name", ""): getattr(f, "value", "") for f in report.form.fields}
    assert "partly" in filled.values()
    assert "We walked once." in filled.values()
    assert filled["learned"] == "I was guarding myself, not her."
    report.fills()
    assert "Ana reports back" in play.card("report")
    assert "How it went: Partly" in play.card("report")
    assert "What I learned: I was guarding myself, not her." in play.card("report")

    # And now it is Bo's turn.
    assert "It is Bo's turn to bring an issue" in play.card()
    assert "It is your turn" in play.sees("bo", "your_part")[-1]
    play.presses("bo", "Present an issue").fills(issue="Two shift leads no longer talk")
    assert "Now: questions" in play.card()


def test_it_goes_on_by_the_clock_alone(play: Play) -> None:
    """Nobody presses anything after the questions: each stage ends at its own instant."""
    play.begins()
    play.types("bo", BOS_QUESTION)
    play.types("cem", CEMS_QUESTION)
    play.wind(to="2026-03-04 09:10")
    assert play.stage == "actions"
    play.wind(to="2026-03-05 09:10")
    assert "The time for actions is over" in play.card()
    assert play.meeting.stage is not None
    play.wind(to="2026-03-06 09:10")
    assert play.meeting.over
    play.wind(to="2026-03-16 09:05")
    assert "It is Bo's turn" in play.card()


# The questions-only rule


def test_an_edit_that_makes_it_a_question_clears_the_nudge(play: Play) -> None:
    play.begins()
    message = play.types("cem", ADVICE)
    assert "1 of 3 done" not in play.card()
    play.edits(message, CEMS_QUESTION)
    assert "1 of 3 done" in play.card()
    assert f"Cem: {CEMS_QUESTION}" in play.card()
    play.wind(days=1)
    assert all("There's an idea in there" not in card for card in play.sees("cem")[1:])


def test_an_edit_that_makes_it_advice_takes_the_question_back(play: Play) -> None:
    play.begins()
    message = play.types("cem", CEMS_QUESTION)
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
    play.types("bo", BOS_QUESTION)
    play.types("dee", DEES_QUESTION)
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
    play.presses("cem", "Show me a wording").fills(text=CEMS_QUESTION)
    assert play.cards("said") == [f"Cem asks\nCem: {CEMS_QUESTION}"]
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
        play.types("bo", BOS_QUESTION)
    play.types("bo", BOS_QUESTION)
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
    strict.presses("cem", "Ask a question").fills(text=CEMS_QUESTION)
    assert f"Cem: {CEMS_QUESTION}" in strict.card("said")


def test_strict_a_held_question_can_be_worded_anew(strict: Play) -> None:
    strict.presses("cem", "Ask a question").fills(text=ADVICE)
    strict.presses("cem", "Show me a wording").fills(text=CEMS_QUESTION)
    assert strict.cards("said") == [f"Cem asks\nCem: {CEMS_QUESTION}"]
    assert not any(ADVICE in post for post in strict.channel())


def test_strict_nobody_but_the_host_lets_it_through(strict: Play) -> None:
    strict.presses("cem", "Ask a question").fills(text=ADVICE)
    strict.presses("cem", "Post it anyway")
    button = strict.button("ana", "Let it through")
    assert strict.presses("dee", button).codes == ("only_facilitator",)
    assert not any(ADVICE in post for post in strict.channel())


# Answers


def test_a_typed_answer_finds_the_only_open_question(play: Play) -> None:
    play.begins()
    play.types("bo", BOS_QUESTION)
    play.types("ana", "Mostly emails.")
    assert "Questions that wait" not in play.card()
    assert play.session.answered == 1


def test_a_typed_answer_finds_the_question_that_it_quotes(play: Play) -> None:
    play.begins()
    play.types("bo", BOS_QUESTION)
    second = play.types("cem", CEMS_QUESTION)
    play.types("ana", "Two neighbouring teams.", quoting=second)
    assert BOS_QUESTION in play.card()
    assert CEMS_QUESTION not in play.card()


def test_a_typed_answer_finds_the_quoted_post_of_ours(play: Play) -> None:
    play.begins()
    play.types("bo", BOS_QUESTION)
    play.presses("cem", "Ask a question").fills(text=CEMS_QUESTION)
    [posted] = [p.id for p in play.platform.posts.values() if p.card and p.card.name == "said"]
    play.types("ana", "Two neighbouring teams.", quoting=posted)
    assert CEMS_QUESTION not in play.card()


def test_with_several_open_the_presenter_alone_is_asked_which(play: Play) -> None:
    play.begins()
    play.types("bo", BOS_QUESTION)
    play.types("cem", CEMS_QUESTION)
    play.types("ana", "Mostly emails.")
    assert "Which was that for?" in play.sees("ana")[-1]
    assert play.session.answered == 0
    play.presses("ana", "This one", beside=CEMS_QUESTION)
    assert CEMS_QUESTION not in play.card()
    play.types("dee", DEES_QUESTION)
    play.types("ana", "It is all one thing.")
    play.presses("ana", "All of them")
    assert play.session.answered == 3
    assert play.session.open == ()


def test_none_of_them_leaves_the_questions_open(play: Play) -> None:
    play.begins()
    play.types("bo", BOS_QUESTION)
    play.types("cem", CEMS_QUESTION)
    play.types("ana", "Good morning to you all, I am reading.")
    play.presses("ana", "None of them")
    assert len(play.session.open) == 2


def test_park_decline_and_landed_each_close_a_question(play: Play) -> None:
    play.begins()
    play.types("bo", BOS_QUESTION)
    play.types("cem", CEMS_QUESTION)
    play.types("dee", DEES_QUESTION)
    play.presses("ana", "Park", beside=BOS_QUESTION)
    play.presses("ana", "Decline", beside=CEMS_QUESTION)
    play.presses("ana", "This one landed", beside=DEES_QUESTION)
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
    play.types("bo", BOS_QUESTION)
    for label in ("Answer", "Park", "Decline", "This one landed"):
        assert play.presses("cem", label).codes == ("only_presenter",)
    assert BOS_QUESTION in play.card()


def test_a_deleted_question_is_withdrawn_and_a_deleted_answer_opens_its_question_again(
    play: Play,
) -> None:
    play.begins()
    question = play.types("bo", BOS_QUESTION)
    play.types("cem", CEMS_QUESTION)
    play.deletes(question)
    assert BOS_QUESTION not in play.card()
    assert "1 of 3 done" in play.card()
    answer = play.types("ana", "Two neighbours.")
    assert CEMS_QUESTION not in play.card()
    play.deletes(answer)
    assert f"Cem: {CEMS_QUESTION}" in play.card()


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
    play.types("bo", BOS_QUESTION)
    play.types("ana", "Mostly emails.")
    play.types("cem", CEMS_QUESTION)
    play.types("ana", "Two neighbours.")
    play.presses("ana", "Close the questions", on="Everyone has had their say")
    assert play.stage == "actions"


def test_it_finishes_early_by_itself_after_four_working_hours_of_thinking(play: Play) -> None:
    play.begins(helpers=("bo", "cem"))
    play.types("bo", BOS_QUESTION)
    play.types("ana", "Mostly emails.")
    play.types("cem", CEMS_QUESTION)
    play.types("ana", "Two neighbours.")
    play.wind(hours=3, minutes=55)
    assert play.stage == "questions"
    play.wind(minutes=10)
    assert play.stage == "actions"


def test_a_new_question_stops_the_early_finish(play: Play) -> None:
    play.begins(helpers=("bo", "cem"))
    play.types("bo", BOS_QUESTION)
    play.types("ana", "Mostly emails.")
    play.types("cem", CEMS_QUESTION)
    play.types("ana", "Two neighbours.")
    play.wind(hours=2)
    play.types("bo", "What would your team say?")
    play.wind(hours=3)
    assert play.stage == "questions"


def test_under_quorum_is_extended_once_then_people_decide_then_it_goes_on(play: Play) -> None:
    play.begins()
    play.types("bo", BOS_QUESTION)
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
    play.types("bo", BOS_QUESTION)
    play.types("cem", CEMS_QUESTION)
    play.does("ana", "/als extend")
    play.wind(to="2026-03-04 16:00")
    assert play.stage == "questions"
    assert play.does("ana", "/als extend").codes == ("extended_once",)
    play.wind(to="2026-03-05 09:10")
    assert play.stage == "actions"


# People come, go and hand over


def test_the_presenter_withdraws_and_owes_no_reason(play: Play) -> None:
    play.begins()
    play.types("bo", BOS_QUESTION)
    play.does("ana", "/als withdraw")
    assert play.stage == "questions"
    play.presses("ana", "Take it back")
    assert "has taken the issue back" in play.card()
    assert play.meeting.over
    assert play.does("bo", "/als ask What now?").codes == ("no_session",)


def test_the_presenter_leaves_and_the_issue_is_gone(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set leave")
    left = play.presses("ana", "Leave the set")
    assert "erased" in left.text
    assert "My team has stopped" not in play.card()
    assert play.meeting.over
    assert play.group.host == play.id_of("bo")


def test_a_member_who_leaves_takes_their_words_along(play: Play) -> None:
    play.begins()
    play.presses("bo", "Ask a question").fills(text=BOS_QUESTION)
    play.types("cem", CEMS_QUESTION)
    play.does("bo", "/als set leave")
    play.presses("bo", "Leave the set")
    play.wind(minutes=1)
    assert all(BOS_QUESTION not in post for post in play.channel())
    assert CEMS_QUESTION in play.card()
    assert "1 of 2 done" in play.card()


def test_what_a_leaver_reported_and_reflected_is_redrawn_without_it(play: Play) -> None:
    play.closes_with("Walk with Helen")
    play.wind(to="2026-03-16 09:05")
    play.presses("ana", "Report back").fills(learned="Silence was mine.")
    assert "Silence was mine." in play.card("report")
    play.does("ana", "/als set leave")
    play.presses("ana", "Leave the set")
    play.wind(minutes=1)
    assert all("Silence was mine." not in post for post in play.channel())
    assert all("Walk with Helen" not in post for post in play.channel())
    assert "nothing to report" not in play.card("report")


def test_a_member_who_is_away_is_not_waited_for(play: Play) -> None:
    play.begins(helpers=("bo", "cem", "dee"))
    play.does("dee", "/als settings").fills(away_from="2026-03-02", away_until="2026-03-06")
    play.types("bo", BOS_QUESTION)
    play.types("cem", CEMS_QUESTION)
    play.presses("ana", "Park", beside=BOS_QUESTION)
    play.presses("ana", "Park", beside=CEMS_QUESTION)
    assert "Everyone has had their say" in play.told("ana", "everyone_done")[-1]
    play.wind(to="2026-03-06 17:00")
    assert play.sees("dee") == []


def test_when_the_host_leaves_the_next_member_hosts(play: Play) -> None:
    play.begins(presenter="ana")
    play.does("ana", "/als set leave")
    play.presses("ana", "Leave the set")
    assert "Host: Bo" in play.does("cem", "/als set members").text


def test_a_facilitator_is_named_and_hands_over(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set facilitator").fills(people=["bo"])
    assert "You now facilitate" in play.sees("bo")[-1]
    assert "0 of 2 done" in play.card()
    play.types("bo", ADVICE)
    assert play.sees("bo", "nudge") == []
    assert play.does("ana", "/als extend").codes == ("only_facilitator",)
    play.does("bo", "/als extend")
    assert play.session.extended
    play.does("bo", "/als set facilitator").fills(people=["cem"])
    assert play.does("bo", "/als pause").codes == ("only_facilitator",)
    assert "Facilitator: Cem" in play.does("dee", "/als set members").text


def test_the_facilitator_may_write_by_form_too(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set facilitator").fills(people=["bo"])
    play.does("bo", "/als ask How well are we working, from one to ten?")
    assert "How well are we working" in play.card("said")


def test_an_outsider_is_told_once_and_nothing_is_kept(play: Play) -> None:
    play.begins()
    before = play.store.maintenance.counts()
    play.types("zoe", "What would your mother say?")
    play.types("zoe", "Hello?")
    [told] = play.sees("zoe")
    assert "belongs to a small learning set" in told
    after = play.store.maintenance.counts()
    assert after["contribution"] == before["contribution"]
    assert after["words"] == before["words"]
    assert "0 of 3 done" in play.card()


def test_who_was_not_invited_asks_the_host(play: Play) -> None:
    play.begins()
    refused = play.presses("zoe", "Ask a question")
    assert refused.codes == ("not_invited",)
    assert "Zoe would like to join" in play.sees("ana")[-1]
    play.presses("ana", "Invite them")
    assert "open for questions" in play.joins("zoe").text
    assert "0 of 4 done" in play.card()


# Late, stale, double


def test_a_stale_press_changes_nothing(play: Play) -> None:
    play.begins()
    passing = play.button("bo", "Pass")
    play.types("bo", BOS_QUESTION)
    play.types("cem", CEMS_QUESTION)
    closing = play.button("ana", "Close the questions")
    play.presses("ana", closing)
    before = play.session
    assert play.presses("bo", passing).codes == ("that_moment_has_passed",)
    assert play.presses("ana", closing).codes == ("that_moment_has_passed",)
    assert play.session == before
    assert play.stage == "actions"


def test_the_same_press_delivered_twice_is_one_press(play: Play) -> None:
    play.begins()
    play.presses("bo", "👀 Thinking")
    nonce = f"n{next(play._nonces)}"
    play._nonce = lambda: nonce  # type: ignore[method-assign]
    button = play.button("bo", "👀 Thinking")
    play.presses("bo", button)
    assert play.presses("bo", button).codes == ("seen_before",)
    assert "👀" not in play.card().split("[")[0]


def test_a_form_handed_in_twice_counts_once(play: Play) -> None:
    play.begins()
    form = play.presses("bo", "Ask a question")
    form.fills(text=BOS_QUESTION)
    assert form.fills(text=BOS_QUESTION).codes == ("seen_before",)
    assert len(play.cards("said")) == 1


def test_a_form_of_an_earlier_stage_gives_the_words_back(play: Play) -> None:
    play.begins()
    form = play.presses("bo", "Ask a question")
    play.presses("ana", "Close the questions")
    late = form.fills(text=BOS_QUESTION)
    assert late.codes == ("that_moment_has_passed",)
    assert BOS_QUESTION in late.text


def test_asking_outside_the_round_is_refused_with_the_words(play: Play) -> None:
    play.begins()
    play.presses("ana", "Close the questions")
    refused = play.does("bo", f"/als ask {BOS_QUESTION}")
    assert refused.codes == ("not_in_this_stage",)
    assert BOS_QUESTION in refused.text


def test_a_deleted_answer_does_not_bring_back_a_question_that_was_deleted_too(play: Play) -> None:
    play.begins()
    question = play.types("bo", BOS_QUESTION)
    answer = play.types("ana", "Two neighbours.")
    play.deletes(question)
    play.deletes(answer)
    assert play.session.open == ()
    assert "no longer kept" not in play.card()


def test_a_message_deleted_before_it_arrives_is_never_kept(play: Play) -> None:
    play.begins()
    message = play.platform.person_writes(play.thread(), BOS_QUESTION, "bo")
    play.deletes(message)
    play._typed("bo", message)
    assert BOS_QUESTION not in play.card()
    assert play.store.maintenance.counts()["contribution"] == 0


def test_an_edit_that_arrives_twice_and_an_older_one_change_nothing(play: Play) -> None:
    play.begins()
    message = play.types("cem", ADVICE)
    play.wind(minutes=5)
    older = play.clock.at - timedelta(minutes=30)
    play.edits(message, CEMS_QUESTION, edition="2")
    play.edits(message, CEMS_QUESTION, edition="2")
    play.edits(message, ADVICE, edition="1", at=older)
    assert f"Cem: {CEMS_QUESTION}" in play.card()
    assert "1 of 3 done" in play.card()


# The calendar


def test_presenting_in_someone_elses_turn_queues_and_says_when(play: Play) -> None:
    play.begins()
    queued = play.does("cem", "/als present").fills(issue="Nobody reads my reports")
    assert "You are next" in queued.text
    assert "Opens about" in queued.text
    assert "Now: questions" in play.card()
    play.wind(to="2026-03-16 09:10")
    assert play.meeting.over
    play.wind(to="2026-03-17 09:10")
    assert "Cem: Nobody reads my reports" in play.card()


def test_the_next_meeting_does_not_open_before_there_was_time_to_act(play: Play) -> None:
    play.closes_with("Walk with Helen")
    opens = play.group.earliest
    queued = play.does("cem", "/als present").fills(issue="Nobody reads my reports")
    assert "Mon 09 Mar" in queued.text or "Tue 10 Mar" in queued.text
    assert play.meeting.over
    assert opens is not None
    play.wind(to=f"{opens:%Y-%m-%d %H:%M}")
    play.wind(minutes=1)
    assert "Meeting 2" in play.card("meeting")
    # Five working days lie between Monday's close and the next report back.
    assert opens.isoweekday() in (1, 2)


def test_a_report_not_given_is_carried_over_and_never_blocks(play: Play) -> None:
    play.closes_with("Walk with Helen")
    play.wind(to="2026-03-16 09:05")
    assert play.meeting.stage is not None
    play.wind(to="2026-03-16 13:30")
    assert "It is Bo's turn" in play.card()
    assert play.group.owing == (play.id_of("ana"),)
    play.presses("bo", "Present an issue").fills(issue="Two shift leads no longer talk")
    play.does("bo", "/als withdraw")
    play.presses("bo", "Take it back")
    assert play.meeting.over
    assert play.group.owing == (play.id_of("ana"),)


def test_a_report_typed_in_the_thread_counts_when_they_say_so(play: Play) -> None:
    play.closes_with("Walk with Helen")
    play.wind(to="2026-03-16 09:05")
    play.types("ana", "We walked, and it helped.", thread="meeting")
    assert "Was that your report back?" in play.sees("ana")[-1]
    play.presses("ana", "That was it")
    assert "It is Bo's turn" in play.card()


# Check-ins


@pytest.fixture
def acting(play: Play) -> Play:
    """Ana has an action by Friday 13 March."""
    return play.closes_with("Walk with Helen", due="2026-03-13")


def test_check_ins_come_half_way_on_the_day_and_two_and_five_days_after(play: Play) -> None:
    play.closes_with("Walk with Helen", due="2026-03-05")
    heard = {}
    for day in ("03-03", "03-04", "03-05", "03-06", "03-09", "03-10", "03-11", "03-12", "03-13"):
        before = len(play.sees("ana"))
        play.wind(to=f"2026-{day} 17:00")
        new = play.sees("ana")[before:]
        if new:
            heard[day] = new[0].splitlines()[1]
        assert len(new) <= 1
    assert heard == {
        "03-05": "**Today is the day you chose.** How did it go, and what did you learn?",
        "03-09": heard["03-09"],
        "03-12": heard["03-12"],
    }
    assert "A couple of days on" in heard["03-09"]
    assert "I'll stop asking after this" in heard["03-12"]


def test_each_check_in_asks_what_was_learned(acting: Play) -> None:
    acting.wind(to="2026-03-16 08:00")
    assert all("learn" in card for card in acting.sees("ana", "digest"))


def test_done_settles_it_and_nothing_more_is_asked(acting: Play) -> None:
    acting.wind(to="2026-03-13 10:00")
    asked = len(acting.sees("ana", "digest"))
    acting.presses("ana", "Done").fills(learned="She was waiting for me.")
    acting.wind(to="2026-03-16 08:59")
    assert len(acting.sees("ana", "digest")) == asked


def test_changed_my_mind_is_as_good_an_outcome(acting: Play) -> None:
    said = acting.does("ana", "/als changed")
    assert "Thank you for telling" in said.text
    assert acting.action.settled


def test_snoozing_puts_off_this_one_only(acting: Play) -> None:
    acting.wind(to="2026-03-09 10:00")
    assert "Half-way" in acting.sees("ana")[-1]
    later = acting.presses("ana", "Ask me later").fills(until="2026-03-11")
    assert "Wednesday 11 March" in later.text
    acting.wind(to="2026-03-10 17:00")
    assert len(acting.sees("ana", "digest")) == 1
    acting.wind(to="2026-03-11 09:10")
    assert "Half-way" in acting.sees("ana", "digest")[-1]
    acting.wind(to="2026-03-13 09:10")
    assert "Today is the day" in acting.sees("ana", "digest")[-1]


def test_who_has_opted_out_is_not_asked(acting: Play) -> None:
    acting.does("ana", "/als settings").fills(nudges="no")
    acting.wind(to="2026-03-16 08:59")
    assert acting.sees("ana", "digest") == []


def test_a_pause_with_a_date_holds_nudges_back_until_then(acting: Play) -> None:
    acting.does("ana", "/als settings").fills(paused_until="2026-03-12")
    acting.wind(to="2026-03-12 23:00")
    assert acting.sees("ana", "digest") == []
    acting.wind(to="2026-03-13 09:10")
    assert "Today is the day" in acting.sees("ana", "digest")[-1]
    assert len(acting.sees("ana", "digest")) == 1


def test_nothing_comes_on_a_public_holiday_of_the_chosen_country(play: Play) -> None:
    """Good Friday is 3 April in 2026, Easter Monday the 6th."""
    play.wind(to="2026-03-23 09:00")
    play.does("ana", "/als present").fills(people=["bo", "cem"], issue="It is all too much")
    play.does("ana", "/als settings").fills(country="GB-ENG")
    play.joins("bo")
    play.joins("cem")
    play.presses("ana", "Close the questions")
    play.presses("ana", "Add an action").fills(what="Rest", due="2026-04-03")
    play.presses("ana", "Finish")
    play.wind(to="2026-04-03 23:00")
    days = {d.card.name: play.clock.at for d in play.platform.delivered if d.to}
    assert days
    good_friday = [p for p in play.platform.posts.values() if p.to == "ana" and p.at.day == 3]
    assert good_friday == []


def test_two_sets_make_one_digest_a_day(play: Play) -> None:
    play.begins(presenter="bo", helpers=("ana", "cem"))
    play.place = Place(NAME, play.installation, "C2")
    play.does("dee", "/als present").fills(people=["ana", "eve"], issue="Too many meetings")
    play.presses("ana", "Join", on="Dee").fills()
    play.presses("eve", "Join", on="Dee").fills()
    play.wind(to="2026-03-03 12:00")
    [digest] = play.sees("ana", "digest")
    assert "Bo would value a question" in digest
    assert "Dee would value a question" in digest


def test_quiet_hours_are_each_persons_own(play: Play) -> None:
    play.zones = {"cem": "Asia/Kolkata", "dee": "America/Los_Angeles"}
    play.begins()
    play.wind(to="2026-03-04 17:00")
    for who, first, last in (("cem", 3.5, 11.5), ("dee", 17, 25)):
        for post in play.platform.posts.values():
            if post.to == who and post.kind == "dm":
                hour = post.at.hour + post.at.minute / 60
                assert first <= hour <= last, (who, post.at)


def test_the_learning_log_is_private(play: Play) -> None:
    play.begins()
    assert "still empty" in play.does("ana", "/als log").text
    play.presses("ana", "Add a line").fills(text="I ask too late.")
    assert "I ask too late." in play.does("ana", "/als log").text
    assert "I ask too late." not in play.does("bo", "/als log").text
    assert all("I ask too late." not in post for post in play.channel())


def test_a_reflection_stays_private_unless_it_is_shared(play: Play) -> None:
    play.reaches_actions()
    play.presses("ana", "Add an action").fills(what="Listen")
    play.presses("ana", "Finish")
    play.presses("bo", "Look back").fills(self="I like to solve.")
    assert all("I like to solve." not in post for post in play.channel())
    play.presses("cem", "Look back").fills(group="We waited for each other.", share="yes")
    assert "We waited for each other." in play.card("reflection")


def test_no_action_is_a_result_too(play: Play) -> None:
    play.reaches_actions()
    play.presses("ana", "Finish").fills(reason="I need to sleep on it.")
    assert "no action for now" in play.card()
    assert all("sleep on it" not in post for post in play.channel())


def test_an_edit_that_overtakes_its_message_is_the_message(play: Play) -> None:
    play.begins()
    thread = play.thread()
    first = play.platform.person_writes(thread, ADVICE, "cem")
    play.edits(first, CEMS_QUESTION)
    play.platform.posts[first].text = ADVICE
    play._typed("cem", first)
    assert "1 of 3 done" in play.card()
    assert CEMS_QUESTION in play.card()
    gone = play.platform.person_writes(thread, BOS_QUESTION, "bo")
    play.deletes(gone)
    play._typed("bo", gone)
    assert "1 of 3 done" in play.card()
