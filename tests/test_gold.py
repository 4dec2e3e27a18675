"""The gold set keeps its shape; whether the judge agrees with it is measured elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from statistics import mean
from typing import Any

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


GOLD = read(HERE / "gold" / "en.jsonl")


def test_every_line_has_the_keys_and_types() -> None:
    for case in GOLD:
        keys = KEYS | ({"open_question": bool} if case["stage"] == "reply_statements" else {})
        assert {key: type(value) for key, value in case.items()} == keys, case
        assert case["text"].strip(), case
        assert case["stage"] in {"questions", "clarify", "reply_statements"}, case
        assert case["role"] in {"member", "presenter", "facilitator"}, case
        assert case["part"] in {"work", "aside"}, case


def test_ids_and_texts_are_unique() -> None:
    assert [case["id"] for case in GOLD] == list(range(1, len(GOLD) + 1))
    twice = [text for text, count in Counter(map(folded, GOLD)).items() if count > 1]
    assert not twice


def test_no_text_stands_in_the_development_examples() -> None:
    examples = {folded(case) for case in read(HERE / "rule" / "rule_dev_en.jsonl")}
    assert not examples & {folded(case) for case in GOLD}


def test_reason_and_verdict_agree() -> None:
    for case in GOLD:
        assert case["reason"] in VERDICTS[case["verdict"]], case


def test_exempt_and_answer_stand_only_where_they_can() -> None:
    for case in GOLD:
        exempt = case["role"] == "facilitator" or (
            case["role"] == "presenter" and case["stage"] != "reply_statements"
        )
        assert (case["reason"] == "exempt") == exempt, case
        if case["reason"] == "answer":
            assert case.get("open_question"), case


def test_it_is_large_and_covers_everything() -> None:
    assert len(GOLD) >= 600
    assert sum(case["stage"] == "reply_statements" for case in GOLD) >= 20
    counts = Counter(case["reason"] for case in GOLD)
    for reason in set.union(*VERDICTS.values()):
        assert counts[reason] >= 10, reason


def test_length_does_not_give_the_verdict_away() -> None:
    lengths: dict[str, list[int]] = {verdict: [] for verdict in VERDICTS}
    for case in GOLD:
        lengths[case["verdict"]].append(len(case["text"].split()))
    means = [mean(words) for words in lengths.values()]
    assert max(means) <= 1.25 * min(means), means
