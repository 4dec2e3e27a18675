"""The private nudge, its ladder and its choices (method.md §4)."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy, stages
from bot.method.card_key import CardKey, CardKind
from bot.method.session import checks, moving, sealing
from bot.method.session.state import Outcome, Session
from bot.method.stages import Refusal
from bot.method.terms import ContributionId, OpenQuestion, PersonId, QuestionState


def coach(session: Session, by: PersonId, contribution: ContributionId, reason: str) -> Outcome:
    """The ladder: in full, then one line, then silence; never a public correction."""
    rung = session.nudged.get(by, 0)
    nudged = {**session.nudged, by: rung + 1}
    session = replace(session, nudged=nudged)
    effects: tuple[fx.Effect, ...] = ()
    if rung < len(policy.NUDGE_LADDER):
        values = {"reason": reason, "rung": policy.NUDGE_LADDER[rung]}
        effects = (
            fx.Mark(contribution, nudged=1),
            fx.Whisper(by, "nudge", contribution, session.key, values),
        )
    if len(nudged) >= policy.DRIFTED_LEAST and not session.noticed:
        session = replace(session, noticed=True)
        key = CardKey.of(CardKind.GROUP_QUESTION, session.id, session.entry)
        effects = (*effects, fx.Show("noticing", key, session.id, session.key))
    return session, effects


def hold(session: Session, event: ev.Spoke) -> Outcome:
    """Return to its author what was handed in unseen (strict sets, sealed first wave)."""
    mark = fx.Mark(event.contribution, kind="question", state=QuestionState.held, nudged=1)
    whisper = fx.Whisper(
        event.by, "held", event.contribution, session.key, {"reason": event.reason}
    )
    return session, (mark, whisper)


def insist(session: Session, event: ev.QuestionInsisted) -> Outcome:
    """Count it, because its author says it is a question. The facilitator sees totals, no names."""
    known = checks.own_contribution(session, event)
    unread = known.state is QuestionState.held and not session.strict
    if known.state is not QuestionState.not_counted and not unread:
        raise Refusal("already_done")
    if unread and session.sealing:
        session, handed_in = sealing.hand_in(session, known.id, event.by)
        session = replace(session, insisted=session.insisted + 1)
        return moving.check_complete(session, event, *handed_in, fx.Mark(known.id, acted=True))
    checks.within_quota(session, event.by)
    session = replace(
        checks.open_question(session, known.id, event.by), insisted=session.insisted + 1
    )
    mark = fx.Mark(known.id, kind="question", state=QuestionState.open, acted=True)
    counted = fx.Whisper(event.by, "counted", known.id, session.key)
    posted = (checks.post(session, known.id),) if unread else ()
    return moving.check_complete(session, event, mark, *posted, counted)


def keep_for_later(session: Session, event: ev.KeptForLater) -> Outcome:
    known = checks.own_contribution(session, event)
    if known.kind == "kept":
        raise Refusal("already_done")
    mark = fx.Mark(known.id, kind="kept", state=QuestionState.not_counted, acted=True)
    effects: tuple[fx.Effect, ...] = (mark, fx.Whisper(event.by, "kept", known.id, session.key))
    session = replace(session, kept=session.kept + 1, keepers=session.keepers | {event.by})
    session = release_held(session, known.id)
    if checks.is_waiting(session, known.id):
        session = checks.take_back_question(session, known.id, event.by)
        return moving.check_complete(session, event, *effects)
    if sealing.is_sealed(session, known.id):
        session = sealing.take_out(session, known.id, event.by)
        return moving.check_complete(session, event, *effects)
    return session, effects


def offer_kept(session: Session, event: ev.KeptOffered) -> Outcome:
    """Offer, in the author's name, what they kept during the questions."""
    known = checks.own_contribution(session, event)
    if known.kind != "kept" or session.unconfirmed:
        raise Refusal("already_done")
    if not checks.has_quota(session, event.by):
        raise Refusal("offers_reached", **checks.quota_values(session))
    session = stages.count(session, event.by)
    session = replace(session, kept=max(session.kept - 1, 0))
    mark = fx.Mark(known.id, kind="offer")
    return moving.check_complete(session, event, mark, checks.post(session, known.id))


def leave_as_is(session: Session, event: ev.LeftAsIs) -> Outcome:
    known = checks.own_contribution(session, event)
    return session, (fx.Mark(known.id, acted=True), fx.Whisper(event.by, "left_as_is", known.id))


def reword(session: Session, event: ev.Reworded) -> Outcome:
    """The new wording is posted; the author is asked to delete the first.

    What the bot posted or held keeps its id, so its post is changed in place.
    """
    known = checks.own_contribution(session, event)
    if not checks.counts(event.verdict, event.reason):
        raise Refusal("still_not_a_question")
    session = release_held(session, known.id)
    judged = fx.Mark(event.contribution, acted=True, verdict=event.verdict, reason=event.reason)
    if checks.is_waiting(session, known.id):
        session = checks.take_back_question(session, known.id, event.by)
    if session.sealing:
        session, effects = _hand_in_again(session, event)
    else:
        checks.within_quota(session, event.by)
        session = checks.open_question(session, event.contribution, event.by)
        mark = fx.Mark(event.contribution, kind="question", state=QuestionState.open)
        effects = (mark, sealing.post(session, event.contribution))
    if event.contribution != known.id:
        gone = fx.Mark(known.id, state=QuestionState.withdrawn, acted=True)
        effects = (*effects, gone, fx.Whisper(event.by, "delete_first", known.id, session.key))
    return moving.check_complete(session, event, judged, *effects)


def _hand_in_again(session: Session, event: ev.Reworded) -> Outcome:
    """In a sealed first wave the new wording stays sealed as well."""
    if sealing.is_sealed(session, event.contribution):
        whisper = fx.Whisper(event.by, "sealed", event.contribution, session.key)
        return session, (whisper,)
    return sealing.hand_in(session, event.contribution, event.by)


def post_anyway(session: Session, event: ev.PostedAnyway) -> Outcome:
    """Strict sets: the author insists, so the facilitator (or host) reads it first."""
    known = checks.own_contribution(session, event)
    if session.sealing or not session.strict:
        raise Refusal("not_in_this_stage")
    if known.state is not QuestionState.held:
        raise Refusal("already_done")
    reader = session.steers
    if reader is None or reader == event.by:
        return _accept_question(session, event, known.id, event.by)
    waits = tuple(q for q in session.held if q.id != known.id)
    session = replace(session, held=(*waits, OpenQuestion(known.id, event.by)))
    return session, (
        fx.Mark(known.id, acted=True),
        fx.Whisper(reader, "held_for_you", known.id, session.key),
        fx.Whisper(event.by, "waits_for_facilitator", known.id, session.key),
    )


def release_held(session: Session, question: ContributionId) -> Session:
    """Remove it from what waits for the facilitator."""
    return replace(session, held=tuple(q for q in session.held if q.id != question))


def accept_held(session: Session, event: ev.HeldAccepted) -> Outcome:
    stages.only_steering(session, event)
    known = event.known
    # Only what its author wanted to post in spite of all is the facilitator's to read.
    if known.session != session.id or known.state is not QuestionState.held or not known.acted:
        raise Refusal("already_done")
    return _accept_question(session, event, event.known.id, event.known.by)


def _accept_question(
    session: Session, event: ev.Deed, question: ContributionId, author: PersonId
) -> Outcome:
    checks.within_quota(session, author)
    session = release_held(checks.open_question(session, question, author), question)
    mark = fx.Mark(question, state=QuestionState.open, acted=True)
    return moving.check_complete(session, event, mark, checks.post(session, question))
