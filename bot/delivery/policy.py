"""Should this message go? The one room that answers, at the moment of sending.

Rule 1: an outbox message holds an effect and ids. It is drawn from the newest state.
Rule 2: sent, deferred and dropped are three things. What only a sent message may record comes
        along as `on_sent`, and is recorded in the transaction that marks it sent.
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
from bot.delivery import unreachable
from bot.method import actions
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.card_key import CardKey, CardKind
from bot.method.learning_set import LearningSet
from bot.method.session import Session
from bot.method.terms import Person
from bot.ports import Delivery, OutboxMessage, Platform, Tx
from bot.queries.waiting import Waiting, gather, last_call
from bot.worktime import NeverWorks, at_local, is_working, local_date, next_working

COACHING = ("nudge", "cleared", "sealed")


@dataclass(frozen=True, slots=True)
class Send:
    """Deliver it now. `on_sent` records what only a sent message may record."""

    delivery: Delivery
    on_sent: Callable[[Tx], None] | None = None


@dataclass(frozen=True, slots=True)
class Defer:
    """Decide again at `until` (UTC). Nothing is lost, and nothing counts as sent."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """Do not send it (again); `why` is a code, for metrics only.

    `on_sent`: what a message that may already have gone out has used up all the same.
    """

    why: str
    on_sent: Callable[[Tx], None] | None = None


Decision = Send | Defer | Drop


def decide(tx: Tx, message: OutboxMessage, now: datetime, platform: Platform) -> Decision:
    """What becomes of an outbox message now."""
    match message.effect:
        case fx.Show():
            return _decide_public(tx, message, message.effect, now, platform)
        case fx.Whisper() | fx.Refuse():
            return _decide_private(tx, message, message.effect, now)
        case fx.Nudge():
            return _decide_nudge(tx, message, message.effect, now)
    return Drop("not_a_message")


def _decide_public(
    tx: Tx, message: OutboxMessage, show: fx.Show, now: datetime, platform: Platform
) -> Decision:
    """A card in the set's own conversation, or an edit of it where it was posted before."""
    assert message.set is not None
    place = tx.sets.home(message.set)
    if place is None:
        return Drop("no_home")
    posted = tx.cards.get(show.key)
    if posted is not None:
        group = tx.machines.load(LearningSet, message.set)
        live = group is not None and group.overrides.live
        free = posted.shown_at + timedelta(seconds=platform.edits_every(place, live))
        if now < free:
            return Defer(free)
    root = tx.cards.get(show.thread) if show.thread else None
    if root is not None:
        place = replace(place, thread=root.message)
    card = draw(tx, show, None, now, message.set)
    posted_id = posted.message if posted else ""
    where = posted.place if posted else place
    viewers = _viewers(tx, show) if platform.has_per_user_views else ()
    return Send(Delivery(CardKey(show.key), card, where, message=posted_id, faces=viewers))


def _decide_private(
    tx: Tx, message: OutboxMessage, effect: fx.Whisper | fx.Refuse, now: datetime
) -> Decision:
    """A private card, in the thread that it is about or in the person's own chat."""
    person = tx.people.get(effect.person)
    if person is None:
        return Drop("no_person")
    if not unreachable.still_true(tx, message, effect, person, now):
        return Drop("no_longer_true")
    near = effect.near if isinstance(effect, fx.Whisper) else ""
    root = tx.cards.get(near) if near else None
    card = draw(tx, effect, person, now)
    key = CardKey.of(CardKind.WHISPER, message.id)
    if isinstance(effect, fx.Whisper) and effect.card in COACHING:
        # One private note about one message: a platform that can shows the newest instead.
        key = CardKey.of(CardKind.COACHING, effect.ref, person.id)
    if root is None:
        return Send(Delivery(key, card, None, person, private="dm"))
    place = replace(root.place, thread=root.message)
    shut = unreachable.is_suspended(tx, person)
    return Send(Delivery(key, card, place, person, private="near", shut=shut))


