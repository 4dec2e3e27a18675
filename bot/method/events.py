"""Events: what happened. Past tense, frozen, never a platform payload.

Every event carries `at`, an aware UTC datetime: the machines have no clock. A deed carries
who did it and `entry`, the stage entry its button was drawn for (None when it was typed).
Events hold no words: they name a contribution by its id. The host adds its verdict under the
lock, for the stage that then runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.method.formats import Format
from bot.method.overrides import Overrides
from bot.method.terms import (
    ActionId,
    Contribution,
    ContributionId,
    Ending,
    Outcome,
    PersonId,
    SessionId,
    Support,
)
from bot.worktime import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something a person did, or the clock did, at a known moment."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed(Happening):
    """Something a person did."""

    by: PersonId
    entry: int | None = None


# Who is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Deed):
    """`by` asked these people into the set."""

    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Deed):
    """`by` said yes to the ground rules; `hours` as the profile has them."""

    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Deed):
    """`by` left the set; their words are erased, counts stay (method.md §8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursChanged(Deed):
    """`by` changed zone, hours or absence. Stages that run keep their end."""

    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilitatorNamed(Deed):
    """`by` handed facilitation to `facilitator` (None: nobody; the host keeps the process)."""

    facilitator: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilitatorProposed(Deed):
    """`by` puts it to the set who facilitates (None: nobody, and the host changes each time)."""

    facilitator: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAnswered(Deed):
    """`by` agrees with the proposal of this number, or says "not now"."""

    proposal: int
    agrees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesChanged(Happening):
    """The set tells its meeting and sessions who facilitates and who hosts now."""

    facilitator: PersonId | None
    host: PersonId | None


# What the set has agreed


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMade(Deed):
    """`by` made the set, here and now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatChosen(Deed):
    """The set works by this method from its next meeting on.

    `rotate`: while nobody facilitates, the host changes after each meeting. `sealed`: first
    questions are handed in unseen. `live`: the set meets in real time, in minutes. `language`:
    the one in which questions are judged, from now on; empty: each person's own.
    """

    format: Format
    strict: bool = False
    rotate: bool = False
    sealed: bool = False
    live: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagesChanged(Deed):
    """The set gave stages other windows and quotas, from its next meeting on."""

    overrides: Overrides


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChosen(Deed):
    """The set chose its rhythm; `meetings` in all, 0 for an open end.

    `counted`: its sums may count in the programme's figures (method.md §8).
    """

    days: int
    act_days: int
    meetings: int = 0
    counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesChanged(Deed):
    """The set's own ground rules are new; `lines` is how many there are now."""

    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesAgreed(Deed):
    """`by` said yes to this version of the ground rules."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WentOn(Deed):
    """The set goes on: after its last meeting, or after a long silence."""


# The set's calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOffered(Deed):
    """`by` would present next; the issue may come later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsChosen(Deed):
    """Who presents next, in this order; the others follow as they would."""

    order: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentAsked(Deed):
    """`by` wants to present; the issue is kept as a draft until it is their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPaused(Deed):
    """The set stops meeting, until that date if there is one."""

    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetResumed(Deed):
    """The set meets again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEnded(Deed):
    """The set is over for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationGone(Happening):
    """The bot was taken out of the workspace in which the set lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingBegun(Happening):
    """The set opens its next meeting. `chosen`: somebody has brought an issue already."""

    owing: tuple[PersonId, ...]
    presenters: tuple[PersonId, ...]
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingClosed(Happening):
    """The meeting tells its set how it went.

    `acting_from` is when its last actions stage closed; `presented` who had their turn,
    `acted` who took an action away and will owe a report, `reported` who reported back.
    """

    acting_from: datetime
    presented: tuple[PersonId, ...] = ()
    acted: tuple[PersonId, ...] = ()
    reported: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingWanted(Deed):
    """A set that meets live is together now: `by` opens the meeting that is due."""


# The session


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


# Any stage


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEnded(Deed):
    """ "Next": a person with the power to do so ends the stage early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageExtended(Deed):
    """Somebody with the power to do so gives the stage one more day, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePaused(Deed):
    """The clock stops, until that date (the set's home) if there is one."""

    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResumed(Deed):
    """The clock goes on with the working time that was left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRanOut(Happening):
    """A timer that a machine set has come due. An old `turn` makes it silent."""

    name: str
    turn: int


# The meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedBack(Deed):
    """`by` told the set what became of their actions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflected(Deed):
    """A closing reflection was handed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseGiven(Deed):
    """`by` said how the meeting was for them; what they said is counted, without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidMade(Deed):
    """`by` would like the set to work on something of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidBacked(Deed):
    """`by` would give this turn to `bidder`."""

    bidder: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillPicked(Deed):
    """`by` chose the leadership skill to practise in this meeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed(Happening):
    """A session tells its meeting how it ended, and who took an action away."""

    session: SessionId
    presenter: PersonId
    ending: Ending
    committed: tuple[PersonId, ...] = ()


# An action's own life


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn(Deed):
    """The owner said how it goes; `learned` is whether they wrote what they learned."""

    outcome: Outcome
    learned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMoved(Deed):
    """The owner keeps the action and gives it another date (own zone)."""

    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed(Deed):
    """Only the check-in that now waits is put off, to this date in the owner's zone."""

    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo(Deed):
    """The owner lets the action go; nothing more is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInSent(Happening):
    """A check-in has really gone out (not planned, not deferred)."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOpened(Happening):
    """The owner's next report back has begun: from here the meeting asks, not the nudge."""


SetEvent = (
    Invited
    | Joined
    | Left
    | HoursChanged
    | FacilitatorNamed
    | FacilitatorProposed
    | ProposalAnswered
    | SetMade
    | FormatChosen
    | StagesChanged
    | CalendarChosen
    | RulesChanged
    | RulesAgreed
    | WentOn
    | TurnOffered
    | TurnsChosen
    | PresentAsked
    | MeetingWanted
    | SetPaused
    | SetResumed
    | SetEnded
    | InstallationGone
    | MeetingClosed
    | TimeRanOut
)
MeetingEvent = (
    MeetingBegun
    | Joined
    | Left
    | HoursChanged
    | RolesChanged
    | Spoke
    | SpokeAgain
    | Unsaid
    | ThinkingShown
    | Passed
    | ReportedBack
    | Reflected
    | PulseGiven
    | StageEnded
    | StageExtended
    | StagePaused
    | StageResumed
    | BidMade
    | BidBacked
    | SkillPicked
    | SessionClosed
    | TimeRanOut
)
SessionEvent = (
    SessionBegun
    | Joined
    | Left
    | HoursChanged
    | RolesChanged
    | IssueGiven
    | Spoke
    | SpokeAgain
    | Unsaid
    | Answered
    | Parked
    | Declined
    | Landed
    | ThinkingShown
    | Passed
    | QuestionInsisted
    | KeptForLater
    | LeftAsIs
    | Reworded
    | PostedAnyway
    | HeldAccepted
    | ActionNamed
    | ActionDropped
    | ActionsSettled
    | IdeasDecided
    | KeptOffered
    | ProblemStated
    | ProblemAgreed
    | UnaskedLeft
    | Withdrew
    | StageEnded
    | StageExtended
    | StagePaused
    | StageResumed
    | TimeRanOut
)
ActionEvent = CheckedIn | DueMoved | Snoozed | LetGo | CheckInSent | ReportOpened
Event = SetEvent | MeetingEvent | SessionEvent | ActionEvent
"""Every event that a machine understands. A new one is added here and in its RULES."""
