"""What the quick run takes of the long lists, and what it leaves for `--all`.

@pytest.mark.sample(3)   of this test's cases the quick run takes three; other ones with each commit
@pytest.mark.thorough    only `--all` runs this test, or whoever names it (file.py::test_name)

The cases carry their seed in their id: a failure is repeated by its id, whatever the commit is.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

MARKERS = (
    "sample(count): of this test's cases the quick run takes so many, other ones with each commit",
    "thorough: only --all runs this test, or whoever names it (file.py::test_name)",
)


def is_thorough(config: pytest.Config) -> bool:
    """Whether everything runs: with `--all`, or because single tests were asked for by name."""
    return bool(config.getoption("--all")) or any("::" in name for name in config.args)


@cache
def commit() -> int:
    """A number that changes with each commit; 0 outside of a repository."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return 0
    return int(done.stdout[:8], 16) if done.returncode == 0 else 0


def split(items: Iterable[pytest.Item], number: int) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Divide tests into those of the quick run and those left for `--all`."""
    cases: dict[str, list[pytest.Item]] = {}
    items = list(items)
    for item in items:
        if item.get_closest_marker("sample"):
            cases.setdefault(item.nodeid.split("[")[0], []).append(item)
    left = {item for item in items if item.get_closest_marker("thorough")}
    for group in cases.values():
        marker = group[0].get_closest_marker("sample")
        assert marker is not None
        left |= set(group) - set(rotate(group, marker.args[0], number))
    return [item for item in items if item not in left], [item for item in items if item in left]


def rotate(cases: list[T], count: int, number: int) -> list[T]:
    """Take `count` cases at even distances, beginning at a place that `number` decides."""
    if count >= len(cases):
        return cases
    places = {(number + step * len(cases) // count) % len(cases) for step in range(count)}
    return [case for place, case in enumerate(cases) if place in places]
