"""The questions-only judge: is this message a question, and could it be a better one?

Pure, offline, deterministic and explainable: a message passes five steps, and the result names the
words that decided.

    clean      what is not the asker's own sentence is set aside
    sentences  clauses, each with its form
    cues       the evidence in them
    verdict    the ordered checks; the first that fires wins
    suggest    a wording that asks the same more openly

`data` reads the rules, which are written in the little language of `patterns` and live with all
other words in prompts/<language>/judge.toml; `language` knows when to keep silent. Another
language is another folder, no Python.
Source: method.md section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from bot.judge import language
from bot.judge.asking import asks
from bot.judge.clean import clean
from bot.judge.data import load
from bot.judge.explain import Explanation, Step, explain
from bot.judge.rules import RuleError, Rules
from bot.judge.sentences import clauses
from bot.judge.suggest import candidates
from bot.judge.verdict import REASONS, Finding, Verdict, judge

__all__ = [
    "DEFAULT",
    "REASONS",
    "Explanation",
    "Judge",
    "Judgement",
    "RuleError",
    "Rules",
    "Step",
    "UnknownLanguage",
    "Verdict",
    "judge_for",
    "judge_of",
    "languages",
]


DEFAULT = "en"


class UnknownLanguage(LookupError):
    """No rules for this language; `known` are those that there are."""

    def __init__(self, lang: str, known: tuple[str, ...]) -> None:
        self.lang, self.known = lang, known
        super().__init__(f"{lang!r}: {', '.join(known)}")


WORDINGS_KEPT = 1024
"""So many suggestions are remembered together with whether the judge accepts them."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says of one message (method.md section 4).

    `reason` is a key of REASONS. `suggestion` is itself accepted when judged in `questions`.
    `words` are those that decided, as written. `gentle`: a short sympathetic remark keeps its
    verdict, and no nudge is to be sent.
    """

    verdict: Verdict
    reason: str
    suggestion: str | None = None
    words: tuple[str, ...] = ()
    gentle: bool = False


class Judge:
    """Judges messages by one language's rules; the same text always gets the same answer."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._fit: dict[str, bool] = {}

    def __call__(
        self,
        text: str,
        *,
        stage: str = "questions",
        role: str = "member",
        open_question: bool = False,
    ) -> Judgement:
        """Judge one message.

        `stage` is a speech mode: questions, clarify or reply_statements are judged, any other is
        exempt. `role`: member, presenter or facilitator. `open_question`: a question put to all
        or to the author is open, so that in reply_statements a statement answers it. Any text is
        taken, also none and nonsense; nothing is raised.
        """
        finding = judge(text, self.rules, stage, role, open_question)
        verdict = REASONS[finding.reason]
        suggestion = None if verdict is Verdict.accept else self._suggest(finding)
        return Judgement(verdict, finding.reason, suggestion, finding.words, finding.gentle)

    def asks(self, text: str) -> bool:
        """Whether the message holds an asking sentence (method.md section 4, point 1), fine or not.

        The question or not of a plain text, without stage, role or verdict.
        """
        return asks(text, self.rules)

    def explain(
        self,
        text: str,
        *,
        stage: str = "questions",
        role: str = "member",
        open_question: bool = False,
    ) -> Explanation:
        """Which rules decided about a message, and where they stand; the arguments of a call."""
        finding = judge(text, self.rules, stage, role, open_question)
        return explain(finding, clauses(clean(text, self.rules).text, self.rules), self.rules)

    def _suggest(self, finding: Finding) -> str | None:
        """The first candidate that would itself be accepted; none is better than a poor one."""
        for wording in candidates(finding, self.rules):
            if self._accepts(wording):
                return wording
        return None

    def _accepts(self, wording: str) -> bool:
        """Whether a wording would count. Most are the same few, so the answers are kept."""
        known = self._fit.get(wording)
        if known is None:
            reason = judge(wording, self.rules, "questions", "member", False).reason
            known = REASONS[reason] is Verdict.accept
            if len(self._fit) < WORDINGS_KEPT:
                self._fit[wording] = known
        return known


_judges: dict[str, Judge] = {}
_building = Lock()  # it takes a second or two: whoever comes meanwhile waits for the same one


def judge_for(lang: str = DEFAULT) -> Judge:
    """The judge for a language, built once. Raises UnknownLanguage, RuleError."""
    judge = _judges.get(lang)
    if judge is None:
        known = language.known_languages()
        if lang not in known:
            raise UnknownLanguage(lang, tuple(sorted(known)))
        with _building:
            judge = _judges.get(lang) or _judges.setdefault(lang, Judge(load(lang)))
    return judge


def prepare() -> None:
    """Build the default judge: a second or two, once."""
    judge_for()


def judge_of(lang: str) -> Judge:
    """The judge of a language, or the default one (which falls silent on what it cannot read)."""
    return judge_for(lang if lang in language.known_languages() else DEFAULT)


def languages() -> tuple[str, ...]:
    """The languages that have a judge, by their codes in order."""
    return tuple(sorted(language.known_languages()))
