"""The ordered checks; the first that fires gives the verdict. The fourth step.

1 exempt, 2 nothing left, 3 no asking sentence, 4 rhetorical, 5 leading, 6 disguised advice,
7 advice beside a question, 8 self-answer, 9 preamble, 10 tips. A false nudge is worse than a
miss: wherever no check is sure, the message is accepted.
Source: method.md section 4 ("Order of checks", "Edge decisions").
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.judge import language
from bot.judge.asking import CLOSED_FORMS, GUESSED_FORMS, OWN_FORMS, only, without
from bot.judge.clean import clean
from bot.judge.cues import Evidence, evidence, first
from bot.judge.rules import Form, Rules
from bot.judge.sentences import Clause, clauses


class Verdict(StrEnum):
    """What becomes of a message: it counts, it counts but could be better, it does not count."""

    accept = "accept"
    tip = "tip"
    nudge = "nudge"


REASONS: dict[str, Verdict] = {
    "exempt": Verdict.accept,
    "ack": Verdict.accept,
    "pass": Verdict.accept,
    "question": Verdict.accept,
    "answer": Verdict.accept,
    "unknown_language": Verdict.accept,
    "link": Verdict.nudge,
    "advice": Verdict.nudge,
    "story": Verdict.nudge,
    "statement": Verdict.nudge,
    "rhetorical": Verdict.nudge,
    "leading": Verdict.nudge,
    "disguised_advice": Verdict.nudge,
    "self_answer": Verdict.nudge,
    "preamble": Verdict.nudge,
    "stacked": Verdict.tip,
    "options": Verdict.tip,
    "why_you": Verdict.tip,
    "closed": Verdict.tip,
}
"""Every reason and its verdict (method.md section 4)."""

JUDGED_STAGES = frozenset({"questions", "clarify", "reply_statements"})
PERSONAL = ("opinion", "sympathy")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, before a wording is suggested. `clause`: the one that showed it.

    `rule`: its place in the file, e.g. "cue 12", "grammar.pass" or "limits.lead_in"; "" when no
    pattern decided.
    """

    reason: str
    words: tuple[str, ...] = ()
    clause: Clause | None = None
    asks: tuple[Clause, ...] = ()
    gentle: bool = False
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A message in its place: clauses, the asking ones, and what the stage allows."""

    rules: Rules
    all: tuple[Clause, ...]
    asks: tuple[Clause, ...]
    clarify: bool
    answering: bool
    unmarked: bool = False
    """It ends in no mark at all: then a question of yes or no may lack its own."""

    @property
    def own(self) -> tuple[Clause, ...]:
        """The clauses that do not ask."""
        return tuple(c for c in self.all if c.form in OWN_FORMS)


def exempt(stage: str, role: str) -> bool:
    """Check 1: who and where nothing is judged."""
    if stage not in JUDGED_STAGES or role == "facilitator":
        return True
    return role == "presenter" and stage != "reply_statements"


ASCII_SCRIPT = "LATIN"
"""The script that the letters of ASCII belong to, in the names of Unicode."""


def _letters(text: str) -> list[str]:
    return [c for c in text if c.isalpha()]


def _foreign(text: str, words: list[str], rules: Rules) -> bool:
    """Written in a language that these rules do not know, and surely so."""
    letters = [] if text.isascii() and rules.script == ASCII_SCRIPT else _letters(text)
    if letters:
        other = sum(not unicodedata.name(c, "").startswith(rules.script) for c in letters[:200])
        if other * 2 > len(letters[:200]):
            return True
    if len(words) < language.FEWEST_WORDS:
        return False
    own = sum(word in rules.common for word in words)
    return own * 3 < len(words) and language.foreign_language(text, rules.language) is not None


def _ack(all_clauses: list[Clause], rules: Rules) -> bool:
    """Only noises of assent, perhaps with a name: "all clear, thanks", "noted Ruth"."""
    for clause in all_clauses:
        tokens = clause.tokens
        text = "".join(f" {t.norm}" for t in tokens)
        more = rules.grammar["ack_clause"]
        rests = [without("ack", phrase, rules) for phrase in (text, clause.text)]  # "Well received"
        if any(not rest.strip(" ,") or more.search(rest) for rest in (text, *rests)):
            continue
        if len(tokens) > 1 and tokens[-1].said[:1].isupper():
            cut = text[: text.rfind(" ")]
            if only("ack", cut, rules):
                continue
        return False
    return True


def _of_the_round(all_clauses: list[Clause], rules: Rules) -> str:
    """Talk of the round alone: "pass" or "ack"; "" where it may be about something else.

    "The others have covered what I had in mind" names nothing of the issue. An order in such words
    ("ask them") is meant for the presenter, unless it lets the round go by.
    """
    g = rules.grammar
    more = 0
    for clause in all_clauses:
        for token in clause.tokens:
            word = f" {token.norm}"
            known = word == " ," or g["round"].match(word)
            named = token is not clause.tokens[0] and token.said[:1].isupper()
            more += not (known or named)
        if clause.asks or more > rules.limits["round"]:
            return ""
    passes, acks = (
        [clause for clause in all_clauses if g[key].search(clause.text)]
        for key in ("round_pass", "round_ack")
    )
    if any(c.form is Form.imperative and c not in passes and c not in acks for c in all_clauses):
        return ""
    if not more and not first(all_clauses, "advice", rules):
        if acks:
            return "ack"
        if not passes and not any(first(all_clauses, reason, rules) for reason in PERSONAL):
            return "pass" if any(g["round_self"].search(c.text) for c in all_clauses) else ""
    return "pass" if passes else ""


def _no_asking(scene: Scene) -> Finding:
    """Check 3: advice, story or statement; a short sympathetic remark is gentle."""
    if scene.answering:
        return Finding("answer")
    rules = scene.rules
    for reason in ("advice", "story"):
        if match := first(scene.all, reason, rules):
            return Finding(reason, match.words, match.clause, rule=match.rule)
        if reason == "advice":
            for clause in scene.all:
                if _doubtful(clause, scene):
                    return _yes_no(clause, scene, "grammar.doubtful_order")
                if clause.form is Form.imperative and not evidence(clause, "harmless", rules):
                    words = (clause.tokens[0].said,)
                    return Finding("advice", words, clause, rule="grammar.imperative")
    size = sum(clause.size for clause in scene.all)
    kind = first(scene.all, "sympathy", rules)
    if not kind and not first(scene.all, "opinion", rules):  # unsure: a miss is better
        if size <= rules.limits["assent"]:
            return Finding("ack", rule="limits.assent")
        if all(rules.grammar["oneself"].match(clause.text) for clause in scene.all):
            return Finding("pass", rule="grammar.oneself")
        for clause in scene.all if scene.unmarked else ():
            if rules.grammar["addressed"].search(clause.text):
                return _yes_no(clause, scene, "grammar.addressed")
            if rules.grammar["doubtful_wh"].search(clause.text):
                return Finding("question", (), clause, (clause,), rule="grammar.doubtful_wh")
    gentle = size <= rules.limits["gentle"] and kind is not None
    return Finding("statement", (), scene.all[0], gentle=gentle)


def _yes_no(clause: Clause, scene: Scene, rule: str) -> Finding:
    """What may be a question of yes or no without its mark; the doubt is the asker's."""
    return Finding("question" if scene.clarify else "closed", (), clause, (clause,), rule=rule)


