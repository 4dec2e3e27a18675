"""docs/methods.md: what its rows name exists. Its stages are drawn in docs/machines.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
PAGE = HOUSE / "docs" / "methods.md"
PARTS = ["S0", "S1", "S2", "S3", "S4", "Shared"]
MISSING = ("not yet", "–")


def rows() -> list[tuple[str, str, str]]:
    """Element, where, shown by: of every table under "The elements"."""
    elements = PAGE.read_text("utf-8").split("## The elements")[1]
    lines = [line.strip("| ").split(" | ") for line in elements.splitlines() if line[:1] == "|"]
    kept = [cells for cells in lines if cells[0] not in ("element", "---")]
    assert all(len(cells) == 3 for cells in kept), [c for c in kept if len(c) != 3]
    return [(a, b, c) for a, b, c in kept]


def test_each_source_has_its_rows() -> None:
    heads = re.findall(r"^### (\w+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert heads == PARTS
    assert len(rows()) > 50


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_what_a_row_names_exists(row: tuple[str, str, str]) -> None:
    _, where, shown = row
    if MISSING[0] in where or shown == MISSING[1]:
        assert (where, shown) == MISSING
        return
    for place in where.split(" · "):
        file, _, name = place.strip("`").partition(": ")
        assert re.search(rf"\b{re.escape(name)}\b", (HOUSE / file).read_text("utf-8")), place
    file, _, test = shown.strip("`").partition("::")
    [path] = (HOUSE / "tests" / "bot").rglob(f"{file}.py")
    text = path.read_text("utf-8")
    assert f"def {test}(" in text, shown
