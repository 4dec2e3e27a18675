"""A random word, sent through everything, stands in no log record, exception or figure."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import exc

from bot.handlers.buttons import PRESSES
from bot.handlers.forms import FORMS
from bot.handlers.inputs import AnyInput, Commanded, Deleted, Edited, Pressed, Sent, Typed
from bot.method.command_grammar import BY_NAME
from bot.ports import LaneClosed, StoreBusy, StoreFull, Transient, Undeliverable, UnknownFate
from tests.play import Play

FIELDS = ["issue", "detail", "text", "what", "first_step", "reason", "happened", "learned"]
FIELDS += ["self", "group", "organisation", "name", "zone", "start", "country", "away_from"]
FIELDS += ["paused_until", "due", "until", "when_where", "sign", "obstacle", "helper"]
FIELDS += ["influence", "matters"]
FIELDS += ["changed", "further", "workplace"]


@pytest.fixture
def canary(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """The word; at the end no log record of any logger may hold it."""
    word = f"kanarie{secrets.token_hex(6)}"
    caplog.set_level(logging.DEBUG)
    for name in ("sqlalchemy", "sqlalchemy.engine", "sqlalchemy.pool", "alembic", "als"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield word
    for name in ("sqlalchemy", "sqlalchemy.engine", "sqlalchemy.pool", "alembic", "als"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    for record in caplog.records:
        assert word not in record.getMessage()
        assert word not in repr(record.__dict__), record.name


def with_word(play: Play, word: str) -> list[AnyInput]:
    """Every command, form and message there is, each with the word in it."""
    at, place, thread = play.clock.at, play.place, play.thread()
    made: list[AnyInput] = []
    for who in ("ana", "bo", "zoe"):
        actor = play.actor(who)
        for text in ("", *BY_NAME, "nonsense"):
            text = f"{text} {word} and more"
            made.append(Commanded(at=at, actor=actor, place=place, text=text, nonce=play._nonce()))
        for form in FORMS:
            for ref in (play.session.id, play.meeting.id, play.group.id, f"i{word}"):
                values = dict.fromkeys(FIELDS, f"{word} and more")
                made.append(
                    Sent(
                        at=at,
                        actor=actor,
                        place=place,
                        form=form,
                        nonce=play._nonce(),
                        ref=ref,
                        values=values,
                    )
                )
        for press in PRESSES:
            nonce = play._nonce()
            made.append(
                Pressed(at=at, actor=actor, place=place, press=press, ref=f"{word}", nonce=nonce)
            )
        message = play.platform.person_writes(thread, word, who)
        made += [
            Typed(at=at, actor=actor, place=thread, message=message, text=f"What is {word}?"),
            Edited(
                at=at, actor=actor, place=thread, message=message, text=f"Try {word}.", edition="2"
            ),
            Deleted(at=at, actor=actor, place=thread, message=message),
        ]
    return made


def say_all(play: Play, inputs: list[AnyInput], word: str) -> None:
    """Hand all of it in; whatever escapes says nothing of it."""
    for given in inputs:
        try:
            play.host.handle(given)
        except Exception as error:
            told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args)
            assert word not in told, type(given)


def figures(play: Play) -> str:
    return (
        repr(play.store.maintenance.counts())
        + repr(play.courier.tally)
        + repr(play.store.maintenance.heartbeats())
    )


def test_on_every_good_path(canary: str) -> None:
    play = Play().begins()
    say_all(play, with_word(play, canary), canary)
    play.wind(days=20)
    assert canary not in figures(play)
    play.store.maintenance.run_retention(play.clock.at)


def orig(kind: type[sqlite3.Error], code: int, word: str) -> exc.DBAPIError:
    """An error of the driver, as SQLAlchemy raises it: with the statement and its parameters."""
    error = kind(f"near {word}")
    error.sqlite_errorcode = code
    return exc.OperationalError("INSERT INTO words VALUES (?)", {"data": word}, error)


@pytest.mark.parametrize("failing", ["busy", "full", "disk", "bug"])
def test_when_the_store_fails(failing: str, canary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play().begins()
    inputs = with_word(play, canary)
    errors: dict[str, Any] = {
        "busy": StoreBusy("sqlite"),
        "full": StoreFull("sqlite"),
        "disk": orig(sqlite3.OperationalError, 13, canary),
        "bug": orig(sqlite3.IntegrityError, 19, canary),
    }

    def fails(*_: object, **__: object) -> None:
        raise errors[failing]

    saves = (
        "user_texts.UserTexts.put",
        "machines.Machines.save",
        "contributions.Contributions.save",
    )
    for method in saves:
        monkeypatch.setattr(f"store.{method}", fails)
    say_all(play, inputs, canary)
    assert canary not in figures(play)


def test_when_something_of_ours_is_broken(canary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted exceptions that carry the word, at each turn of the way."""
    places = (
        "bot.judge.Judge.__call__",
        "store.contributions.Contributions.save",
        "bot.handlers.unit_of_work.UnitOfWork.tell",
        "bot.handlers.host.lay_out",
        "bot.handlers.host.draw",
        "store.user_texts.UserTexts.get",
    )
    for place in places:
        play = Play().begins()

        def fails(*_: object, **__: object) -> None:
            raise ValueError(f"could not read {canary}")

        with monkeypatch.context() as broken:
            broken.setattr(place, fails)
            say_all(play, with_word(play, canary), canary)
        assert canary not in figures(play)
        assert canary not in repr(play.trouble)


@pytest.mark.parametrize(
    "error", [Transient("slow"), Undeliverable("too_long"), LaneClosed("gone"), UnknownFate()]
)
def test_when_the_platform_fails(error: Exception, canary: str) -> None:
    play = Play().begins()
    play.platform.failing = [error] * 40
    say_all(play, with_word(play, canary), canary)
    play.wind(days=3)
    assert canary not in figures(play)


def test_when_a_card_cannot_be_drawn(canary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play().begins()
    say_all(play, with_word(play, canary), canary)

    def fails(*_: object, **__: object) -> None:
        raise KeyError(canary)

    monkeypatch.setattr("bot.delivery.policy.draw", fails)
    with monkeypatch.context():
        asyncio.run(play.courier.run_once())
    assert play.trouble
    assert canary not in repr(play.trouble)
    assert canary not in figures(play)