def _doubtful(clause: Clause, scene: Scene) -> bool:
    """Whether an order may as well be a question whose mark is missing ("habla con su jefa")."""
    doubtful = scene.rules.grammar["doubtful_order"]
    return scene.unmarked and clause.form is Form.imperative and bool(doubtful.search(clause.text))


def _find_in_questions(scene: Scene, reason: str) -> Evidence | None:
    """Checks 4 to 6: evidence in the asking clauses, and in the set-ups before them."""
    carrying = [c for c in scene.all if c.asks or c.form is Form.setup]
    return first(carrying, reason, scene.rules, clarify=scene.clarify)


def _guess(scene: Scene) -> Evidence | None:
    """Advice with a question mark behind it ("Maybe talk to HR?") is disguised advice."""
    for clause in scene.asks:
        if clause.form in GUESSED_FORMS:
            if match := evidence(clause, "advice", scene.rules):
                return match
            if scene.rules.grammar["imperative"].match(clause.text) and not evidence(
                clause, "options", scene.rules
            ):
                return Evidence("advice", clause, (clause.tokens[0].said,), "grammar.imperative")
    return None


def _tag(scene: Scene) -> Evidence | None:
    """A tag asks for a yes. In `clarify` a factual one is welcome; cues sort out the others."""
    if scene.clarify:
        return None
    for clause in scene.asks:
        if clause.form is Form.tag:
            key = "tag" if clause.question else "bare_tag"
            return Evidence("leading", clause, (clause.tokens[-1].said,), f"grammar.{key}")
    return None


def _negative(scene: Scene) -> Evidence | None:
    """A negative question waits for a yes; in `clarify` it may ask for a fact."""
    if scene.clarify:
        return None
    for clause in scene.asks:
        if clause.form is Form.yes_no and scene.rules.grammar["negative"].match(clause.text):
            return Evidence("leading", clause, (clause.tokens[0].said,), "grammar.negative")
    return None


def _advice_beside(scene: Scene) -> Evidence | None:
    """Check 7: advice in a clause of its own."""
    for clause in scene.own:
        if match := evidence(clause, "advice", scene.rules):
            return match
        if clause.form is Form.imperative and not evidence(clause, "harmless", scene.rules):
            return Evidence("advice", clause, (clause.tokens[0].said,), "grammar.imperative")
    return None


