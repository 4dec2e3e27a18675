"""Real processes: one on a SQLite file, and what happens to a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import StoreRefused, alone
from tests.processes import als


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
    with alone(url), pytest.raises(StoreRefused, match="in_use"), alone(url):
        pass
    with alone(url), alone(f"sqlite:///{tmp_path / 'other.db'}"), alone("sqlite://"):
        pass
