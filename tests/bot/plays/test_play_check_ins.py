"""Check-ins and nudges reach people in their own time, and what is private stays so.

Scripts of what people do and see, as in test_play_one_problem.
"""

from __future__ import annotations

import pytest

from bot.method.terms import Place
from tests.memory_platform import NAME
from tests.play import Play

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
