"""What becomes of a letter at the moment when it is sent: decided and drawn from the newest state.

Rule 1: a letter holds an effect and ids. Whatever has changed since it was written is seen here.
Rule 2: deferred, dropped and sent are three things; what only a sent one may note comes along as
        `also`, and is noted in the transaction that says that it went out.
Source: method.md section 6; design.md, "A nudge is decided when it is sent".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.cards.views import draw
from bot.cards.views.context import ViewContext
from bot.cards.views.nudges import digest as digest_card
from bot.cards.views.nudges import last_call as last_call_card
from bot.delivery import digest, unreachable
from bot.method import actions
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.learning_set import LearningSet
from bot.method.session import Session
from bot.method.terms import Person
from bot.ports import Delivery, OutboxMessage, Platform, Tx
from bot.queries.waiting import Waiting
from bot.worktime import local_date

COACHING = ("nudge", "cleared", "sealed")


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter that is to be delivered now. `also` notes what only a sent one may note."""

    delivery: Delivery
    also: Callable[[Tx], None] | None = None


@dataclass(frozen=True, slots=True)
class NotNow:
    """A letter that waits until `until` (UTC); nothing was lost, nothing counts as sent."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Never:
    """A letter that is not sent (again); `why` is a code, for the figures only.

    `also`: what one that may have gone out before has used up all the same.
    """

    why: str
    also: Callable[[Tx], None] | None = None


def decide(
    tx: Tx, outbox_message: OutboxMessage, now: datetime, platform: Platform
) -> Ready | NotNow | Never:
    """What becomes of a letter now."""
    match outbox_message.effect:
        case fx.Show():
            return _decide_public(tx, outbox_message, outbox_message.effect, now, platform)
        case fx.Whisper() | fx.Refuse():
            return _decide_private(tx, outbox_message, outbox_message.effect, now)
        case fx.Nudge():
            return _decide_nudge(tx, outbox_message, outbox_message.effect, now)
    return Never("not_a_message")


def _decide_public(
    tx: Tx, outbox_message: OutboxMessage, show: fx.Show, now: datetime, platform: Platform
) -> Ready | NotNow | Never:
    """A card in the set's own place, or its newest state where it stands already."""
    assert outbox_message.set is not None
    place = tx.sets.home(outbox_message.set)
    if place is None:
        return Never("no_home")
    posted = tx.cards.get(show.key)
    if posted is not None:
        group = tx.machines.load(LearningSet, outbox_message.set)
        live = group is not None and group.overrides.live
        free = posted.shown_at + timedelta(seconds=platform.edits_every(place, live))
        if now < free:
            return NotNow(free)
    root = tx.cards.get(show.thread) if show.thread else None
    if root is not None:
        place = replace(place, thread=root.message)
    card = draw(tx, show, None, now, outbox_message.set)
    message = posted.message if posted else ""
    where = posted.place if posted else place
    faces = _viewers(tx, show) if platform.has_per_user_views else ()
    return Ready(Delivery(show.key, card, where, message=message, faces=faces))


def _decide_private(
    tx: Tx, outbox_message: OutboxMessage, effect: fx.Whisper | fx.Refuse, now: datetime
) -> Ready | Never:
    """A private line, in the thread that it is about or in the person's own chat."""
    person = tx.people.get(effect.person)
    if person is None:
        return Never("no_person")
    if not unreachable.still_true(tx, outbox_message, effect, person, now):
        return Never("no_longer_true")
    near = effect.near if isinstance(effect, fx.Whisper) else ""
    root = tx.cards.get(near) if near else None
    card = draw(tx, effect, person, now)
    key = f"whisper/{outbox_message.id}"
    if isinstance(effect, fx.Whisper) and effect.card in COACHING:
        # One private note about one message: a platform that can shows the newest instead.
        key = f"coach/{effect.ref}/{person.id}"
    if root is None:
        return Ready(Delivery(key, card, None, person, private="dm"))
    place = replace(root.place, thread=root.message)
    shut = unreachable.is_suspended(tx, person)
    return Ready(Delivery(key, card, place, person, private="near", shut=shut))


def _decide_nudge(
    tx: Tx, outbox_message: OutboxMessage, nudge: fx.Nudge, now: datetime
) -> Ready | NotNow | Never:
    """Decided when it is sent (method.md §6)."""
    person = tx.people.get(nudge.person)
    if person is None:
        return Never("no_person")
    decision = digest.decide(tx, nudge, person, now)
    if isinstance(decision, digest.Defer):
        return NotNow(decision.until)
    if isinstance(decision, digest.Drop):
        # It may be before their eyes already: then the day's budget is used.
        maybe = outbox_message.state == "sending"
        return Never(decision.why, partial(_record_used, nudge, person, now) if maybe else None)
    waiting, look = decision.waiting, ViewContext(tx, person, now)
    draw_it = digest_card if nudge.kind == "digest" else last_call_card
    card = draw_it(look, waiting)
    also = _Nudged(nudge, person, waiting, now)
    return Ready(Delivery(f"nudge/{outbox_message.id}", card, None, person, private="dm"), also)


def _viewers(tx: Tx, show: fx.Show) -> tuple[str, ...]:
    """Where those are reached for whom a session's card has buttons of their own."""
    session = tx.machines.load(Session, show.ref) if show.card == "session" else None
    if session is None or session.over:
        return ()
    who = [*session.people, *([session.facilitator] if session.facilitator else [])]
    reached = (person.address.reach for person in tx.people.get_many(who).values())
    return tuple(sorted(filter(None, reached)))


def _record_used(nudge: fx.Nudge, person: Person, now: datetime, tx: Tx) -> None:
    tx.nudges.record(person.id, local_date(now, person.hours), nudge.kind)


@dataclass(frozen=True, slots=True)
class _Nudged:
    """Notes that a nudge went out: only what was really sent uses up budget and check-in."""

    nudge: fx.Nudge
    person: Person
    waiting: Waiting
    now: datetime

    def __call__(self, tx: Tx) -> None:
        _record_nudges([self], tx)


def _record_nudges(nudged: Sequence[_Nudged], tx: Tx) -> None:
    asked = [(one, *pair) for one in nudged for pair in one.waiting.check_ins]
    known = dict(tx.actions.lock_actions(action.id for _, action, _ in asked))
    for one, action, check_in in asked:
        if action.id in known:
            sent = ev.CheckInSent(at=one.now, kind=check_in.kind)
            known[action.id] = actions.step(known[action.id], sent, one.person.hours)[0]
    tx.actions.save_locked(known.values())
    days = [(one.person, local_date(one.now, one.person.hours), one.nudge) for one in nudged]
    tx.nudges.record_many((person.id, day, nudge.kind) for person, day, nudge in days)
    for contribution in [c for one in nudged for c in one.waiting.nudges]:
        known_one = tx.contributions.get(contribution.id)
        if known_one is not None:
            tx.contributions.save(replace(known_one, nudged=2))


def record_sent(also: Sequence[Callable[[Tx], None]], tx: Tx) -> None:
    """Note what several letters that went out have to note; nudges in one go."""
    nudged = [one for one in also if isinstance(one, _Nudged)]
    if nudged:
        _record_nudges(nudged, tx)
    for one in also:
        if not isinstance(one, _Nudged):
            one(tx)
