"""A sentence as tokens: each word with the forms under which the rules know it."""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.judge.rules import Rules

_TOKEN = re.compile(r"\w++(?:['-]\w++)*+|[,:()–—¿]|(?<=\s)-+(?=\s)|--+")


_QUOTED = re.compile(r"(?<!\w)([\"'])(?=\w)[^\"\n]{1,200}?(?<=[\w.,!?])\1(?!\w)")


WORDS_KEPT = 4096


APART = frozenset(",:()–—-¿")
OPENS = "¿"
"""Opens a question; where it stands, one begins, whatever the words."""

COMMA = ","


class Token(NamedTuple):
    """A word as the rules see it, and as it was written."""

    norm: str
    said: str
    start: int
    end: int


def _norms(word: str, rules: Rules) -> list[str]:
    """A written word as the rules see it: lower case, usual spelling, contractions apart."""
    known = rules.seen.get(word)
    if known is None:
        known = _norm_forms(word, rules)
        if len(word) <= 24:
            if len(rules.seen) >= WORDS_KEPT:
                rules.seen.clear()
            rules.seen[word] = known
    return known


def _norm_forms(word: str, rules: Rules) -> list[str]:
    low = word.lower()
    plain = rules.spelling.get(word) or rules.spelling.get(low)
    low = rules.folded(low) if plain is None else plain
    for pattern, replacement in rules.clitics:
        changed = pattern.sub(replacement, low)
        if changed != low:
            low = changed
            break
    return low.split()


def _mask_quote(quoted: re.Match[str]) -> str:
    """As long as what is quoted; a quotation that is a sentence still ends one."""
    quotation = quoted.group()
    sentence = quotation[1].isupper() and quotation[-2] in ".?!"
    end = "." if quotation[-2] == "." else "!"  # after "... say, 'Why me?'" stands no full stop
    return "_" * (len(quotation) - 1) + (end if sentence else "_")


def mask_quotes(text: str) -> str:
    """The text with words in quotation marks made one nameless word each, places kept.

    They are somebody's, not the asker's: 'when he says "you should go", what do you hear?' A
    message that is a quotation as a whole stays as it is.
    """
    if '"' not in text and "'" not in text:
        return text
    hidden = _QUOTED.sub(_mask_quote, text)
    return hidden if hidden.strip("_ \n.,!?") else text


def tokens_of(sentence: str, text: str, offset: int, rules: Rules) -> list[Token]:
    """The tokens of a sentence that begins at `offset` of the text."""
    tokens: list[Token] = []
    seen = rules.seen
    for match in _TOKEN.finditer(sentence):
        start, end = offset + match.start(), offset + match.end()
        word, typed = match.group(), text[start:end]
        if word[0] in APART:
            if tokens and tokens[-1].norm == COMMA:
                if typed != OPENS:
                    continue
                tokens.pop()
            if tokens:
                tokens.append(Token(COMMA, typed, start, end))
            continue
        for norm in seen.get(word) or _norms(word, rules):
            tokens.append(Token(norm, typed, start, end))
    while tokens and tokens[-1].norm == COMMA:
        tokens.pop()
    return tokens
