"""What the rules of a language consist of, once they have been read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Folds = Sequence[tuple[re.Pattern[str], str]]


class RuleError(ValueError):
    """A rule file that cannot be used; the text says where and why."""


class Form(StrEnum):
    """The form of a clause (method.md section 4, point 1)."""

    wh = "wh"
    yes_no = "yes_no"
    indirect_wh = "indirect_wh"
    indirect_yes_no = "indirect_yes_no"
    invitation = "invitation"
    declarative = "declarative"
    tag = "tag"
    setup = "setup"
    imperative = "imperative"
    statement = "statement"


ASKING = frozenset(Form) - {Form.setup, Form.imperative, Form.statement}


CUE_REASONS = (
    "rhetorical",
    "leading",
    "disguised_advice",
    "advice",
    "story",
    "self_answer",
    "opinion",
    "why_you",
    "options",
    "sympathy",
    "harmless",
)


GRAMMAR = (
    "fillers",
    "indirect_wh",
    "indirect_yes_no",
    "invitation",
    "unasked",
    "wh",
    "not_wh",
    "bare_wh",
    "yes_no",
    "bare_yes_no",
    "elliptic_wh",
    "tag",
    "bare_tag",
    "check",
    "told",
    "begun",
    "again",
    "announced",
    "bare_declarative",
    "imperative",
    "cut",
    "cut_and",
    "cut_inverted",
    "cut_or",
    "question_word",
    "fragment",
    "proposal",
    "unfinished",
    "finite",
    "cut_more",
    "cut_embedded",
    "negative",
    "cut_marked",
    "cut_who",
    "remark",
    "cut_run_on",
    "cut_run_on_lead",
    "not_run_on",
    "cut_statement",
    "aside",
    "setup",
    "conditional",
    "addressed",
    "doubtful_order",
    "doubtful_wh",
    "topic",
    "meta",
    "ack",
    "ack_clause",
    "pass",
    "round",
    "round_pass",
    "round_ack",
    "round_self",
    "oneself",
    "pointer",
)


@dataclass(frozen=True, slots=True)
class Cue:
    """One readable rule: in clauses of these forms, `any` unless `unless`, is evidence of reason.

    `clarify`: also where closed questions are welcome. `where`: its place in the file, "cue 12".
    """

    where: str
    reason: str
    forms: frozenset[Form]
    any: re.Pattern[str]
    unless: re.Pattern[str]
    clarify: bool


@dataclass(frozen=True, slots=True)
class Written:
    """The rules as they stand in their file, for whoever asks why (`explain`).

    `text` is the file's. `patterns`: by section ("grammar.wh", "cue 12"), as written. `lists`:
    the words and phrases that patterns name.
    """

    file: str
    text: str
    patterns: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Wording:
    """A row of the pattern table of suggestions: if `when` matches, say `say`."""

    reasons: frozenset[str]
    when: re.Pattern[str]
    say: str


@dataclass(frozen=True, slots=True)
class Rules:
    """One language's rules, compiled. Source: its judge.toml.

    `cues`: by reason and form. `run_on`: the words with which a clause can begin without any sign
    before it; None for any word. `seen`: words met before and how the rules see them, at most
    WORDS_KEPT; it saves time and changes no answer.
    """

    language: str
    script: str
    common: frozenset[str]
    opening: tuple[re.Pattern[str], ...]
    closing: tuple[re.Pattern[str], ...]
    abbreviations: frozenset[str]
    spelling: Mapping[str, str]
    folds: tuple[tuple[re.Pattern[str], str], ...]
    clitics: tuple[tuple[re.Pattern[str], str], ...]
    grammar: Mapping[str, re.Pattern[str]]
    cues: Mapping[tuple[str, Form], tuple[Cue, ...]]
    run_on: frozenset[str] | None
    seen: dict[str, list[str]]
    wordings: tuple[Wording, ...]
    changes: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]
    polish: tuple[tuple[re.Pattern[str], str], ...]
    limits: Mapping[str, int]
    written: Written

    def folded(self, word: str) -> str:
        """A word with the letters that are often typed otherwise made one: "ä" and "ae"."""
        return fold(word, self.folds)

    def as_seen(self, pattern: str) -> str:
        """A pattern as messages are seen: its words folded, but those that [spelling] gives."""
        return as_seen(pattern, self.folds, frozenset(self.spelling.values()))


_PLAIN = re.compile(r"[^\W_]+")


def fold(text: str, folds: Folds) -> str:
    """A text with each pair [pattern, replacement] applied."""
    for pattern, replacement in folds:
        text = pattern.sub(replacement, text)
    return text


def as_seen(pattern: str, folds: Folds, kept: frozenset[str]) -> str:
    """A pattern with its words folded as those of messages are, but not the `kept` ones."""
    if not folds:
        return pattern
    return _PLAIN.sub(lambda m: m[0] if m[0] in kept else fold(m[0], folds), pattern)
