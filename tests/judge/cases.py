"""The labelled cases: the shared ones, and those composed here."""

import json
from dataclasses import dataclass
from pathlib import Path

from bot.judge import Judgement, judge_for


@dataclass(frozen=True)
class Case:
    id: int
    text: str
    stage: str
    role: str
    verdict: str
    reason: str
    hard: bool
    open_question: bool = False

    def judged(self) -> Judgement:
        return judge_for()(
            self.text, stage=self.stage, role=self.role, open_question=self.open_question
        )


def read(name: str) -> list[Case]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [Case(**json.loads(line)) for line in lines if line.strip()]


DEV = read("rule_dev_en.jsonl")
OWN = read("cases_en.jsonl")
MORE = read("cases_more_en.jsonl")
"""Batches, each labelled before any rule was changed for it, and (9) variants of patterns.

The batch is id // 10000.
"""
