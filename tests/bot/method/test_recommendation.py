"""Choosing a method: from the formats' data, with reasons; the page for choosing is drawn.

To draw docs/choosing.md anew after a change: ALS_REWRITE_DOCS=1 with this test.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.wording import languages, wording
from bot.method import formats
from bot.method.formats import Format, Size, least_rhythm
from bot.method.recommendation import AGAINST, FOR, needs_facilitator, recommend
from bot.worktime import WORKING_DAY

PAGE = Path(__file__).resolve().parents[3] / "docs" / "choosing.md"
HEAD = [
    "method",
    "what it is",
    "good for",
    "people",
    "a session",
    "to act",
    "usual rhythm",
    "needs",
]
ALL = [formats.load(name) for name in formats.names()]
ONE = formats.load("one_problem")


def coached(made: Format) -> Format:
    """The same method, needing a coach (as its file says with `coach = true`)."""
    fields = {name: getattr(made, name) for name in made.__dataclass_fields__}
    return cast(Format, SimpleNamespace(**{**fields, "coach": True}))


# The recommendation


def test_the_default_for_seven_who_meet_every_two_weeks() -> None:
    first = recommend(7, 14, False, ALL)[0]
    assert (first.name, first.fits) == ("one_problem", True)
    assert first.reasons == ("good_size", "rhythm_suits")


@pytest.mark.parametrize(
    ("size", "days", "reasons"),
    [
        (2, 14, ("too_few",)),
        (10, 14, ("too_many",)),
        (7, least_rhythm(ONE) - 1, ("too_often",)),
        (2, 1, ("too_few", "too_often")),
    ],
)
def test_what_does_not_fit_says_each_reason(size: int, days: int, reasons: tuple[str, ...]) -> None:
    [found] = recommend(size, days, True, [ONE])
    assert (found.fits, found.reasons) == (False, reasons)


def test_a_method_with_a_coach_needs_one_and_then_comes_first() -> None:
    rules = coached(replace(ONE, name="two_rules"))
    assert needs_facilitator(rules)
    assert recommend(7, 14, False, [rules])[0].reasons == ("no_facilitator",)
    assert [c.name for c in recommend(7, 14, False, [rules, ONE])] == ["one_problem", "two_rules"]
    assert [c.name for c in recommend(7, 14, True, [ONE, rules])] == ["two_rules", "one_problem"]


def test_a_better_size_comes_first_and_a_far_turn_last() -> None:
    small = replace(ONE, name="small", size=Size(3, (3, 4), 9))
    turns = replace(ONE, name="turns", presenters="sequence")
    assert recommend(4, 14, False, [ONE, small])[0].name == "small"
    assert recommend(6, 14, False, [small, ONE])[0].name == "one_problem"
    first, second = recommend(9, 80, False, [ONE, turns])
    assert (first.name, second.name) == ("turns", "one_problem")
    assert "everyone_presents" in first.reasons
    assert "turn_is_far" in second.reasons


@given(st.integers(0, 30), st.integers(0, 400), st.booleans())
def test_every_method_is_judged_and_what_fits_stands_first(
    size: int, days: int, facilitator: bool
) -> None:
    found = recommend(size, days, facilitator, ALL)
    assert {c.name for c in found} == set(formats.names())
    assert [c.fits for c in found] == sorted((c.fits for c in found), reverse=True)
    for choice in found:
        assert choice.reasons
        assert set(choice.reasons) <= (set(FOR) if choice.fits else set(AGAINST))


def test_each_method_fits_a_set_of_its_own_kind() -> None:
    for made in ALL:
        [found] = recommend(made.size.good[0], made.every_days, needs_facilitator(made), [made])
        assert found.fits, made.name
        assert {"good_size", "rhythm_suits"} <= set(found.reasons)


# Its words


@pytest.mark.parametrize("language", languages())
def test_each_reason_has_its_words(language: str) -> None:
    there = {n for n in wording(language).labels if n.startswith("choosing.")}
    assert there == {f"choosing.{code}" for code in (*AGAINST, *FOR)}


def row(made: Format) -> list[str]:
    words = wording("en")
    low, high = made.size.good
    session = sum(stage.minutes for stage in made.session) / WORKING_DAY
    return [
        f"**{words.label(f'formats.{made.name}.title')}** `{made.name}`",
        words.label(f"formats.{made.name}.line"),
        words.label(f"formats.{made.name}.good_for"),
        f"{made.size.least} · {low}–{high} · {made.size.most}",
        f"{session:g}",
        str(made.act_days),
        f"{made.every_days} days",
        "a coach" if needs_facilitator(made) else "–",
    ]


def line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def test_the_page_for_choosing_says_what_the_files_say() -> None:
    page = PAGE.read_text("utf-8")
    table = [line(HEAD), line(["---"] * len(HEAD)), *(line(row(made)) for made in ALL)]
    block = re.compile(r"(<!-- drawn: choosing -->\n)(.*?)(<!-- end -->)", re.DOTALL)
    if os.environ.get("ALS_REWRITE_DOCS"):
        page = block.sub(lambda m: m[1] + "\n".join(table) + "\n" + m[3], page)
        PAGE.write_text(page, "utf-8")
    drawn = cast(Any, block.search(page))[2].splitlines()
    again = "run this test with ALS_REWRITE_DOCS=1, and read what changed"
    assert [text for text in table if text not in drawn] == [], again
    named = re.findall(r"^\| \*\*.*?\*\* `(\w+)`", "\n".join(drawn), re.MULTILINE)
    assert len(named) == len(set(named)) == len(drawn) - 2
    # A method may have its words before its file; nothing else may stand there.
    assert all(f"formats.{name}.title" in wording("en").labels for name in named)
