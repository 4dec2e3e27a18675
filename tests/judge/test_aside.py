"""Messages by another hand that nobody who changes the rules has looked at: only sums count.

Do not read aside_*.jsonl while you change rules, and do not change a rule for one of them. Once
they have been read they belong into fresh_*.jsonl, and new ones are needed here. The floors are
below what was measured (docs/judge.md): they are there to see a rule that harms, not to be tuned
to.
"""

from __future__ import annotations

import pytest

from bot.judge import REASONS, Verdict, judge_for
from tests.judge.cases import read

FLOORS = {"en": (0.95, 0.01, 0.08), "de": (0.90, 0.02, 0.25), "es": (0.90, 0.02, 0.25)}
"""Verdicts right; of what is fine, nudged; of what is to be nudged, missed."""


@pytest.mark.parametrize("lang", FLOORS)
def test_their_sums_stay_above_the_floor(lang: str) -> None:
    cases, judge = read(f"aside_{lang}.jsonl"), judge_for(lang)
    right = false = missed = 0
    for case in cases:
        found = judge(case.text, stage=case.stage, role=case.role, open_question=case.open_question)
        right += found.verdict == case.verdict
        false += case.verdict != "nudge" and found.verdict is Verdict.nudge
        missed += case.verdict == "nudge" and found.verdict is not Verdict.nudge
    nudges = sum(case.verdict == "nudge" for case in cases)
    verdicts, most_false, most_missed = FLOORS[lang]
    assert right / len(cases) >= verdicts
    assert false / (len(cases) - nudges) <= most_false
    assert missed / nudges <= most_missed


@pytest.mark.parametrize("lang", FLOORS)
def test_they_are_labelled_soundly_and_new(lang: str) -> None:
    cases = read(f"aside_{lang}.jsonl")
    assert len({case.text for case in cases}) == len(cases)
    assert all(REASONS[case.reason] == case.verdict for case in cases)
    both = {c.text for c in cases} & {c.text for c in read(f"fresh_{lang}.jsonl")}
    assert len(both) <= 2, "a question of two words may come to two minds; more may not"
