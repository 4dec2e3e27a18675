"""The benchmarks of check-ins, history, footprint and start work end to end. What they measure is
not asserted: that is a matter of the machine."""

from pathlib import Path

import pytest

from benchmarks import check_ins, footprint, history, start


def rows(said: str) -> list[list[str]]:
    """The cells of a printed table, without its head."""
    lines = [line for line in said.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.thorough
def test_check_ins_are_handed_over_and_delivered(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["--jobs", "23", "--database", "sqlite"]
    assert check_ins.main(wanted) == 0
    found = rows(capsys.readouterr().out)
    assert [row[0] for row in found] == ["als, handed over", "als, delivered", "apscheduler"]
    assert [len(row) for row in found] == [6, 6, 6]


def test_a_peer_that_is_not_there_is_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_ins, "NEEDS", {"apscheduler": "no_such_package"})
    monkeypatch.setattr(check_ins, "ran", lambda *_: {"wall": 1.0, "cpu": 0.5, "stall": 0.01})
    assert check_ins.main(["--jobs", "10", "--database", "sqlite"]) == 0
    said = capsys.readouterr()
    assert "apscheduler is left out" in said.err
    assert [row[:4] for row in rows(said.out)] == [
        ["als, handed over", "10", "50.00 ms", "10 ms"],
        ["als, delivered", "10", "50.00 ms", "10 ms"],
    ]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_history_of_a_few_rows(
    database: str, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    if database == "postgres":
        request.getfixturevalue("postgres_url")  # left out where there is none
    assert history.main(["--database", database, "--rows", "10", "300", "--each", "2"]) == 0
    found = rows(capsys.readouterr().out)
    assert [row[0] for row in found] == ["10", "300"]
    assert found[0][2] == found[0][4] == "1.00"


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it reads /proc")
def test_footprint_of_a_few_sessions(capsys: pytest.CaptureFixture[str]) -> None:
    assert footprint.main(["--sessions", "3", "--starts", "1"]) == 0
    found = rows(capsys.readouterr().out.partition("\n\n")[0])
    assert [row[0] for row in found] == ["als serve, with a new database", "als serve", "bare Bolt"]


@pytest.mark.thorough
def test_the_start_of_each_command_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["--runs", "1"]) in (0, 1)  # 1: one took longer than it may, on this machine
    found = rows(capsys.readouterr().out)
    assert [row[0].split()[-1] for row in found] == [
        "alone",
        "--help",
        "--version",
        "formats",
        "nonsense",
        "demo",
        "serve",
    ]
