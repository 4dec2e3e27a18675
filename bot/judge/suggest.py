"""Suggests a wording from the pattern table; the fifth step.

The table is in judge.toml: the first row that fits the reason and the clause gives the wording;
`{topic}` keeps the asker's own words and `{topic:change}` brings them into the grammatical form
that the new sentence needs. When only what surrounds the question is wrong (advice beside it, a
long lead-in, several at once), the question itself is the suggestion.
Source: method.md section 4 ("Suggested wordings come from a pattern table").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.judge.rules import Form, Rules
from bot.judge.tokens import Token
from bot.judge.verdict import Finding

ALONE = frozenset({"stacked", "advice", "self_answer", "preamble"})
LONGEST = 160
"""Characters; a longer suggestion is no longer a suggestion."""

LONGEST_TOPIC = 10
"""Words of the asker's that a new sentence can take in its middle."""

_END = {Form.invitation: ".", Form.indirect_wh: ".", Form.indirect_yes_no: "."}
_FIRST = re.compile(r"\w")
_SLOT = re.compile(r"\{(\w+)(?::(\w+))?\}")


def _fill(say: str, match: re.Match[str], rules: Rules, names: dict[str, str]) -> str | None:
    """The wording with its slots filled; None when a change does not know the word."""
    lost = False

    def put(slot: re.Match[str]) -> str:
        nonlocal lost
        words = (match.group(slot[1]) or "").strip(" ,")
        if slot[2] and ("," in words or len(words.split()) > LONGEST_TOPIC):
            lost = True  # a comma in the middle of a new sentence, or no end of it
        elif slot[2]:
            phrase = " ".join(names.get(word, word) for word in words.split())
            changed = _apply_change(words, slot[2], rules) or _apply_change(phrase, slot[2], rules)
            words, lost = changed or words, lost or not changed
        if not words:
            lost = True
        return " ".join(names.get(word, word) for word in words.split())

    filled = _SLOT.sub(put, say)
    return None if lost else filled


def _apply_change(words: str, change: str, rules: Rules) -> str:
    """The words after the first pair of a change that fits; "" when none does."""
    for pattern, replacement in rules.changes[change]:
        changed, times = pattern.subn(replacement, words, count=1)
        if times:
            return changed
    return ""


def _polish(text: str, rules: Rules) -> str:
    """Put contractions and commas together again and begin with a capital letter."""
    text = text.replace(" ,", ",")
    for pattern, replacement in rules.polish:
        text = pattern.sub(replacement, text)
    return _FIRST.sub(lambda first: first[0].upper(), text, count=1)


def _as_said(token: Token, rules: Rules) -> bool:
    """Whether a word is given back as it was written: its capital letter, its "ä" or "ó"."""
    if "'" in token.said:
        return False
    return not token.said.islower() or token.norm == rules.folded(token.said) != token.said


def candidates(finding: Finding, rules: Rules) -> Iterator[str]:
    """Wordings for a finding, the best first; the judge offers the first that it accepts."""
    if finding.reason in ALONE:
        for asked in finding.asks:
            words = " ".join(asked.source.split()).strip(" ,.;:-")
            if 0 < len(words) <= LONGEST:
                yield _polish(words.rstrip("?! ") + _END.get(asked.form, "?"), rules)
    clause = finding.clause
    if clause is None:
        return
    names = {t.norm: t.said for t in clause.tokens if _as_said(t, rules)}
    if clause.tokens and clause.tokens[0].norm in names and clause.tokens[0].norm in rules.common:
        del names[clause.tokens[0].norm]
    for row in rules.wordings:
        if finding.reason not in row.reasons:
            continue
        match = row.when.search(clause.text)
        if match and (filled := _fill(row.say, match, rules, names)) and len(filled) <= LONGEST:
            yield _polish(filled, rules)