def _find_own_answer(scene: Scene) -> Evidence | None:
    """Check 8: the question is explained or answered, in its own clause or after it."""
    rules = scene.rules
    if match := first(scene.asks, "self_answer", rules):
        return match
    asked = False
    last = max(i for i, c in enumerate(scene.all) if c.asks)
    for i, clause in enumerate(scene.all):
        if clause.asks:
            asked = True
        elif asked and (match := evidence(clause, "self_answer", rules)):
            return match
        elif i > last and not _harmless(clause, rules):
            words = tuple(t.said for t in clause.tokens[:3])
            return Evidence("self_answer", clause, words, "limits.harmless")
    return None


def _harmless(clause: Clause, rules: Rules) -> bool:
    """What may stand after a question: a word or two, thanks, sympathy, "no hurry"."""
    if clause.size <= rules.limits["harmless"] or evidence(clause, "harmless", rules):
        return True
    short = clause.size <= rules.limits["gentle"]
    return short and evidence(clause, "sympathy", rules) is not None


def _find_long_lead_in(scene: Scene) -> Evidence | None:
    """Check 9: a long lead-in, or an opinion or story of the asker's own before the question."""
    rules = scene.rules
    before: list[Clause] = []
    for clause in scene.all:
        if clause.form is Form.setup:
            continue
        if not clause.asks:
            before.append(clause)
            continue
        if sum(c.size for c in before) > rules.limits["lead_in"]:
            words = tuple(t.said for t in before[0].tokens[:3])
            return Evidence("preamble", clause, words, "limits.lead_in")
        for lead in before:
            for reason, short in (("opinion", "view"), ("story", "story")):
                if lead.size <= rules.limits[short]:
                    continue
                if match := evidence(lead, reason, rules):
                    return Evidence("preamble", clause, match.words, match.rule)
        before = []
    return None


def _tips(scene: Scene) -> Finding:
    """Check 10: what counts and could be better."""
    asks = scene.asks
    if scene.clarify:
        return Finding("question", asks=asks)
    if len(asks) > 1:
        return Finding("stacked", asks=asks, clause=asks[0])
    for reason in ("options", "why_you"):
        if match := _find_in_questions(scene, reason):
            return Finding(reason, match.words, match.clause, asks, rule=match.rule)
    if asks[0].form in CLOSED_FORMS:
        return Finding("closed", (asks[0].tokens[0].said,), asks[0], asks)
    return Finding("question", asks=asks)


def _checks(scene: Scene) -> Iterator[Evidence | None]:
    """Checks 4 to 9 in their order. Statements are lawful beside a question while answering."""
    for reason in ("rhetorical", "leading"):
        yield _find_in_questions(scene, reason)
    yield _tag(scene)
    if match := _find_in_questions(scene, "advice"):
        yield match if match.clause.form is Form.indirect_yes_no else None
    yield _find_in_questions(scene, "disguised_advice")
    yield _negative(scene)
    if guess := _guess(scene):
        yield Evidence("disguised_advice", guess.clause, guess.words, guess.rule)
    if not scene.answering:
        yield _advice_beside(scene)
        yield _find_own_answer(scene)
        yield _find_long_lead_in(scene)


def judge(text: str, rules: Rules, stage: str, role: str, open_question: bool) -> Finding:
    """The finding for one message. Never raises, whatever the text."""
    if exempt(stage, role):
        return Finding("exempt")
    cleaned = clean(text, rules)
    all_clauses = clauses(cleaned.text, rules)
    if not all_clauses:
        return Finding("link" if cleaned.link else "ack")
    whole = "".join(clause.text for clause in all_clauses)
    if cleaned.link and only("pointer", whole, rules):
        return Finding("link")
    norms = [t.norm for clause in all_clauses for t in clause.tokens if t.norm != ","]
    if _foreign(cleaned.text, norms, rules):
        return Finding("unknown_language")
    if not any(clause.question for clause in all_clauses):
        for clause in all_clauses:
            if match := rules.grammar["pass"].search(clause.text):
                return Finding("pass", clause.words(match), clause, rule="grammar.pass")
    if not any(clause.question for clause in all_clauses) and _ack(all_clauses, rules):
        return Finding("ack")
    if not any(clause.question for clause in all_clauses) and (
        kind := _of_the_round(all_clauses, rules)
    ):
        return Finding(kind, rule=f"grammar.round_{kind}")
    if all(only("ack", clause.text, rules) for clause in all_clauses):
        return Finding("question")  # "Oh, yeah?" asks for nothing in particular
    meta = rules.grammar["meta"]  # "May I ask something?" only announces a question
    kept = [c for c in all_clauses if not meta.match(c.text)] or all_clauses
    scene = Scene(
        rules,
        tuple(kept),
        tuple(c for c in kept if c.asks),
        clarify=stage == "clarify",
        answering=stage == "reply_statements" and open_question,
        unmarked=not cleaned.text.rstrip("\"') ").endswith((".", "!")),
    )
    if not scene.asks:
        return _no_asking(scene)
    for check in _checks(scene):
        if check is not None:
            return Finding(check.reason, check.words, check.clause, scene.asks, rule=check.rule)
    return _tips(scene)
