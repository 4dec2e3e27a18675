"""The round trips of a message to PostgreSQL, counted in libpq's own trace."""

import sys

import pytest
from sqlalchemy import event

from bot.handlers.inputs import Typed
from store import migrate
from tests.play import Play


@pytest.mark.skipif(sys.platform != "linux", reason="psycopg can trace on Linux only")
def test_a_message_is_three_round_trips(postgres_database, tmp_path):
    """BEGIN, which psycopg sends by itself; all reads, with the lock; all writes, with COMMIT."""
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

    for number in range(8):  # by the last one, statements are prepared
        play.host.handle(typed(number))
    play.close()  # counts rows in one more transaction, and flushes the trace
    trace.seek(0)
    fields = [line.split(b"\t", 3) for line in trace.read().splitlines()]
    trace.close()
    sent = [f[3] for f in fields if len(f) == 4 and f[1] == b"F"]
    begins = [i for i, message in enumerate(sent) if b"BEGIN ISOLATION" in message]
    last = sent[begins[-2] : begins[-1]]
    # Each round trip ends with a Sync, or is a Query.
    assert sum(message.startswith((b"Sync", b"Query")) for message in last) == 3
