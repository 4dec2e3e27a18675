"""Real processes: one on a SQLite file, and what happens to a second."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from store import StoreRefused, migrate, process_lock
from tests import machines
from tests.processes import HANGS, als


def test_a_sqlite_file_serves_one_process_and_the_second_hears_it_kindly(tmp_path: Path) -> None:
    where = {"ALS_DATABASE": f"sqlite:///{tmp_path / 'als.db'}", "PORT": "0"}
    with als("serve", folder=tmp_path, **where) as first:
        first.ready()
        for command in ("serve", "worker"):
            with als(command, folder=tmp_path, **where) as second:
                assert second.ended() == 1
                assert "als is running on this database already" in second.said
                assert "Traceback" not in second.said
        for command in ("doctor", "migrate", "insights", "ledger"):  # these may run beside
            with als(command, folder=tmp_path, **where) as beside:
                assert beside.ended() == 0, beside.said
        first.kill()
        with als("worker", folder=tmp_path, **where) as next_one:
            next_one.ready()


def test_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'als.db'}"
    with process_lock(url), pytest.raises(StoreRefused, match="in_use"), process_lock(url):
        pass
    with (
        process_lock(url),
        process_lock(f"sqlite:///{tmp_path / 'other.db'}"),
        process_lock("sqlite://"),
    ):
        pass


def test_who_is_asked_to_stop_ends_in_order(tmp_path: Path) -> None:
    where = {"ALS_DATABASE": f"sqlite:///{tmp_path / 'als.db'}", "PORT": "0"}
    for command in ("serve", "worker"):
        with als(command, folder=tmp_path, **where) as process:
            address = process.ready()
            if address:
                assert asked(f"{address}/readyz") == 200
            process.asks_to_stop()
            assert process.ended() == 0
            assert "Traceback" not in process.said


def test_it_is_not_ready_while_the_database_is_away_and_comes_back_by_itself(
    postgres_to_restart: tuple[str, machines.Control], tmp_path: Path
) -> None:
    url, control = postgres_to_restart
    migrate(url)
    where = {"ALS_DATABASE": url, "PORT": "0"}
    with als("serve", "--no-worker", folder=tmp_path, **where) as process:
        ready = f"{process.ready()}/readyz"
        assert asked(ready) == 200
        control("stop")
        assert asked(ready) == 503
        control("start")
        assert asked(ready) == 200, "every connection in the pool was lost, and nobody notices"


def asked(address: str) -> int:
    try:
        with urlopen(address, timeout=HANGS) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
