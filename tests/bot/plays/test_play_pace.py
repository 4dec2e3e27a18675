"""Two things a set may choose for itself: to meet live, and a sealed first wave (method.md §3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.play import Play

TRIED = "What have you tried so far?"
TOUCHED = "Who else is touched by this?"
MONTH = "How would you like this to look in a month?"
ADVICE = "You should just talk to them."


def chooses(play: Play, **ticked: str) -> None:
    """Ana begins a set with two others, chooses how it works, and presents."""
    play.does("ana", "/als set new").fills(people=["bo", "cem"], name="The night shift")
    play.joins("bo")
    play.joins("cem")
    assert play.does("ana", "/als set format").fills(**ticked).codes == ()


def seals(play: Play, **ticked: str) -> None:
    """A set whose first questions are handed in unseen; Ana presents."""
    chooses(play, sealed="yes", **ticked)
    play.does("ana", "/als present").fills(issue="My team is silent")
    assert play.stage == "questions"


def asks(play: Play, who: str, text: str) -> None:
    """Hand a question in with the button."""
    play.presses(who, "Ask a question").fills(text=text)


def brings_in(play: Play, who: str) -> None:
    """One more member."""
    play.does("ana", "/als set invite").fills(people=[who])
    play.joins(who)


def stands(play: Play, card: str) -> bool:
    """Whether such a card stands in the channel."""
    return any(p.card and p.card.name == card for p in play.platform.posts.values())


def everything(play: Play, *but: str) -> str:
    """All that anybody but these has been shown so far."""
    shown = [d.card for d in play.platform.delivered if not d.to or d.to.address.user not in but]
    return repr(shown)


# The sealed first wave


def test_first_questions_are_unseen_until_half_then_shown_together(play: Play) -> None:
    seals(play)
    assert "Hand in your first questions for Ana with the button" in play.card()
    assert "First questions are shown" in play.card()
    asks(play, "bo", TRIED)
    assert "nobody else reads it" in play.told("bo")[-1].lower()
    assert TRIED not in everything(play, "bo"), "readable by nobody else"
    assert "1 of 2 done" in play.card()
    assert play.session.open == ()
    # At half of the window they are shown, as one card with names.
    assert play.session.reveals is not None
    play.wind(to=f"{play.session.reveals + timedelta(minutes=1):%Y-%m-%d %H:%M}")
    [wave] = play.cards("wave")
    assert "Bo: What have you tried so far?" in wave
    assert play.session.reveals is None
    assert [q.by for q in play.session.open] == [play.id_of("bo")]
    assert play.button("ana", "Answer", beside=TRIED)


def test_once_everyone_is_done_nobody_waits_for_the_clock(play: Play) -> None:
    seals(play)
    asks(play, "bo", TRIED)
    asks(play, "bo", TOUCHED)
    play.presses("cem", "Pass")
    [wave] = play.cards("wave")
    assert TRIED in wave
    assert TOUCHED in wave
    assert len(play.session.open) == 2


def test_a_third_is_for_after_the_wave_and_comes_back(play: Play) -> None:
    seals(play)
    asks(play, "bo", TRIED)
    asks(play, "bo", TOUCHED)
    third = play.presses("bo", "Ask a question").fills(text=MONTH)
    assert third.codes == ("sealed_reached",)
    assert MONTH in third.text, "nothing is lost"


def test_what_is_handed_in_may_be_changed_or_taken_back(play: Play) -> None:
    seals(play)
    asks(play, "bo", TRIED)
    form = play.presses("bo", "Change it", on=TRIED)
    form.fills(text=TOUCHED)
    asks(play, "cem", MONTH)
    [wave] = play.cards("wave")
    assert TOUCHED in wave
    assert TRIED not in wave


def test_a_question_that_is_taken_back_was_never_there(play: Play) -> None:
    seals(play)
    asks(play, "bo", TRIED)
    play.presses("bo", "Take it back", on=TRIED)
    assert play.session.sealed == ()
    assert "0 of 2 done" in play.card()
    play.presses("bo", "Pass")
    play.presses("cem", "Pass")
    assert not stands(play, "wave")
    assert TRIED not in everything(play, "bo")


def test_what_is_no_question_comes_back_unseen(play: Play) -> None:
    seals(play)
    asks(play, "bo", ADVICE)
    assert "Nobody has seen it" in play.told("bo")[-1]
    assert not play.has_button("bo", "Post it anyway")
    play.presses("bo", "It is a question", on=ADVICE)
    assert len(play.session.sealed) == 1
    assert play.session.insisted == 1
    assert ADVICE not in everything(play, "bo")
    play.presses("cem", "Pass")
    assert ADVICE in play.cards("wave")[0]


def test_a_wording_offered_in_the_wave_stays_unseen(play: Play) -> None:
    seals(play)
    asks(play, "bo", "Have you tried talking to them?")
    play.presses("bo", "Show me a wording").fills(text=TRIED)
    assert len(play.session.sealed) == 1
    assert TRIED not in everything(play, "bo")


def test_in_a_strict_set_the_facilitator_reads_nothing_before_the_reveal(play: Play) -> None:
    seals(play, strict="yes")
    asks(play, "bo", ADVICE)
    assert not play.has_button("bo", "Post it anyway")
    assert not play.has_button("bo", "It is a question")
    assert ADVICE not in everything(play, "bo")


def test_a_leavers_questions_are_withdrawn(play: Play) -> None:
    seals(play)
    brings_in(play, "dee")
    asks(play, "bo", TRIED)
    asks(play, "cem", TOUCHED)
    play.does("bo", "/als set leave")
    play.presses("bo", "Leave the set")
    play.presses("dee", "Pass")
    [wave] = play.cards("wave")
    assert TOUCHED in wave
    assert TRIED not in wave


def test_a_stage_that_ends_early_shows_them_first(play: Play) -> None:
    seals(play)
    asks(play, "bo", TRIED)
    play.presses("ana", "Close the questions")
    assert TRIED in play.cards("wave")[0]
    assert play.stage == "actions"


def test_a_withdrawn_issue_shows_nothing(play: Play) -> None:
    seals(play)
    asks(play, "bo", TRIED)
    play.does("ana", "/als withdraw")
    play.presses("ana", "Take it back")
    assert not stands(play, "wave")
    assert TRIED not in everything(play, "bo")


def test_a_typed_question_counts_and_its_author_is_told_once(play: Play) -> None:
    seals(play)
    play.types("bo", TRIED)
    assert "handed in unseen" in play.sees("bo")[-1]
    assert len(play.session.open) == 1
    told = len(play.sees("bo"))
    play.types("bo", TOUCHED)
    assert len(play.sees("bo")) == told


def test_what_comes_after_the_wave_says_so_while_the_stage_runs(play: Play) -> None:
    seals(play)
    asks(play, "bo", TRIED)
    play.presses("cem", "Pass")
    asks(play, "bo", MONTH)
    assert "(came later)" in play.cards("said")[-1]


def test_a_pause_keeps_the_waves_half(play: Play) -> None:
    seals(play)
    before, closes = play.session.reveals, play.session.closes
    assert before is not None
    assert closes is not None
    play.does("ana", "/als pause")
    play.wind(days=1)
    assert not stands(play, "wave")
    play.does("ana", "/als resume")
    after = play.session.reveals
    assert after is not None
    assert after > before
    assert play.session.closes is not None
    assert after < play.session.closes


# Meeting live


def test_a_set_that_meets_live_counts_minutes(play: Play) -> None:
    chooses(play, live="yes")
    assert "questions: 20 minutes" in play.told("ana", "format_chosen")[-1]
    play.does("ana", "/als present").fills(issue="My team is silent")
    opened, closes = play.session.opened, play.session.closes
    assert opened is not None
    assert closes is not None
    assert closes - opened == timedelta(minutes=20)
    tried, touched = play.types("bo", TRIED), play.types("cem", TOUCHED)
    play.types("ana", "A list, and a talk.", quoting=tried)
    play.types("ana", "Two night nurses.", quoting=touched)
    assert "in a few minutes" in play.sees("ana", "everyone_done")[-1]
    play.wind(minutes=6)
    assert play.stage == "actions"
    play.presses("ana", "Add an action", on="[Finish]").fills(what="Listen to one of them")
    play.presses("ana", "Finish")
    assert play.meeting.stage is not None
    play.wind(minutes=15)
    assert play.meeting.over


def test_live_nobody_is_nudged(play: Play) -> None:
    chooses(play, live="yes")
    play.does("ana", "/als present").fills(issue="My team is silent")
    play.wind(minutes=60)
    assert play.sees("bo", "last_call") == []
    play.wind(days=1)
    assert [t for t in play.sees("bo", "digest") if "session" in t] == []


def test_live_under_quorum_there_is_a_little_more_time(play: Play) -> None:
    chooses(play, live="yes")
    play.does("ana", "/als present").fills(issue="My team is silent")
    play.wind(minutes=21)
    assert play.session.extended
    assert "a little more time" in play.cards("extended")[-1]
    play.wind(minutes=11)
    assert play.session.deciding
    assert "in a few minutes" in play.sees("ana", "decide_quorum")[-1]


def test_live_a_meeting_begins_when_they_are_together(play: Play) -> None:
    chooses(play, live="yes")
    play.does("ana", "/als present").fills(issue="My team is silent")
    play.wind(hours=2)
    assert play.meeting.over
    opens = play.group.next_opens
    assert opens is not None
    play.wind(to=f"{opens + timedelta(minutes=5):%Y-%m-%d %H:%M}")
    assert play.group.meeting is None, "in real time nothing begins before people are there"
    assert "Begin when you are all here" in play.cards("time_to_meet")[-1]
    play.presses("bo", "We are together")
    assert play.group.number == 2
    assert not play.has_button("cem", "We are together")


def test_live_windows_are_minutes(play: Play) -> None:
    chooses(play, live="yes")
    opened = play.presses("ana", "Change times and limits")
    refused = play.hands_in("ana", opened.form, {"days_questions": "0.5"})
    assert refused.codes == ("method_cannot_run",)
    assert "1 to 180 minutes" in refused.text
    play.presses("ana", "Change times and limits").fills(days_questions="30")
    assert play.group.overrides.windows == {"questions": 30}
    # Another pace says nothing about these windows.
    play.does("ana", "/als set format").fills(live="")
    assert play.group.overrides.windows == {}


@pytest.mark.parametrize("ticked", ["live", "sealed"])
def test_what_runs_keeps_what_it_opened_with(play: Play, ticked: str) -> None:
    play.begins()
    running = play.session.format
    play.does("ana", "/als set format").fills(**{ticked: "yes"})
    assert play.session.format == running
