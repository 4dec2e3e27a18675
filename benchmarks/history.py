"""What one event, and one due timer, cost as what has been kept grows from 100 rows to a million.

    python -m benchmarks.history [--database sqlite|postgres] [--rows 100 10000 1000000]

A database for each size, filled with what other sets have left behind: that many contributions,
their words, seen keys, posted cards, sent letters and nudges, with a hundredth as many people,
sessions, actions and lanes, and that many timers that wait. Then, in each database in turn, so
that a machine that slows down slows all of them: a typed message (one whole event), and a person's
daily timer that has fallen due (found, fired, the next one found). Prints the medians and their
ratio to the smallest.

Filled by SQL in the database itself: through the store a million of each would take hours. Keys are
random, as ours are, so that the indexes are as scattered as in real life.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, text

from benchmarks.check_ins import databases
from benchmarks.thread_length import Thread, Wall
from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.handlers.unit_of_work import daily_timer_owner
from bot.ports import Timer
from bot.runtime.virtual_clock import ClockRunner, VirtualClock
from store import SqlStore, migrate
from store.columns import Instant

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ROWS = (100, 10_000, 1_000_000)
EACH = 320  # events measured in each database, and timers
BEFORE = 40  # that are not counted: caches fill up

# {key}: a random key. {ago}: an instant in the last days. {ahead}: one in the months to come.
FILL = {
    "contribution": "(id, session_id, by_id, kind, state, at, entry, verdict, reason, nudged,"
    " acted, ours, answers, platform, installation, conversation, thread, message)"
    " SELECT {key}, 's' || (n / 100), 'p' || (n / 100), 'question', 'answered', {ago}, 1,"
    " 'accept', '', 0, false, false, '[]', 'bench', 'bench', 'C' || (n / 100), 't', 'm' || n",
    "words": "(kind, about, owner, set_id, author_id, at, data)"
    " SELECT 'said', {key}, 's' || (n / 100), 'set' || (n / 100), 'p' || (n / 100), {ago},"
    " 'plain:What have you tried so far, and what happened then?'",
    "seen": "(key, at) SELECT {key}, {ago}",
    "posted": "(key, platform, installation, conversation, thread, message, shown_at)"
    " SELECT 'said/' || {key}, 'bench', 'bench', 'C' || (n / 100), 't', 'p' || n, {ago}",
    "letter": "(lane, card, set_id, effect, schema, not_before, created, state, taken, attempts,"
    " sent_at, code) SELECT 'bench/bench/C' || (n / 100), 'said/' || {key}, 'set', '{{}}', 1,"
    " {ago}, {ago}, 'sent', false, 0, {ago}, ''",
    "nudge_sent": "(person_id, day, kind) SELECT 'p' || (n / 10), {day}, 'digest'",
    "timer": "(owner, name, turn, due) SELECT 'digest:' || {key}, 'digest', 0, {ahead}",
}
TENTH = {
    "lane": "(lane, worker, suspended) SELECT 'bench/bench/C' || n, '', ''",
    "person": '(id, platform, installation, "user", state, schema)'
    " SELECT {key}, 'bench', 'bench', {key}, '{{}}', 1",
    "session": "(id, set_id, format_hash, state, schema, entry, over, wiped)"
    " SELECT 's' || n, 'set' || n, 'x', '{{}}', 1, 1, true, false",
    "action": "(id, set_id, session_id, owner_id, state, schema, over, wiped)"
    " SELECT {key}, 'set' || n, 's' || n, 'p' || n, '{{}}', 1, true, false",
    "membership": "(set_id, person_id) SELECT 'set' || n, 'p' || n",
}


def fill(store: SqlStore, rows: int) -> None:
    """Put that many rows of others into it."""
    dialect = {
        "key": "substr(md5(n || '-' || random()), 1, 16)",
        "ago": "CAST(:now AS timestamptz) - n % 500000 * interval '1 second'",
        "ahead": "CAST(:now AS timestamptz) + (1 + n % 5000000) * interval '1 second'"
        " + interval '9 days'",
        "day": "CAST(:now AS date) - n % 30",
    }
    series = "generate_series(1, :rows) AS n"
    if not store.postgres:
        dialect = {
            "key": "lower(hex(randomblob(8)))",
            "ago": ":now - n % 500000 * 1000000",
            "ahead": ":now + (1 + n % 5000000) * 1000000 + 9 * 86400000000",
            "day": "date(:now / 1000000, 'unixepoch', '-' || (n % 30) || ' days')",
        }
        series = (
            "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :rows)"
            " SELECT n FROM s)"
        )
    with store.engine.connect() as connection:
        if store.postgres:
            connection.exec_driver_sql("SET statement_timeout = 0")
        else:
            connection.exec_driver_sql("PRAGMA cache_size = -400000")
            connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        connection.commit()
        for many, tables in ((rows, FILL), (max(1, rows // 100), TENTH)):
            for table, columns in tables.items():
                statement = text(f"INSERT INTO {table} {columns.format(**dialect)} FROM {series}")
                if ":now" in statement.text:
                    statement = statement.bindparams(bindparam("now", type_=Instant()))
                    connection.execute(statement, {"rows": many, "now": NOW})
                else:
                    connection.execute(statement, {"rows": many})
                connection.commit()
    store.engine.dispose()  # with the cache that only the filling needed
    if store.postgres:
        with store.engine.connect() as connection:
            outside = connection.execution_options(isolation_level="AUTOCOMMIT")
            outside.exec_driver_sql("SET statement_timeout = 0")
            outside.exec_driver_sql("VACUUM ANALYZE")  # as autovacuum does, so that none comes now
        store.engine.dispose()


class Place:
    """One database, and a thread in it in which somebody says something."""

    def __init__(self, url: str, rows: int, random: Any) -> None:
        migrate(url)
        self.rows = rows
        self.store = SqlStore(url, plaintext=True).open()
        fill(self.store, rows)
        self.clock = VirtualClock(NOW)
        self.host = Host(self.store, random)
        self.wall = Wall()
        self.clock_runner = ClockRunner(
            self.clock, self.host, Courier(self.store, {"bench": self.wall}, self.clock)
        )
        self.thread = Thread(self.host, self.clock, "here")
        self.wall.threads[self.thread.place.conversation] = self.thread
        self.thread.open()
        asyncio.run(self.clock_runner.settle())
        self.events, self.timers = list[float](), list[float]()
        with self.store.reading() as tx:
            found = tx.people.at(self.thread.actor("bo").address)
            assert found is not None
            self.someone = found.id

    def event(self) -> float:
        """One message; seconds."""
        begun = time.perf_counter()
        self.thread.say()
        return time.perf_counter() - begun

    def timer(self) -> float:
        """Somebody's daily timer is due; seconds."""
        with self.store.transaction() as tx:
            tx.timers.set(Timer(daily_timer_owner(self.someone), "digest", 0, self.clock.now()))
        begun = time.perf_counter()
        fired = self.host.wake(self.clock.now())
        self.store.timers.next_due()
        spent = time.perf_counter() - begun
        assert fired == 1
        return spent


