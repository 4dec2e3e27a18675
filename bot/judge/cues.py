"""Finds evidence in the clauses; the third step.

A cue is one readable rule of judge.toml: in a clause of such a form, these words, unless those,
are evidence of a reason. Nothing is decided here.
Source: method.md section 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.judge.rules import Rules
from bot.judge.sentences import Clause


@dataclass(frozen=True, slots=True)
class Evidence:
    """A reason, the clause that shows it, its words as written, and the rule's place."""

    reason: str
    clause: Clause
    words: tuple[str, ...]
    rule: str


def evidence(
    clause: Clause, reason: str, rules: Rules, *, clarify: bool = False
) -> Evidence | None:
    """The first cue of `reason` in a clause. `clarify`: only cues that hold there too."""
    for cue in rules.cues[reason, clause.form]:
        if clarify and not cue.clarify:
            continue
        match = cue.any.search(clause.text)
        if match is not None and cue.unless.search(clause.text) is None:
            return Evidence(reason, clause, clause.words(match), cue.where)
    return None


def first(
    clauses: Iterable[Clause], reason: str, rules: Rules, *, clarify: bool = False
) -> Evidence | None:
    """The first evidence of `reason` in these clauses, in their order."""
    for clause in clauses:
        if match := evidence(clause, reason, rules, clarify=clarify):
            return match
    return None
