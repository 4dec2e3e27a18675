"""What only the presenter does: give the issue, treat open questions, choose actions."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method.session import checks, moving
from bot.method.session.state import Outcome, Session
from bot.method.stages import Refusal
from bot.method.terms import ContributionId, Ending, PersonId, QuestionState


def answer(session: Session, event: ev.Answered) -> Outcome:
    checks.only_presenter(session, event)
    if not event.questions:
        return session, ()
    return answer_questions(session, event, event.questions, event.contribution)


def answer_questions(
    session: Session,
    event: ev.Deed,
    questions: tuple[ContributionId, ...],
    words: ContributionId | None,
) -> Outcome:
    waiting = tuple(q for q in dict.fromkeys(questions) if checks.is_waiting(session, q))
    if not waiting:
        raise Refusal("question_is_closed")
    for question in waiting:
        session = checks.close_question(session, question)
    session = replace(session, answered=session.answered + len(waiting))
    effects: list[fx.Effect] = [fx.Mark(q, state=QuestionState.answered) for q in waiting]
    if words is not None:
        effects.append(fx.Mark(words, kind="answer", answers=waiting))
        if isinstance(event, ev.Answered) and event.posts:
            effects.append(checks.post(session, words))
    return moving.check_complete(session, event, *effects)


def park(session: Session, event: ev.Parked) -> Outcome:
    return _set_question_aside(session, event, event.question, QuestionState.parked)


def decline(session: Session, event: ev.Declined) -> Outcome:
    return _set_question_aside(session, event, event.question, QuestionState.declined)


def _set_question_aside(
    session: Session, event: ev.Deed, question: ContributionId, state: QuestionState
) -> Outcome:
    checks.only_presenter(session, event)
    if not checks.is_waiting(session, question):
        raise Refusal("question_is_closed")
    return moving.check_complete(
        checks.close_question(session, question), event, fx.Mark(question, state=state)
    )


def land(session: Session, event: ev.Landed) -> Outcome:
    checks.only_presenter(session, event)
    known = event.known
    if known.session != session.id or known.kind != "question":
        raise Refusal("question_is_closed")
    if checks.is_waiting(session, known.id):
        session = replace(checks.close_question(session, known.id), answered=session.answered + 1)
    return moving.check_complete(session, event, fx.Mark(known.id, state=QuestionState.landed))


# Actions


def decide_ideas(session: Session, event: ev.IdeasDecided) -> Outcome:
    """Begin the stage for ideas with its whole window, or skip it."""
    checks.only_presenter(session, event)
    if not session.unconfirmed:
        raise Refusal("already_done")
    if event.wanted:
        return moving.enter(session, session.at, event, confirmed=True)
    return moving.go_on(session, event)


def state_problem(session: Session, event: ev.ProblemStated) -> Outcome:
    """Take a private statement of the problem; when all have written, show them together."""
    _agreeing(session)
    if event.by not in session.awaited:
        raise Refusal("members_only")
    if session.revealed and event.by in session.done:
        raise Refusal("problems_are_shown")
    session = replace(session, done=session.done | {event.by})
    if session.revealed:
        # Late, and welcome until the stage closes: their view is added with a label.
        return moving.show_card(session, moving.problems(session))
    return moving.check_complete(session, event)


def agree_problem(session: Session, event: ev.ProblemAgreed) -> Outcome:
    """The presenter agrees, or the set looks at the problem once more, once at most."""
    checks.only_presenter(session, event)
    _agreeing(session)
    if not session.revealed:
        raise Refusal("problems_not_shown")
    if event.agreed:
        return moving.go_on(session, event)
    if session.looped:
        raise Refusal("looped_once")
    return moving.enter(replace(session, looped=True), session.at, event)


def _agreeing(session: Session) -> None:
    if session.stage is None or session.stage.form != "agree":
        raise Refusal("not_in_this_stage")


def may_commit(session: Session, person: PersonId) -> bool:
    """Whether this person may name an action now: the presenter, and volunteers if wanted."""
    stage = session.stage
    if stage is None or stage.form != "actions":
        return False
    return person == session.presenter or (stage.volunteers and person in session.people)


def name_action(session: Session, event: ev.ActionNamed) -> Outcome:
    if not may_commit(session, event.by):
        raise Refusal("only_presenter")
    if event.action in session.actions:
        return session, ()
    actions, committed = (*session.actions, event.action), session.committed | {event.by}
    return moving.show_card(replace(session, actions=actions, committed=committed))


def drop_action(session: Session, event: ev.ActionDropped) -> Outcome:
    """Withdraw an action; the action's own machine checks the owner."""
    if not may_commit(session, event.by):
        raise Refusal("only_presenter")
    remaining = tuple(a for a in session.actions if a != event.action)
    return moving.show_card(replace(session, actions=remaining))


def settle_actions(session: Session, event: ev.ActionsSettled) -> Outcome:
    """Settle the actions. To have none, with a reason, is a result, too."""
    checks.only_presenter(session, event)
    if not session.actions and not event.reasoned:
        raise Refusal("action_or_reason")
    session = replace(session, done=session.done | {event.by}, reasoned=event.reasoned)
    ending = Ending.actions if session.actions else Ending.no_action
    return moving.go_on(replace(session, ending=ending), event)
