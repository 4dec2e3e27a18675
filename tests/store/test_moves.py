from dataclasses import replace

from bot.ports import Posted
from tests.store.made import HOME, LANE, NOW, THREAD, later, put, said

THERE = replace(HOME, conversation="moved")
TO = "web/one/moved"


def move(store):
    with store.transaction() as tx:
        tx.move_conversation(HOME, THERE, LANE, TO)


def test_cards_and_messages_stand_where_the_conversation_went(store):
    elsewhere = replace(HOME, conversation="other")
    with store.transaction() as tx:
        tx.save_posted(Posted("session/session", THREAD, "m1", NOW))
        tx.save_posted(Posted("set/set", elsewhere, "m2", NOW))
        tx.save_contribution(said(), THREAD, "m3")
    move(store)
    with store.reading() as tx:
        assert tx.card_at(THERE, "m1") == "session/session"
        assert tx.card_at(HOME, "m1") is None
        assert tx.posted("session/session").place == replace(THERE, thread="t1")
        assert tx.card_at(elsewhere, "m2") == "set/set"
        assert tx.contribution_said(THERE, "m3") == said()
        assert tx.contribution_said(HOME, "m3") is None


def test_what_waited_goes_out_there_in_its_order(store):
    with store.transaction() as tx:
        for card in ("a", "b"):
            put(tx, card, LANE)
        put(tx, "c", "web/one/other")
    store.suspend(LANE, "channel_not_found")
    move(store)
    found = {}
    while claim := store.claim("worker", later(minutes=1), 60):
        found[claim.lane] = [letter.card for letter in claim.outbox_messages]
    assert found == {TO: ["a", "b"], "web/one/other": ["c"]}


def test_a_conversation_without_anything_moves_too(store):
    move(store)
    assert store.claim("worker", later(minutes=1), 60) is None
