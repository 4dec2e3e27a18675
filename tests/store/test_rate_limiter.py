"""Two processes on one PostgreSQL never send more together than a platform's documented limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from adapters.slack.deliver import SlackPlatform
from adapters.teams.deliver import TeamsPlatform
from bot.cards.card import Card
from bot.method.card_key import CardKey
from bot.method.terms import Place
from bot.ports import Delivery
from store.maintenance import ROUND
from tests.store.factories import NOW

CARD = Card("card", "title", "summary")


def sent(platforms: list[Any], deliveries: list[Delivery], seconds: float) -> list[datetime]:
    """Couriers that send whenever they are let, as fast as they can; when they sent."""
    dice, now, went = Random(1), NOW, list[datetime]()
    while now < NOW + timedelta(seconds=seconds):
        for platform in dice.sample(platforms, len(platforms)):
            if platform.free_at(dice.choice(deliveries), now) == now:
                # A call is on its way for a moment before the platform counts it.
                went.append(now + timedelta(seconds=dice.uniform(0, 0.1)))
        now += timedelta(seconds=dice.uniform(0, 0.02 if seconds < 30 else 0.3))
    return sorted(went)


def most_in_any(went: list[datetime], seconds: float) -> int:
    """As the platform measures it: the most calls in any span of that length."""
    span = timedelta(seconds=seconds)
    return max(sum(1 for at in went[i:] if at < first + span) for i, first in enumerate(went))


def test_slack_methods_keep_their_minute_in_all_processes_together(workers) -> None:
    deliveries = [
        Delivery(CardKey("key"), CARD, Place("slack", "T1", f"C{n}"), message="m")
        for n in range(20)
    ]
    platforms = [SlackPlatform(None, rate_limiter=workers().rate_limiter) for _ in range(2)]
    went = sent(platforms, deliveries, 180)
    assert most_in_any(went, 60) <= 50
    assert len(went) >= 3 * 30, "and most of what is allowed is used"


def test_without_it_two_processes_would_send_too_much() -> None:
    deliveries = [Delivery(CardKey("key"), CARD, Place("slack", "T1", "C1"), message="m")]
    went = sent([SlackPlatform(None), SlackPlatform(None)], deliveries, 90)
    assert most_in_any(went, 60) > 50


@pytest.mark.parametrize(("rooms", "most", "span"), [(40, 50, 1.0), (1, 60, 30.0)])
def test_teams_keeps_the_tenants_and_a_conversations_budget(workers, rooms, most, span) -> None:
    deliveries = [
        Delivery(CardKey("key"), CARD, Place("teams", "tenant", f"C{n}")) for n in range(rooms)
    ]
    platforms = [TeamsPlatform(None, None, rate_limiter=workers().rate_limiter) for _ in range(2)]
    went = sent(platforms, deliveries, 5 if rooms > 1 else 60)
    assert most_in_any(went, span) <= most
    assert len(went) >= most / 2


def test_a_budget_is_its_keys_own_and_comes_back(workers) -> None:
    one, two = workers(), workers()
    granted = [one.rate_limiter.acquire("a", 50, 60, NOW) == NOW for _ in range(10)]
    assert granted.count(True) == 5
    assert two.rate_limiter.acquire("a", 50, 60, NOW) > NOW
    assert two.rate_limiter.acquire("b", 50, 60, NOW) == NOW
    again = two.rate_limiter.acquire("a", 50, 60, NOW)
    assert timedelta(0) < again - NOW <= timedelta(seconds=7.5)
    assert two.rate_limiter.acquire("a", 50, 60, again) == again
    assert one.rate_limiter.acquire("a", 50, 60, NOW) > NOW, (
        "a clock that is behind gets nothing of what is over"
    )


def test_one_process_does_the_daily_round(workers) -> None:
    one, two = workers(), workers()
    with one.engine.connect() as running:
        running.exec_driver_sql(f"SELECT pg_advisory_lock({ROUND})")
        running.commit()
        assert two.maintenance.run_retention(NOW) == {}
        running.exec_driver_sql(f"SELECT pg_advisory_unlock({ROUND})")
    assert two.maintenance.run_retention(NOW) != {}


def test_whoever_dies_in_the_daily_round_leaves_it_to_others(workers) -> None:
    one, two = workers(), workers()
    with one.engine.connect() as dying:
        dying.exec_driver_sql(f"SELECT pg_advisory_lock({ROUND})")
        dying.commit()
        assert two.maintenance.run_retention(NOW) == {}
        pid = dying.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        dying.commit()
        with two.engine.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")
        assert two.maintenance.run_retention(NOW) != {}
        dying.invalidate()
