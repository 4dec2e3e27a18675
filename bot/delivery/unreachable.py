"""People whom a platform does not let us write to: what becomes of what was meant for them.

Rule 1: after the first refusal nothing more is tried, until they come back: their lane waits.
Rule 2: each set's facilitator, else its host, hears of it once; never what it was about.
Rule 3: of what waited, only what is still true goes out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cards.card import Card
from bot.cards.views import draw
from bot.method import effects as fx
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Person, PersonId, SetId
from bot.ports import OutboxMessage, Store, Tx
from bot.ports.lanes import person_lane

OLD = timedelta(days=1)  # what waited for longer is looked at again before it is told


def suspend_person(store: Store, person: Person, code: str, now: datetime) -> None:
    """Their own chat refused us. Told before it is suspended: what dies between is done again."""
    lane = person_lane(person)
    with store.transaction() as tx:
        for id in tx.sets.of_person(person.id):
            _notify(tx, id, person, now)
    store.outbox.suspend(lane, code)


def is_suspended(tx: Tx, person: Person) -> bool:
    """Whether their own chat has refused us, and they have not come back since."""
    return bool(tx.outbox.suspension(person_lane(person)))


def is_person_suspended(store: Store, person: Person) -> bool:
    """The same, asked from outside of a transaction."""
    with store.reading() as tx:
        return is_suspended(tx, person)


def unreachable_card(store: Store, person: Person, now: datetime) -> Card:
    """One line for where they pressed: how they let us write to them."""
    with store.reading() as tx:
        return draw(tx, fx.Whisper(person.id, "cannot_reach_you"), person, now)


def _notify(tx: Tx, id: SetId, person: Person, now: datetime) -> None:
    group = tx.machines.load(LearningSet, id)
    who = _whom_to_tell(tx, group, person.id) if group is not None else None
    # They may come and go; nobody hears of the same person twice within a week.
    if who is not None and tx.processed.record_once(f"unreached/{id}/{person.id}", now):
        told = fx.Whisper(who.id, "cannot_reach_person", person.id, values={"set": id})
        tx.outbox.enqueue(told, person_lane(who), id, "", now, now)


def _whom_to_tell(tx: Tx, group: LearningSet, about: PersonId) -> Person | None:
    """The facilitator, else the host: whoever can be told, and is not the one it is about."""
    for id in (group.facilitator, group.host):
        who = tx.people.get(id) if id is not None and id != about else None
        if who is not None and not is_suspended(tx, who):
            return who
    return None


def still_true(
    tx: Tx,
    outbox_message: OutboxMessage,
    effect: fx.Whisper | fx.Refuse,
    person: Person,
    now: datetime,
) -> bool:
    """Whether a private line that has waited for more than a day still means anything."""
    if outbox_message.created is None or now - outbox_message.created < OLD:
        return True
    if isinstance(effect, fx.Refuse):
        return False
    group = (
        tx.machines.load(LearningSet, outbox_message.set)
        if outbox_message.set is not None
        else None
    )
    if group is not None and not group.over and person.id not in (*group.people, *group.invited):
        return False
    found = tx.contributions.get(effect.ref)  # type: ignore[arg-type]
    about = found.session if found is not None else effect.ref
    running = tx.machines.load(Session, about) or tx.machines.load(Meeting, about)
    return running is None or not running.over
