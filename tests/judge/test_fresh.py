"""Messages by another hand, in the manner of the 120 examples; judged first, then looked at.

What the judge made of them at first sight stands in docs/judge.md. Since then they are cases like
the others: the floors below hold what was reached.
"""

from __future__ import annotations

import pytest

from bot.judge import REASONS, Verdict, judge_for
from tests.judge.cases import DEV, read

LANGUAGES = ("en", "de", "es")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_they_are_judged_as_labelled(lang: str) -> None:
    cases, judge = read(f"fresh_{lang}.jsonl"), judge_for(lang)
    found = [
        judge(c.text, stage=c.stage, role=c.role, open_question=c.open_question) for c in cases
    ]
    right = sum(j.verdict == c.verdict for c, j in zip(cases, found, strict=True))
    nudged = [
        c.text
        for c, j in zip(cases, found, strict=True)
        if c.verdict != "nudge" and j.verdict is Verdict.nudge
    ]
    assert right / len(cases) >= 0.96
    assert nudged == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_they_are_labelled_soundly(lang: str) -> None:
    cases = read(f"fresh_{lang}.jsonl")
    assert [case.id for case in cases] == list(range(1, len(cases) + 1))
    assert len({case.text for case in cases}) == len(cases)
    assert all(REASONS[case.reason] == case.verdict for case in cases)
    assert not {case.text for case in cases} & {case.text for case in DEV}
