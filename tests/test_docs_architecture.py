"""README, CONTRIBUTING and the pages in docs/ name only files that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
PAGES = sorted([*HOUSE.glob("*.md"), *HOUSE.glob("docs/*.md")])  # docs/log/ is history
ROOMS = ("adapters", "benchmarks", "bot", "docs", "prompts", "store", "tests")
PATH = re.compile(rf"(?:(?:{'|'.join(ROOMS)})/[\w./<>-]*|[\w-]+\.(?:py|md|toml|lock))")


def named_paths(text: str) -> Iterator[str]:
    """Yield each path in backticks: from the root, or a bare file name."""
    for span in re.findall(r"`([^`\n]+)`", text):
        if PATH.fullmatch(span):
            yield span


def exists(path: str) -> bool:
    """Say whether a path exists. `<name>` stands for any name; a bare name may be anywhere."""
    pattern = re.sub(r"<\w+>", "*", path.rstrip("/"))
    anywhere = () if "/" in path else HOUSE.glob(f"[!.]*/**/{pattern}")
    return any((*HOUSE.glob(pattern), *anywhere))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_named_path_exists(page: Path) -> None:
    paths = sorted(set(named_paths(page.read_text("utf-8"))))
    assert [path for path in paths if not exists(path)] == []


def test_the_two_pages_that_lead_through_the_code_name_many() -> None:
    for page in ("docs/architecture.md", "CONTRIBUTING.md"):
        assert len(set(named_paths((HOUSE / page).read_text("utf-8")))) > 20


def test_a_missing_path_is_found() -> None:
    text = "`bot/method/policy.py`, `bot/nowhere/`, `prompts/<language>/labels.toml`, `nope.py`"
    paths = list(named_paths(text))
    assert [path for path in paths if not exists(path)] == ["bot/nowhere/", "nope.py"]
