"""A database that an older release wrote is opened and played on.

tests/store/old/<commit>.sql.gz is SQLite's dump of a database that the code of that commit wrote,
with tests.play.Play: in C1 questions are open, in C2 an action is chosen and the presenter has not
finished, in C3 the session is over and its action is due later.
"""

import gzip
import itertools
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.handlers.inputs import Typed
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Place
from tests.memory_platform import Post
from tests.play import Play

OLD = sorted((Path(__file__).parent / "old").glob("*.sql.gz"))
LATER = datetime(2026, 3, 2, 11, tzinfo=UTC)  # after the last event in the dump


@pytest.fixture(params=OLD, ids=lambda path: path.name)
def play(request, tmp_path):
    """The people of the old database, and a platform on which its cards stand."""
    path = tmp_path / "als.db"
    with sqlite3.connect(path) as old:
        old.executescript(gzip.decompress(request.param.read_bytes()).decode())
    old.close()
    play = Play(LATER, url=f"sqlite:///{path}")
    play.host.ids._next = itertools.count(10_000)
    play.platform._numbers = itertools.count(10_000)
    play._nonces = itertools.count(10_000)
    with play.store.engine.connect() as connection:
        posted = "SELECT platform, installation, conversation, thread, message FROM posted"
        for *place, message in connection.execute(text(posted)):
            play.platform.posts[message] = Post(message, Place(*place), LATER)
    yield play
    play.close()


def meets_in(play, conversation):
    """The set of this conversation; its newest session and where its thread is."""
    play.place = Place("memory", "house", conversation)
    session = play.session
    with play.store.reading() as tx:
        root = tx.cards.get(f"session/{session.id}")
    return session, replace(play.place, thread=root.message)


def says(play, who, thread, words):
    message = play.platform.person_writes(thread, words, who)
    at, actor = play.clock.at, play.actor(who)
    return play.hand(who, Typed(at=at, actor=actor, place=thread, message=message, text=words))


def test_open_questions_are_played_on_to_the_end_of_the_session(play):
    session, thread = meets_in(play, "C1")
    assert session.stage.name == "questions"
    says(play, "cem", thread, "Who else is touched by this?")
    says(play, "ana", thread, "Two neighbours.")
    assert play.session.asked == session.asked + 1
    play.presses("ana", "Close the questions")
    play.presses("ana", "Add an action").fills(what="Walk with Helen")
    play.presses("ana", "Finish")
    assert play.session.over
    for who in ("ana", "bo", "cem", "dee"):
        play.presses(who, "Look back").fills(self="I like to solve.")
    assert play.meeting.over
    with play.store.reading() as tx:
        assert tx.texts.get("action", play.action.id).parts["what"] == "Walk with Helen"


def test_a_session_that_nobody_touches_ends_by_its_timers(play):
    session, _ = meets_in(play, "C2")
    assert not session.over
    play.wind(days=14)
    with play.store.reading() as tx:
        assert tx.machines.load(Session, session.id).over
        assert tx.machines.load(Meeting, session.meeting).over


def test_an_action_that_is_due_is_asked_about(play):
    session, _ = meets_in(play, "C3")
    assert session.over
    with play.store.reading() as tx:
        old = tx.texts.get("action", session.actions[-1])
    assert old.parts["what"] == "Walk with Helen"
    play.wind(days=10)
    assert any("Walk with Helen" in card for card in play.sees("ana", "digest"))
