"""A message costs PostgreSQL two round trips; counted in libpq's own trace."""

import sys

import pytest
from sqlalchemy import event

from bot.inputs import Typed
from store import migrate
from tests.play import Play


@pytest.mark.skipif(sys.platform != "linux", reason="psycopg can trace on Linux only")
def test_a_message_is_two_round_trips(postgres_database, tmp_path):
    """All that is asked, up to the lock of its set; all that is written, with the commit."""
    migrate(postgres_database)
    play = Play(url=postgres_database).begins()
    trace = (tmp_path / "trace").open("w+b")
    play.store.engine.dispose()

    @event.listens_for(play.store.engine, "connect")
    def begin_trace(connection, record):
        connection.pgconn.trace(trace.fileno())

    def typed(number):
        place, actor = play.thread(), play.actor("bo")
        message = play.platform.person_writes(place, f"What now, {number}?", "bo")
        at = play.clock.at
        return Typed(at=at, actor=actor, place=place, message=message, text="What now?")

    for number in range(8):  # by then all statements are prepared
        begins = trace.seek(0, 2)
        play.host.handle(typed(number))
    play.close()
    trace.seek(begins)
    asked = [line.split(b"\t") for line in trace.read().splitlines()]
    trace.close()
    # Each round trip ends with a Sync, or is a Query; what closes the connection is neither.
    ends = [line[3] for line in asked if line[1] == b"F" and line[3] in (b"Sync", b"Query")]
    assert len(ends) == 2
