"""Cuts a message into clauses, each with its form; the second step.

Chat is not prose: question marks are missing, two sentences run into one, a lead-in and its
question share a line. So a sentence is cut again where a question or an own statement plainly
begins. A cut needs the word order of a question, not just a question word.
Source: method.md section 4, points 1 and 3. The words are in judge.toml, [grammar].
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.judge.rules import ASKING, Form, Rules
from bot.judge.tokens import COMMA, OPENS, Token, mask_quotes, tokens_of

WINDOW = 16
"""How many words are looked at from one place: it bounds the time for endless sentences."""

INDIRECT = frozenset({Form.indirect_wh, Form.indirect_yes_no, Form.invitation})
EMBEDDING = frozenset({Form.indirect_wh, Form.indirect_yes_no})

_POLITE = (
    ("indirect_yes_no", Form.indirect_yes_no),
    ("indirect_wh", Form.indirect_wh),
    ("invitation", Form.invitation),
)
_MARKED = (
    ("wh", Form.wh),
    ("yes_no", Form.yes_no),
    ("tag", Form.tag),
    ("elliptic_wh", Form.wh),
)
_BARE = (
    ("bare_yes_no", Form.yes_no),
    ("bare_tag", Form.tag),
    ("imperative", Form.imperative),
)

_SENTENCE = re.compile(r"[^.!?;\n]*+(?:[.;](?![.;\s\"'!?)]|\Z)[^.!?;\n]*+)*+[.!?;]*+\n*+")
_ENDS = re.compile(r"[.!?;\s\"')]*\Z")


@dataclass(slots=True)
class Clause:
    """A piece of a sentence with one form. `text` is what patterns are matched against.

    `stopped`: its sentence ends in a full stop, so whoever wrote it meant no question mark.
    `behind`: a statement stands before it in its sentence.
    """

    form: Form
    tokens: list[Token]
    question: bool
    text: str
    source: str
    size: int
    stopped: bool = False
    behind: bool = False

    @property
    def asks(self) -> bool:
        """Whether the clause is an asking one (method.md section 4, point 1)."""
        return self.form in ASKING

    def words(self, match: re.Match[str]) -> tuple[str, ...]:
        """The words as written that a match in `text` covers."""
        kept = self.tokens[len(self.tokens) - self.text.count(" ") :]
        first = self.text.count(" ", 0, match.start())
        last = self.text.count(" ", 0, match.end())
        seen: dict[int, str] = {t.start: t.said for t in kept[first:last] if t.norm != COMMA}
        return tuple(seen.values())


"""So many different words are remembered: what people write is mostly the same few thousand."""


def _is_abbreviation(tail: str, rules: Rules) -> bool:
    """Whether the last word before a stop is an abbreviation."""
    if not tail.rstrip().endswith("."):
        return False
    words = tail.rstrip(" .\n").split()
    return bool(words) and words[-1].lower().lstrip("(\"'") in rules.abbreviations


def split(text: str, rules: Rules) -> Iterator[tuple[list[Token], str]]:
    """The sentences of a text, each with the marks that it ends in."""
    held = 0
    shown = mask_quotes(text)
    for match in _SENTENCE.finditer(shown):
        tail = shown[max(held, match.end() - 16) : match.end()]
        if match.end() < len(text) and _is_abbreviation(tail, rules):
            continue  # "e.g. the crew": the stop does not end the sentence
        piece = shown[held : match.end()]
        end = _ENDS.search(piece)
        tokens = tokens_of(piece, text, held, rules)
        held = match.end()
        if tokens:
            yield tokens, end.group() if end else ""


def _text(tokens: list[Token]) -> str:
    return "".join([" " + t.norm for t in tokens])


def strip_fillers(text: str, rules: Rules) -> str:
    """The clause without "well", "so" at its front; all of it if nothing else is there."""
    fillers = rules.grammar["fillers"]
    remaining = text
    for _ in range(6):
        match = fillers.match(remaining)
        if match is None or not match.end():
            break
        remaining = remaining[match.end() :]
    return remaining or text


def form_and_rule(text: str, question: bool, rules: Rules) -> tuple[Form, str]:
    """The form of a clause's text, and the list of [grammar] that says so; "" where none does."""
    g = rules.grammar
    if g["unasked"].match(text):
        return Form.statement, "unasked"
    for key, form in _POLITE:
        if g[key].match(text):
            return form, key
    if question:
        for key, form in _MARKED:
            if g[key].search(text):
                return form, key
        return Form.declarative, ""
    if g["bare_wh"].match(text) and not g["not_wh"].match(text):
        return Form.wh, "bare_wh"
    for key, form in _BARE:
        if g[key].search(text):
            return form, key
    return Form.statement, ""


