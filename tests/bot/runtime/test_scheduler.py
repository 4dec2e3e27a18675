"""The real scheduler, with a clock that is wound: what the user asked for, end to end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.runtime.scheduler import Scheduler
from bot.runtime.virtual_clock import ClockRunner
from tests.play import Play

IN_THE_FUTURE = datetime(2100, 3, 1, 9, tzinfo=UTC)  # a Monday; no wall clock gets there by itself


class Scheduled:
    """Time passes as in `ClockRunner`, but whatever is due is woken by APScheduler's scheduler."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.scheduler: Scheduler | None = None
        self.ahead = ClockRunner(play.clock, play.host, play.courier)

    async def settle(self) -> None:
        """Poke it, as the host's adapters do, and wait until it has looked."""
        if self.scheduler is None:
            self.scheduler = Scheduler(self.play.host, self.play.courier, self.play.clock)
            self.scheduler.start()
        self.scheduler.poke()
        await self.scheduler.look()
        await asyncio.sleep(0)

    async def advance(self, until: datetime) -> None:
        """From one due moment to the next."""
        await self.settle()
        while (due := self.ahead.next_due()) is not None and due <= until:
            self.play.clock.move_to(max(due, self.play.clock.at + timedelta(milliseconds=1)))
            await self.settle()
        self.play.clock.move_to(until)

    async def stop(self) -> None:
        if self.scheduler is not None:
            await self.scheduler.stop()


@pytest.fixture
def play() -> Iterator[Play]:
    play = Play(IN_THE_FUTURE)
    scheduled = Scheduled(play)
    play.winding = scheduled
    yield play
    play._loop.run(scheduled.stop())
    play.close()


def test_the_scheduler_posts_action_check_ins_and_the_questions_only_rule_holds_in_question_rounds(
    play: Play,
) -> None:
    play.begins()

    # In the question round questions count, advice does not, and its author alone hears of it.
    play.types("bo", "What have you tried so far?")
    play.types("cem", "You should just talk to them.")
    play.types("dee", "Have you tried talking to Helen?")
    assert "1 of 3 done" in play.card()
    assert play.sees("bo") == []
    assert "What question might lead them there?" in play.sees("cem")[-1]
    assert "I can hear a suggestion inside the question" in play.sees("dee")[-1]
    assert not any("suggestion inside" in post for post in play.channel())
    play.presses("dee", "Show me a wording").fills(text="What would you like Helen to know?")
    play.presses("cem", "Pass")
    assert "3 of 3 done" in play.card()

    # It goes on by the clock: the scheduler closes the round and opens the actions.
    play.wind(days=2)
    assert play.stage == "actions"
    # In the actions nothing is judged any more.
    before = len(play.sees("cem"))
    play.types("cem", "You should just talk to them.")
    assert len(play.sees("cem")) == before
    play.presses("ana", "Add an action").fills(what="Walk with Helen", due="2100-03-12")
    play.presses("ana", "Finish")

    # The scheduler posts the check-ins: half-way, on the day, two and five working days after.
    play.wind(days=21)
    asked = ["Half-way there", "Today is the day you", "A couple of days on", "I'll stop asking"]
    heard = [line for card in play.sees("ana", "digest") for line in asked if line in card]
    assert heard == asked
    others = [card for who in ("bo", "cem", "dee") for card in play.sees(who)]
    assert not any("Walk with Helen" in card for card in others)


def test_it_beats_so_that_doctor_can_see_it_is_alive(play: Play) -> None:
    play.begins()
    scheduler = play.winding.scheduler  # type: ignore[attr-defined]
    play._loop.run(scheduler.record_heartbeat())
    assert play.store.maintenance.heartbeats()["scheduler"] == play.clock.at
    play._loop.run(scheduler.run_retention())


def test_what_was_missed_while_it_was_down_is_caught_up_with_once(play: Play) -> None:
    play.begins()
    play.clock.move_to(play.clock.at + timedelta(days=9))
    play.wind(minutes=1)
    for who in ("ana", "bo", "cem", "dee"):
        assert len(play.sees(who, "digest")) <= 1
    assert len(play.cards("extended")) == 1
