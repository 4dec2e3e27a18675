"""Unprompted messages: decided when they are sent; deferred, dropped and sent are three things."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.delivery.policy import Defer, Drop, what_to_send
from bot.method import effects as fx
from bot.method.terms import PersonId
from bot.queries.waiting import Waiting, gather
from bot.worktime import Hours
from tests.play import Play

TUESDAY = date(2026, 3, 3)


@pytest.fixture
def asked(play: Play) -> Play:
    """Tuesday morning at six: questions are open, and Bo has not asked yet."""
    play.begins()
    play.clock.move_to(play.clock.at.replace(day=3, hour=6, minute=0))
    return play


def decided(play: Play, who: str, kind: str = "digest", **changes: Any) -> Waiting | Defer | Drop:
    id, session = PersonId(play.id_of(who)), play.meeting.sessions[0]
    nudge = fx.Nudge(id, kind)
    if kind == "last_call":
        nudge = fx.Nudge(id, kind, session, entry=1)
    with play.store.reading() as tx:
        person = tx.people.get(id)
        assert person is not None
        return what_to_send(tx, nudge, replace(person, **changes), play.clock.at)


def at(play: Play, hour: int, day: int = 3) -> datetime:
    play.clock.move_to(play.clock.at.replace(day=day, hour=hour, minute=0))
    return play.clock.at


def test_outside_the_working_hours_a_digest_waits_and_a_last_call_is_dropped(asked: Play) -> None:
    assert decided(asked, "bo") == Defer(asked.clock.at.replace(hour=9))
    assert decided(asked, "bo", "last_call") == Drop("outside_hours")


def test_within_them_it_is_sent_with_what_waits_then(asked: Play) -> None:
    at(asked, 10)
    found = decided(asked, "bo")
    assert isinstance(found, Waiting)
    assert [s.id for s in found.stages] == [asked.session.id]


def test_who_has_passed_is_left_alone(asked: Play) -> None:
    asked.presses("bo", "Pass")
    at(asked, 10)
    assert decided(asked, "bo") == Drop("nothing_waits")
    assert decided(asked, "bo", "last_call") == Drop("nothing_waits")


def test_a_last_call_of_an_earlier_stage_is_dropped(asked: Play) -> None:
    asked.presses("ana", "Close the questions")
    at(asked, 10)
    assert decided(asked, "bo", "last_call") == Drop("nothing_waits")


def test_who_has_opted_out_or_is_away_is_left_alone(asked: Play) -> None:
    at(asked, 10)
    assert decided(asked, "bo", nudges=False) == Drop("opted_out")
    gone = Hours("Europe/London", away=((TUESDAY, TUESDAY),))
    assert decided(asked, "bo", hours=gone) == Defer(asked.clock.at.replace(day=4, hour=9))
    never = Hours(away=((TUESDAY, TUESDAY + timedelta(days=900)),))
    assert decided(asked, "bo", hours=never) == Drop("never_works")


def test_a_pause_holds_it_back_up_to_and_including_its_date(asked: Play) -> None:
    at(asked, 10)
    thursday = asked.clock.at.replace(day=5, hour=9)
    assert decided(asked, "bo", paused_until=date(2026, 3, 4)) == Defer(thursday)
    # Over a weekend: the next working day, not the next day.
    assert decided(asked, "bo", paused_until=date(2026, 3, 6)) == Defer(thursday.replace(day=9))


def test_only_what_was_sent_uses_up_the_budget(asked: Play) -> None:
    assert isinstance(decided(asked, "bo"), Defer)
    asked.wind(to="2026-03-03 09:05")
    assert len(asked.sees("bo", "digest")) == 1
    assert decided(asked, "bo") == Drop("budget")
    at(asked, 10, day=4)
    assert decided(asked, "bo") != Drop("budget")


def test_at_most_one_digest_and_one_last_call_a_day(play: Play) -> None:
    play.begins()
    for _ in range(60):
        play.wind(hours=2)
    for who in ("ana", "bo", "cem", "dee"):
        days: dict[date, int] = {}
        for post in play.platform.posts.values():
            if post.to == who and post.card and post.card.name in ("digest", "last_call"):
                days[post.at.date()] = days.get(post.at.date(), 0) + 1
        assert all(n <= 2 for n in days.values()), (who, days)


def test_an_invitation_waits_until_it_is_answered(play: Play) -> None:
    play.does("ana", "/als present").fills(people=["bo", "cem"], issue="It is all too much")
    id = PersonId(play.id_of("bo"))
    with play.store.reading() as tx:
        bo = tx.people.get(id)
        assert bo is not None
        assert len(gather(tx, bo, play.clock.at).invitations) == 1
    play.joins("bo")
    with play.store.reading() as tx:
        assert not gather(tx, bo, play.clock.at)


def test_a_notification_carries_nobodys_words(play: Play) -> None:
    play.closes_with("Walk with Helen")
    play.wind(days=14)
    for delivery in play.platform.delivered:
        if delivery.private:
            assert "Helen" not in delivery.card.summary
            assert "Helen" not in delivery.card.title
