"""Checks and small state changes that several session rules share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy, stages
from bot.method.card_key import CardKey, CardKind
from bot.method.session.state import NOT_QUESTIONS, Outcome, Session
from bot.method.stages import Refusal
from bot.method.terms import ContributionId, OpenQuestion, PersonId, QuestionState


def counts(verdict: str, reason: str) -> bool:
    """Whether a judged message counts as a question. Unsure means accept (method.md §4)."""
    return verdict in ("accept", "tip") and reason not in NOT_QUESTIONS


def not_by_form(event: ev.Spoke) -> None:
    """Post what was handed in by form in a round; elsewhere return it to its author."""
    if event.ours:
        raise Refusal("not_in_this_stage")


def is_outsider(session: Session, person: PersonId) -> bool:
    return person not in session.people and person not in (session.facilitator, session.presenter)


def tell_outsider(session: Session, person: PersonId) -> Outcome:
    """Tell an outsider once, privately, that their messages are not counted or kept."""
    if person in session.told:
        return session, ()
    session = replace(session, told=(*session.told, person)[-policy.OUTSIDERS_REMEMBERED :])
    return session, (fx.Whisper(person, "outsider", session.id, session.key),)


def only_presenter(session: Session, event: ev.Deed) -> None:
    if event.by != session.presenter:
        raise Refusal("only_presenter")


def own_contribution(session: Session, event: Any) -> Any:
    """The contribution that a nudge was about, if it is the person's own and of this session."""
    known = event.known
    if known.by != event.by or known.session != session.id:
        raise Refusal("not_yours")
    if known.state is QuestionState.withdrawn:
        raise Refusal("already_done")
    return known


def has_quota(session: Session, person: PersonId) -> bool:
    most = session.stage.quota[1] if session.stage else 0
    return not most or session.counts.get(person, 0) < most


def quota_values(session: Session) -> dict[str, str | int]:
    """The most that the quota allows, for the refusal's text."""
    return {"most": session.stage.quota[1] if session.stage else 0}


def within_quota(session: Session, person: PersonId) -> None:
    if not has_quota(session, person):
        assert session.stage is not None
        raise Refusal("quota_reached", most=session.stage.quota[1])


def is_waiting(session: Session, question: ContributionId) -> bool:
    return any(q.id == question for q in session.open)


def open_question(session: Session, question: ContributionId, by: PersonId) -> Session:
    session = stages.count(session, by)
    return replace(
        session, open=(*session.open, OpenQuestion(question, by)), asked=session.asked + 1
    )


def close_question(session: Session, question: ContributionId) -> Session:
    return replace(session, open=tuple(q for q in session.open if q.id != question))


def take_back_question(session: Session, question: ContributionId, by: PersonId) -> Session:
    session = stages.count(close_question(session, question), by, -1)
    return replace(session, asked=max(session.asked - 1, 0))


def post(session: Session, contribution: ContributionId) -> fx.Show:
    return fx.Show(
        "said", CardKey.of(CardKind.POSTED_TEXT, contribution), contribution, session.key
    )


def post_effects(session: Session, event: ev.Spoke) -> tuple[fx.Effect, ...]:
    return (post(session, event.contribution),) if event.ours else ()
