"""What the courier does with what may, or may not, have been posted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.delivery import policy
from bot.handlers.inputs import Sent
from bot.method.effects import Whisper
from bot.method.terms import ActionId, Person, PersonId
from bot.ports import Delivery, Transient, UnknownFate
from bot.ports.lanes import person_lane
from bot.worktime import local_date
from tests.memory_platform import MemoryPlatform
from tests.play import Play
from tests.processes import HANGS
from tests.reading import text_of


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """On a platform that lets no bot look a message up, as Teams. Here letters may be parked."""

    async def unknown(self: MemoryPlatform, delivery: Delivery) -> None:
        if not delivery.private:
            raise UnknownFate

    monkeypatch.setattr(MemoryPlatform, "find", unknown)
    play = Play()
    yield play
    logging.getLogger("als").removeHandler(play._ear)
    play._loop.close()
    play.store.close()
    assert play.trouble == []


def fails(play: Play, monkeypatch: pytest.MonkeyPatch, card: str, error: Exception) -> list[str]:
    """The next card of this name fails once; the names of all that are tried."""
    deliver, tried, left = MemoryPlatform.deliver, list[str](), [error]

    async def failing(self: MemoryPlatform, delivery: Delivery) -> Any:
        tried.append(delivery.card.name)
        if delivery.card.name == card and left:
            raise left.pop()
        return await deliver(self, delivery)

    monkeypatch.setattr(MemoryPlatform, "deliver", failing)
    return tried


def said(play: Play) -> list[str]:
    cards = [post.card for post in play.platform.posts.values()]
    return [text_of(card) for card in cards if card and card.name == "said"]


def test_words_that_were_refused_at_the_door_are_posted_later(
    blind: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind.begins()
    fails(blind, monkeypatch, "said", Transient("status_429", 5, sure=True))
    blind.presses("bo", "Ask a question").fills(text="What have you tried so far?")
    assert len(said(blind)) == 1
    assert blind.sees("bo", "did_it_arrive") == []


@pytest.mark.parametrize("error", [UnknownFate(), Transient("status_504", 5)])
def test_words_of_unknown_fate_are_asked_after_and_not_repeated(
    blind: Play, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    blind.begins()
    tried = fails(blind, monkeypatch, "said", error)
    blind.presses("bo", "Ask a question").fills(text="What have you tried so far?")
    assert tried.count("said") == 1
    assert len(blind.sees("bo", "did_it_arrive")) == 1


def test_whoever_looked_back_is_asked_as_well(blind: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    blind.reaches_actions()
    blind.presses("ana", "Add an action").fills(what="Walk with Helen")
    blind.presses("ana", "Finish")
    tried = fails(blind, monkeypatch, "reflection", UnknownFate())
    blind.presses("bo", "Look back").fills(self="I solve too fast.", share="yes")
    assert tried.count("reflection") == 1
    assert len(blind.sees("bo", "did_it_arrive")) == 1


def test_whoever_reported_back_is_asked_as_well(
    blind: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind.closes_with("Walk with Helen")
    blind.wind(to="2026-03-16 09:05")
    tried = fails(blind, monkeypatch, "report", UnknownFate())
    blind.presses("ana", "Report back").fills(learned="It helps")
    assert tried.count("report") == 1
    assert len(blind.sees("ana", "did_it_arrive")) == 1


def test_a_card_of_ours_of_unknown_fate_is_posted_again(
    blind: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = fails(blind, monkeypatch, "session", UnknownFate())
    blind.begins()
    assert tried.count("session") > 1
    assert "My team has stopped talking" in blind.card()


def test_a_look_that_is_refused_says_nothing_of_the_post(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused at the door of the look-up: the post is still of unknown fate, and looked for."""
    play.begins()
    looks = list[str]()

    async def later(self: MemoryPlatform, delivery: Delivery) -> None:
        looks.append(delivery.key)
        if len(looks) == 1:
            raise Transient("ratelimited", 5, sure=True)

    monkeypatch.setattr(MemoryPlatform, "find", later)
    fails(play, monkeypatch, "said", UnknownFate())
    play.presses("bo", "Ask a question").fills(text="What have you tried so far?")
    play.wind(minutes=5)
    assert len(looks) == 2
    assert len(said(play)) == 1


