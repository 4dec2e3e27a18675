from dataclasses import replace

from bot.ports import Posted
from tests.store.factories import HOME, LANE, NOW, THREAD, later, put, said

THERE = replace(HOME, conversation="moved")
TO = "web/one/moved"


def move(store):
    with store.transaction() as tx:
        tx.conversations.move(HOME, THERE, LANE, TO)


def test_cards_and_messages_stand_where_the_conversation_went(store):
    elsewhere = replace(HOME, conversation="other")
    with store.transaction() as tx:
        tx.cards.save(Posted("session/session", THREAD, "m1", NOW))
        tx.cards.save(Posted("set/set", elsewhere, "m2", NOW))
        tx.contributions.save(said(), THREAD, "m3")
    move(store)
    with store.reading() as tx:
        assert tx.cards.key_at(THERE, "m1") == "session/session"
        assert tx.cards.key_at(HOME, "m1") is None
        assert tx.cards.get("session/session").place == replace(THERE, thread="t1")
        assert tx.cards.key_at(elsewhere, "m2") == "set/set"
        assert tx.contributions.at_message(THERE, "m3") == said()
        assert tx.contributions.at_message(HOME, "m3") is None


def test_what_waited_goes_out_there_in_its_order(store):
    with store.transaction() as tx:
        for card in ("a", "b"):
            put(tx, card, LANE)
        put(tx, "c", "web/one/other")
    store.outbox.suspend(LANE, "channel_not_found")
    move(store)
    found = {}
    while claim := store.outbox.claim("worker", later(minutes=1), 60):
        found[claim.lane] = [letter.card for letter in claim.outbox_messages]
    assert found == {TO: ["a", "b"], "web/one/other": ["c"]}


def test_a_conversation_without_anything_moves_too(store):
    move(store)
    assert store.outbox.claim("worker", later(minutes=1), 60) is None
