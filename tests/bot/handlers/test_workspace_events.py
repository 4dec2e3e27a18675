"""Around a set: where it can be reached, who can read along, each person's own page."""

from __future__ import annotations

import pytest

from bot.cards.card import Card
from bot.handlers import workspace_events
from bot.handlers.inputs import Actor, Commanded
from bot.method.terms import Address, Place
from bot.ports import LaneClosed
from tests.memory_platform import INSTALLATION, NAME, Numbers
from tests.play import Play
from tests.reading import text_of


def reads_along(play: Play, *who: str, public: bool = False) -> None:
    """The platform tells who can read where the set meets."""
    people = [play.actor(w) for w in who]
    ids = Numbers()
    workspace_events.readers_changed(play.store, ids, play.place, people, public, play.clock.at)
    play.wind(minutes=1)


def page(play: Play, who: str) -> list[str]:
    cards = workspace_events.draw_own_page(play.store, play.actor(who), play.clock.at)
    return [text_of(card) for card in cards]


# Who can read along


def test_outsiders_are_named_to_host_and_presenter_once(play: Play) -> None:
    play.begins("bo", ("ana", "cem", "dee"))
    reads_along(play, "ana", "bo", "eve")
    assert "Eve" in play.sees("bo", "readers")[-1]
    assert play.sees("cem", "readers") == []
    assert play.sees("eve") == []
    told = len(play.sees("bo", "readers"))
    reads_along(play, "bo", "eve")
    assert len(play.sees("bo", "readers")) == told, "nobody is told the same twice"
    reads_along(play, "bo", "eve", "fay")
    assert "Eve, Fay" in play.sees("bo", "readers")[-1]


def test_among_ourselves_nobody_is_told_anything(play: Play) -> None:
    play.begins()
    reads_along(play, "ana", "bo", "cem", "dee")
    assert play.sees("ana", "readers") == []


def test_a_crowd_is_counted_not_listed(play: Play) -> None:
    play.begins()
    reads_along(play, "ana", *(f"p{n:02}" for n in range(20)))
    assert "and 12 more" in play.sees("ana", "readers")[-1]


def test_a_public_place_is_said_to_be_one_and_can_be_paused(play: Play) -> None:
    play.begins()
    reads_along(play, "ana", public=True)
    assert "everybody in the workspace" in play.sees("ana", "readers")[-1]
    play.presses("ana", "Pause the clock", on="everybody in the workspace")
    assert play.session.paused


def test_nothing_of_an_outsider_is_kept(play: Play) -> None:
    play.begins()
    people = play.store.maintenance.counts()["person"]
    reads_along(play, "eve", "fay")
    assert play.store.maintenance.counts()["person"] == people


# In a public place a yes is asked for


@pytest.mark.parametrize("command", ["present", "set new"])
def test_in_a_public_place_the_form_asks_for_a_yes(play: Play, command: str) -> None:
    given = Commanded(
        at=play.clock.at,
        actor=play.actor("ana"),
        place=play.place,
        text=command,
        nonce="n1",
        public=True,
    )
    form = play.hand("ana", given).form
    words = {"issue": "My team is silent"} if command == "present" else {}
    refused = play.hands_in("ana", form, {**words, "public": "no"}, ["bo", "cem"])
    assert refused.codes == ("public_place",)
    assert all(text in refused.text for text in words.values()), "nothing is lost"
    again = play.hand("ana", Commanded(
        at=play.clock.at, actor=play.actor("ana"), place=play.place, text=command, nonce="n2",
        public=True,
    )).form  # fmt: skip
    taken = play.hands_in("ana", again, {**words, "public": "yes"}, ["bo", "cem"])
    assert taken.codes == ()
    assert play.group.host == play.id_of("ana")


# Where the bot is


def test_what_waited_goes_out_once_the_bot_is_let_in(play: Play) -> None:
    play.platform.failing = [LaneClosed("not_in_channel")]
    play.does("ana", "/als present").fills(issue="My team is silent", people=["bo", "cem"])
    assert "I can't post" in play.sees("ana", "cannot_reach_home")[-1]
    assert not any(p.card and p.card.name == "session" for p in play.platform.posts.values())
    workspace_events.conversation_reached(play.store, play.place)
    play.wind(minutes=1)
    assert "My team is silent" in play.card()


def test_a_conversation_with_another_id_is_still_home(play: Play) -> None:
    play.begins()
    there = Place(NAME, INSTALLATION, "C2")
    workspace_events.conversation_moved(play.store, play.place, there)
    assert play.does("bo", "/als status", where=there).text.startswith("Ana's set")


def test_with_the_installation_its_sets_are_over(play: Play) -> None:
    play.begins()
    id = play.group.id
    assert workspace_events.uninstalled(play.store, Numbers(), NAME, "another", play.clock.at) == 0
    assert (
        workspace_events.uninstalled(play.store, Numbers(), NAME, INSTALLATION, play.clock.at) == 1
    )
    with play.store.reading() as tx:
        from bot.method.learning_set import LearningSet

        found = tx.machines.load(LearningSet, id)
    assert found is not None
    assert found.over
    assert (
        workspace_events.uninstalled(play.store, Numbers(), NAME, INSTALLATION, play.clock.at) == 0
    )


# Each person's own page


def test_a_stranger_is_welcomed(play: Play) -> None:
    stranger = Actor(Address(NAME, INSTALLATION, "new"), "New")
    [card] = workspace_events.draw_own_page(play.store, stranger, play.clock.at)
    assert isinstance(card, Card)
    assert "/als present" in text_of(card)
    assert play.store.maintenance.counts()["person"] == 0, "looking keeps nothing"


def test_the_page_shows_what_waits_sets_actions_log_and_settings(play: Play) -> None:
    play.begins()
    seen = "\n".join(page(play, "bo"))
    assert "Ana would value a question from you" in seen
    assert "Ana's session: questions" in seen
    assert "My turn: " in seen
    assert "Your actions" in seen
    assert "Your learning log" in seen
    assert "Europe/London" in seen


def test_looking_at_the_page_uses_up_nothing(play: Play) -> None:
    play.begins()
    page(play, "bo")
    play.wind(to="2026-03-03 10:00")
    assert len(play.sees("bo", "digest")) == 1


def test_the_page_is_ones_own(play: Play) -> None:
    play.closes_with("Walk with Helen")
    assert any("Walk with Helen" in text for text in page(play, "ana"))
    assert not any("Walk with Helen" in text for text in page(play, "bo"))
