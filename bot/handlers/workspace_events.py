"""Around a set: where it can be reached, who can read along, each person's own page.

What a platform tells of its own accord, and nobody to a set: each function is one transaction.
Like the front it decides nothing that a machine decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from bot.cards.card import Card
from bot.cards.views import draw
from bot.cards.views.context import ViewContext
from bot.cards.views.home import at_home, welcome
from bot.handlers.inputs import Actor
from bot.handlers.request_context import clean_name
from bot.handlers.unit_of_work import UnitOfWork
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.card_key import CardKey, CardKind
from bot.method.learning_set import LearningSet
from bot.method.session import Session
from bot.method.terms import Person, PersonId, Place
from bot.ports import Ids, Store, Tx
from bot.ports.lanes import lane_of, person_lane
from bot.queries.waiting import running

NAMED = 8  # outsiders called by name; the others are counted


def conversation_reached(store: Store, place: Place) -> None:
    """The bot is (again) in a conversation: what waited for it goes out.

    And what waited for the people of the set that meets there: perhaps they can be reached now.
    """
    with store.transaction() as tx:
        tx.outbox.resume(lane_of(place))
        id = tx.sets.at(place)
        group = tx.machines.load(LearningSet, id) if id is not None else None
        for person in tx.people.get_many((*group.people, *group.invited) if group else ()).values():
            tx.outbox.resume(person_lane(person))


def conversation_moved(store: Store, was: Place, now: Place) -> None:
    """The platform gave a conversation another id; the set still meets there."""
    with store.transaction() as tx:
        id = tx.sets.at(was)
        if id is not None and tx.machines.lock_set(id) is not None:
            tx.sets.set_home(id, replace(now, thread=""))
        # Also where the cards and messages stand, or nothing could be edited or heard any more.
        tx.conversations.move(was, now, lane_of(was), lane_of(now))


def readers_changed(
    store: Store, ids: Ids, place: Place, people: Iterable[Actor], public: bool, at: datetime
) -> None:
    """Who can read where a set meets: host and presenters are told of outsiders, by name.

    Each is told once of the same outsiders (method.md §8). Nothing of an outsider is kept but
    what stands in that one message.
    """
    with store.transaction() as tx:
        id = tx.sets.at(place)
        group = tx.machines.lock_set(id) if id is not None else None
        if group is None or group.over:
            return
        strangers = [actor for actor in people if not _belongs(tx, group, actor)]
        if not strangers and not public:
            return
        work = UnitOfWork(tx, at, ids)
        work.hold(group.id)
        users = ",".join(sorted(a.address.user for a in strangers))
        which = sha256(f"{users}/{public}".encode()).hexdigest()[:16]
        names = sorted(filter(None, (clean_name(a.name) for a in strangers)))
        values: dict[str, str | int] = {
            "names": ", ".join(names[:NAMED]),
            "more": max(len(strangers) - min(len(names), NAMED), 0),
            "public": int(public),
        }
        for person in _whom_to_tell(tx, group):
            if tx.processed.record_once(f"readers/{group.id}/{which}/{person}", at):
                work.whisper(fx.Whisper(person, "readers", group.id, values=values))


def strangers(store: Store, place: Place, users: Iterable[Actor]) -> tuple[Actor, ...] | None:
    """Those of them who are not in the set that meets here; None where none meets."""
    with store.reading() as tx:
        id = tx.sets.at(place)
        group = tx.machines.load(LearningSet, id) if id is not None else None
        if group is None or group.over:
            return None
        return tuple(actor for actor in users if not _belongs(tx, group, actor))


def _belongs(tx: Tx, group: LearningSet, actor: Actor) -> bool:
    person = tx.people.at(actor.address)
    return person is not None and person.id in (*group.people, *group.invited)


def _whom_to_tell(tx: Tx, group: LearningSet) -> tuple[PersonId, ...]:
    """The host, and whoever presents now."""
    presenters = [s.presenter for s in running(tx, group) if isinstance(s, Session)]
    return tuple(dict.fromkeys(p for p in (group.host, *presenters) if p is not None))


def only_thread(store: Store, place: Place) -> str:
    """The thread that a message means where a platform has none: that of the one thing running."""
    with store.reading() as tx:
        id = tx.sets.at(place)
        group = tx.machines.load(LearningSet, id) if id is not None else None
        now = running(tx, group) if group is not None else ()
        posted = tx.cards.get(now[0].key) if len(now) == 1 else None
        return posted.message if posted else ""


def person(store: Store, actor: Actor) -> Person | None:
    """The person behind an actor, if the core has met them."""
    with store.reading() as tx:
        return tx.people.at(actor.address)


def card_key(store: Store, place: Place, message: str) -> str:
    """The key of the card that a message of ours shows; "" for any other."""
    with store.reading() as tx:
        return tx.cards.key_at(place, message) or ""


def draw_for_viewer(store: Store, actor: Actor, key: str, at: datetime) -> Card | None:
    """A session's card as one of its people sees it, with their own buttons; None for others."""
    with store.reading() as tx:
        me = tx.people.at(actor.address)
        shown = CardKey(key)
        of_session = shown.kind is CardKind.SESSION
        session = tx.machines.load(Session, shown.ref) if of_session else None
        if me is None or session is None or me.id not in (*session.people, session.facilitator):
            return None
        return draw(tx, fx.Show("session", session.key, session.id), me, at)


def draw_own_page(store: Store, actor: Actor, at: datetime) -> tuple[Card, ...]:
    """A person's own page: what waits, their sets, actions, log and settings."""
    with store.reading() as tx:
        me = tx.people.at(actor.address)
        context = ViewContext(tx, me, at, language=actor.language)
        return at_home(context) if me is not None else (welcome(context),)


def uninstalled(store: Store, ids: Ids, platform: str, installation: str, at: datetime) -> int:
    """The installation has taken the bot away: its sets end, and our copy goes 30 days later."""
    with store.reading() as tx:
        homes = {id: tx.sets.home(id) for id in tx.sets.all()}
    here = (platform, installation)
    ended = 0
    for id, home in homes.items():
        if home is None or (home.platform, home.installation) != here:
            continue
        with store.transaction() as tx:
            work = UnitOfWork(tx, at, ids)
            group = work.hold(id)
            if group is not None and not group.over:
                work.tell(id, ev.InstallationGone(at=at))
                ended += 1
    return ended
