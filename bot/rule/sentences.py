"""Second room: the message as clauses, each with its form.

Chat is not prose: question marks are missing, two sentences run into one, a lead-in and its
question share a line. So a sentence is cut again where a question or an own statement plainly
begins. A cut needs the word order of a question, not just a question word.
Source: method.md section 4, points 1 and 3. The words are in rule.toml, [grammar].
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from bot.rule.data import ASKING, Form, Rules

WINDOW = 16
"""How many words are looked at from one place: it bounds the time for endless sentences."""

_SENTENCE = re.compile(r"[^.!?;\n]*+(?:[.;]++(?![\s\"'!?)]|\Z)[^.!?;\n]*+)*+[.!?;]*+\n*+")
_TOKEN = re.compile(r"\w++(?:['-]\w++)*+|[,:()–—]|(?<=\s)-+(?=\s)|--+")
_ENDS = re.compile(r"[.!?;\s\"')]*\Z")
_APART = frozenset(",:()–—-")
_COMMA = ","


@dataclass(frozen=True, slots=True)
class Token:
    """A word as the rules see it, and as it was written."""

    norm: str
    said: str
    start: int
    end: int


@dataclass(slots=True)
class Clause:
    """A piece of a sentence with one form. `text` is what patterns are matched against."""

    form: Form
    tokens: list[Token]
    question: bool
    text: str = ""
    source: str = ""
    size: int = field(default=0)

    @property
    def asks(self) -> bool:
        """Whether the clause is an asking one (method.md section 4, point 1)."""
        return self.form in ASKING

    def words(self, match: re.Match[str]) -> tuple[str, ...]:
        """The words as written that a match in `text` covers."""
        kept = self.tokens[len(self.tokens) - self.text.count(" ") :]
        first = self.text.count(" ", 0, match.start())
        last = self.text.count(" ", 0, match.end())
        seen: dict[int, str] = {t.start: t.said for t in kept[first:last] if t.norm != _COMMA}
        return tuple(seen.values())


def _norms(word: str, rules: Rules) -> list[str]:
    """A written word as the rules see it: lower case, usual spelling, contractions apart."""
    low = word.lower()
    low = rules.spelling.get(low, low)
    for pattern, replacement in rules.clitics:
        changed = pattern.sub(replacement, low)
        if changed != low:
            low = changed
            break
    return low.split()


def _tokens(sentence: str, offset: int, rules: Rules) -> list[Token]:
    found: list[Token] = []
    for match in _TOKEN.finditer(sentence):
        said = match.group()
        start, end = offset + match.start(), offset + match.end()
        if said[0] in _APART:
            if found and found[-1].norm != _COMMA:
                found.append(Token(_COMMA, said, start, end))
            continue
        found += [Token(norm, said, start, end) for norm in _norms(said, rules)]
    while found and found[-1].norm == _COMMA:
        found.pop()
    return found


def split(text: str, rules: Rules) -> Iterator[tuple[list[Token], bool]]:
    """The sentences of a text, and whether each ends in a question mark."""
    held = 0
    for match in _SENTENCE.finditer(text):
        piece = text[held : match.end()]
        last = (
            piece.rstrip(" .\n").rsplit(None, 1)[-1:] if match.group().rstrip()[-1:] == "." else []
        )
        if (
            last
            and last[0].lower().lstrip("(\"'") in rules.abbreviations
            and match.end() < len(text)
        ):
            continue  # "e.g. the crew": the stop does not end the sentence
        end = _ENDS.search(piece)
        tokens = _tokens(piece, held, rules)
        held = match.end()
        if tokens:
            yield tokens, end is not None and "?" in end.group()


def _text(tokens: list[Token]) -> str:
    return "".join(f" {t.norm}" for t in tokens)


def strip_fillers(text: str, rules: Rules) -> str:
    """The clause without "well", "so", "ok" at its front; the whole of it if nothing else is there."""
    fillers = rules.grammar["fillers"]
    left = text
    for _ in range(6):
        match = fillers.match(left)
        if match is None or not match.end():
            break
        left = left[match.end() :]
    return left or text


def form_of(text: str, question: bool, rules: Rules) -> Form:
    """The form of a clause's text (fillers gone). `question`: it ends in a question mark."""
    g = rules.grammar
    if g["indirect_yes_no"].match(text):
        return Form.indirect_yes_no
    if g["indirect_wh"].match(text):
        return Form.indirect_wh
    if g["invitation"].match(text):
        return Form.invitation
    if question:
        if g["wh"].match(text):
            return Form.wh
        if g["yes_no"].match(text):
            return Form.yes_no
        if g["tag"].search(text):
            return Form.tag
        return Form.wh if g["elliptic_wh"].search(text) else Form.declarative
    if g["bare_wh"].match(text) and not g["not_wh"].match(text):
        return Form.wh
    if g["bare_yes_no"].match(text):
        return Form.yes_no
    if g["bare_tag"].search(text):
        return Form.tag
    return Form.imperative if g["imperative"].match(text) else Form.statement


