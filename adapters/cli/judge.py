"""`als judge`: JSON lines in, the same with verdict, reason, words and suggestion out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.judge import Explanation, Judge, Judgement, Step

STAGES = ("questions", "clarify", "reply_statements")
ROLES = ("member", "presenter", "facilitator")


class BadLine(ValueError):
    """A line that cannot be judged; its text is a code (labels: cli.judge_errors).

    `number`: which line of a file, from 1.
    """

    number = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of input: the object as given, and the judge's arguments for it."""

    given: dict[str, Any]
    stage: str
    role: str
    open_question: bool

    def judged(self, judge: Judge) -> Judgement:
        """What the judge says of it."""
        return judge(
            self.given["text"], stage=self.stage, role=self.role, open_question=self.open_question
        )

    def explained(self, judge: Judge) -> Explanation:
        """Which rules decided."""
        return judge.explain(
            self.given["text"], stage=self.stage, role=self.role, open_question=self.open_question
        )


def read_line(line: str) -> Asked:
    """A line of JSON, checked. Raises BadLine."""
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("not_json") from None
    if not isinstance(given, dict):
        raise BadLine("not_an_object")
    if not isinstance(given.get("text"), str):
        raise BadLine("no_text")
    stage, role = given.get("stage", "questions"), given.get("role", "member")
    if stage not in STAGES:
        raise BadLine("unknown_stage")
    if role not in ROLES:
        raise BadLine("unknown_role")
    waiting = given.get("open_question", False)
    if not isinstance(waiting, bool):
        raise BadLine("open_question_not_bool")
    return Asked(given, stage, role, waiting)


def judge_lines(
    judge: Judge, lines: Iterable[str], *, why: bool = False
) -> Iterator[tuple[dict[str, Any], bool]]:
    """For each line the object to print, and whether it was judged. `why`: with the rules."""
    for line in lines:
        if not line.strip():
            continue
        try:
            asked = read_line(line)
        except BadLine as error:
            yield {"error": str(error)}, False
            continue
        answer = {**asked.given, **_judgement_as_json(asked.judged(judge))}
        if why:
            answer["because"] = explanation_as_json(asked.explained(judge))
        yield answer, True


def _judgement_as_json(judgement: Judgement) -> dict[str, Any]:
    return {
        "verdict": judgement.verdict.value,
        "reason": judgement.reason,
        "words": list(judgement.words),
        "suggestion": judgement.suggestion,
    }


def explanation_as_json(explanation: Explanation) -> dict[str, Any]:
    """An explanation as an object: the rule that decided, and the form of each clause."""
    return {
        "rule": _step_as_json(explanation.decided),
        "clauses": [
            {"text": text, "form": form, "rule": _step_as_json(step)}
            for text, form, step in explanation.forms
        ],
    }


def _step_as_json(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {
        "at": f"{step.file}:{step.line}",
        "section": step.section,
        "pattern": step.pattern,
        "words": list(step.words),
    }
