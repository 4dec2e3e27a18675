"""What is said in the thread: in a question round, in offers, too early, edited, taken back."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy, stages
from bot.method.session import checks, coaching, moving, presenting, process, sealing
from bot.method.session.state import NOT_QUESTIONS, Outcome, Session
from bot.method.stages import Refusal
from bot.method.terms import ContributionId, OpenQuestion, PersonId, QuestionState


def say(session: Session, event: ev.Spoke) -> Outcome:
    """Record a message in a stage in which nothing is judged."""
    if checks.is_outsider(session, event.by):
        return checks.tell_outsider(session, event.by)
    checks.not_by_form(event)
    return session, (fx.Mark(event.contribution, kind="said"),)


def say_too_early(session: Session, event: ev.Spoke) -> Outcome:
    """While the presenter has the word, offer others to keep their message for later."""
    checks.not_by_form(event)
    if event.by in (session.presenter, session.facilitator) or checks.is_outsider(
        session, event.by
    ):
        return say(session, event)
    mark = fx.Mark(event.contribution, kind="said", state=QuestionState.not_counted)
    if event.by in session.told:
        return session, (mark,)
    session = replace(session, told=(*session.told, event.by)[-policy.OUTSIDERS_REMEMBERED :])
    whisper = fx.Whisper(event.by, "too_early", event.contribution, session.key)
    return session, (mark, whisper)


def say_in_round(session: Session, event: ev.Spoke) -> Outcome:
    """Apply the questions-only rule to a message in a question round (method.md §4)."""
    if checks.is_outsider(session, event.by):
        return checks.tell_outsider(session, event.by)
    if stages.is_late(session, event):
        return _say_late(session, event)
    if event.by == session.presenter:
        if event.verdict == "nudge" and not event.gentle:
            # Only where the presenter too may make no unprompted statement (method.md §2, S4).
            mark = fx.Mark(event.contribution, kind="statement", state=QuestionState.not_counted)
            session, notices = coaching.coach(session, event.by, event.contribution, event.reason)
            return session, (mark, *notices)
        asks = event.reason == "question" or event.verdict == "tip"
        if asks and event.quotes is None:
            return _put_to_all(session, event)
        return _presenter_speaks(session, event)
    if event.by == session.facilitator:
        if event.reason == "question":
            return _put_to_all(session, event)
        mark = fx.Mark(event.contribution, kind="said")
        return session, (mark, *checks.post_effects(session, event))
    if event.reason == "pass":
        session, effects = process.pass_(session, event)
        return session, (fx.Mark(event.contribution, kind="pass"), *effects)
    if not checks.counts(event.verdict, event.reason):
        kind = "ack" if event.reason in NOT_QUESTIONS else "statement"
        if event.reason == "answer":
            kind = "answer"
        mark = fx.Mark(event.contribution, kind=kind, state=QuestionState.not_counted)
        if event.ours and session.sealing and event.reason in NOT_QUESTIONS:
            raise Refusal("still_not_a_question")
        if event.verdict == "nudge" and event.ours and (session.strict or session.sealing):
            return coaching.hold(session, event)
        posted = checks.post_effects(session, event)
        if event.verdict != "nudge" or event.gentle:
            return session, (mark, *posted)
        session, notices = coaching.coach(session, event.by, event.contribution, event.reason)
        return session, (mark, *posted, *notices)
    return _ask(session, event)


def _say_late(session: Session, event: ev.Spoke) -> Outcome:
    """Record a message from before this stage: it is never nudged, but a question counts."""
    asks = event.by not in (session.presenter, session.facilitator)
    if asks and checks.counts(event.verdict, event.reason) and checks.has_quota(session, event.by):
        return _ask(session, replace(event, tips=False))
    return session, (fx.Mark(event.contribution, kind="said"),)


def say_in_offers(session: Session, event: ev.Spoke) -> Outcome:
    """Record an idea or feedback; the presenter listens (method.md §3, Listening mode)."""
    if session.unconfirmed:
        return say_too_early(session, event)
    if event.by == session.presenter:
        whisper = fx.Whisper(event.by, "listening", event.contribution, session.key)
        return session, (fx.Mark(event.contribution, kind="said"), whisper)
    if checks.is_outsider(session, event.by) or event.by == session.facilitator:
        return say(session, event)
    if not checks.has_quota(session, event.by):
        checks.not_by_form(event)
        mark = fx.Mark(event.contribution, kind="said", state=QuestionState.not_counted)
        return session, (mark, fx.Refuse(event.by, "offers_reached", checks.quota_values(session)))
    session = stages.count(session, event.by)
    mark = fx.Mark(event.contribution, kind="offer")
    return moving.check_complete(session, event, mark, *checks.post_effects(session, event))


def _ask(session: Session, event: ev.Spoke) -> Outcome:
    if session.sealing and event.ours:
        session, handed_in = sealing.hand_in(session, event.contribution, event.by)
        session, tip = _tip(session, event)
        return moving.check_complete(session, event, *handed_in, *tip)
    try:
        checks.within_quota(session, event.by)
    except Refusal as refusal:
        if event.ours:
            raise
        # A typed message already stands in the thread: it is not counted, and the author knows.
        mark = fx.Mark(event.contribution, kind="question", state=QuestionState.not_counted)
        return session, (mark, fx.Refuse(event.by, refusal.code, refusal.values))
    session = checks.open_question(session, event.contribution, event.by)
    mark = fx.Mark(event.contribution, kind="question", state=QuestionState.open)
    session, tip = _tip(session, event)
    notices: tuple[fx.Effect, ...] = ()
    if session.sealing:
        session, notices = sealing.ask_to_hand_in(session, event)
    posted = checks.post_effects(session, event)
    return moving.check_complete(session, event, mark, *posted, *tip, *notices)


def _tip(session: Session, event: ev.Spoke) -> Outcome:
    """Count the question; perhaps add a tip, once for each person in a round."""
    if event.verdict != "tip" or not event.tips or event.by in session.tipped:
        return session, ()
    session = replace(session, tipped=session.tipped | {event.by})
    values = {"reason": event.reason}
    return session, (fx.Whisper(event.by, "tip", event.contribution, session.key, values),)


def _put_to_all(session: Session, event: ev.Spoke) -> Outcome:
    """A question of the coach or the presenter, where statements answer questions.

    Nobody's quota, and nothing waits for it; while it is open, anyone may answer.
    """
    asked = OpenQuestion(event.contribution, event.by)
    session = replace(session, open=(*session.open, asked), asked=session.asked + 1)
    mark = fx.Mark(event.contribution, kind="question", state=QuestionState.open)
    return moving.check_complete(session, event, mark, *checks.post_effects(session, event))


def _presenter_speaks(session: Session, event: ev.Spoke) -> Outcome:
    """Match a typed answer to its question: the quoted one, else the only open one."""
    waiting = {q.id for q in session.open if q.by != session.presenter}
    answered: tuple[ContributionId, ...]
    if event.quotes is not None and event.quotes in waiting:
        answered = (event.quotes,)
    elif len(waiting) == 1:
        answered = tuple(waiting)
    else:
        mark = fx.Mark(event.contribution, kind="said")
        if not waiting or event.reason == "ack":
            return session, (mark,)
        which = fx.Whisper(event.by, "which_question", event.contribution, session.key)
        return session, (mark, which)
    if event.reason == "ack" and event.quotes is None:
        return session, (fx.Mark(event.contribution, kind="said"),)
    return presenting.answer_questions(session, event, answered, event.contribution)


def say_again(session: Session, event: ev.SpokeAgain) -> Outcome:
    """Judge an edited message again; a corrected one clears its nudge."""
    known = event.known
    if (
        known.entry != session.entry
        or session.stage is None
        or session.stage.judged is None
        or event.by == session.facilitator
        or checks.is_outsider(session, event.by)
    ):
        return session, ()
    if event.by == session.presenter:
        return _presenter_corrects(session, event)
    now = checks.counts(event.verdict, event.reason)
    was = known.kind == "question" and known.state is not QuestionState.not_counted
    # What is no longer nudged has cleared its nudge, whether or not it counts.
    cleared = True if known.nudged and event.verdict != "nudge" else None
    mark = fx.Mark(known.id, verdict=event.verdict, reason=event.reason, acted=cleared)
    if now and not was:
        if not checks.has_quota(session, event.by):
            most = session.stage.quota[1]
            full = fx.Refuse(event.by, "quota_reached", {"most": most})
            return session, (replace(mark, acted=True), full)
        session = checks.open_question(session, known.id, event.by)
        mark = replace(mark, kind="question", state=QuestionState.open)
        if known.nudged and not known.acted:
            thanks = fx.Whisper(event.by, "cleared", known.id, session.key)
            return moving.check_complete(session, event, mark, thanks)
        return moving.check_complete(session, event, mark)
    if was and not now and checks.is_waiting(session, known.id):
        session = checks.take_back_question(session, known.id, event.by)
        mark = replace(mark, kind="statement", state=QuestionState.not_counted)
        if event.verdict != "nudge" or event.gentle:
            return moving.check_complete(session, event, mark)
        session, notices = coaching.coach(session, event.by, known.id, event.reason)
        return moving.check_complete(session, event, mark, *notices)
    if not now and event.verdict == "nudge" and not event.gentle and not known.nudged:
        session, notices = coaching.coach(session, event.by, known.id, event.reason)
        return session, (mark, *notices)
    return session, (mark,)


def _presenter_corrects(session: Session, event: ev.SpokeAgain) -> Outcome:
    """Only where the presenter too may be told: an edit that needs no note clears it."""
    known = event.known
    mark = fx.Mark(known.id, verdict=event.verdict, reason=event.reason)
    if event.verdict == "nudge" or not known.nudged or known.acted:
        return session, (mark,)
    return session, (replace(mark, acted=True), fx.Whisper(event.by, "noted", near=session.key))


def unsay(session: Session, event: ev.Unsaid) -> Outcome:
    """Withdraw a deleted message; a deleted answer opens its question again."""
    known = event.known
    gone = fx.Mark(known.id, state=QuestionState.withdrawn, acted=True)
    if known.entry != session.entry or known.by != event.by:
        return session, (gone,)
    if checks.is_waiting(session, known.id):
        shown = (sealing.card(session),) if known.id in session.wave else ()
        session = checks.take_back_question(session, known.id, known.by)
        return moving.check_complete(session, event, gone, *shown)
    if sealing.is_sealed(session, known.id):
        return moving.check_complete(sealing.take_out(session, known.id, known.by), event, gone)
    if known.kind == "answer" and known.answers and session.stage is not None:
        back = tuple(q for q in known.answers if not checks.is_waiting(session, q))
        session = replace(
            session,
            open=(*session.open, *(OpenQuestion(q, PersonId("")) for q in back)),
            answered=max(session.answered - len(back), 0),
        )
        reopened = (fx.Mark(q, state=QuestionState.open) for q in back)
        return moving.check_complete(session, event, gone, *reopened)
    return session, (gone,)
