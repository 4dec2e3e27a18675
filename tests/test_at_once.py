"""Two processes on one PostgreSQL take what belongs together at the same moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from bot.handlers.inputs import AnyInput, Deleted, Edited, Typed
from store import migrate
from tests.play import Play
from tests.processes import HANGS

BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is waited for as long as the machine is busy; only a hang takes so long."""
    monkeypatch.setattr("store.engine.WAIT", HANGS)
    monkeypatch.setattr("store.engine.STATEMENT", HANGS)


@pytest.fixture
def play(postgres_database: str) -> Iterator[Play]:
    migrate(postgres_database)
    play = Play(url=postgres_database).begins()
    yield play
    play.close()


@pytest.fixture
def reports(postgres_database: str) -> Iterator[Play]:
    """The next meeting, in whose own thread people report back."""
    migrate(postgres_database)
    play = Play(url=postgres_database).closes_with("Walk with Helen")
    play.wind(to="2026-03-16 09:05")
    yield play
    play.close()


def at_once(play: Play, inputs: Sequence[AnyInput]) -> None:
    """All are under way before the first can get at the set; they get there in their order."""
    with ThreadPoolExecutor(len(inputs)) as pool:
        with play.store.engine.connect() as look, play.store.transaction() as tx:
            tx.machines.lock_set(play.group.id)
            under_way = []
            for number, given in enumerate(inputs, 1):
                under_way.append(pool.submit(play.host.handle, given))
                while look.execute(text(BLOCKED)).scalar() != number:
                    look.rollback()  # what PostgreSQL tells of its backends stands still till then
                    assert not under_way[-1].done(), under_way[-1].exception()
        for each in under_way:
            each.result()


def inputs(play: Play, thread: str = "session") -> tuple[Typed, Edited, Deleted]:
    at, actor, place = play.clock.at, play.actor("bo"), play.thread(thread)
    message = play.platform.person_writes(place, "Thanks, all.", "bo")
    said = Typed(at=at, actor=actor, place=place, message=message, text="Thanks, all.")
    changed = Edited(
        at=at, actor=actor, place=place, message=message, text="Thank you, all.", edition="1"
    )
    return said, changed, Deleted(at=at, actor=actor, place=place, message=message)


def kept(play: Play, of: str = "session") -> list[str]:
    with play.store.reading() as tx:
        said = tx.contributions.in_session(play.session.id if of == "session" else play.meeting.id)
        words = tx.texts.get_many("said", [one.id for one in said])
    return [one.parts["text"] for one in words.values()]


@pytest.mark.parametrize("edit_first", [False, True])
def test_an_edit_at_the_same_moment_as_its_message_counts(play: Play, edit_first: bool) -> None:
    said, changed, _ = inputs(play)
    at_once(play, (changed, said) if edit_first else (said, changed))
    assert kept(play) == ["Thank you, all."]


@pytest.mark.parametrize("deleted_first", [False, True])
def test_a_deletion_at_the_same_moment_as_its_message_counts(
    play: Play, deleted_first: bool
) -> None:
    said, _, gone = inputs(play)
    at_once(play, (gone, said) if deleted_first else (said, gone))
    assert kept(play) == []


@pytest.mark.parametrize("deleted_first", [False, True])
def test_so_it_does_in_a_meetings_thread(reports: Play, deleted_first: bool) -> None:
    said, _, gone = inputs(reports, "meeting")
    at_once(reports, (gone, said) if deleted_first else (said, gone))
    assert kept(reports, "meeting") == []


def test_what_is_typed_in_a_meetings_thread_is_kept(reports: Play) -> None:
    at_once(reports, inputs(reports, "meeting")[:1])
    assert kept(reports, "meeting") == ["Thanks, all."]
