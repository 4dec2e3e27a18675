"""Nothing lost, nothing shown to the wrong person, nobody pestered: on a bad day in Teams.

Thirty seeds of a session (tests/faulty.py); `python -m benchmarks.bad_days teams --last 200` plays
more. Exceptions, because Teams lets no bot look a message up:

- A card of ours of unknown fate is posted again and may stand there twice.
- A person's own words of unknown fate are not posted again; their author is asked to look.
- The straight answer to a command, a press or a form is sent once.
- Teams promises no second delivery. The fake's tries again what was not taken; what Teams itself
  gives up on never reached us.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.teams.deliver import TeamsPlatform
from adapters.teams.handler import TeamsHandler
from adapters.teams.incoming import own
from bot.handlers.host import Host
from bot.handlers.inputs import AnyInput, Typed
from bot.ports import OutboxMessage, Reply, Store
from bot.ports.lanes import lane_of
from store.processed_events import ProcessedEvents
from tests.faulty import caught
from tests.teams.faulty import tried

SEEDS = range(1, 31)
FEW = range(1, 11)


@pytest.mark.sample(4)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_session_on_a_bad_day(seed: int, tmp_path: Path) -> None:
    assert tried(seed, tmp_path).violations == []


def test_the_days_are_bad(tmp_path: Path) -> None:
    trials = [tried(seed, tmp_path) for seed in range(1, 4)]
    assert sum(t.deaths for t in trials) > 3
    assert sum(len(t.fake.faults.happened) for t in trials) > 30
    refused = [s for t in trials for _, args, _, s, _ in t.fake.calls if s == 403]
    assert refused


# The judge sees what we break


async def _nowhere(self: Any, delivery: Any) -> None:
    return None


def test_it_sees_persons_words_repeated_blindly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TeamsPlatform, "find", _nowhere)
    assert "stands 2 times" in caught(tried, tmp_path, SEEDS)


def test_it_sees_that_nothing_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.courier.TRIES", 1)
    monkeypatch.setattr("tests.faulty.TRIES", 3)
    assert caught(tried, tmp_path, FEW)


def test_it_sees_that_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(store: Store, message: OutboxMessage, now: Any) -> None:
        store.outbox.park(message, "unknown_fate")

    monkeypatch.setattr("bot.delivery.failures.ask_author", silent)
    assert "nobody is asked" in caught(tried, tmp_path, FEW)


def test_it_sees_that_news_counts_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProcessedEvents, "record_once", lambda self, key, at: True)
    assert caught(tried, tmp_path, FEW)


def test_it_sees_what_was_acknowledged_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Host.handle

    def forgets(self: Host, given: AnyInput) -> Reply:
        lost = isinstance(given, Typed) and "fjord" not in given.text
        return Reply() if lost else keep(self, given)

    monkeypatch.setattr(Host, "handle", forgets)
    monkeypatch.setattr("tests.faulty.TRIES", 3)
    assert caught(tried, tmp_path, FEW)


def test_it_sees_an_edit_that_was_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def only_known(self: TeamsHandler, payload: Any, change: Any) -> None:
        nowhere = replace(change.place, thread="")
        if await self._gateway.is_ours(nowhere, change.message):
            await self._gateway.handle(change)

    monkeypatch.setattr(TeamsHandler, "_handle_change", only_known)
    monkeypatch.setattr("tests.faulty.TRIES", 3)
    assert caught(tried, tmp_path, FEW)


def test_it_sees_somebody_who_is_tried_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Host.handle

    def welcomes(self: Host, given: AnyInput) -> Reply:
        self.store.outbox.resume(
            lane_of(own(given.actor.address.installation, given.actor.address.user))
        )
        return keep(self, given)

    monkeypatch.setattr(Host, "handle", welcomes)
    monkeypatch.setattr("tests.faulty.DEATH", 0)
    assert "Dee was tried" in caught(tried, tmp_path, FEW)


def test_it_sees_what_the_wrong_person_reads(tmp_path: Path) -> None:
    trial = tried(1, tmp_path)
    trial.secrets = {trial.shown[0]: trial.dee}
    trial.private()
    assert "can read" in " ".join(trial.violations)


def test_it_sees_what_is_out_of_order(tmp_path: Path) -> None:
    trial = tried(2, tmp_path)
    trial.posted.reverse()
    trial.in_order(trial.ours())
    assert "out of order" in " ".join(trial.violations)
