"""The chat behaves as a platform does: places, privacy, edits, deletions."""

import asyncio
from dataclasses import replace

import pytest

from adapters.web.cast import channel, load_cast
from adapters.web.chat import LONGEST, Chat
from bot.cards.card import Card
from bot.method.card_key import CardKey
from bot.method.terms import Person, PersonId
from bot.ports import Delivery, LaneClosed, Undeliverable
from tests.web.fakes import Clock

CAST = load_cast()
ANA = Person(PersonId("p1"), "Ana", CAST.first.actor.address)
CARD = Card("session", "T", "S")


@pytest.fixture
def chat():
    return Chat(Clock().now)


def deliver(chat, **delivery):
    return asyncio.run(chat.deliver(Delivery(**{"key": CardKey("k"), "card": CARD, **delivery})))


def test_a_card_is_posted_and_edited_in_place(chat):
    place, id = deliver(chat, place=channel())
    assert place == channel()
    assert deliver(chat, place=channel(), message=id, card=replace(CARD, title="U")) == (place, id)
    (message,) = chat.seen_by("ana", channel())
    assert (message.card.title, message.edition) == ("U", 2)


def test_an_edit_of_what_is_gone_cannot_be_delivered(chat):
    with pytest.raises(Undeliverable):
        deliver(chat, place=channel(), message="m99")


def test_without_a_place_the_lane_is_closed(chat):
    with pytest.raises(LaneClosed):
        deliver(chat, place=None)


def test_a_near_message_is_seen_by_one_person_in_the_thread(chat):
    _, root = deliver(chat, place=channel())
    thread = replace(channel(), thread=root)
    deliver(chat, place=thread, to=ANA, private="near")
    assert len(chat.seen_by("ana", thread)) == 1
    assert chat.seen_by("tunde", thread) == ()


def test_a_dm_is_nobody_elses(chat):
    place, _ = deliver(chat, to=ANA, private="dm")
    assert place == CAST.first.dm
    assert len(chat.seen_by("ana", place)) == 1
    assert chat.seen_by("tunde", place) == ()
    assert [m.place for m in chat.visible("tunde")] == []


def test_a_post_is_found_by_its_key(chat):
    place, id = deliver(chat, place=channel())
    assert asyncio.run(chat.find(Delivery(CardKey("k"), CARD))) == (place, id)
    assert asyncio.run(chat.find(Delivery(CardKey("other"), CARD))) is None


def test_only_the_author_edits_and_deletes(chat):
    message = chat.say("ana", channel(), "one")
    assert chat.edit(message.id, "tunde", "two") is None
    assert chat.delete(message.id, "tunde") is None
    assert chat.edit(message.id, "ana", "one") is None
    assert chat.edit(message.id, "ana", "two").edited
    assert chat.delete(message.id, "ana").text == "two"
    assert chat.seen_by("ana", channel()) == ()


def test_a_card_of_the_bot_is_nobodys_to_edit(chat):
    _, id = deliver(chat, place=channel())
    assert chat.edit(id, "", "x") is None
    assert chat.delete(id, "") is None


def test_a_deleted_message_with_a_thread_leaves_a_trace(chat):
    message = chat.say("ana", channel(), "one")
    chat.say("tunde", replace(channel(), thread=message.id), "two")
    chat.delete(message.id, "ana")
    (left,) = chat.seen_by("ana", channel())
    assert left.gone
    assert left.text == ""


def test_a_thread_that_is_not_there_is_the_channel(chat):
    assert chat.say("ana", replace(channel(), thread="m99"), "x").place == channel()


def test_what_only_i_see_i_can_put_away_and_nobody_else_can(chat):
    message = chat.answer("ana", channel(), CARD)
    chat.put_away(message.id, "tunde")
    assert chat.seen_by("ana", channel())
    chat.put_away(message.id, "ana")
    assert not chat.seen_by("ana", channel())


def test_a_message_has_a_greatest_length_and_each_change_is_told(chat):
    told = []
    chat.changed = lambda: told.append(chat.version)
    assert len(chat.say("ana", channel(), "x" * 50_000).text) == LONGEST
    assert told == [1]
