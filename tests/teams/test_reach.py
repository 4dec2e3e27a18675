"""People whom Teams does not let us write to, and where people are reached when that changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.teams.connector import Connector, Refused
from adapters.teams.deliver import TeamsPlatform
from bot.cards.card import Button, Card, Words
from bot.method.card_key import CardKey
from bot.method.terms import Address, Place
from bot.ports import Delivery, PersonClosed, Transient, Undeliverable
from tests.teams.driver import TeamsPlay


@pytest.fixture
def play() -> Iterator[TeamsPlay]:
    """Not closed as others are: here things are refused."""
    made = TeamsPlay()
    yield made
    logging.getLogger("als").removeHandler(made._ear)
    made._loop.run(made._end())
    made._loop.close()
    made.store.close()


def tries(play: TeamsPlay, who: str) -> list[Any]:
    """How Teams answered what was meant for a person's own chat."""
    one = play.one(who)
    found = []
    for name, args, body, status, _ in play.teams.calls:
        to = [m.get("id") for m in (body or {}).get("members") or ()] if name == "create" else args
        if one.personal.id in to or one.id in to:
            found.append(status)
    return found


def blocks(play: TeamsPlay, who: str) -> None:
    play.one(who).blocks()
    play.teams.calls.clear()


def seen(play: TeamsPlay, who: str) -> str:
    return str(play.one(who).sees())


# Blocked


def test_after_one_refusal_no_message_is_tried_any_more(play: TeamsPlay) -> None:
    play.begins()
    blocks(play, "bo")
    play.types("bo", "You should talk to Helen.")
    play.types("bo", "My boss was just the same.")
    play.wind(days=3)
    assert tries(play, "bo") == [403]
    assert play.store.maintenance.counts()["letters_parked"] == 0


def test_the_session_goes_on_and_the_host_hears_of_it_once_and_of_nothing_said(
    play: TeamsPlay,
) -> None:
    play.begins()
    blocks(play, "bo")
    play.types("bo", "You should talk to Helen.")
    play.types("bo", "What have you tried so far?")
    assert len(play.session.open) == 1
    told = [m for m in play.one("ana").sees() if "I can't write to Bo" in m]
    assert len(told) == 1
    assert "Helen" not in told[0]
    assert "1 of 3 done" in seen(play, "cem")


def test_the_code_of_a_refusal_is_read_where_teams_puts_it(play: TeamsPlay) -> None:
    """A blocked bot is told so without `error`, in JSON within JSON."""
    play.begins()
    blocks(play, "bo")
    with pytest.raises(PersonClosed) as refused:
        play._loop.run(play.side.platform._direct(person(play, "bo").address, {"type": "typing"}))
    assert refused.value.code == "MessageWritesBlocked"


def test_whoever_unblocks_and_writes_hears_what_is_still_true(play: TeamsPlay) -> None:
    play.begins()
    blocks(play, "bo")
    play.types("bo", "You should talk to Helen.")
    play.one("bo").unblocks()
    play._after("bo", play.one("bo").types(play.one("bo").personal, "help"))
    assert "talk to Helen" in seen(play, "bo")


def test_installing_the_app_again_brings_them_back(play: TeamsPlay) -> None:
    play.begins()
    play._after("bo", play.one("bo").uninstalls())
    play.types("bo", "You should talk to Helen.")
    play._after("bo", play.one("bo").installs())
    assert "[Keep for later] [Leave it]" in seen(play, "bo")


def test_a_press_whose_answer_cannot_be_told_says_so_where_it_was_pressed(play: TeamsPlay) -> None:
    play.begins()
    blocks(play, "bo")
    play.types("bo", "You should talk to Helen.")
    bo = play.one("bo")
    before = len(tries(play, "bo"))
    asking = Card("help", "Help", "Help", (Words("Here"),), (Button("help", "Help"),))
    play._loop.run(play.side.platform.deliver(Delivery(CardKey("k"), asking, play.place)))
    bo.closes()
    play._after("bo", bo.presses("Help"))
    assert "add als under Apps in Teams" in bo.toasts[-1]
    assert len(tries(play, "bo")) == before
    play._after("bo", bo.types(play.room, "als status"))
    assert len(tries(play, "bo")) == before + 1, "a command is a reason to try once"


# Joining


def without_us(play: TeamsPlay, who: str) -> Any:
    """Somebody of the team who has taken the app away for themselves."""
    found = play.one(who)
    found.user.installed = False
    return found


def test_who_joins_and_cannot_be_written_to_is_told_at_once_and_is_in(play: TeamsPlay) -> None:
    play.begins("ana", ("bo", "cem", "dee"))
    eve = without_us(play, "eve")
    play.does("ana", "/als set invite").fills(people=["eve"])
    said = play.joins("eve")
    assert play.id_of("eve") in play.group.people
    assert "You're in" in said.text
    assert "I can't write to you in private yet" in play.one("eve").sees()
    assert [m for m in play.one("ana").sees() if "I can't write to Eve" in m]
    assert eve.personal.messages == {}


def test_who_joins_and_can_be_written_to_gets_nothing_of_the_look(play: TeamsPlay) -> None:
    """The look is a sign of typing: it leaves no message."""
    play.begins()
    typing = [b for n, _, b, s, _ in play.teams.calls if (b or {}).get("type") == "typing"]
    assert len(typing) == 4
    for who in ("bo", "cem", "dee"):
        assert all(m.cards for m in play.one(who).personal.messages.values())


