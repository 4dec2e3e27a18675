"""What follows from a delivery that failed for good, each in one transaction of its own."""

from __future__ import annotations

from datetime import datetime

from bot.delivery import unreachable
from bot.delivery.policy import Send
from bot.method import effects as fx
from bot.method.card_key import CardKey, CardKind
from bot.method.terms import ContributionId, Person, PersonId
from bot.ports import OutboxMessage, PersonClosed, Store, Tx
from bot.ports.lanes import home_lane, person_lane


def close_person(
    store: Store, message: OutboxMessage, send: Send, error: PersonClosed, now: datetime
) -> bool:
    """A person's own chat is closed: what is theirs waits there. Whether the lane goes on."""
    person = send.delivery.to
    assert person is not None
    own_lane = person_lane(person)
    if not unreachable.is_person_suspended(store, person):
        unreachable.suspend_person(store, person, error.code, now)
    if message.lane == own_lane:
        store.outbox.postpone(message, now)
        return False
    # A private line in a set's lane waits in its person's own lane instead; the set's goes on.
    with store.transaction() as tx:
        since = message.created or now
        tx.outbox.enqueue(message.effect, own_lane, message.set, send.delivery.key, now, since)
    store.outbox.drop(message, "waits_for_person")
    return True


def close_lane(store: Store, message: OutboxMessage, code: str, now: datetime) -> None:
    """A conversation cannot be reached: its lane is suspended, and the set's host is told."""
    store.outbox.postpone(message, now)
    store.outbox.suspend(message.lane, code)
    if message.set is None:
        return
    with store.transaction() as tx:
        group = tx.machines.lock_set(message.set)
        if group is None or message.lane != home_lane(tx, group.id) or group.host is None:
            return
        host = tx.people.get(group.host)
        if host is not None:
            tell = fx.Whisper(host.id, "cannot_reach_home", group.id)
            key = CardKey.of(CardKind.UNREACHABLE, group.id)
            tx.outbox.enqueue(tell, person_lane(host), group.id, key, now, now)


def ask_author(store: Store, message: OutboxMessage, now: datetime) -> None:
    """A person's own words may or may not have been posted: ask them, repeat nothing.

    They are asked before the message is parked, so a crash in between asks again.
    """
    assert isinstance(message.effect, fx.Show)
    with store.transaction() as tx:
        author, about = _author(tx, message.effect.ref)
        if author is not None:
            ask = fx.Whisper(author.id, "did_it_arrive", about)
            key = CardKey.of(CardKind.DELIVERY_CHECK, message.id)
            tx.outbox.enqueue(ask, person_lane(author), message.set, key, now, now)
    store.outbox.park(message, "unknown_fate")


def _author(tx: Tx, ref: str) -> tuple[Person | None, str]:
    """Whose words a card shows, and what they belong to: a contribution, or meeting:person."""
    meeting, _, person = ref.partition(":")
    if person:
        return tx.people.get(PersonId(person)), meeting
    contribution = tx.contributions.get(ContributionId(ref))
    return (tx.people.get(contribution.by), ref) if contribution is not None else (None, ref)
