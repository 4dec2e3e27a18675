"""One event costs the same among a thousand rows and among a million: nothing scans a table."""

import re
from dataclasses import replace

from sqlalchemy import event

from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Address
from bot.ports import Posted, Timer
from tests.store.factories import (
    HOME,
    LANE,
    NOW,
    THREAD,
    action,
    group,
    later,
    meeting,
    person,
    put,
    said,
    session,
    words,
)

# These look at a whole table, and may: it is as small as the house, or asked for by hand.
SMALL = {"heartbeat", "json_each", "first"}  # the last two: lists that are handed in, and letters


def everything(store):
    """Call every port method that an event, a courier or the daily round calls."""
    with store.transaction() as tx:
        tx.processed.record_once("key", NOW)
        tx.processed.is_recorded("key")
        tx.people.at(Address("web", "one", "ann"))
        tx.people.get("ann")
        tx.people.get_many(["ann", "bob"])
        tx.people.save(person())
        tx.machines.lock_set("set")
        tx.machines.save(group())
        tx.machines.save(group(people=("ann", "cyd")))
        tx.sets.set_home("set", HOME)
        tx.sets.at(HOME)
        tx.sets.of_person("ann")
        for state in (meeting(), session(), action(), replace(session(), asked=1)):
            tx.machines.save(state)
        tx.machines.load(Meeting, "nothing")
        tx.sets.owner_of("c1")
        tx.actions.of_owner("ann")
        tx.actions.of_owner("ann", unsettled=False)
        tx.actions.in_session("session")
        tx.contributions.save(said(), THREAD, "m1")
        tx.contributions.save(said())
        tx.contributions.get("c1")
        tx.contributions.at_message(THREAD, "m1")
        for filters in ({}, {"kind": "question"}, {"state": "open"}, {"by": "ann"}, {"entry": 1}):
            tx.contributions.in_session("session", **filters)
        tx.contributions.unanswered_nudges("ann")
        tx.texts.put(words())
        tx.texts.get("said", "c1")
        tx.texts.get_many("said", ["c1", "c2"])
        tx.texts.by_author("ann", "log")
        tx.texts.put(words("action", "action"))
        tx.cards.get("card")
        tx.cards.key_at(HOME, "m1")
        for card in ("card", "card", "", "other"):
            put(tx, card)
        for name in ("close", "resume"):
            tx.timers.set(Timer("session", name, 1, NOW))
        tx.timers.get("session", "close")
        tx.timers.clear("session", "close")
        tx.timers.clear_all("session")
        tx.nudges.on_day("ann", NOW.date())
        tx.nudges.record("ann", NOW.date(), "digest")
    with store.reading() as tx:
        tx.sets.home("set")
    store.timers.due(NOW)
    store.timers.next_due()
    store.outbox.next_due()
    found = store.outbox.claim("w", NOW, 60)
    first, second, third = found.outbox_messages
    store.outbox.mark_sending([first])
    store.outbox.mark_sent([first], NOW, [Posted("card", THREAD, "m1", NOW)])
    store.outbox.postpone(second, later(hours=1))
    store.outbox.postpone(third, later(hours=1), failed=True)
    store.outbox.release([found])
    store.outbox.suspend(LANE, "archived")
    store.outbox.resume(LANE)
    store.outbox.park(second, "x")
    store.outbox.drop(third, "x")
    store.maintenance.heartbeat("courier", NOW)
    with store.transaction() as tx:
        tx.texts.erase("said", "c9")
        tx.texts.erase_person("set", "ann")
        tx.machines.save(session(over=True))
        tx.machines.save(action(settled=True))
        tx.machines.save(group(over=True))
    store.maintenance.run_retention(NOW)
    store.maintenance.run_retention(later(days=400))


def test_nothing_scans_a_table(file):
    store, said_to_sqlite = file(), {}
    store.close()

    @event.listens_for(store.engine, "connect")
    def listen(connection, record):
        connection.set_trace_callback(remember)

    def remember(statement):
        # SQLite itself says what it was asked, values and all, whichever way it came.
        if re.match(r"SELECT|INSERT|UPDATE|DELETE", statement):
            shape = re.sub(r"'(?:[^']|'')*'|\b\d+\b", "?", statement)
            said_to_sqlite.setdefault(re.sub(r"(\?, )+\?", "?", shape), statement)

    everything(store)
    event.remove(store.engine, "connect", listen)
    store.close()
    scans = {}
    with store.engine.connect() as connection:
        for statement in said_to_sqlite.values():
            plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement)
            steps = [row[3] for row in plan]
            wide = [step for step in steps if is_wide(step)]
            if wide:
                scans[" ".join(statement.split())] = wide
    assert len(said_to_sqlite) > 60
    assert scans == {}


def is_wide(step):
    """Whether a step of a plan reads a whole table, or a whole index that is not a partial one."""
    found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
    if found is None or found[1] in SMALL:
        return False
    narrow = {"ix_lane_due"}  # holds the lanes in which something waits, and no others
    return found[2] not in narrow


def test_the_state_of_a_long_session_is_found_by_its_id(store):
    with store.transaction() as tx:
        for i in range(50):
            tx.machines.save(session(f"s{i}"))
    with store.reading() as tx:
        assert tx.machines.load(Session, "s49") == session("s49")
