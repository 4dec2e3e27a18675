"""Two releases on one PostgreSQL, as while an upgrade is rolled out.

The older process steps back from what the newer one has written: it acknowledges nothing of it,
puts nothing off, writes nothing over it, and goes on with everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from bot.handlers.inputs import AnyInput, Commanded, Pressed, Typed
from bot.method.terms import Place
from store import migrate
from store.upgrades import SCHEMA
from tests.memory_platform import NAME
from tests.newer import Newer, newer, steps_back
from tests.play import Play


@pytest.fixture
def old(postgres_database: str) -> Iterator[Play]:
    migrate(postgres_database)
    play = Play(url=postgres_database)
    yield play
    play.close()


def schemas(play: Play, table: str) -> dict[str, int]:
    """The schema of each row of a table, by its id."""
    with play.store.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT id, schema FROM {table}"))
        return {row.id: row.schema for row in rows}


def asks(play: Play, number: int) -> Typed:
    """Somebody asks the presenter a question, in the thread."""
    who = ("bo", "cem", "dee")[number % 3]
    message = play.platform.person_writes(play.thread(), f"What about part {number}?", who)
    return Typed(
        at=play.clock.at,
        actor=play.actor(who),
        place=play.thread(),
        message=message,
        text=f"What about part {number}?",
    )


def comes(play: Play, new: Newer, given: AnyInput, first: str) -> str:
    """An input as a platform brings it: to one, to the other if it is not taken, and twice."""
    if first == "old" and not steps_back(play.host, given):
        return "old"
    codes = new.handle(given)
    assert new.handle(given) == ("seen_before",)
    assert "broken" not in codes
    return "new"


def settle(play: Play, new: Newer) -> None:
    """Both do what is due: the older first, which may take what is not the newer one's."""
    play.wind(minutes=1)
    new.settle(play.clock.at)


def test_events_alternate_and_nothing_is_lost_or_done_twice(
    old: Play, postgres_database: str
) -> None:
    old.begins()
    with newer(postgres_database, old.platform) as new:
        took = []
        for number in range(10):
            took.append(comes(old, new, asks(old, number), ("old", "new")[number % 2]))
            settle(old, new)
            if took[-1] == "new":
                assert set(schemas(old, "session").values()) == {SCHEMA["session"] + 1}
        # Until the newer one has written, the older one serves; then it only steps back.
        assert took == ["old"] + ["new"] * 9
        assert sorted(_words(old)) == sorted(f"What about part {n}?" for n in range(10))
        assert old.store.maintenance.counts()["letters_parked"] == 0
        assert old.store.maintenance.counts()["letters_waiting"] == 0


@pytest.mark.thorough
def test_presses_and_commands_are_left_unanswered_too(old: Play, postgres_database: str) -> None:
    """So that the platform says that it did not work; "taken" would lose them."""
    old.begins()
    button = old.button("ana", "Close the questions")
    with newer(postgres_database, old.platform) as new:
        new.handle(asks(old, 0))
        settle(old, new)
        press = Pressed(
            at=old.clock.at,
            actor=old.actor("ana"),
            place=old.place,
            press=button.press,
            ref=button.ref,
            entry=button.entry,
            nonce="p1",
        )
        typed = Commanded(
            at=old.clock.at, actor=old.actor("ana"), place=old.place, text="/als status", nonce="c1"
        )
        for given in (press, typed):
            assert steps_back(old.host, given)
            assert "seen_before" not in new.handle(given)


@pytest.mark.thorough
def test_what_the_newer_one_has_not_touched_goes_on(old: Play, postgres_database: str) -> None:
    old.begins()
    here = old.place
    old.place = Place(NAME, old.installation, "C2")
    old.begins("eve", ("fay", "gus", "hal"))
    other, old.place = old.place, here
    with newer(postgres_database, old.platform) as new:
        root = next(p for p in old.platform.posts.values() if p.card and p.card.name == "session")
        first = Place(NAME, old.installation, "C1", root.id)
        message = old.platform.person_writes(first, "What is it like?", "bo")
        given = Typed(
            at=old.clock.at,
            actor=old.actor("bo"),
            place=first,
            message=message,
            text="What is it like?",
        )
        new.handle(given)
        old.place = other
        old.types("fay", "What have you tried so far?")
        assert sorted(schemas(old, "session").values()) == [
            SCHEMA["session"],
            SCHEMA["session"] + 1,
        ]
        assert "What have you tried so far?" in "".join(_words(old))


@pytest.mark.thorough
def test_a_timer_is_left_to_the_newer_one_at_its_own_time(
    old: Play, postgres_database: str
) -> None:
    old.begins()
    with newer(postgres_database, old.platform) as new:
        new.handle(asks(old, 0))
        settle(old, new)
        before = _timers(old)
        assert before
        old.wind(days=30)  # all is due long since, and the older one has seen it
        assert _timers(old) == before, "nothing is fired, and nothing put off"
        assert new.settle(old.clock.at) > 0
        assert {timer[3] > old.clock.at for timer in _timers(old)} == {True}
        assert set(schemas(old, "session").values()) == {SCHEMA["session"] + 1}


def _timers(play: Play) -> list[Any]:
    """What a set's machines wait for: all but the digests."""
    with play.store.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT owner, name, turn, due FROM timer WHERE owner NOT LIKE 'digest:%'")
        )
        return sorted(tuple(row) for row in rows)


def _words(play: Play) -> list[str]:
    """What was said in all sessions, also in those that only the newer process can read."""
    with play.store.reading() as tx:
        every = [c.id for id in schemas(play, "session") for c in tx.contributions.in_session(id)]
        kept = tx.texts.get_many("said", every)
    return [words.parts["text"] for words in kept.values()]
