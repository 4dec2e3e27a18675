"""What a page sends becomes the core's inputs."""

from datetime import date

import pytest

from adapters.web import incoming
from adapters.web.cast import channel, load_cast
from adapters.web.chat import Chat
from bot.cards.form import Form
from tests.web.fakes import EVERY_FIELD, START, Clock

CAST = load_cast()
ANA = CAST.first
FORM = Form("present", "T", EVERY_FIELD, "Send", ref="s1", entry=4, nonce="n1")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("/als", ""),
        ("/als present", "present"),
        ("  /ALS  help ", "help"),
        ("/als\npresent", "present"),
        ("/alsx", None),
        ("say /als", None),
        ("", None),
    ],
)
def test_a_command_is_what_begins_with_als(text, rest):
    assert incoming.command_in(text) == rest


def test_everything_says_who_and_where_and_when():
    message = Chat(Clock().now).say("ana", channel(), "hello")
    for found in (
        incoming.read_message(ANA, message),
        incoming.read_edit(ANA, message, START),
        incoming.read_deletion(ANA, message, START),
        incoming.read_command(ANA, channel(), "help", "c1", START),
        incoming.read_press(ANA, channel(), {"press": "ask", "nonce": "m1.1.0"}, START),
        incoming.read_form(ANA, channel(), FORM, {}, CAST, START),
    ):
        assert found.at == START
        assert found.place == channel()
        assert found.actor.address.user == "ana"
        assert found.actor.zone == "Europe/London"
        assert found.idempotency_key


@pytest.mark.parametrize(("entry", "kept"), [("3", 3), ("", None), ("-1", None), ("9" * 30, None)])
def test_an_entry_that_is_no_number_is_none(entry, kept):
    assert incoming.read_press(ANA, channel(), {"entry": entry}, START).entry == kept


def test_a_form_gives_values_for_its_own_fields_only():
    fields = {
        "v.issue": ["Helen is\r\nquiet"],
        "v.days": ["mon", "tue"],
        "v.due": ["2027-03-05"],
        "v.stranger": ["x"],
        "p.people": ["tunde", "nobody", "tunde", "priya"],
    }
    found = incoming.read_form(ANA, channel(), FORM, fields, CAST, START)
    assert found.values["issue"] == "Helen is\nquiet"
    assert found.values["days"] == "mon tue"
    assert date.fromisoformat(found.values["due"])
    assert found.values["more"] == "no"
    assert "stranger" not in found.values
    assert [actor.address.user for actor in found.people["people"]] == ["tunde", "priya"]
    assert (found.form, found.ref, found.entry, found.nonce) == ("present", "s1", 4, "n1")


def test_a_tick_is_yes():
    found = incoming.read_form(ANA, channel(), FORM, {"v.more": ["yes"]}, CAST, START)
    assert found.values["more"] == "yes"


def test_edits_of_one_message_have_an_order():
    chat = Chat(Clock().now)
    message = chat.say("ana", channel(), "one")
    editions = []
    for n in range(12):
        message = chat.edit(message.id, "ana", f"text {n}")
        editions.append(incoming.read_edit(ANA, message, START).edition)
    assert editions == sorted(editions)
    assert len(set(editions)) == 12
