"""The machines' own Play: one state, one event at a time, for tests of the pure parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import formats, learning_set, meeting, session
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import (
    Contribution,
    ContributionId,
    MeetingId,
    Member,
    PersonId,
    QuestionState,
    SessionId,
    SetId,
)

ONE_PROBLEM = formats.load("one_problem")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANA, BO, CEM, DEE, ZOE = (PersonId(p) for p in ("ana", "bo", "cem", "dee", "zoe"))
FOUR = (ANA, BO, CEM, DEE)


def members(*people: PersonId) -> tuple[Member, ...]:
    """People who all work in the same hours."""
    return tuple(Member(p) for p in people)


def a_session(**changes: Any) -> Session:
    """Ana's session, not yet begun: Ana hosts, nobody facilitates."""
    made = Session(
        id=SessionId("s1"),
        meeting=MeetingId("m1"),
        set=SetId("set"),
        format=ONE_PROBLEM,
        members=members(*FOUR),
        host=ANA,
        presenter=ANA,
    )
    return replace(made, **changes)


def a_meeting(**changes: Any) -> Meeting:
    """The set's first meeting, not yet begun."""
    made = Meeting(
        id=MeetingId("m1"), set=SetId("set"), format=ONE_PROBLEM, members=members(*FOUR), host=ANA
    )
    return replace(made, **changes)


def a_set(**changes: Any) -> LearningSet:
    """A set of four; Ana hosts."""
    made = LearningSet(id=SetId("set"), format=ONE_PROBLEM, members=members(*FOUR), host=ANA)
    return replace(made, **changes)


STEPS = {Session: session.step, Meeting: meeting.step, LearningSet: learning_set.step}


@dataclass
class Machine:
    """A state that takes events: `it(ev.Passed, BO)`. Each event comes a second later."""

    state: Any
    at: datetime = MONDAY
    said: tuple[fx.Effect, ...] = ()

    def __call__(self, event: type[ev.Event], by: PersonId | None = None, **rest: Any) -> Machine:
        """Let the machine take one event."""
        self.at += timedelta(seconds=1)
        who: dict[str, Any] = {"by": by} if by is not None else {}
        made = event(at=rest.pop("at", self.at), **who, **rest)
        self.state, self.said = STEPS[type(self.state)](self.state, made)
        return self

    def time(self, name: str, turn: int | None = None, **later: float) -> Machine:
        """A timer of this turn comes due, after some time."""
        self.at += timedelta(**later)
        return self(ev.TimeRanOut, name=name, turn=self.state.turn if turn is None else turn)

    def asks(self, by: PersonId, id: str, **rest: Any) -> Machine:
        """A question that the judge accepts."""
        return self(ev.Spoke, by, contribution=ContributionId(id), reason="open", **rest)

    def advises(self, by: PersonId, id: str, **rest: Any) -> Machine:
        """Advice, as the judge sees it."""
        rest = {"verdict": "nudge", "reason": "advice", **rest}
        return self(ev.Spoke, by, contribution=ContributionId(id), **rest)

    def kinds(self, kind: type[Any]) -> list[Any]:
        """The effects of one kind that the last event had."""
        return [e for e in self.said if isinstance(e, kind)]

    @property
    def refused(self) -> list[str]:
        """Why the last event was refused."""
        return [e.code for e in self.kinds(fx.Refuse)]

    @property
    def whispered(self) -> list[tuple[str, str]]:
        """Who was told what, privately."""
        return [(e.person, e.card) for e in self.kinds(fx.Whisper)]

    @property
    def shown(self) -> list[str]:
        """The cards that the set is shown."""
        return [e.card for e in self.kinds(fx.Show)]

    @property
    def stage(self) -> str:
        """The name of the stage that runs, "" for none."""
        return self.state.stage.name if self.state.stage else ""


def known(by: PersonId, id: str, session: Session, **changes: Any) -> Contribution:
    """What is known of a contribution to a session."""
    made = Contribution(
        id=ContributionId(id),
        session=session.id,
        by=by,
        kind="statement",
        state=QuestionState.not_counted,
        at=MONDAY,
        entry=session.entry,
        verdict="nudge",
        reason="advice",
        nudged=1,
    )
    return replace(made, **changes)


def closing(**changes: Any) -> dict[str, Any]:
    """What a meeting of Ana's ends with."""
    return {"acting_from": MONDAY, "presented": (ANA,), "acted": (ANA,), **changes}
