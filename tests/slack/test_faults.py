"""Nothing lost, nothing twice, order kept, nothing shown to the wrong person: on a bad day.

Thirty seeds of a session (tests/slack/faulty.py); `python -m benchmarks.bad_days slack --last 200`
plays more. Exceptions, because Slack gives no way to know better:

- What only one person sees in a thread (an ephemeral message) cannot be looked up after a lost
  answer: it is told again, and its person may see it twice.
- The straight answer to a command, a press or a form is sent once. When it is lost, or the process
  dies after it has kept what was done, the person sees Slack's own error, and doing it again
  changes nothing.
- Slack sends a message's news four times at most. What it could not hand over in all of them never
  reached us, and is not looked for in the history.
- Where the app may not read history (`--no-history`) a post cannot be looked up: our own cards are
  posted again, a person's words are not, and the person is asked.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.deliver import SlackPlatform
from bot.handlers.host import Host
from bot.handlers.inputs import AnyInput, Typed
from bot.ports import Reply
from store.processed_events import ProcessedEvents
from tests.faulty import caught
from tests.slack.faulty import tried
from tests.slack.house import houses

SEEDS = range(1, 31)


@pytest.mark.sample(4)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_session_on_a_bad_day(seed: int, tmp_path: Path) -> None:
    trial = tried(seed, tmp_path)
    assert trial.violations == []


def test_the_days_are_bad(tmp_path: Path) -> None:
    trials = [tried(seed, tmp_path) for seed in range(1, 4)]
    assert sum(t.deaths for t in trials) > 3
    assert sum(len(t.fake.faults.happened) for t in trials) > 30


@pytest.mark.parametrize("kind", ["500", "429", "refused", "lost"])
def test_a_post_deep_in_a_long_thread_is_found_again(kind: str) -> None:
    """A thread is read from its oldest message on, and what cannot be read is read later."""

    async def played() -> None:
        async with houses() as (slack, house):
            ana, bo, cem = (slack.person(name) for name in ("Ana", "Bo", "Cem"))
            channel = slack.channel("night-shift", ana, bo, cem, private=True)
            await house.presents(ana, channel, bo, cem)
            root = ana.message("Ana presents", channel)
            for number in range(450):
                slack.world.post(channel, cem.id, f"{number}", thread_ts=root.ts)
            await house.after(bo.presses("Ask a question"))
            slack.faults.next("chat.postMessage", "lost")
            slack.faults.next("conversations.replies", kind, 1)
            await house.after(bo.submits({"f.text": "What have you tried so far?"}))
            await house.wind(hours=1)
            posts = [ana.screen.message(m) for m in channel.messages.values() if m.bot_id]
            assert sum(p.startswith("Bo asks") for p in posts) == 1
            assert slack.faults.planned == []

    asyncio.run(played())


# The judge sees what we break


async def _blind(self: Any, delivery: Any) -> None:
    return None


def test_it_sees_posts_that_are_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlackPlatform, "find", _blind)
    assert caught(tried, tmp_path, range(1, 16)).startswith("posted ")


def test_it_sees_that_nothing_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.courier.TRIES", 1)
    assert caught(tried, tmp_path, range(1, 16))


def test_it_sees_that_news_counts_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProcessedEvents, "record_once", lambda self, key, at: True)
    assert caught(tried, tmp_path, range(1, 16))


def test_it_sees_what_was_acknowledged_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Host.handle

    def forgets(self: Host, given: AnyInput) -> Reply:
        lost = isinstance(given, Typed) and "fjord" not in given.text
        return Reply() if lost else keep(self, given)

    monkeypatch.setattr(Host, "handle", forgets)
    monkeypatch.setattr("tests.faulty.TRIES", 3)
    assert caught(tried, tmp_path, range(1, 3))


def test_it_sees_what_the_wrong_person_reads(tmp_path: Path) -> None:
    trial = tried(1, tmp_path)
    trial.secrets = {trial.shown[0]: trial.dee}
    trial.private()
    assert "can read" in " ".join(trial.violations)


def test_it_sees_what_is_out_of_order(tmp_path: Path) -> None:
    trial = tried(1, tmp_path)
    trial.posted.reverse()
    trial.in_order(trial.ours())
    assert "out of order" in " ".join(trial.violations)
