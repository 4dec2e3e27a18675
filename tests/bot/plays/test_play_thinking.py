"""Questions that are offered and never pushed: on one's own issue, on how the set works."""

from __future__ import annotations

from bot.method.question_bank import bank
from tests.bot.plays.steps import founds
from tests.play import Play

PART = "How I answer his emails, and whether I visit."
MATTERS = "The audit comes in May."


# Thinking an issue through


def test_an_issue_may_be_thought_through_and_it_stays_private(play: Play) -> None:
    play.begins()
    assert play.stage == "questions", "nothing waits for it"
    opened = play.presses("ana", "Think it through", on="Your issue is up")
    assert all(not getattr(f, "required", False) for f in opened.form.fields)
    kept = opened.fills(influence=PART, matters=MATTERS, known="no")
    assert "Only you can read it." in kept.text
    assert "asking them first" not in kept.text
    play.wind(minutes=2)
    assert not any(PART in post or MATTERS in post for post in play.channel())
    again = play.presses("ana", "Think it through").form
    assert any(getattr(f, "value", "") == PART for f in again.fields), "nothing is lost"
    text = play.does("ana", "/als export session md").text
    assert PART in text


def test_the_presenter_may_share_it_and_take_it_back(play: Play) -> None:
    play.begins()
    play.presses("ana", "Think it through").fills(influence=PART, known="perhaps", share="yes")
    play.wind(minutes=2)
    card = play.card("intake")
    assert "Ana has thought it through" in card
    assert f"Which part of this can you influence?: {PART}" in card
    assert "Does somebody already know the answer?: yes, perhaps" in card
    play.presses("ana", "Think it through").fills(share="")
    play.wind(minutes=2)
    assert PART not in play.card("intake")
    assert len(play.cards("intake")) == 1, "edited in place"


def test_what_was_shared_is_erased_with_its_author(play: Play) -> None:
    play.begins()
    play.presses("ana", "Think it through").fills(influence=PART, share="yes")
    play.wind(minutes=2)
    play.does("ana", "/als forget everything")
    play.presses("ana", "Erase my words")
    play.wind(minutes=2)
    assert not any(PART in post for post in play.channel())


def test_if_somebody_knows_the_answer_asking_them_is_suggested(play: Play) -> None:
    play.begins()
    kept = play.presses("ana", "Think it through").fills(known="perhaps")
    assert "asking them first is often the shorter way" in kept.text
    play.presses("ana", "Go on with the set")
    assert play.stage == "questions", "nothing has changed"
    play.presses("ana", "Take the issue back", on="asking them first")
    play.presses("ana", "Take it back")
    assert play.session.over


def test_only_the_presenter_thinks_it_through_and_not_after_the_end(play: Play) -> None:
    play.begins()
    button = play.button("ana", "Think it through")
    assert play.presses("bo", button).codes == ("only_presenter",)
    form = play.presses("ana", button).form
    assert play.hands_in("ana", form, {}).codes == ("nothing_written",)
    play.does("ana", "/als withdraw")
    play.presses("ana", "Take it back")
    late = play.hands_in("ana", form, {"influence": PART})
    assert late.codes == ("session_is_over",)
    assert PART in late.text, "nothing is lost"


def test_an_issue_that_was_kept_for_its_turn_can_be_thought_through_too(play: Play) -> None:
    play.reaches_actions()
    play.does("bo", "/als present").fills(issue="Nobody reads my reports")
    play.presses("ana", "Add an action").fills(what="Listen")
    play.presses("ana", "Finish")
    for who in ("ana", "bo", "cem", "dee"):
        play.presses(who, "Look back").fills(self="I like to solve.")
    play.wind(days=10)
    assert play.stage == "questions"
    assert play.session.presenter == play.id_of("bo")
    play.does("bo", "/als status")
    play.presses("bo", "Think it through").fills(influence=PART)
    assert "Think it through" not in play.does("bo", "/als status").text
    assert "Think it through" not in play.does("cem", "/als status").text


def test_the_bank_helps_and_never_with_the_same_question(play: Play) -> None:
    play.begins()
    seen: list[str] = []
    texts = {item.text: item for item in bank("en")}
    for _ in range(6):
        form = play.presses("ana", "Think it through").form
        shown = "\n".join(getattr(f, "text", "") for f in form.fields)
        seen += [text for text in texts if text in shown]
    assert seen
    assert len(seen) == len(set(seen))
    assert {texts[text].category for text in seen} == {"intake"}
    labels = {getattr(f, "label", "") for f in form.fields}
    assert labels.isdisjoint(seen)
    assert "Which part of this can you influence yourself?" not in seen, "the form asks that"


# A question on how the set works


def test_whoever_facilitates_may_ask_how_the_set_works(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set facilitator").fills(people=["dee"])
    asks = {item.text for item in bank("en") if item.category == "facilitator"}
    status = play.does("dee", "/als status").text
    [first] = [text for text in asks if text in status]
    assert not any(first in post for post in play.channel()), "the person presses send"
    assert "You could ask" not in play.does("ana", "/als status").text, "the host does not"
    old = play.button("dee", "Ask this in the thread")
    play.presses("dee", "Ask this in the thread")
    play.wind(minutes=2)
    assert f"From Dee\nDee: {first}" in play.card("said")
    assert play.session.open == (), "the presenter need not answer it"
    assert play.presses("dee", old).codes == ("already_done",)
    seen = {first}
    for _ in range(len(asks) - 1):
        status = play.does("dee", "/als status").text
        [other] = [text for text in asks if text in status]
        assert other not in seen, "never the same twice in a session"
        seen.add(other)
        play.presses("dee", "Ask this in the thread")
    assert seen == asks
    assert "You could ask" not in play.does("dee", "/als status").text


def test_such_a_button_is_the_facilitators_and_of_its_stage(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set facilitator").fills(people=["dee"])
    play.does("dee", "/als status")
    button = play.button("dee", "Ask this in the thread")
    assert play.presses("bo", button).codes == ("only_who_facilitates",)
    play.presses("ana", "Close the questions")
    assert play.presses("dee", button).codes == ("that_moment_has_passed",)
    play.does("dee", "/als status")
    play.presses("dee", "Ask this in the thread")
    play.wind(minutes=2)
    assert "From Dee" in play.card("said"), "also where nothing is judged"


def test_where_statements_answer_questions_the_set_may_answer_the_coach(play: Play) -> None:
    founds(play, "two_rules", "bo", "cem", "dee", "eve", coach="eve")
    play.does("ana", "/als present").fills(issue="My team is silent")
    for who in ("ana", "bo", "cem", "dee"):
        play.presses(who, "Choose a skill").fills(skill="patience")
    assert play.stage == "clarify_problem"
    play.does("eve", "/als status")
    play.presses("eve", "Ask this in the thread")
    play.wind(minutes=2)
    assert "Eve asks" in play.card("said")
    play.types("bo", "We listen well today, I think.")
    assert play.sees("bo", "nudge") == [], "it answers an open question"
