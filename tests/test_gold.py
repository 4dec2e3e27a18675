"""The gold sets keep their shape; whether the judge agrees with them is measured elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
KEYS = {
    "id": int,
    "text": str,
    "stage": str,
    "role": str,
    "verdict": str,
    "reason": str,
    "hard": bool,
    "part": str,
}
VERDICTS = {
    "accept": {"exempt", "ack", "pass", "question", "answer"},
    "nudge": {
        "link",
        "advice",
        "story",
        "statement",
        "rhetorical",
        "leading",
        "disguised_advice",
        "self_answer",
        "preamble",
    },
    "tip": {"stacked", "options", "why_you", "closed"},
}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def folded(case: dict[str, Any]) -> str:
    return " ".join(case["text"].casefold().split())


GOLD = {path.stem: read(path) for path in sorted((HERE / "gold").glob("*.jsonl"))}
# language: cases, cases of each reason, cases in reply_statements
LEAST = {"de": (280, 4, 14), "en": (600, 10, 20), "es": (280, 4, 14)}


@pytest.fixture(params=sorted(LEAST))
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def gold(lang: str) -> list[dict[str, Any]]:
    return GOLD[lang]


def test_every_set_has_its_minima() -> None:
    assert set(GOLD) == set(LEAST)


def test_every_line_has_the_keys_and_types(gold: list[dict[str, Any]]) -> None:
    for case in gold:
        keys = KEYS | ({"open_question": bool} if case["stage"] == "reply_statements" else {})
        assert {key: type(value) for key, value in case.items()} == keys, case
        assert case["text"].strip(), case
        assert case["stage"] in {"questions", "clarify", "reply_statements"}, case
        assert case["role"] in {"member", "presenter", "facilitator"}, case
        assert case["part"] in {"work", "aside"}, case


def test_ids_and_texts_are_unique(gold: list[dict[str, Any]]) -> None:
    assert [case["id"] for case in gold] == list(range(1, len(gold) + 1))
    twice = [text for text, count in Counter(map(folded, gold)).items() if count > 1]
    assert not twice


def test_no_text_stands_in_the_development_examples(gold: list[dict[str, Any]]) -> None:
    for path in (HERE / "rule").glob("rule_dev_*.jsonl"):
        assert not {folded(case) for case in read(path)} & {folded(case) for case in gold}


def test_reason_and_verdict_agree(gold: list[dict[str, Any]]) -> None:
    for case in gold:
        assert case["reason"] in VERDICTS[case["verdict"]], case


def test_exempt_and_answer_stand_only_where_they_can(gold: list[dict[str, Any]]) -> None:
    for case in gold:
        exempt = case["role"] == "facilitator" or (
            case["role"] == "presenter" and case["stage"] != "reply_statements"
        )
        assert (case["reason"] == "exempt") == exempt, case
        if case["reason"] == "answer":
            assert case.get("open_question"), case


def test_it_is_large_and_covers_everything(lang: str, gold: list[dict[str, Any]]) -> None:
    cases, each, statements = LEAST[lang]
    assert len(gold) >= cases
    assert sum(case["part"] == "work" for case in gold) >= 200
    assert sum(case["part"] == "aside" for case in gold) >= 80
    assert sum(case["stage"] == "reply_statements" for case in gold) >= statements
    counts = Counter(case["reason"] for case in gold)
    for reason in set.union(*VERDICTS.values()):
        assert counts[reason] >= each, reason


def test_length_does_not_give_the_verdict_away(gold: list[dict[str, Any]]) -> None:
    lengths: dict[str, list[int]] = {verdict: [] for verdict in VERDICTS}
    for case in gold:
        lengths[case["verdict"]].append(len(case["text"].split()))
    means = [mean(words) for words in lengths.values()]
    assert max(means) <= 1.25 * min(means), means