def form_of(text: str, question: bool, rules: Rules) -> Form:
    """The form of a clause's text (fillers gone). `question`: it ends in a question mark."""
    return form_and_rule(text, question, rules)[0]


def _asking(tokens: list[Token], first: int, here: int, question: bool, rules: Rules) -> bool:
    """Whether the clause that began at `first` asks already, read up to `here`."""
    g = rules.grammar
    far = first + 4 * WINDOW
    running = strip_fillers(_text(tokens[first : min(here, far)]), rules).removesuffix(" ,")
    if g["meta"].match(running) or g["conditional"].match(running):
        return False
    if form_of(running, False, rules) in ASKING:
        return True
    if question and g["wh"].match(running) and not g["setup"].match(running):
        return True
    whole = strip_fillers(_text(tokens[first:far]), rules)
    return form_of(whole, False, rules) in INDIRECT


def _comma_cut(tokens: list[Token], first: int, i: int, question: bool, rules: Rules) -> bool:
    """Whether a clause begins at `i`, after a comma, when one runs since `first`."""
    g = rules.grammar
    here = _text(tokens[i : i + WINDOW])
    if g["cut_or"].match(here) and g["yes_no"].match(_running(tokens, first, i, rules)):
        return False  # "Is it this, or is it that": one question, either/or
    if question and g["proposal"].match(here) and _fragment(tokens[first:i], rules):
        return False  # "A word with her, could that help?": what is proposed, and the asking
    if _asking(tokens, first, i, question, rules):
        if not _finite(tokens[first:i][: 4 * WINDOW], rules):
            return False
        if g["cut_statement"].match(here):
            return True
        if g["cut_embedded"].match(here):  # "what he is for": a question only after "I wonder"
            return _indirect(tokens[first : first + 4 * WINDOW], rules)
        if _repeats(tokens, first, i, rules):
            return True
        return g["cut_more"].match(here) is not None
    if g["cut"].match(here) or (question and g["cut_marked"].match(here)):
        return True
    remarked = g["remark"].match(_text(tokens[first : first + WINDOW])) is not None
    return (question or remarked) and g["cut_who"].match(here) is not None


def _repeats(tokens: list[Token], first: int, i: int, rules: Rules) -> bool:
    """Whether a second question begins as the first did: "Who plans, who drives?"."""
    word = f" {tokens[i].norm}"
    running = _running(tokens, first, i, rules) + " "
    return running.startswith(word + " ") and rules.grammar["wh"].match(word) is not None


def _embeds(running: list[Token], rules: Rules) -> bool:
    """Whether a statement holds an embedded question: then "and what ..." only adds to that."""
    return rules.grammar["question_word"].search(_text(running)) is not None


def _fragment(running: list[Token], rules: Rules) -> bool:
    """Whether what runs is a thing that is named, without a verb of its own."""
    text = strip_fillers(_text(running), rules)
    g = rules.grammar
    return g["fragment"].match(text) is not None and g["finite"].search(text) is None


def _indirect(tokens: list[Token], rules: Rules) -> bool:
    return form_of(strip_fillers(_text(tokens), rules), False, rules) in INDIRECT


def _running(tokens: list[Token], first: int, i: int, rules: Rules) -> str:
    return strip_fillers(_text(tokens[first:i][: 4 * WINDOW]), rules)


def _finite(running: list[Token], rules: Rules) -> bool:
    """Whether a question has its verb: "how many of the rules, ..." has none before the comma."""
    text = strip_fillers(_text(running), rules).partition(" ,")[0]
    g = rules.grammar
    return not g["unfinished"].match(text) or g["finite"].search(text) is not None


def _run_on_cut(tokens: list[Token], first: int, i: int, question: bool, rules: Rules) -> bool:
    """Whether a clause begins at `i` without any sign, by its word order alone."""
    if rules.run_on is not None and tokens[i].norm not in rules.run_on:
        return False
    g = rules.grammar
    here = _text(tokens[i : i + WINDOW])
    if g["cut_and"].match(here):
        # "I know how they look and how often they come": a question only in its full order.
        return (
            question
            or (
                g["cut_inverted"].match(here) is not None
                and not _embeds(tokens[first:i][: 4 * WINDOW], rules)
            )
            or _asking(tokens, first, i, question, rules)
        )
    strong = g["cut_run_on"].match(here)
    if i - first == 1 and not strong:  # one word before: "Sandra what did you want"
        return False
    if not strong and (i > 4 * WINDOW or not g["cut_run_on_lead"].match(here)):
        return False
    if g["not_run_on"].search(_text(tokens[max(0, i - 6) : i])):
        return False
    if question and g["proposal"].match(here) and _fragment(tokens[first:i], rules):
        return False
    if strong:
        return True
    running = strip_fillers(_text(tokens[first : first + WINDOW]), rules)
    if g["wh"].match(running) and not g["setup"].match(running):
        return False  # "which we do you mean" is one question from its first word on
    return not _asking(tokens, first, i, question, rules)


