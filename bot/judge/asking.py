"""Whether a message waits for an answer, and what a clause without content is."""

from __future__ import annotations

from bot.judge.clean import clean
from bot.judge.cues import evidence, first
from bot.judge.rules import Form, Rules
from bot.judge.sentences import Clause, clauses

CLOSED_FORMS = frozenset({Form.yes_no, Form.indirect_yes_no, Form.declarative})


OWN_FORMS = frozenset({Form.statement, Form.imperative})


UNMARKED_FORMS = frozenset({Form.wh, Form.yes_no})


GUESSED_FORMS = frozenset({Form.declarative, Form.tag})


def without(name: str, text: str, rules: Rules) -> str:
    """What is left of a text behind all phrases of a grammar list, commas between them."""
    pattern = rules.grammar[name]
    while text:
        text = text.removeprefix(" ,")
        match = pattern.match(text)
        if match is None or not match.end():
            break
        text = text[match.end() :]
    return text.removeprefix(" ,")


def only(name: str, text: str, rules: Rules) -> bool:
    """Whether the text is made of nothing but phrases of a grammar list."""
    return not without(name, text, rules).strip(" ,")


def asks(text: str, rules: Rules) -> bool:
    """Whether a message waits for an answer, fine or not: finer than an asking form.

    It holds an asking clause that waits for one (`_waits`), and is no suggestion: a closed question
    that proposes, or has advice beside it, and goes on ("Have you talked to him? Often it helps").
    """
    all_clauses = clauses(clean(text, rules).text, rules)
    return not _suggests(all_clauses, rules) and any(
        clause.asks and _waits(clause, all_clauses[i + 1 :], rules)
        for i, clause in enumerate(all_clauses)
    )


def _waits(clause: Clause, after: list[Clause], rules: Rules) -> bool:
    """Whether an asking clause leaves the floor to the other; `after`: what the speaker adds.

    It does not where only the mark makes a statement ask ("So you left?") or a title ("You know
    what?") and the speaker goes on, where a check hangs behind it ("..., okay?"), and where it only
    asks to hear something again ("Sorry?"). Without a mark much less waits (`_unmarked`).
    """
    g, text = rules.grammar, clause.text
    if only("ack", text, rules) or g["again"].match(text):
        return False
    if clause.form in GUESSED_FORMS or g["announced"].match(text):
        checked = g["check"].search(text)
        if (checked and checked.start()) or any(_goes_on(c, rules) for c in after):
            return False
    return clause.question or _asks_without_mark(clause, rules)


def _asks_without_mark(clause: Clause, rules: Rules) -> bool:
    """Whether an asking clause waits for an answer though it has no question mark.

    An indirect one does unless it tells ("I don't know what they want."). A direct one does in the
    full order of a question ("what do you make of it."); in any other, only where neither a full
    stop ("what matters to her.") nor a statement before it ("those who have left") speaks against.
    """
    g, text = rules.grammar, clause.text
    if clause.form not in UNMARKED_FORMS:
        return g["told"].search(text) is None
    if g["begun"].match(text):
        return False
    if g["cut_run_on"].match(text):
        return True
    if clause.form is Form.wh:
        return not clause.stopped and not clause.behind
    if clause.stopped:
        return not clause.behind and g["cut_run_on_lead"].match(text) is not None
    return True


def _suggests(all_clauses: list[Clause], rules: Rules) -> bool:
    """Whether the last question is closed, the speaker goes on, and what is said is a proposal."""
    asking = [clause for clause in all_clauses if clause.asks]
    if not asking or asking[-1].form not in CLOSED_FORMS:
        return False
    after = all_clauses[all_clauses.index(asking[-1]) + 1 :]
    if not any(_goes_on(clause, rules) for clause in after):
        return False
    if first((c for c in all_clauses if c.form in OWN_FORMS), "advice", rules):
        return True
    proposals = ("disguised_advice", "advice")
    return all(any(evidence(c, reason, rules) for reason in proposals) for c in asking)


def _goes_on(clause: Clause, rules: Rules) -> bool:
    """Whether a clause says something: not just "lol", "thanks", a word or two."""
    return clause.size > rules.limits["harmless"] and not only("ack", clause.text, rules)
