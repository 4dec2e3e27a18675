"""docs/methods.md: its stages are drawn from the formats, and what its rows name exists.

To draw the stages anew after a change: ALS_REWRITE_DOCS=1 with this test.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot.cards.wording import wording
from bot.method import formats
from bot.worktime import WORKING_DAY

HOUSE = Path(__file__).resolve().parent.parent
PAGE = HOUSE / "docs" / "methods.md"
BLOCK = re.compile(r"(<!-- drawn: methods -->\n)(.*?)(<!-- end -->)", re.DOTALL)
PARTS = ["S0", "S1", "S2", "S3", "S4", "Shared"]
MISSING = ("not yet", "–")


def drawn() -> str:
    """A table of all stages of all formats, in their order."""
    lines = [
        "| method | part | stage | speech | days | each |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in formats.names():
        for part, stage in formats.load(name).stages():
            least, most = stage.quota
            each = f"{least}–{most}" if most else "–"
            title = wording("en").label(f"formats.{name}.title")
            days = f"{stage.minutes / WORKING_DAY:g}"
            lines.append(
                f"| {title} | {part} | `{stage.name}` | {stage.speech.value} | {days} | {each} |"
            )
    return "\n".join(lines) + "\n"


def rows() -> list[tuple[str, str, str]]:
    """Element, where, shown by: of every table under "The elements"."""
    elements = PAGE.read_text("utf-8").split("## The elements")[1]
    found = [line.strip("| ").split(" | ") for line in elements.splitlines() if line[:1] == "|"]
    kept = [cells for cells in found if cells[0] not in ("element", "---")]
    assert all(len(cells) == 3 for cells in kept), [c for c in kept if len(c) != 3]
    return [(a, b, c) for a, b, c in kept]


def test_the_stages_are_those_of_the_files() -> None:
    page = PAGE.read_text("utf-8")
    if os.environ.get("ALS_REWRITE_DOCS"):
        page = BLOCK.sub(lambda m: m[1] + drawn() + m[3], page)
        PAGE.write_text(page, "utf-8")
    found = BLOCK.search(page)
    assert found is not None
    assert found[2] == drawn(), "run this test with ALS_REWRITE_DOCS=1, and read what changed"


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
