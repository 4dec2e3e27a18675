"""docs/architecture.md and CONTRIBUTING.md name only files that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
PAGES = ("docs/architecture.md", "CONTRIBUTING.md")
ROOMS = ("adapters", "benchmarks", "bot", "docs", "prompts", "store", "tests")
PATH = re.compile(rf"(?:(?:{'|'.join(ROOMS)})/[\w./<>-]*|[\w-]+\.(?:py|md|toml|lock))")


def named_paths(text: str) -> Iterator[str]:
    """Yield each path in backticks: from the root, or a bare file name."""
    for span in re.findall(r"`([^`\n]+)`", text):
        if PATH.fullmatch(span):
            yield span


def exists(path: str) -> bool:
    """Say whether a file exists; `<name>` stands for any name, a bare name for any folder."""
    pattern = re.sub(r"<\w+>", "*", path.rstrip("/"))
    return any(HOUSE.glob(pattern if "/" in path else f"[!.]*/**/{pattern}")) or any(
        HOUSE.glob(pattern)
    )


@pytest.mark.parametrize("page", PAGES)
def test_each_named_path_exists(page: str) -> None:
    paths = set(named_paths((HOUSE / page).read_text("utf-8")))
    assert paths
    assert [path for path in sorted(paths) if not exists(path)] == []


def test_a_missing_path_is_found() -> None:
    text = (
        "See `bot/method/policy.py`, `bot/nowhere/`, `prompts/<language>/labels.toml`, `nope.py`."
    )
    paths = list(named_paths(text))
    assert [path for path in paths if not exists(path)] == ["bot/nowhere/", "nope.py"]
