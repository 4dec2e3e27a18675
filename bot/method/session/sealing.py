"""The sealed first wave: questions handed in unseen, then shown together (method.md §3).

Rule 1: until the reveal nobody but its author reads a question, the facilitator included.
Rule 2: they are shown as one card, at half of the window, or as soon as everyone is done; a
        stage that ends earlier shows them first, so that nothing handed in is lost.
Rule 3: each one counts as asked from the moment it is handed in.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy, stages
from bot.method.card_key import CardKey, CardKind
from bot.method.session import checks
from bot.method.session.state import Outcome, Session
from bot.method.stages import Refusal
from bot.method.terms import ContributionId, OpenQuestion, PersonId, QuestionState


def begin(session: Session, at: datetime) -> Outcome:
    """Begin the first wave, if the entered stage has one, and set its timer."""
    stage = session.stage
    if stage is None or not stage.sealed_first:
        return replace(session, sealed=(), reveals=None), ()
    return _until(session, stages.end_of(session, max(stage.minutes // 2, 1), at))


def again(session: Session, at: datetime) -> Outcome:
    """Set the wave's timer again after `turn` grew; the wave keeps its half of the window."""
    stage, closes = session.stage, session.closes
    if not session.sealing or stage is None or closes is None:
        return session, ()
    assert session.reveals is not None
    return _until(session, min(max(session.reveals, at), closes))


def go_on(session: Session, at: datetime, remaining: int) -> Outcome:
    """After a pause: reveal half a window before the end, or at once if that is over."""
    stage = session.stage
    if not session.sealing or stage is None:
        return session, ()
    return _until(session, stages.end_of(session, max(remaining - stage.minutes // 2, 1), at))


def _until(session: Session, at: datetime) -> Outcome:
    return replace(session, reveals=at), (fx.SetTimer("reveal", session.turn, at),)


def hand_in(session: Session, question: ContributionId, by: PersonId) -> Outcome:
    """Add a question to the wave; it counts, and nobody else reads it yet."""
    within_wave(session, by)
    session = stages.count(session, by)
    session = replace(session, sealed=(*session.sealed, OpenQuestion(question, by)))
    mark = fx.Mark(question, kind="question", state=QuestionState.sealed)
    return session, (mark, fx.Whisper(by, "sealed", question, session.key))


def within_wave(session: Session, by: PersonId) -> None:
    """Refuse a question above the wave's limit or the quota."""
    checks.within_quota(session, by)
    if sum(1 for q in session.sealed if q.by == by) >= policy.SEALED_QUESTIONS_MOST:
        raise Refusal("sealed_reached", most=policy.SEALED_QUESTIONS_MOST)


def is_sealed(session: Session, question: ContributionId) -> bool:
    return any(q.id == question for q in session.sealed)


def take_out(session: Session, question: ContributionId, by: PersonId) -> Session:
    """Take a question out of the wave before it is shown."""
    remaining = tuple(q for q in session.sealed if q.id != question)
    return replace(stages.count(session, by, -1), sealed=remaining)


def ask_to_hand_in(session: Session, event: ev.Spoke) -> Outcome:
    """Tell the author once that a question typed into the thread can be read by all."""
    if event.by in session.told:
        return session, ()
    session = replace(session, told=(*session.told, event.by)[-policy.OUTSIDERS_REMEMBERED :])
    return session, (fx.Whisper(event.by, "hand_it_in", event.contribution, session.key),)


def reveal(session: Session) -> Outcome:
    """Show all at once, on one card, with names; from now on they wait for the presenter."""
    if not session.sealing:
        return session, ()
    wave = session.sealed
    session = replace(
        session,
        sealed=(),
        reveals=None,
        wave=tuple(q.id for q in wave),
        open=(*session.open, *wave),
        asked=session.asked + len(wave),
    )
    effects: list[fx.Effect] = [fx.ClearTimer("reveal")]
    effects += [fx.Mark(q.id, state=QuestionState.open) for q in wave]
    if wave:
        effects.append(card(session))
    return session, tuple(effects)


def card(session: Session) -> fx.Show:
    """The one card with the whole wave; shown again when somebody changes theirs."""
    return fx.Show("wave", CardKey.of(CardKind.SEALED_WAVE, session.id), session.id, session.key)


def post(session: Session, question: ContributionId) -> fx.Show:
    """Where a question stands: on the wave's card, or in a post of its own."""
    return card(session) if question in session.wave else checks.post(session, question)


def withdraw(session: Session, *people: PersonId) -> Outcome:
    """Withdraw the questions of one person, or all of them if the issue was withdrawn."""
    gone = tuple(q for q in session.sealed if not people or q.by in people)
    remaining = tuple(q for q in session.sealed if q not in gone)
    marks = tuple(fx.Mark(q.id, state=QuestionState.withdrawn) for q in gone)
    return replace(session, sealed=remaining), marks
