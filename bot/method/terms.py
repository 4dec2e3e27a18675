"""The words of action learning, as small frozen types (method.md §1).

Rule 1: a name here is the field's own term, and nothing else has that name.
Rule 2: nothing here knows a platform, a database or a clock.
Rule 3: no prose. What people wrote lives in rows of its own and is named here by its id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum, unique
from typing import NewType

from bot.method.policy import DEFAULT_LANGUAGE
from bot.worktime import Hours

PersonId = NewType("PersonId", str)
SetId = NewType("SetId", str)
MeetingId = NewType("MeetingId", str)
SessionId = NewType("SessionId", str)
ActionId = NewType("ActionId", str)
ContributionId = NewType("ContributionId", str)


@unique
class Speech(StrEnum):
    """Who may say what in a stage (method.md §3)."""

    open = "open"
    presenter_only = "presenter_only"
    clarify = "clarify"
    questions = "questions"
    reply_statements = "reply_statements"
    offers = "offers"
    form = "form"


JUDGED = frozenset({Speech.clarify, Speech.questions, Speech.reply_statements})
"""The kinds of stage in which the questions-only rule is at work (method.md §4)."""


@unique
class Support(StrEnum):
    """What the presenter asks of the set, said before anything else (method.md §2, S0)."""

    listening = "listening"
    questions = "questions"
    challenge = "challenge"
    ideas = "ideas"
    resources = "resources"


@unique
class Outcome(StrEnum):
    """How a check-in or a report back found an action (method.md §5)."""

    done = "done"
    partly = "partly"
    not_yet = "not_yet"
    changed = "changed"


@unique
class Ending(StrEnum):
    """How a session ended."""

    actions = "actions"  # with at least one action
    no_action = "no_action"  # the presenter chose none, and said why
    unsettled = "unsettled"  # time ran out before the presenter had chosen
    withdrawn = "withdrawn"
    not_presented = "not_presented"


@unique
class QuestionState(StrEnum):
    """The life of a question. `landed` is an answered question that mattered."""

    held = "held"  # handed in, and not (yet) posted
    sealed = "sealed"  # handed in for the first wave: nobody else reads it before all are shown
    open = "open"
    answered = "answered"
    parked = "parked"
    declined = "declined"
    landed = "landed"
    withdrawn = "withdrawn"
    not_counted = "not_counted"  # said, and not a question


@dataclass(frozen=True, slots=True)
class Address:
    """Who a person is to a platform: never shown, never parsed.

    `user` is the platform's own id (in Teams the aadObjectId), `reach` what a
    message is sent to when that differs (in Teams `29:…`).
    """

    platform: str
    installation: str
    user: str
    reach: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One human on one platform. The same human on two platforms is two persons.

    `nudges` is False for someone who has opted out of unprompted messages, `tips`
    for someone who has switched off tips on their questions; `paused_until` is a
    date in the person's own zone, up to and including which no nudge is sent. `follows` is
    True while the zone is taken from the platform's profile and not set by the person. A
    `guest` belongs to another organisation than the workspace that the set lives in.
    """

    id: PersonId
    name: str
    address: Address
    hours: Hours = Hours()
    language: str = DEFAULT_LANGUAGE
    nudges: bool = True
    tips: bool = True
    paused_until: date | None = None
    follows: bool = True
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation, or a thread in it. `thread` is the platform's id of its first message."""

    platform: str
    installation: str
    conversation: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the machines know them: who, and when they work."""

    person: PersonId
    hours: Hours = Hours()


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits for the presenter. Closed ones leave the state (design.md)."""

    id: ContributionId
    by: PersonId


@dataclass(frozen=True, slots=True)
class Contribution:
    """One thing that one person said in a thread, without its words.

    `nudged` is how often the author was privately told about it (0, 1, or 2 when it
    was offered again in a digest); `acted` is whether they answered that nudge.
    `answers` names the questions that this message answers.
    """

    id: ContributionId
    session: str  # a SessionId, or the MeetingId of a meeting's own thread
    by: PersonId
    kind: str  # question · answer · statement · said · ack · pass · kept
    state: QuestionState
    at: datetime
    entry: int = 0
    verdict: str = "accept"
    reason: str = ""
    nudged: int = 0
    acted: bool = False
    ours: bool = False  # posted by the bot for its author, so the bot can change it
    answers: tuple[ContributionId, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many contributions of one kind, state and verdict a person has made in a session."""

    session: str
    by: PersonId
    kind: str
    state: QuestionState
    verdict: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """A set's rhythm: `days` between two openings, `act_days` working days to act in.

    `meetings` is how many there are in all (a programme), 0 for an open end.
    """

    days: int = 14
    act_days: int = 5
    meetings: int = 0


@dataclass(frozen=True, slots=True)
class GroundRules:
    """The set's own agreement: which version, and who has said yes to it."""

    version: int = 1
    assented: frozenset[PersonId] = field(default_factory=frozenset)
