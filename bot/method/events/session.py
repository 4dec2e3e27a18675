"""Events of a session."""

from __future__ import annotations

from dataclasses import dataclass

from bot.method.events.base import Deed, Happening
from bot.method.terms import (
    ActionId,
    Contribution,
    ContributionId,
    Support,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBegun(Happening):
    """The meeting begins this session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueGiven(Deed):
    """The form was submitted: that is presenting. `more` keeps the stage open for additions."""

    support: Support
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke(Deed):
    """A message in the thread, or a question handed in by form (`ours`: the bot posts it).

    `verdict` and `reason` are the judge's for the running stage; `gentle` marks a short
    sympathetic remark; `quotes` the question that the message quotes or replies to.
    """

    contribution: ContributionId
    verdict: str = "accept"
    reason: str = "exempt"
    gentle: bool = False
    quotes: ContributionId | None = None
    ours: bool = False
    tips: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokeAgain(Deed):
    """A message was edited and judged again. `known` is what it was."""

    known: Contribution
    verdict: str
    reason: str
    gentle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid(Deed):
    """A message was deleted by its author."""

    known: Contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Deed):
    """The presenter answered these questions; `contribution` holds the words, if any.

    `posts`: they came by form, so the bot posts them; a typed answer already stands there.
    """

    questions: tuple[ContributionId, ...]
    contribution: ContributionId | None = None
    posts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked(Deed):
    """The presenter puts a question aside for now."""

    question: ContributionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(Deed):
    """The presenter does not answer this question; nobody is obliged to."""

    question: ContributionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed(Deed):
    """The presenter marks a question that mattered ("this one landed")."""

    known: Contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingShown(Deed):
    """👀 was pressed; pressed again, it is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed(Deed):
    """Nothing from `by` in this stage; that is a full part in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionInsisted(Deed):
    """ "It is a question": it counts, and the facilitator sees only the total."""

    known: Contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForLater(Deed):
    """The author asks the bot to keep a copy for after (method.md §4, The nudge)."""

    known: Contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAsIs(Deed):
    """The author leaves a nudged message as it is."""

    known: Contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Reworded(Deed):
    """The author chose another wording; the bot posts it as `contribution`."""

    known: Contribution
    contribution: ContributionId
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedAnyway(Deed):
    """Strict sets: the author stands by a held question; the facilitator sees it first."""

    known: Contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAccepted(Deed):
    """Strict sets: the facilitator lets a held question through."""

    known: Contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionNamed(Deed):
    """The presenter commits to an action; its words are kept apart."""

    action: ActionId


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDropped(Deed):
    """The presenter took an action back before the stage closed."""

    action: ActionId


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsSettled(Deed):
    """The presenter is done choosing; `reasoned` when they chose none and said why."""

    reasoned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeasDecided(Deed):
    """The presenter says, after the questions, whether ideas are still wanted."""

    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOffered(Deed):
    """A thought kept for later is offered now; the bot posts it for its author."""

    known: Contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemStated(Deed):
    """`by` wrote the problem as they see it, privately, until all are shown together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemAgreed(Deed):
    """The presenter says whether the set has found its problem, or looks once more."""

    agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnaskedLeft(Deed):
    """ "The question I wish I had asked", left after the questions."""

    contribution: ContributionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrew(Deed):
    """The presenter takes the issue back; no reason is owed."""
