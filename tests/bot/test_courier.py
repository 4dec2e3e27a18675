"""What the courier does with what may, or may not, have been posted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot.ports import Delivery, Transient, UnknownFate
from tests.play import MemoryPlatform, Play, text_of


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
