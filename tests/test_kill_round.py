"""One small round of real processes that are killed; benchmarks.kill_rounds plays more."""

from __future__ import annotations

from pathlib import Path

from tests import machines
from tests.slack.killing import killed


def test_nothing_is_lost_or_done_twice_when_processes_are_killed(
    postgres_to_restart: tuple[str, machines.Control], tmp_path: Path, thorough: bool
) -> None:
    server, control = postgres_to_restart
    with machines.fresh_database(server) as url:
        found = killed(1, url, control, tmp_path, events=60 if thorough else 15, sets=1)
    assert found.wrong == []
    assert found.counts["kills"] > 0
    assert found.counts["database restarts"] == 1