def test_a_nudge_that_may_have_gone_out_has_used_the_days_budget(
    blind: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeds 668 and 762 of bad weather: what waited was settled before its fate was known."""
    blind.begins()
    bo = person_of(blind, "bo")
    deliver = MemoryPlatform.deliver

    async def lost_and_settled(self: MemoryPlatform, delivery: Delivery) -> Any:
        if delivery.card.name != "digest" or delivery.to is None or delivery.to.id != bo.id:
            return await deliver(self, delivery)
        with blind.store.transaction() as tx:
            tx.people.save(replace(bo, nudges=False))
        raise UnknownFate

    monkeypatch.setattr(MemoryPlatform, "deliver", lost_and_settled)
    blind.wind(days=1)
    with blind.store.reading() as tx:
        assert tx.nudges.on_day(bo.id, local_date(blind.clock.at, bo.hours)) == ("digest",)


def person_of(play: Play, who: str) -> Person:
    with play.store.reading() as tx:
        found = tx.people.at(play.actor(who).address)
    assert found is not None
    return found


def test_whoever_ends_finishes_the_letter_and_gives_the_lane_back(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is another worker's at once, in its order."""
    deliver, sent = MemoryPlatform.deliver, list[str]()

    async def ends(self: MemoryPlatform, delivery: Delivery) -> Any:
        play.courier.draining = len(sent) == 0
        sent.append(delivery.card.name)
        return await deliver(self, delivery)

    monkeypatch.setattr(MemoryPlatform, "deliver", ends)
    play.host.handle(_presents(play))
    assert play._loop.run(play.courier.run_once()) == 1
    assert play._loop.run(play.courier.run_once()) == 0
    play.courier.draining = False
    other = play.store.outbox.claim("another", play.clock.at, 60)
    assert other is not None
    play.store.outbox.release([other])


def _presents(play: Play) -> Any:
    play.does("ana", "/als present")
    form = play.does("ana", "/als present").form
    return Sent(
        at=play.clock.at,
        actor=play.actor("ana"),
        place=play.place,
        form=form.name,
        nonce=form.nonce,
        ref=form.ref,
        entry=form.entry,
        values={"issue": "My team is silent", "support": "questions"},
        people={"people": (play.actor("bo"), play.actor("cem"), play.actor("dee"))},
    )


# Several lanes at once


def dms(play: Play, *who: str) -> None:
    """A private line for each of them, in their own lanes."""
    with play.store.transaction() as tx:
        for name in who:
            person = tx.people.at(play.actor(name).address)
            assert person is not None
            tip = Whisper(person.id, "noted")
            tx.outbox.enqueue(tip, person_lane(person), None, "", play.clock.at, play.clock.at)


def went(play: Play, monkeypatch: pytest.MonkeyPatch, *wrong: tuple[str, Exception]) -> list[str]:
    """To whom private lines go; for some of them it goes wrong, once."""
    deliver, told, left = MemoryPlatform.deliver, list[str](), dict(wrong)

    async def noted(self: MemoryPlatform, delivery: Delivery) -> Any:
        assert delivery.to is not None
        name = delivery.to.address.user
        if name in left:
            raise left.pop(name)
        told.append(name)
        return await deliver(self, delivery)

    monkeypatch.setattr(MemoryPlatform, "deliver", noted)
    return told


def run_once(play: Play) -> int:
    dealt: int = play._loop.run(play.courier.run_once())
    return dealt


def test_letters_of_several_lanes_are_under_way_together(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.begins()
    together, most, three = 0, 0, asyncio.Event()

    async def slow(self: MemoryPlatform, delivery: Delivery) -> Any:
        nonlocal together, most
        together += 1
        most = max(most, together)
        if together == 3:
            three.set()
        await asyncio.wait_for(three.wait(), HANGS)
        together -= 1
        return play.place, f"m{delivery.key}"

    monkeypatch.setattr(MemoryPlatform, "deliver", slow)
    dms(play, "ana", "bo", "cem")
    dms(play, "ana")
    with monkeypatch.context() as patched:
        marked = list[int]()
        queue = type(play.store.outbox)
        sending = queue.mark_sending
        patched.setattr(
            queue, "mark_sending",
            lambda self, letters: (marked.append(len(letters)), sending(self, letters))[1],
        )  # fmt: skip
        assert run_once(play) == 4
    assert most == 3, "and the second one for ana came after her first"
    assert marked == [3, 1], "nothing is marked that is not under way"
    assert play.store.maintenance.counts()["letters_sending"] == 0


@pytest.mark.parametrize(
    ("error", "waits"),
    [(Transient("busy", 5, sure=True), "letters_waiting"), (UnknownFate(), "letters_sending")],
)
def test_one_that_fails_keeps_no_other(
    play: Play, monkeypatch: pytest.MonkeyPatch, error: Exception, waits: str
) -> None:
    play.begins()
    told = went(play, monkeypatch, ("bo", error))
    dms(play, "ana", "bo", "cem")
    dms(play, "bo")
    run_once(play)
    assert sorted(told) == ["ana", "cem"]
    counts = play.store.maintenance.counts()
    assert counts["letters_waiting"] + counts["letters_sending"] == 2, "in their order"
    assert counts[waits] >= 1
    play.wind(minutes=1)
    assert sorted(told) == ["ana", "bo", "bo", "cem"]


def test_a_bug_in_one_call_does_not_lose_what_the_others_did(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.begins()
    told = went(play, monkeypatch, ("bo", ZeroDivisionError()))
    dms(play, "ana", "bo", "cem")
    with pytest.raises(ZeroDivisionError):
        run_once(play)
    assert sorted(told) == ["ana", "cem"]
    assert play.store.maintenance.counts()["letters_sending"] == 1, "only the one nobody knows of"
    play.wind(minutes=2)
    assert sorted(told) == ["ana", "bo", "cem"]


def test_one_that_cannot_be_drawn_is_parked_and_the_others_go(
    blind: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind.begins()
    told = went(blind, monkeypatch)
    dms(blind, "ana", "bo", "cem")
    draw = policy.draw

    def broken(tx: Any, effect: Any, person: Any, *more: Any) -> Any:
        if person.address.user == "bo":
            raise ZeroDivisionError
        return draw(tx, effect, person, *more)

    monkeypatch.setattr(policy, "draw", broken)
    assert run_once(blind) == 3
    assert sorted(told) == ["ana", "cem"]
    assert blind.store.maintenance.counts()["letters_parked"] == 1
    assert blind.trouble.pop().startswith("a message could not be drawn: ZeroDivisionError")


def test_what_cannot_be_noted_together_is_noted_one_by_one(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.begins()
    told = went(play, monkeypatch)
    dms(play, "ana", "bo", "cem")
    queue, tries = type(play.store.outbox), list[int]()
    mark_sent = queue.mark_sent

    def only_one(self: Any, letters: Any, *more: Any) -> None:
        tries.append(len(letters))
        if len(letters) > 1:
            raise ZeroDivisionError
        mark_sent(self, letters, *more)

    monkeypatch.setattr(queue, "mark_sent", only_one)
    run_once(play)
    assert (sorted(told), tries) == (["ana", "bo", "cem"], [3, 1, 1, 1])
    monkeypatch.undo()
    assert run_once(play) == 0


def test_digests_of_many_are_decided_and_noted_as_those_of_one(play: Play) -> None:
    play.closes_with("Walk with Helen")
    ids = {who: PersonId(play.id_of(who)) for who in ("ana", "bo", "cem")}
    with play.store.transaction() as tx:
        [hers] = tx.actions.of_owner(ids["ana"])
        words = tx.texts.get("action", hers.id)
        assert words is not None
        for who in ("bo", "cem"):
            tx.machines.save(replace(hers, id=ActionId(f"of-{who}"), owner=ids[who]))
            tx.texts.put(replace(words, about=f"of-{who}"))
    play.wind(days=30)
    asked = {
        who: [
            card.splitlines()[1]  # after the greeting: which check-in it is
            for card in play.sees(who, "digest")
            if "Walk with Helen" in card
        ]
        for who in ids
    }
    assert asked["ana"]
    assert asked["bo"] == asked["cem"] == asked["ana"]
    with play.store.reading() as tx:
        states = [[c.state for c in tx.actions.of_owner(id)[0].check_ins] for id in ids.values()]
    assert states[0] == states[1] == states[2]
    assert "sent" in states[0]


def test_several_hands_serve_what_one_would(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    play.begins()
    told = went(play, monkeypatch)
    play.courier.hands = 3
    dms(play, "ana", "bo", "cem", "dee")
    assert run_once(play) == 4
    assert sorted(told) == ["ana", "bo", "cem", "dee"]


def test_letters_of_unknown_fate_do_not_wait_for_one_another(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is looked for, which takes its time; a round must end before its leases do."""
    play.begins()
    told = went(play, monkeypatch, *((name, UnknownFate()) for name in ("ana", "bo", "cem")))
    dms(play, "ana", "bo", "cem", "dee")
    run_once(play)
    looking, most, three = 0, 0, asyncio.Event()

    async def slow(self: MemoryPlatform, delivery: Delivery) -> None:
        nonlocal looking, most
        looking += 1
        most = max(most, looking)
        if looking == 3:
            three.set()
        await asyncio.wait_for(three.wait(), HANGS)
        looking -= 1

    monkeypatch.setattr(MemoryPlatform, "find", slow)
    play.clock.move_to(play.clock.at + timedelta(minutes=1))
    dms(play, "dee")
    run_once(play)
    assert most == 3
    assert sorted(told) == ["ana", "bo", "cem", "dee", "dee"]
