"""One event costs the same among a thousand rows and among a million: nothing scans a table."""

import re
from dataclasses import replace

from sqlalchemy import event

from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Address
from bot.ports import Posted, Timer
from tests.store.made import (
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
        tx.record_once("key", NOW)
        tx.is_recorded("key")
        tx.person_at(Address("web", "one", "ann"))
        tx.person("ann")
        tx.people(["ann", "bob"])
        tx.save_person(person())
        tx.lock_set("set")
        tx.save(group())
        tx.save(group(people=("ann", "cyd")))
        tx.set_home("set", HOME)
        tx.set_at(HOME)
        tx.sets_of("ann")
        for state in (meeting(), session(), action(), replace(session(), asked=1)):
            tx.save(state)
        tx.load(Meeting, "nothing")
        tx.set_of("c1")
        tx.actions_of("ann")
        tx.actions_of("ann", unsettled=False)
        tx.actions_in("session")
        tx.save_contribution(said(), THREAD, "m1")
        tx.save_contribution(said())
        tx.contribution("c1")
        tx.contribution_said(THREAD, "m1")
        for filters in ({}, {"kind": "question"}, {"state": "open"}, {"by": "ann"}, {"entry": 1}):
            tx.contributions("session", **filters)
        tx.unanswered_nudges("ann")
        tx.put_words(words())
        tx.words("said", "c1")
        tx.many_words("said", ["c1", "c2"])
        tx.words_by("ann", "log")
        tx.put_words(words("action", "action"))
        tx.posted("card")
        tx.card_at(HOME, "m1")
        for card in ("card", "card", "", "other"):
            put(tx, card)
        for name in ("close", "resume"):
            tx.set_timer(Timer("session", name, 1, NOW))
        tx.timer("session", "close")
        tx.clear_timer("session", "close")
        tx.clear_timers("session")
        tx.nudges_on("ann", NOW.date())
        tx.note_nudge("ann", NOW.date(), "digest")
    with store.reading() as tx:
        tx.home("set")
    store.due_timers(NOW)
    store.next_timer()
    store.next_outbox_message()
    found = store.claim("w", NOW, 60)
    first, second, third = found.outbox_messages
    store.sending(first)
    store.sent(first, NOW, Posted("card", THREAD, "m1", NOW))
    store.later(second, later(hours=1))
    store.later(third, later(hours=1), failed=True)
    store.release(found)
    store.suspend(LANE, "archived")
    store.resume(LANE)
    store.park(second, "x")
    store.drop(third, "x")
    store.beat("courier", NOW)
    with store.transaction() as tx:
        tx.erase_words("said", "c9")
        tx.erase_person("set", "ann")
        tx.save(session(over=True))
        tx.save(action(settled=True))
        tx.save(group(over=True))
    store.tidy(NOW)
    store.tidy(later(days=400))


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
            tx.save(session(f"s{i}"))
    with store.reading() as tx:
        assert tx.load(Session, "s49") == session("s49")
