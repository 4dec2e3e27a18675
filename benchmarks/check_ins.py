"""10,000 check-ins that fall due at once, against the same number of jobs of two peers.

    python -m benchmarks.check_ins [--jobs 10000] [--database postgres|sqlite] [--fast] [--runs 1]

Each scheduler runs in a process of its own, on an empty database of the same server. Each
person's daily timer is due, and one check-in waits behind it; wired as `als worker` wires it:

- als, handed over: the timer fires, what waits is found, the letter is written, its lane claimed,
  and the courier has it
- als, delivered: all of that, and then what the courier does: decide once more (hours, budget,
  opt-out, the newest state), draw the card with its decrypted words, mark, hand it to a platform
  that takes it at once, note what was sent, keep the lane's pace
- apscheduler: AsyncIOScheduler, SQLAlchemyJobStore, one job each that does nothing
- procrastinate: one worker, ten at once, one task each that does nothing (PostgreSQL only)

Printed: jobs a second, processor time of the process for each, how long the event loop stood
still at most, and how many times as fast als is. A peer that is not installed is left out.
PostgreSQL has its own defaults, so a commit waits for the disk; with `--fast` it does not, for als
as for its peers.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib.util
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

import app as house
from adapters.cli.process import freeze_garbage
from adapters.cli.system import RandomIds, RealClock
from bot.delivery.courier import NO_TIME, Courier
from bot.handlers.host import Host
from bot.method import formats
from bot.method.actions import Action, plan
from bot.method.learning_set import LearningSet
from bot.method.terms import ActionId, Address, Member, Person, PersonId, Place, SessionId, SetId
from bot.ports import Delivery
from bot.runtime.scheduler import AMONG_MANY, SAFETY, Scheduler
from bot.worktime import Hours
from store import SqlStore, codec, migrate, models, new_key
from store.engine import address

ALWAYS = Hours("UTC", 0, 1440, (0, 1, 2, 3, 4, 5, 6))  # whenever this runs, they are at work
SET = 5  # people in a set
NEEDS = {"apscheduler": "apscheduler", "procrastinate": "procrastinate"}
TICK = 0.005  # seconds between two looks at whether the loop still turns
WORDS = "Ask two colleagues how they would begin, and write down what surprised me."


class Taken:
    """A platform that takes each delivery at once, and counts them."""

    name, has_per_user_views = "bench", False

    def __init__(self, wanted: int) -> None:
        self.wanted, self.keys = wanted, list[Any]()
        self.all = asyncio.Event()

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Take it."""
        assert delivery.to is not None
        self.keys.append(delivery.to.id)
        if len(self.keys) == self.wanted:
            self.all.set()
        return Place("bench", "bench", f"@{delivery.to.address.user}"), f"m{len(self.keys)}"

    async def find(self, delivery: Delivery) -> None:
        """Nothing is ever lost here."""

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """Nothing paces posts here."""
        return now

    def edits_every(self, place: Place, live: bool = False) -> float:
        """No pause between edits."""
        return 0.0


