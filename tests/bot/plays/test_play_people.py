"""People come, go and hand over; what they send late, twice or out of order.

Scripts of what people do and see, as in test_play_one_problem.
"""

from __future__ import annotations

from datetime import timedelta

from tests.bot.plays.steps import ADVICE, TOUCHED, TRIED
from tests.play import Play

# People come, go and hand over


def test_the_presenter_withdraws_and_owes_no_reason(play: Play) -> None:
    play.begins()
    play.types("bo", TRIED)
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
    play.presses("bo", "Ask a question").fills(text=TRIED)
    play.types("cem", TOUCHED)
    play.does("bo", "/als set leave")
    play.presses("bo", "Leave the set")
    play.wind(minutes=1)
    assert all(TRIED not in post for post in play.channel())
    assert TOUCHED in play.card()
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
    play.types("bo", TRIED)
    play.types("cem", TOUCHED)
    play.presses("ana", "Park", beside=TRIED)
    play.presses("ana", "Park", beside=TOUCHED)
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
    play.types("bo", TRIED)
    play.types("cem", TOUCHED)
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
    form.fills(text=TRIED)
    assert form.fills(text=TRIED).codes == ("seen_before",)
    assert len(play.cards("said")) == 1


def test_a_form_of_an_earlier_stage_gives_the_words_back(play: Play) -> None:
    play.begins()
    form = play.presses("bo", "Ask a question")
    play.presses("ana", "Close the questions")
    late = form.fills(text=TRIED)
    assert late.codes == ("that_moment_has_passed",)
    assert TRIED in late.text


def test_asking_outside_the_round_is_refused_with_the_words(play: Play) -> None:
    play.begins()
    play.presses("ana", "Close the questions")
    refused = play.does("bo", f"/als ask {TRIED}")
    assert refused.codes == ("not_in_this_stage",)
    assert TRIED in refused.text


def test_a_deleted_answer_does_not_bring_back_a_question_that_was_deleted_too(play: Play) -> None:
    play.begins()
    question = play.types("bo", TRIED)
    answer = play.types("ana", "Two neighbours.")
    play.deletes(question)
    play.deletes(answer)
    assert play.session.open == ()
    assert "no longer kept" not in play.card()


def test_a_message_deleted_before_it_arrives_is_never_kept(play: Play) -> None:
    play.begins()
    message = play.platform.person_writes(play.thread(), TRIED, "bo")
    play.deletes(message)
    play._typed("bo", message)
    assert TRIED not in play.card()
    assert play.store.maintenance.counts()["contribution"] == 0


def test_an_edit_that_arrives_twice_and_an_older_one_change_nothing(play: Play) -> None:
    play.begins()
    message = play.types("cem", ADVICE)
    play.wind(minutes=5)
    older = play.clock.at - timedelta(minutes=30)
    play.edits(message, TOUCHED, edition="2")
    play.edits(message, TOUCHED, edition="2")
    play.edits(message, ADVICE, edition="1", at=older)
    assert f"Cem: {TOUCHED}" in play.card()
    assert "1 of 3 done" in play.card()


def test_an_edit_that_overtakes_its_message_is_the_message(play: Play) -> None:
    play.begins()
    thread = play.thread()
    first = play.platform.person_writes(thread, ADVICE, "cem")
    play.edits(first, TOUCHED)
    play.platform.posts[first].text = ADVICE
    play._typed("cem", first)
    assert "1 of 3 done" in play.card()
    assert TOUCHED in play.card()
    gone = play.platform.person_writes(thread, TRIED, "bo")
    play.deletes(gone)
    play._typed("bo", gone)
    assert "1 of 3 done" in play.card()
