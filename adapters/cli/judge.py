"""`als judge`: JSON lines in, the same with verdict, reason and suggestion out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bot.rule import Judge

STAGES = ("questions", "clarify", "reply_statements")
ROLES = ("member", "presenter", "facilitator")


class BadLine(ValueError):
    """A line that cannot be judged; its text is a code (labels: cli.judge_errors)."""


def judge_lines(judge: Judge, lines: Iterable[str]) -> Iterator[tuple[dict[str, Any], bool]]:
    """For each line the object to print, and whether it was judged."""
    for line in lines:
        if not line.strip():
            continue
        try:
            yield _judged(judge, line), True
        except BadLine as error:
            yield {"error": str(error)}, False


def _judged(judge: Judge, line: str) -> dict[str, Any]:
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
    found = judge(given["text"], stage=stage, role=role, open_question=waiting)
    said = {"verdict": found.verdict.value, "reason": found.reason, "suggestion": found.suggestion}
    return {**given, **said}
