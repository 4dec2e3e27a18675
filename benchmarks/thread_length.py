"""What one event costs in a thread of 10 messages and in one of 1,000.

    python -m benchmarks.thread_length [--database sqlite:///FILE] [--rounds 40]

A long thread and many short ones in the same database; one event in each in turn, so that a
machine that slows down slows both. Prints the median of each, their ratio, and the size
of the kept state.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.handlers.inputs import Actor, Commanded, Sent, Typed
from bot.method.session import Session
from bot.method.terms import Address, Place
from bot.ports import Delivery
from bot.runtime.virtual_clock import ClockRunner, VirtualClock
from store import SqlStore
from store.codec import dump

SHORT, LONG = 10, 1000
EVENTS = 8  # measured in each pair
PEOPLE = ("ana", "bo", "cem", "dee")
LINES = ("thanks!", "noted", "👍", "That was in May, and it has not changed since.")


class Numbers:
    """Ids one after another."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def new(self) -> str:
        """The next id."""
        return f"id{next(self._count)}"


class Thread:
    """A session in its question round, in a conversation of its own."""

    def __init__(self, host: Host, clock: VirtualClock, name: str) -> None:
        self.host, self.clock, self.name = host, clock, name
        self.place = Place("bench", "bench", f"C-{name}")
        self.count = itertools.count(1)
        self.root = ""
        self.session = ""

    def actor(self, user: str) -> Actor:
        """Somebody of this thread's set."""
        return Actor(Address("bench", "bench", f"{self.name}-{user}"), user, "Europe/London")

    def open(self) -> None:
        """Present, and let the others join: questions are open."""
        nonce = f"{self.name}-command"
        asked = Commanded(
            at=self.clock.now(), actor=self.actor("ana"), place=self.place, text="present",
            nonce=nonce,
        )  # fmt: skip
        form = self.host.handle(asked).form
        assert form is not None
        people = {"people": tuple(self.actor(p) for p in PEOPLE[1:])}
        sent = Sent(
            at=self.clock.now(), actor=self.actor("ana"), place=self.place, form=form.name,
            nonce=form.nonce, ref=form.ref, values={"issue": "An issue"}, people=people,
        )  # fmt: skip
        self.host.handle(sent)
        with self.host.store.reading() as tx:
            group = tx.sets.at(self.place)
            assert group is not None
        self.session = f"{group}-m1-s1"
        for user in PEOPLE[1:]:
            joined = Sent(
                at=self.clock.now(), actor=self.actor(user), place=self.place, form="join",
                nonce=f"{self.name}-{user}", ref=group,
            )  # fmt: skip
            self.host.handle(joined)

    def say(self) -> None:
        """One more message in the thread: one whole event."""
        n = next(self.count)
        self.clock.move_to(self.clock.now() + timedelta(seconds=1))
        said = Typed(
            at=self.clock.now(),
            actor=self.actor(PEOPLE[n % len(PEOPLE)]),
            place=Place("bench", "bench", self.place.conversation, self.root),
            message=f"{self.name}-{n}",
            text=LINES[n % len(LINES)],
        )
        self.host.handle(said)

    def size(self, store: SqlStore) -> int:
        """The size of the session's kept state, in bytes of JSON."""
        with store.reading() as tx:
            session = tx.machines.load(Session, self.session)
        assert session is not None
        return len(dump(session)[0].encode())


class Wall:
    """A platform that takes every post and remembers the roots of threads."""

    name = "bench"
    has_per_user_views = False

    def __init__(self) -> None:
        self.threads: dict[str, Thread] = {}
        self.count = itertools.count(1)

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Take it."""
        place = delivery.place or Place("bench", "bench", "@")
        message = delivery.message or f"m{next(self.count)}"
        if delivery.key.startswith("session/"):
            self.threads[place.conversation].root = message
        return place, message

    async def find(self, delivery: Delivery) -> tuple[Place, str] | None:
        """Nothing is ever lost here."""
        return None

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """Nothing paces posts here."""
        return now

    def edits_every(self, place: Place, live: bool = False) -> float:
        """No pause between edits."""
        return 0.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite://")
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    store = SqlStore(given.database, plaintext=True).open()
    clock = VirtualClock(datetime(2026, 3, 2, 10, tzinfo=UTC))
    host = Host(store, Numbers())
    wall = Wall()
    clock_runner = ClockRunner(clock, host, Courier(store, {"bench": wall}, clock))

    def thread_of(length: int, name: str) -> Thread:
        made = Thread(host, clock, name)
        wall.threads[made.place.conversation] = made
        made.open()
        asyncio.run(clock_runner.settle())
        for _ in range(length):
            made.say()
        asyncio.run(clock_runner.settle())
        return made

    long_one = thread_of(LONG, "long")
    times: list[list[float]] = [[], []]
    for number in range(given.rounds):
        # A fresh short one each time: with every event it would become a longer one.
        pair = [thread_of(SHORT, f"short{number}"), long_one]
        for _ in range(EVENTS):
            for spent, thread in zip(times, pair, strict=True):
                begun = time.perf_counter()
                thread.say()
                spent.append(time.perf_counter() - begun)
    short, long = (statistics.median(t) * 1000 for t in times)
    sizes = [t.size(store) for t in pair]
    sys.stdout.write(
        f"thread of {SHORT:5}: {short:6.3f} ms an event, state of {sizes[0]} bytes\n"
        f"thread of {LONG:5}: {long:6.3f} ms an event, state of {sizes[1]} bytes\n"
        f"ratio            {long / short:6.3f}     {sizes[1] / sizes[0]:.3f}\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
