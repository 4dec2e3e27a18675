"""Events: what happened. Past tense, frozen, never a platform payload.

Every event carries `at`, an aware UTC datetime: the machines have no clock. A deed carries
who did it and `entry`, the stage entry its button was drawn for (None when it was typed).
Events hold no words: they name a contribution by its id. The host adds its verdict under the
lock, for the stage that then runs.
"""

from __future__ import annotations

from bot.method.events.action import CheckedIn, CheckInSent, DueMoved, LetGo, ReportOpened, Snoozed
from bot.method.events.base import Deed, Happening
from bot.method.events.learning_set import (
    CalendarChosen,
    FacilitatorNamed,
    FacilitatorProposed,
    FormatChosen,
    HoursChanged,
    InstallationGone,
    Invited,
    Joined,
    Left,
    MeetingBegun,
    MeetingClosed,
    MeetingWanted,
    PresentAsked,
    ProposalAnswered,
    RolesChanged,
    RulesAgreed,
    RulesChanged,
    SetEnded,
    SetMade,
    SetPaused,
    SetResumed,
    StagesChanged,
    TurnOffered,
    TurnsChosen,
    WentOn,
)
from bot.method.events.meeting import (
    BidBacked,
    BidMade,
    PulseGiven,
    Reflected,
    ReportedBack,
    SessionClosed,
    SkillPicked,
)
from bot.method.events.session import (
    ActionDropped,
    ActionNamed,
    ActionsSettled,
    Answered,
    Declined,
    HeldAccepted,
    IdeasDecided,
    IssueGiven,
    KeptForLater,
    KeptOffered,
    Landed,
    LeftAsIs,
    Parked,
    Passed,
    PostedAnyway,
    ProblemAgreed,
    ProblemStated,
    QuestionInsisted,
    Reworded,
    SessionBegun,
    Spoke,
    SpokeAgain,
    ThinkingShown,
    UnaskedLeft,
    Unsaid,
    Withdrew,
)
from bot.method.events.stage import StageEnded, StageExtended, StagePaused, StageResumed, TimeRanOut

__all__ = [
    "ActionDropped",
    "ActionEvent",
    "ActionNamed",
    "ActionsSettled",
    "Answered",
    "BidBacked",
    "BidMade",
    "CalendarChosen",
    "CheckInSent",
    "CheckedIn",
    "Declined",
    "Deed",
    "DueMoved",
    "Event",
    "FacilitatorNamed",
    "FacilitatorProposed",
    "FormatChosen",
    "Happening",
    "HeldAccepted",
    "HoursChanged",
    "IdeasDecided",
    "InstallationGone",
    "Invited",
    "IssueGiven",
    "Joined",
    "KeptForLater",
    "KeptOffered",
    "Landed",
    "Left",
    "LeftAsIs",
    "LetGo",
    "MeetingBegun",
    "MeetingClosed",
    "MeetingEvent",
    "MeetingWanted",
    "Parked",
    "Passed",
    "PostedAnyway",
    "PresentAsked",
    "ProblemAgreed",
    "ProblemStated",
    "ProposalAnswered",
    "PulseGiven",
    "QuestionInsisted",
    "Reflected",
    "ReportOpened",
    "ReportedBack",
    "Reworded",
    "RolesChanged",
    "RulesAgreed",
    "RulesChanged",
    "SessionBegun",
    "SessionClosed",
    "SessionEvent",
    "SetEnded",
    "SetEvent",
    "SetMade",
    "SetPaused",
    "SetResumed",
    "SkillPicked",
    "Snoozed",
    "Spoke",
    "SpokeAgain",
    "StageEnded",
    "StageExtended",
    "StagePaused",
    "StageResumed",
    "StagesChanged",
    "ThinkingShown",
    "TimeRanOut",
    "TurnOffered",
    "TurnsChosen",
    "UnaskedLeft",
    "Unsaid",
    "WentOn",
    "Withdrew",
]

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