def _decide_nudge(tx: Tx, message: OutboxMessage, nudge: fx.Nudge, now: datetime) -> Decision:
    """Check state, budget, working hours, absence and opt-out again (method.md section 6).

    Only what is sent uses up the budget: `Defer` and `Drop` do not.
    """
    person = tx.people.get(nudge.person)
    if person is None:
        return Drop("no_person")
    waiting = what_to_send(tx, nudge, person, now)
    if isinstance(waiting, Drop) and message.state == "sending":
        # It may already have been delivered: then the day's budget is used.
        return Drop(waiting.why, partial(_record_used, nudge, person, now))
    if isinstance(waiting, Defer | Drop):
        return waiting
    draw_nudge = digest_card if nudge.kind == "digest" else last_call_card
    card = draw_nudge(ViewContext(tx, person, now), waiting)
    key = CardKey.of(CardKind.NUDGE, message.id)
    delivery = Delivery(key, card, None, person, private="dm")
    return Send(delivery, _RecordNudge(nudge, person, waiting, now))


def what_to_send(tx: Tx, nudge: fx.Nudge, person: Person, now: datetime) -> Waiting | Defer | Drop:
    """What a nudge may tell its person now, or why it may not."""
    today = local_date(now, person.hours)
    if not person.nudges:
        return Drop("opted_out")
    try:
        if person.paused_until is not None and person.paused_until >= today:
            after = person.paused_until + timedelta(days=1)
            first = at_local(after, person.hours.start, person.hours)
            return Defer(next_working(first, person.hours))
        if not is_working(now, person.hours):
            if nudge.kind == "last_call":
                # By the next working hour the stage is over, or the digest tells of it.
                return Drop("outside_hours")
            return Defer(next_working(now, person.hours))
    except NeverWorks:
        return Drop("never_works")
    if nudge.kind in tx.nudges.on_day(person.id, today):
        return Drop("budget")
    waiting = gather(tx, person, now) if nudge.kind == "digest" else last_call(tx, nudge, now)
    return waiting or Drop("nothing_waits")


def _viewers(tx: Tx, show: fx.Show) -> tuple[str, ...]:
    """The addresses of those who get buttons of their own on a session's card."""
    session = tx.machines.load(Session, show.ref) if show.card == "session" else None
    if session is None or session.over:
        return ()
    who = [*session.people, *([session.facilitator] if session.facilitator else [])]
    reached = (person.address.reach for person in tx.people.get_many(who).values())
    return tuple(sorted(filter(None, reached)))


def _record_used(nudge: fx.Nudge, person: Person, now: datetime, tx: Tx) -> None:
    tx.nudges.record(person.id, local_date(now, person.hours), nudge.kind)


@dataclass(frozen=True, slots=True)
class _RecordNudge:
    """Records that a nudge was sent: only then is the budget or a check-in used up."""

    nudge: fx.Nudge
    person: Person
    waiting: Waiting
    now: datetime

    def __call__(self, tx: Tx) -> None:
        _record_nudges([self], tx)


def _record_nudges(records: Sequence[_RecordNudge], tx: Tx) -> None:
    asked = [(one, *pair) for one in records for pair in one.waiting.check_ins]
    known = dict(tx.actions.lock_actions(action.id for _, action, _ in asked))
    for one, action, check_in in asked:
        if action.id in known:
            sent = ev.CheckInSent(at=one.now, kind=check_in.kind)
            known[action.id] = actions.step(known[action.id], sent, one.person.hours)[0]
    tx.actions.save_locked(known.values())
    days = [(one.person, local_date(one.now, one.person.hours), one.nudge) for one in records]
    tx.nudges.record_many((person.id, day, nudge.kind) for person, day, nudge in days)
    for contribution in [c for one in records for c in one.waiting.nudges]:
        contribution_now = tx.contributions.get(contribution.id)
        if contribution_now is not None:
            tx.contributions.save(replace(contribution_now, nudged=2))


def record_sent(on_sent: Sequence[Callable[[Tx], None]], tx: Tx) -> None:
    """Record what messages that were sent have to record; nudges together."""
    records = [one for one in on_sent if isinstance(one, _RecordNudge)]
    if records:
        _record_nudges(records, tx)
    for one in on_sent:
        if not isinstance(one, _RecordNudge):
            one(tx)