class Stalls:
    """How long the event loop stood still at most, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(TICK)
            self.longest = max(self.longest, time.perf_counter() - begun - TICK)


async def measured(work: Callable[[], Awaitable[None]]) -> dict[str, float]:
    """Seconds by the wall, of the processor, and the longest stall."""
    stalls = Stalls()
    watching = asyncio.create_task(stalls.watch())
    await asyncio.sleep(0.1)
    begun, spent = time.perf_counter(), time.process_time()
    await work()
    found = {"wall": time.perf_counter() - begun, "cpu": time.process_time() - spent}
    await asyncio.sleep(10 * TICK)  # a stall at the end is seen after it
    watching.cancel()
    return {**found, "stall": stalls.longest}


# Ours


def fill(url: str, key: str, people: int) -> None:
    """People in sets of five, each with an action that is due today, and their daily timers.

    Plain SQL in the rows that the store would write: through the store it takes a minute.
    """
    migrate(url)
    with SqlStore(url, keys=(key,)) as store, store.transaction() as tx:
        format = formats.load("one_problem")
        state, version = codec.dump(format)
        frozen = {"hash": format.hash, "state": state, "schema": version}
        tx.connection.insert_new(models.frozen_format, frozen)
        hash = format.hash
        rows, now = dict[Any, list[dict[str, Any]]](), datetime.now(UTC)
        made, due = now.date() - timedelta(days=10), now.date()

        def add(table: Any, **values: Any) -> None:
            rows.setdefault(table, []).append(values)

        for n in range(people):
            person = Person(
                PersonId(f"p{n}"), f"Person {n}", Address("bench", "bench", f"U{n}"), ALWAYS
            )
            set = SetId(f"set{n // SET}")
            action = Action(
                id=ActionId(f"a{n}"), set=set, session=SessionId(f"s{n // SET}"),
                owner=person.id, made=made, due=due, check_ins=plan(made, due, ALWAYS),
            )  # fmt: skip
            text, schema = codec.dump(person)
            add(
                models.person, id=person.id, platform="bench", installation="bench",
                user=person.address.user, state=text, schema=schema,
            )  # fmt: skip
            text, schema = codec.dump(action)
            add(
                models.action, id=action.id, set_id=set, session_id=action.session,
                owner_id=person.id, state=text, schema=schema, over=False,
            )  # fmt: skip
            add(
                models.user_text, kind="action", about=action.id, owner=action.id, set_id=set,
                author_id=person.id, at=now, data=store.shared.cipher.seal({"what": WORDS}),
            )  # fmt: skip
            add(models.membership, set_id=set, person_id=person.id)
            add(
                models.timer, owner=f"digest:{person.id}", name="digest", turn=0, due=now,
            )  # fmt: skip
        for n in range((people + SET - 1) // SET):
            of = tuple(PersonId(f"p{m}") for m in range(n * SET, min((n + 1) * SET, people)))
            group = LearningSet(
                id=SetId(f"set{n}"), format=format, members=tuple(Member(p) for p in of),
                host=of[0],
            )  # fmt: skip
            text, schema = codec.dump(group)
            add(
                models.learning_set, id=group.id, platform="bench", installation="bench",
                conversation=f"C{n}", thread="", format_hash=hash, state=text, schema=schema,
            )  # fmt: skip
        for table, values in rows.items():
            tx.connection.core.execute(insert(table), values)
    if store.postgres:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


class Received(Courier):
    """Claims, and does no more: what it holds when all is claimed was handed over."""

    def __init__(self, *wired: Any) -> None:
        super().__init__(*wired)
        self.outbox_messages = list[int]()
        self.all = asyncio.Event()
        self.wanted = 0

    async def _lanes(self, claims: Any) -> int:
        letters = [letter.id for claim in claims for letter in claim.outbox_messages]
        self.outbox_messages += letters
        if len(self.outbox_messages) == self.wanted:
            self.all.set()
        return len(letters)


def handed_over(pipe: Any, url: str, jobs: int) -> None:
    """Ours until the courier has it."""
    _filled(pipe, url, jobs, Received)


def delivered(pipe: Any, url: str, jobs: int) -> None:
    """Ours, all of it."""
    _filled(pipe, url, jobs, Courier)


def _filled(pipe: Any, url: str, jobs: int, kind: type[Courier]) -> None:
    key = new_key()
    # In a process of its own: what the filling leaves behind is not the worker's to carry.
    filling = multiprocessing.get_context("spawn").Process(target=fill, args=(url, key, jobs))
    filling.start()
    filling.join()
    pipe.send(asyncio.run(_als(url, key, jobs, kind)))


async def _als(url: str, key: str, jobs: int, kind: type[Courier] = Courier) -> dict[str, float]:
    clock, wall = RealClock(), Taken(jobs)
    with SqlStore(url, keys=(key,)) as store:
        run = house.runner(store)
        apart = house.APART if store.postgres else NO_TIME
        hands = house.HANDS if store.postgres else 1
        courier = kind(store, {"bench": wall}, clock, "w", run, None, apart, hands)
        done, got = wall.all, wall.keys
        if isinstance(courier, Received):
            courier.wanted, done, got = jobs, courier.all, courier.outbox_messages
        host = Host(store, RandomIds())
        every = AMONG_MANY if store.postgres else SAFETY
        scheduler = Scheduler(host, courier, clock, run, every)

        async def work() -> None:
            scheduler.start()
            await done.wait()

        freeze_garbage()
        gc.set_threshold(*house.GC_THRESHOLDS)

        found = await measured(work)
        await scheduler.stop()
        assert len(set(got)) == len(got) == jobs, "each once"
        return found


# The peers


class _Counted:
    """How many jobs of this process have run."""

    done, wanted = 0, 0
    all: asyncio.Event


async def nothing(number: int) -> None:
    """A job that does nothing but be counted."""
    _Counted.done += 1
    if _Counted.done == _Counted.wanted:
        _Counted.all.set()


def apscheduler(pipe: Any, url: str, jobs: int) -> None:
    """APScheduler as its documentation shows it, with its jobs in the database."""
    pipe.send(asyncio.run(_apscheduler(url, jobs)))


async def _apscheduler(url: str, jobs: int) -> dict[str, float]:
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    _Counted.wanted, _Counted.all = jobs, asyncio.Event()
    store = SQLAlchemyJobStore(url=address(url).render_as_string(hide_password=False))
    scheduler = AsyncIOScheduler(jobstores={"default": store}, timezone="UTC")
    scheduler.start(paused=True)
    due = datetime.now(UTC) - timedelta(seconds=1)
    for number in range(jobs):
        scheduler.add_job(nothing, "date", run_date=due, args=(number,), misfire_grace_time=None)

    async def work() -> None:
        scheduler.resume()
        await _Counted.all.wait()

    found = await measured(work)
    scheduler.shutdown(wait=False)
    return found


def procrastinate(pipe: Any, url: str, jobs: int) -> None:
    """Procrastinate as its documentation shows it; the jobs are deferred in batches before."""
    pipe.send(asyncio.run(_procrastinate(url, jobs)))


async def _procrastinate(url: str, jobs: int) -> dict[str, float]:
    from procrastinate import App, PsycopgConnector

    plain = address(url).set(drivername="postgresql").render_as_string(hide_password=False)
    _Counted.wanted, _Counted.all = jobs, asyncio.Event()
    worker = App(connector=PsycopgConnector(conninfo=plain))
    task = worker.task(name="nothing")(nothing)
    async with worker.open_async():
        await worker.schema_manager.apply_schema_async()
        for first in range(0, jobs, 1000):
            more = range(first, min(first + 1000, jobs))
            await task.batch_defer_async(*({"number": n} for n in more))

        async def work() -> None:
            await worker.run_worker_async(concurrency=10, wait=False, install_signal_handlers=False)
            assert _Counted.all.is_set()

        return await measured(work)


# The table

SCHEDULERS: dict[str, Callable[[Any, str, int], None]] = {
    "als, handed over": handed_over,
    "als, delivered": delivered,
    "apscheduler": apscheduler,
    "procrastinate": procrastinate,
}


@contextmanager
def databases(kind: str, safe: bool) -> Iterator[Callable[[str], str]]:
    """What gives the URL of an empty database by its name."""
    with ExitStack() as stack:
        if kind == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            yield lambda name: f"sqlite:///{Path(folder) / name}.db"
            return
        from tests.machines import FAST, fresh_database, restartable_postgres

        server, _ = stack.enter_context(restartable_postgres("" if safe else FAST))
        yield lambda name: stack.enter_context(fresh_database(server))


def ran(scheduler: Callable[[Any, str, int], None], url: str, jobs: int) -> dict[str, float]:
    """One run in a process of its own."""
    fresh = multiprocessing.get_context("spawn")
    here, there = fresh.Pipe()
    process = fresh.Process(target=scheduler, args=(there, url, jobs))
    process.start()
    there.close()
    with suppress(EOFError):
        found: dict[str, float] = here.recv()
        process.join()
        return found
    raise SystemExit(f"{scheduler.__name__} failed")


def table(found: dict[str, list[dict[str, float]]], jobs: int) -> str:
    """A row for each scheduler."""
    ours = [name for name in found if name.startswith("als")]
    wall = {name: statistics.median(r["wall"] for r in runs) for name, runs in found.items()}
    lines = [
        "| scheduler | jobs a second | processor time each | longest stall of the loop |"
        + "".join(f" {name} is |" for name in ours),
        "|---" * (4 + len(ours)) + "|",
    ]
    for name, runs in found.items():
        cpu = statistics.median(r["cpu"] for r in runs) / jobs * 1000
        stall = max(r["stall"] for r in runs) * 1000
        times = "".join(
            f" {wall[name] / wall[mine]:.1f} × |" if name not in ours else " |" for mine in ours
        )
        lines.append(f"| {name} | {jobs / wall[name]:.0f} | {cpu:.2f} ms | {stall:.0f} ms |{times}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", choices=tuple(SCHEDULERS))
    given = parser.parse_args(arguments)
    wanted = [given.only] if given.only else list(SCHEDULERS)
    if given.database == "sqlite" and "procrastinate" in wanted:
        wanted.remove("procrastinate")
    for name in [w for w in wanted if w in NEEDS]:
        if importlib.util.find_spec(NEEDS[name]) is None:
            sys.stderr.write(f"{name} is left out: it is not installed\n")
            wanted.remove(name)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in wanted}
    with databases(given.database, safe=not given.fast) as url_of:
        for number in range(given.runs):
            for name in wanted:
                url = url_of(f"{name}{number}")
                found[name].append(ran(SCHEDULERS[name], url, given.jobs))
    sys.stdout.write(table(found, given.jobs))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