def _cuts(tokens: list[Token], question: bool, rules: Rules) -> list[int]:
    """The places in a sentence where a new clause begins; 0 is always the first."""
    cuts = [0]
    beside = False  # inside ", if anything," the clause goes on after the second comma
    for i in range(1, len(tokens) - 1):
        after_comma = tokens[i - 1].norm == COMMA
        if tokens[i - 1].said == OPENS:
            beside = False
            cuts.append(i)
            continue
        if after_comma and beside:
            beside = False
            continue
        if after_comma and rules.grammar["aside"].match(_text(tokens[i : i + WINDOW])):
            beside = True
            continue
        if (after_comma and _comma_cut(tokens, cuts[-1], i, question, rules)) or (
            _run_on_cut(tokens, cuts[-1], i, question, rules)
        ):
            cuts.append(i)
    return cuts


def _clause(tokens: list[Token], question: bool, source: str, rules: Rules) -> Clause:
    while len(tokens) > 1 and tokens[-1].norm == COMMA:
        tokens = tokens[:-1]
    text = strip_fillers(_text(tokens), rules)
    kept = tokens[len(tokens) - text.count(" ") :]
    size = len({t.start for t in kept if t.norm != COMMA})
    typed = source[kept[0].start : kept[-1].end]
    return Clause(form_of(text, question, rules), tokens, question, text, typed, size)


def _belongs(before: Clause, clause: Clause, rules: Rules) -> bool:
    """Whether two clauses of one sentence are one question, set-up included.

    "If she left tomorrow, what would you miss?", "Take me back to that day, what did you see?"
    """
    if not clause.asks or before.size > rules.limits["setup"]:
        return False
    if before.form in INDIRECT:
        return len(clause.tokens) == clause.text.count(" ")  # no "and" between them
    asked = before.asks and before.question  # it has a mark of its own
    if clause.form is Form.wh and before.form is Form.imperative:
        return before.size <= rules.limits["gentle"]  # "Put differently, what is it worth?"
    if clause.form is Form.wh and rules.grammar["topic"].match(before.text):
        return not asked
    return not asked and rules.grammar["setup"].match(before.text) is not None


def _shares_mark(piece: list[Token], rest: list[Token], rules: Rules) -> bool:
    """In "who knows it and who does not?" the question mark is for both."""
    g = rules.grammar
    text = strip_fillers(_text(piece), rules)
    asks = g["wh"].match(text) or g["yes_no"].match(text)
    return asks is not None and g["cut_and"].match(_text(rest[:WINDOW])) is not None


def clauses(text: str, rules: Rules) -> list[Clause]:
    """All clauses of a cleaned message in order, each with its form."""
    result: list[Clause] = []
    for tokens, marks in split(text, rules):
        question = "?" in marks
        cuts = [*_cuts(tokens, question, rules), len(tokens)]
        pieces: list[Clause] = []
        stated = False
        for first, last in pairwise(cuts):
            piece = tokens[first:last]
            marked = question and (last == len(tokens) or _shares_mark(piece, tokens[last:], rules))
            clause = _clause(piece, marked, text, rules)
            clause.stopped = marks.count(".") == 1 and not question
            clause.behind = stated
            stated |= clause.form is Form.statement and clause.size > rules.limits["assent"]
            unmarked = clause.form is Form.statement and last == len(tokens) and not marks.strip()
            if unmarked and rules.grammar["bare_declarative"].match(clause.text):
                clause.form = Form.declarative  # "they ever pay it out": the mark is missing
            if pieces and pieces[0].form in EMBEDDING and rules.grammar["wh"].match(clause.text):
                clause.form = Form.indirect_wh  # "I wonder how it is, and what he makes of it"
            if pieces and _belongs(pieces[-1], clause, rules):
                clause.source = text[pieces[-1].tokens[0].start : piece[-1].end]
                if pieces[-1].form in INDIRECT:
                    clause.stopped = False  # "I wonder how much they know." needs no mark
                    pieces.pop()
                else:
                    pieces[-1].form = Form.setup
            pieces.append(clause)
        result += pieces
    return [c for c in result if c.text.strip(" ,")]
