"""From stage to stage: beginning, going on, closing, and whether a stage is complete."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy, stages
from bot.method.card_key import CardKey, CardKind
from bot.method.session import sealing
from bot.method.session.state import Outcome, Session
from bot.method.terms import Ending, Speech


def start(session: Session, event: ev.Happening) -> Outcome:
    """Begin once enough people are there; a presented issue goes straight to the questions."""
    ready = session.presented and not session.more
    return enter(session, 1 if ready else 0, event)


def go_on(session: Session, event: ev.Happening) -> Outcome:
    if not session.presented:
        return close(session, event, Ending.not_presented)
    stage, confirmed = session.stage, session.confirmed
    session, wave = sealing.reveal(session)
    session, effects = _onward(session, event)
    effects = (*wave, *effects)
    if stage is None or stage.speech is not Speech.offers:
        return session, effects
    speaks = session.stage is not None and session.stage.speech is Speech.presenter_only
    if (confirmed or not stage.only_if) and not speaks:
        # The reveal of listening mode: only now the presenter says what was most valuable.
        valued = fx.Whisper(session.presenter, "most_valuable", session.id, session.key)
        effects = (*effects, valued)
    return session, effects


def _onward(session: Session, event: ev.Happening) -> Outcome:
    place = session.at + 1
    while place < len(session.plan) and not _exists(session, place):
        place += 1
    if place < len(session.plan):
        return enter(session, place, event)
    return close(session, event, session.ending or Ending.unsettled)


def _exists(session: Session, place: int) -> bool:
    """Whether a stage takes place: ideas only if the presenter asks for them (method.md §2, S0)."""
    stage = session.plan[place]
    return stage is None or not stage.only_if or stage.only_if == session.support.value


def enter(session: Session, place: int, event: ev.Happening, *, confirmed: bool = False) -> Outcome:
    """Enter a stage. Questions still open stay with the presenter but block nothing any more."""
    session, timers = stages.enter(session, place, event.at)
    session = replace(
        session, nudged={}, tipped=frozenset(), noticed=False, finishing=False, told_done=False
    )
    session, unread = _not_let_through(session)
    session = replace(session, told=(), confirmed=confirmed, revealed=False)
    session, wave = sealing.begin(session, event.at)
    # What the presenter asked the others belongs to the stage in which it was asked.
    asked = tuple(q for q in session.open if q.by != session.presenter)
    session = replace(session, open=asked)
    stage = session.stage
    assert stage is not None
    key = CardKey.of(CardKind.STAGE, session.id, session.entry)
    post = fx.Show("stage_opens", key, session.id, session.key, {"stage": stage.name})
    card = fx.Show("session", session.key, session.id)
    effects: list[fx.Effect] = [*timers, *unread, *wave, card]
    if session.unconfirmed:
        effects.append(fx.Whisper(session.presenter, "want_ideas", session.id, session.key))
        return session, tuple(effects)
    if session.entry > 1 or place > 0:
        effects.append(post)
    if stage.speech is Speech.offers:
        for person in sorted(session.keepers & session.people):
            effects.append(fx.Whisper(person, "kept_now", session.id, session.key))
    if stage.awaits == "presenter":
        effects.append(fx.Whisper(session.presenter, "your_part", session.id, session.key))
    return session, tuple(effects)


def _not_let_through(session: Session) -> Outcome:
    """Tell authors that what waited for the facilitator was not posted."""
    here = session.people
    notices = tuple(
        fx.Whisper(q.by, "not_let_through", q.id, session.key) for q in session.held if q.by in here
    )
    return replace(session, held=()), notices


def reveal(session: Session, event: ev.Happening, *effects: fx.Effect) -> Outcome:
    """Show everyone's view of the problem at once; the presenter then decides."""
    session = replace(session, revealed=True)
    card = problems(session)
    session, notices = stages.decide(
        session, event.at, "agree_problem", session.id, session.presenter
    )
    return show_card(session, *effects, card, *notices)


def problems(session: Session) -> fx.Show:
    """The card with everyone's view of the problem."""
    return fx.Show(
        "problems", CardKey.of(CardKind.PROBLEMS, session.viewing), session.viewing, session.key
    )


def close(session: Session, event: ev.Happening, ending: Ending) -> Outcome:
    session, gone = sealing.withdraw(session)
    session, unread = _not_let_through(session)
    session = replace(
        session,
        over=True,
        ending=ending,
        turn=session.turn + 1,
        entry=session.entry + 1,
        closes=None,
        left=None,
        open=(),
        nudged={},
        counts={},
        told=(),
        reveals=None,
    )
    closed = ev.SessionClosed(
        at=event.at,
        session=session.id,
        presenter=session.presenter,
        ending=ending,
        committed=tuple(sorted(session.committed)),
    )
    effects: list[fx.Effect] = [
        *stages.quiet(),
        *gone,
        *unread,
        fx.Show("session", session.key, session.id),
        fx.Tell(session.meeting, closed),
    ]
    if session.kept and ending not in (Ending.withdrawn, Ending.not_presented):
        effects.append(fx.Whisper(session.presenter, "kept_for_you", session.id, session.key))
    return session, tuple(effects)


def check_complete(session: Session, event: ev.Happening, *effects: fx.Effect) -> Outcome:
    """Show the card, and end the stage if it is complete (method.md §3, Early finish)."""
    stage = session.stage
    if stage is None or session.paused or session.unconfirmed:
        return show_card(session, *effects)
    if stage.form == "agree" and not session.revealed and not session.waiting_for(event.at):
        return reveal(session, event, *effects)
    if stage.speech in (Speech.presenter_only, Speech.form):
        return show_card(session, *effects)
    if session.sealing and not session.waiting_for(event.at):
        session, wave = sealing.reveal(session)
        effects = (*effects, *wave)
    whole = complete(session, event)
    if whole and not session.finishing:
        due = stages.later(
            session, policy.THINKING_MINUTES, event.at, session.hours(session.presenter)
        )
        effects = (*effects, fx.SetTimer("finish", session.turn, due))
        if not session.told_done:
            done = fx.Whisper(session.presenter, "everyone_done", session.id, session.key)
            effects = (*effects, done)
        session = replace(session, finishing=True, told_done=True)
    elif session.finishing and not whole:
        session = replace(session, finishing=False)
        effects = (*effects, fx.ClearTimer("finish"))
    return show_card(session, *effects)


def complete(session: Session, event: ev.Happening) -> bool:
    """Whether everyone is done, no question is open, and somebody contributed."""
    stage = session.stage
    to_all = (session.presenter, session.facilitator)
    waits = [q for q in session.open if q.by not in to_all]
    if stage is None or waits or session.sealing or session.waiting_for(event.at):
        return False
    return session.contributors >= stage.quorum


def show_card(session: Session, *effects: fx.Effect) -> Outcome:
    return session, (*effects, fx.Show("session", session.key, session.id))