def _cuts(tokens: list[Token], question: bool, rules: Rules) -> list[int]:
    """The places in a sentence where a new clause begins; 0 is always the first."""
    g = rules.grammar
    cuts = [0]
    asking: bool | None = None  # whether the running clause asks; found out when first needed
    for i in range(1, len(tokens) - 1):
        if i - cuts[-1] < 2 and tokens[i - 1].norm != _COMMA:
            continue
        here = _text(tokens[i : i + WINDOW])
        after_comma = tokens[i - 1].norm == _COMMA
        if g["aside"].match(here):
            continue
        if asking is None or after_comma:
            running = strip_fillers(
                _text(tokens[cuts[-1] : min(i, cuts[-1] + 4 * WINDOW)]), rules
            ).removesuffix(" ,")
            asking = form_of(running, False, rules) in ASKING or bool(
                question and g["wh"].match(running) and not g["setup"].match(running)
            )
        before = _text(tokens[max(0, i - 3) : i])
        runs_on = not g["not_run_on"].search(before)
        if (
            (after_comma and g["cut"].match(here))
            or (after_comma and asking and g["cut_statement"].match(here))
            or g["cut_and"].match(here)
            or (runs_on and g["cut_run_on"].match(here))
            or (runs_on and not asking and i <= 4 * WINDOW and g["cut_run_on_lead"].match(here))
        ):
            cuts.append(i)
            asking = None
    return cuts


def _clause(tokens: list[Token], question: bool, source: str, rules: Rules) -> Clause:
    while len(tokens) > 1 and tokens[-1].norm == _COMMA:
        tokens = tokens[:-1]
    text = strip_fillers(_text(tokens), rules)
    size = len({t.start for t in tokens[len(tokens) - text.count(" ") :] if t.norm != _COMMA})
    said = source[tokens[0].start : tokens[-1].end] if tokens else ""
    return Clause(form_of(text, question, rules), tokens, question, text, said, size)


def clauses(text: str, rules: Rules) -> list[Clause]:
    """All clauses of a cleaned message in order, each with its form."""
    found: list[Clause] = []
    for tokens, question in split(text, rules):
        cuts = [*_cuts(tokens, question, rules), len(tokens)]
        made: list[Clause] = []
        for first, last in pairwise(cuts):
            piece = tokens[first:last]
            clause = _clause(piece, question and last == len(tokens), text, rules)
            before = made[-1] if made else None
            if (
                before is not None
                and clause.asks
                and before.size <= rules.limits["setup"]
                and rules.grammar["setup"].match(before.text)
            ):
                # "If she left tomorrow, what would you miss?" is one question, set-up included.
                clause.source = text[before.tokens[0].start : piece[-1].end]
                made.pop()
            made.append(clause)
        found += made
    return [c for c in found if c.text.strip(" ,")]
