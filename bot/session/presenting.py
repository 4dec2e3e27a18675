"""What only the presenter does: give the issue, treat open questions, choose actions."""

from __future__ import annotations

from dataclasses import replace

from bot import effects as fx
from bot import events as ev
from bot.session import checks, moving
from bot.session.state import Outcome, Session
from bot.stages import Refusal
from bot.terms import (
    ContributionId,
    Ending,
    QuestionState,
)


def answer(session: Session, event: ev.Answered) -> Outcome:
    checks.only_presenter(session, event)
    if not event.questions:
        return session, ()
    return answered(session, event, event.questions, event.contribution)


def answered(
    session: Session,
    event: ev.Deed,
    questions: tuple[ContributionId, ...],
    words: ContributionId | None,
) -> Outcome:
    found = tuple(q for q in dict.fromkeys(questions) if checks.is_waiting(session, q))
    if not found:
        raise Refusal("question_is_closed")
    for question in found:
        session = checks.closed(session, question)
    session = replace(session, answered=session.answered + len(found))
    effects: list[fx.Effect] = [fx.Mark(q, state=QuestionState.answered) for q in found]
    if words is not None:
        effects.append(fx.Mark(words, kind="answer", answers=found))
        if isinstance(event, ev.Answered) and event.posts:
            effects.append(checks.post(session, words))
    return moving.settled(session, event, *effects)


def park(session: Session, event: ev.Parked) -> Outcome:
    return _put_aside(session, event, event.question, QuestionState.parked)


def decline(session: Session, event: ev.Declined) -> Outcome:
    return _put_aside(session, event, event.question, QuestionState.declined)


def _put_aside(
    session: Session, event: ev.Deed, question: ContributionId, state: QuestionState
) -> Outcome:
    checks.only_presenter(session, event)
    if not checks.is_waiting(session, question):
        raise Refusal("question_is_closed")
    return moving.settled(checks.closed(session, question), event, fx.Mark(question, state=state))


def land(session: Session, event: ev.Landed) -> Outcome:
    checks.only_presenter(session, event)
    known = event.known
    if known.session != session.id or known.kind != "question":
        raise Refusal("question_is_closed")
    if checks.is_waiting(session, known.id):
        session = replace(checks.closed(session, known.id), answered=session.answered + 1)
    return moving.settled(session, event, fx.Mark(known.id, state=QuestionState.landed))


# Actions


def name_action(session: Session, event: ev.ActionNamed) -> Outcome:
    checks.only_presenter(session, event)
    if event.action in session.actions:
        return session, ()
    return moving.shown(replace(session, actions=(*session.actions, event.action)))


def drop_action(session: Session, event: ev.ActionDropped) -> Outcome:
    checks.only_presenter(session, event)
    left = tuple(a for a in session.actions if a != event.action)
    return moving.shown(replace(session, actions=left))


def settle_actions(session: Session, event: ev.ActionsSettled) -> Outcome:
    """The presenter is done choosing. No action is a result too, if they say so."""
    checks.only_presenter(session, event)
    if not session.actions and not event.reasoned:
        raise Refusal("action_or_reason")
    session = replace(session, done=session.done | {event.by})
    ending = Ending.actions if session.actions else Ending.no_action
    return moving.go_on(replace(session, ending=ending), event)