def measure(places: list[Place], each: int, before: int) -> None:
    """Take turns."""
    for number in range(before + each):
        for place in places:
            event, timer = place.event(), place.timer()
            if number >= before:
                place.events.append(event)
                place.timers.append(timer)
            if number % 20 == 19:
                asyncio.run(place.clock_runner.settle())  # its letters, so that none pile up


def table(places: list[Place]) -> str:
    """A row for each size."""
    lines = ["| rows of each kind | one event | ratio | one due timer | ratio |", "|---" * 5 + "|"]
    first = places[0]
    for place in places:
        event, timer = (statistics.median(t) * 1000 for t in (place.events, place.timers))
        ratios = [
            statistics.median(mine) / statistics.median(least)
            for mine, least in ((place.events, first.events), (place.timers, first.timers))
        ]
        lines.append(
            f"| {place.rows:,} | {event:.2f} ms | {ratios[0]:.2f}"
            f" | {timer:.2f} ms | {ratios[1]:.2f} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    from adapters.cli.system import RandomIds

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument("--each", type=int, default=EACH)
    given = parser.parse_args(arguments)
    with databases(given.database, safe=True) as url_of:
        places = []
        for rows in given.rows:
            begun = time.perf_counter()
            places.append(Place(url_of(f"history{rows}"), rows, RandomIds()))
            took = time.perf_counter() - begun
            sys.stderr.write(f"{rows:,} rows of each kind: filled in {took:.0f} s\n")
        measure(places, given.each, BEFORE)
        sys.stdout.write(table(places))
        for place in places:
            place.store.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
