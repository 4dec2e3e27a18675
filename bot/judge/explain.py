"""Why a message got its verdict: the rule that fired, and where a person finds it.

    als judge --explain

Nothing is decided here; it traces the finding back to its line in judge.toml.
A verdict without a pattern (a greeting only, a facilitator) has no rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

from bot.judge.patterns import compile_one
from bot.judge.rules import Rules, Written
from bot.judge.sentences import Clause, form_and_rule
from bot.judge.verdict import Finding


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that took part. `line`: of the file, from 1; 0 when it cannot be told.

    `section`: e.g. "cue 12", "grammar.wh", "limits.lead_in"; "" when no rule but the order of
    checks decided. `pattern`: as written there. `words`: of the message, as written.
    """

    file: str
    section: str
    line: int
    pattern: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`decided`: the rule behind the reason. `forms`: each clause, its form and the rule for it."""

    decided: Step | None
    forms: tuple[tuple[str, str, Step | None], ...]


def explain(finding: Finding, all_clauses: list[Clause], rules: Rules) -> Explanation:
    """The explanation of a finding, with the forms of all clauses of its message."""
    decided = None
    if finding.rule:
        texts = [clause.text for clause in (finding.clause, *all_clauses) if clause]
        decided = _step(finding.rule, texts, finding.words, rules)
    forms = []
    for clause in all_clauses:
        _, key = form_and_rule(clause.text, clause.question, rules)
        step = _step(f"grammar.{key}", [clause.text], (), rules) if key else None
        forms.append((clause.source, clause.form.value, step))
    return Explanation(decided, tuple(forms))


def _step(section: str, texts: list[str], words: tuple[str, ...], rules: Rules) -> Step:
    """The first pattern of a section, as written, that fits one of the texts."""
    written = rules.written
    for text, pattern in product(texts, written.patterns.get(section, ())):
        if compile_one(rules.as_seen(pattern), written.lists).search(text):
            return Step(written.file, section, _line(written, section, pattern), pattern, words)
    kind, _, name = section.partition(".")
    value = f"{name} = {rules.limits[name]}" if kind == "limits" else ""
    return Step(written.file, section, _line(written, section, value), value, words)


def _line(written: Written, section: str, pattern: str) -> int:
    """The line where a pattern of a section stands; else the section's own; 0 when not found."""
    lines = written.text.splitlines()
    head = _head(lines, section)
    if head is None:
        return 0
    quoted = re.escape(f'"{pattern}"')
    for number in range(head, len(lines)):
        if re.search(quoted, lines[number]) or (pattern and lines[number] == pattern):
            return number + 1
    return head + 1


def _head(lines: list[str], section: str) -> int | None:
    """The index of the line where a section begins."""
    if section.startswith("cue "):
        heads = [i for i, line in enumerate(lines) if line.strip() == "[[cue]]"]
        number = int(section.removeprefix("cue ")) - 1
        return heads[number] if number < len(heads) else None
    table, _, key = section.partition(".")
    inside = False
    for i, line in enumerate(lines):
        if line.startswith("["):
            inside = line.strip() == f"[{table}]"
        elif inside and re.match(rf"{key}\s*=", line):
            return i
    return None