def test_a_look_that_takes_too_long_holds_nobody_up(
    play: TeamsPlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(self: TeamsPlatform, to: Any) -> bool:
        await asyncio.sleep(3600)
        return False

    monkeypatch.setattr(TeamsPlatform, "reachable", never)
    monkeypatch.setattr("adapters.teams.answers.PATIENCE", 0.01)
    play.begins()
    assert play.id_of("bo") in play.group.people


@pytest.mark.parametrize("kind", ["429", "412", "502", "504", "refused", "lost"])
def test_a_look_that_fails_for_now_says_nothing_of_the_person(play: TeamsPlay, kind: str) -> None:
    play.begins()
    play.teams.faults.next("send", kind)
    assert play._loop.run(play.side.platform.reachable(person(play, "bo")))


def person(play: TeamsPlay, who: str) -> Any:
    with play.store.reading() as tx:
        found = tx.people.at(play.actor(who).address)
    assert found is not None
    return found


# Where people are reached


def test_a_chat_is_made_for_somebody_who_was_never_written_to(play: TeamsPlay) -> None:
    """The app is in a team of theirs; they have never opened its chat."""
    play.begins()
    with play.store.transaction() as tx:
        assert tx.people.at(play.actor("bo").address)
    bo = person(play, "bo")
    forget(play, bo.address)
    play._loop.run(play.side.platform.answer(bo.address, card()))
    assert "Hello there" in seen(play, "bo")
    assert play._loop.run(play.side._references.chat(play.installation, bo.address.user))


def test_a_chat_that_is_no_more_is_asked_for_again(play: TeamsPlay) -> None:
    play.begins()
    bo = person(play, "bo")
    kept = play.side._references
    play._loop.run(kept.keep_chat(play.installation, bo.address.user, "a:1old"))
    play._loop.run(play.side.platform.answer(bo.address, card()))
    assert "Hello there" in seen(play, "bo")
    assert play._loop.run(kept.chat(play.installation, bo.address.user)) != "a:1old"


def test_a_service_url_that_changes_is_used_from_then_on(play: TeamsPlay) -> None:
    play.begins()
    kept = play.side._references
    now = play.teams.service_url
    play._loop.run(kept.keep_service(play.installation, "http://127.0.0.1:1/old/"))
    play.types("bo", "What have you tried so far?")  # the activity says where it is now
    assert play._loop.run(kept.service(play.installation)) == now
    assert "1 of 3 done" in seen(play, "cem")


def test_another_process_knows_where_people_are_reached(play: TeamsPlay) -> None:
    play.begins()
    kept, bo = play.side._references, person(play, "bo")
    chat = play._loop.run(kept.chat(play.installation, bo.address.user))
    kept._known.clear()
    assert play._loop.run(kept.chat(play.installation, bo.address.user)) == chat
    assert play._loop.run(kept.service(play.installation)) == play.teams.service_url


def forget(play: TeamsPlay, address: Address) -> None:
    play.side._references._known.clear()
    play.store.vault.forget_secret(f"teams/chat/{address.installation}/{address.user}")


def card() -> Card:
    return Card("help", "Hello", "Hello", (Words("Hello there"),))


# Errors and pace


@pytest.mark.parametrize("status", [408, 412, 429, 500, 502, 503, 504])
def test_what_passes_is_tried_again_later_and_never_by_the_connector(status: int) -> None:
    platform = TeamsPlatform(Connector(None), None)  # type: ignore[arg-type]
    waits = [platform._translate(Refused(status, "", 7.0)) for _ in range(50)]
    assert all(isinstance(w, Transient) for w in waits)
    found = [w.retry_after for w in waits if isinstance(w, Transient)]
    assert all(wait is not None and 7.0 <= wait <= 8.0 for wait in found)
    assert len(set(found)) > 10, "many workers do not come back together"


def test_a_message_that_somebody_deleted_does_not_close_its_place() -> None:
    platform = TeamsPlatform(Connector(None), None)  # type: ignore[arg-type]
    gone = platform._translate(Refused(404, "ActivityNotFoundInConversation"))
    assert isinstance(gone, Undeliverable)


def test_pace_is_within_what_teams_allows_a_thread_and_a_tenant(play: TeamsPlay) -> None:
    """The fake counts as Teams says it does; we never hear 429 of it."""
    play.begins()
    play.wind(hours=1)
    play.teams.calls.clear()
    platform, clock, begun = play.side.platform, play.clock, play.clock.at
    threads = ("", play.thread("session").thread)  # those of a channel share its budget
    for number in range(120):
        where = Place("teams", play.installation, play.room.id, threads[number % 2])
        delivery = Delivery(CardKey(f"k{number}"), card(), where)
        while (free := platform.free_at(delivery, clock.at)) > clock.at:
            clock.move_to(free)
        play._loop.run(platform.deliver(delivery))
    assert [s for _, _, _, s, _ in play.teams.calls if s == 429] == []
    times = sorted(m.at for m in play.room.messages.values() if m.at >= begun.timestamp())
    for seconds, most in ((1, 7), (2, 8), (30, 60)):
        assert all(sum(at <= t < at + seconds for t in times) <= most for at in times)
    assert clock.at - begun >= timedelta(seconds=30)


def test_straight_answers_count_too(play: TeamsPlay) -> None:
    """What is answered at once cannot wait, so what can wait goes after it."""
    play.begins()
    bo, platform = person(play, "bo"), play.side.platform
    play.wind(hours=1)
    for _ in range(7):
        play._loop.run(platform.answer(bo.address, card()))
    delivery = Delivery(CardKey("k"), card(), None, bo, private="dm")
    assert platform.free_at(delivery, play.clock.at) > play.clock.at
