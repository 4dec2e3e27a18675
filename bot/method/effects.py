"""Effects: what to do after a step. Names and values only; no wording, no platform.

A card that is shown again under the same key is edited in place. `ref` names the thing a
card is about (a session, a contribution, an action): its view reads the newest state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.method.events import Event
from bot.method.terms import ContributionId, MeetingId, PersonId, QuestionState, SessionId

Values = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Show:
    """Show a card to the set, at home or (`thread`: a card key) in a thread."""

    card: str
    key: str
    ref: str = ""
    thread: str = ""
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Whisper:
    """Tell one person something that follows from what was just done; nobody else sees it.

    `near` is the card key of the thread it belongs to. Not counted as a nudge: it answers.
    """

    person: PersonId
    card: str
    ref: str = ""
    near: str = ""
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nudge:
    """An unprompted private message. Decided again when it is sent (method.md §6).

    `kind` is digest or last_call; for a last call `ref` names the session or meeting and
    `entry` the stage entry it was planned for.
    """

    person: PersonId
    kind: str
    ref: str = ""
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Refuse:
    """Tell one person, kindly, why that cannot be done now. A code; its words are in prompts/."""

    person: PersonId
    code: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Wake this machine at `due` (UTC) with TimeRanOut(name, turn); replaces that name."""

    name: str
    turn: int
    due: datetime


@dataclass(frozen=True, slots=True)
class ClearTimer:
    """Forget this machine's timer of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class Tell:
    """An event for another machine, handled in the same transaction."""

    to: str
    event: Event


@dataclass(frozen=True, slots=True)
class BeginMeeting:
    """Make the meeting; what begins it is told to it right after."""

    id: MeetingId
    presenters: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class BeginSession:
    """Make a session for this presenter in the meeting that says so."""

    id: SessionId
    presenter: PersonId


@dataclass(frozen=True, slots=True)
class Mark:
    """Keep what became of a contribution."""

    contribution: ContributionId
    state: QuestionState | None = None
    kind: str | None = None
    nudged: int | None = None
    acted: bool | None = None
    answers: tuple[ContributionId, ...] | None = None
    verdict: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Erase:
    """Erase our copy of what this person wrote in the set; counts stay (method.md §8)."""

    person: PersonId


Effect = (
    Show
    | Whisper
    | Nudge
    | Refuse
    | SetTimer
    | ClearTimer
    | Tell
    | BeginMeeting
    | BeginSession
    | Mark
    | Erase
)
