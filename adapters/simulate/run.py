"""Plays whole meetings with simulated members on a virtual clock, and reports what was seen."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.simulate.observer import Observer
from adapters.simulate.platform import NAME, SimPlatform
from adapters.simulate.records import Records
from adapters.simulate.seeing import Seeing
from adapters.simulate.weather import LEEWAY, Calm, Killed, Weather
from adapters.simulate.world import World
from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.method import formats
from bot.ports import Store, StoreBusy
from bot.runtime.virtual_clock import ClockRunner, VirtualClock

# A Monday a few weeks before the clocks change in Europe, and after they did in the Americas:
# every run of more than a month crosses a change somewhere.
BEGINS = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LONGEST = timedelta(days=400)
LOOKS_AGAIN = timedelta(seconds=15)  # as bot.runtime.scheduler.SAFETY


class SeededIds:
    """Ids from the seed, so that a run repeats exactly."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def new(self) -> str:
        """A 64-bit id in hexadecimal."""
        return f"{self._rng.getrandbits(64):016x}"


@dataclass
class Plan:
    """What to simulate. `sets` run side by side; each holds `meetings` meetings."""

    format: str = formats.DEFAULT
    members: int = 6
    meetings: int = 2
    sets: int = 1
    seed: int = 1
    faults: bool = False

    def again(self) -> str:
        """The command that plays exactly this again."""
        options = f"--format {self.format} --members {self.members} --meetings {self.meetings}"
        more = f"--sets {self.sets} --seed {self.seed}{' --faults' if self.faults else ''}"
        return f"als simulate {options} {more}"


class Simulation:
    """One seeded world on the real core, store, scheduler logic and courier."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self.plan, self.store = plan, store
        self.format = formats.load(plan.format)
        self.clock = VirtualClock(BEGINS)
        rng = random.Random(plan.seed)
        self.ids = SeededIds(random.Random(rng.getrandbits(64)))
        self.host = Host(store, self.ids)
        self.observer = Observer(self.clock, self.format)
        self.world = World(self.clock, rng, self.observer, self.host, self.format)
        self.people = Seeing(self.world)
        self.platform = SimPlatform(
            self.clock, random.Random(rng.getrandbits(64)), self.people.plan_reactions
        )
        self.world.platform = self.platform
        self.records = Records()
        self.weather: Weather | None = None
        self._not_before = BEGINS  # a process that could not look at the database looks again then
        if plan.faults:
            self._set_weather(random.Random(rng.getrandbits(64)))
        self._begins()

    def _set_weather(self, rng: random.Random) -> None:
        weather = self.weather = Weather(self.clock, rng, self.store)
        weather.on(self.platform)
        weather.begins = self._begins  # type: ignore[method-assign]
        self.world.carry = weather.carry
        self.world.doubled_elsewhere = True
        self.observer.leeway = LEEWAY

    def _begins(self) -> None:
        """A process: what it knows by itself is gone with the one before."""
        clock: Any = self.weather.clock if self.weather else self.clock
        self.host = Host(self.store, self.ids)
        worker = f"courier-{self.weather.deaths if self.weather else 0}"
        self.courier = Courier(self.store, {NAME: self.platform}, clock, worker=worker)
        self.clock_runner = ClockRunner(clock, self.host, self.courier)
        if self.weather is None:
            self.world.carry = self.host.handle
        else:
            self.weather.take_over(self.host)

    async def play(self, progress: Callable[[int], None] = lambda done: None) -> dict[str, Any]:
        """Play until every set has held its meetings; the report of it."""
        sims = [
            self.people.joining.found_set(n, self.plan.members, self.plan.meetings)
            for n in range(self.plan.sets)
        ]
        with self.records.around(self.store):
            with self.weather.around() if self.weather else nullcontext():
                await self._days(sims, progress)
            if self.weather is not None:
                await self._clears_up(self.weather)
        return self._report(sims)

    async def _days(self, sims: list[Any], progress: Callable[[int], None]) -> None:
        day = self.clock.now().date()
        done = 0
        while self.clock.now() - BEGINS < LONGEST:
            moment = self._next()
            if moment is None:
                break
            self.clock.move_to(moment)
            act = self.world.next_act()
            if act is not None and act <= self.clock.now():
                self.world.act()
            if self.weather is not None:
                self.weather.arrive()
            await self._settle()
            if self.clock.now().date() != day:
                day = self.clock.now().date()
                self._end_day()
            now_done = sum(s.done for s in sims)
            if now_done != done:
                done = now_done
                progress(done)
            if all(s.finished for s in sims):
                break

    async def _settle(self) -> None:
        """What is due happens; where the process cannot, it looks again in a while."""
        if self.clock.now() < self._not_before:
            return
        try:
            await self.clock_runner.settle()
        except StoreBusy:
            self._not_before = self.clock.now() + LOOKS_AGAIN
        except Killed:
            assert self.weather is not None
            self.weather.revive()
            self._not_before = self.clock.now() + LOOKS_AGAIN

    def _due(self) -> datetime | None:
        """When the process has something to do next, by the world's clock."""
        try:
            due = self.clock_runner.next_due()
        except StoreBusy:
            due = self.clock.now()
        except Killed:
            assert self.weather is not None
            self.weather.revive()
            due = self.clock.now()
        if due is None or self.weather is None:
            return due
        return max(due + self.weather.clock.by, self._not_before)

    async def _clears_up(self, weather: Weather) -> None:
        """Nothing goes wrong any more; what is on its way comes."""
        weather.rng = Calm()
        weather.dead = False
        while (moment := weather.next()) is not None:
            self.clock.move_to(moment)
            weather.arrive()
        self.clock.move_to(max(self.clock.now(), self._not_before) + timedelta(minutes=5))
        await self.clock_runner.settle()

    def _next(self) -> datetime | None:
        on_its_way = self.weather.next() if self.weather else None
        candidates = (self.world.next_act(), self._due(), on_its_way)
        moments = [m for m in candidates if m is not None]
        if not moments:
            return None
        # A moment in the past is now; the clock moves on by a breath, so that nothing stands still.
        return max(min(moments), self.clock.now() + timedelta(milliseconds=1))

    def _end_day(self) -> None:
        self.observer.end_day(self.clock.now().date())
        with suppress(StoreBusy):  # the next round will do
            try:
                self.store.maintenance.run_retention(self.clock.now())
            except Killed:
                assert self.weather is not None
                self.weather.revive()

    def _report(self, sims: list[Any]) -> dict[str, Any]:
        observer, world = self.observer, self.world
        for sim in sims:
            if not sim.finished:
                observer.wrong("unfinished", f"{sim.name} held {sim.done} meetings")
        observer.finish()
        for code in self.platform.refused:
            observer.wrong("refused_by_the_platform", code)
        if self.weather is not None and self.weather.doubled:
            observer.wrong("taken_twice", f"{self.weather.doubled} deeds")
        for difference in self.records.differences(self.store):
            observer.wrong("stepped_otherwise", difference)
        parked = self.store.maintenance.counts()["letters_parked"]
        if parked:
            observer.wrong("parked", f"{parked} letters")
        counts = sorted(observer.day_counts.elements()) or [0]
        return {
            "format": self.plan.format,
            "seed": self.plan.seed,
            "sets": self.plan.sets,
            "members": self.plan.members,
            "meetings": sum(s.done for s in sims),
            "stages": {
                name: {
                    k: count[k]
                    for k in ("opened", "closed", "contributions", "nudges", "tips", "passes")
                }
                for name, count in observer.stages.items()
            },
            "actions": world.actions,
            "check_ins": self._check_ins(),
            "messages": {
                "posted": observer.messages["posted"],
                "edited": observer.messages["edited"],
                "private": observer.messages["private"],
                "answers": observer.messages["answers"],
                "private_per_person_day": {
                    "p50": counts[len(counts) // 2],
                    "p95": counts[min(len(counts) * 95 // 100, len(counts) - 1)],
                    "max": counts[-1],
                },
            },
            "lost": observer.lost,
            "duplicated": observer.duplicated,
            "violations": observer.violations,
            "simulated_days": round((self.clock.now() - BEGINS).total_seconds() / 86400, 1),
            "events": world.events,
            "recorded": self.records.events,
            "again": self.plan.again(),
            **self._bad_weather(),
        }

    def _bad_weather(self) -> dict[str, Any]:
        weather = self.weather
        if weather is None:
            return {}
        counts = {"killed": weather.deaths, "paused": weather.pauses}
        return {"faults": {**counts, "sent_again": weather.redelivered}}

    def _check_ins(self) -> dict[str, int]:
        counts = dict.fromkeys(("planned", "sent", "deferred", "dropped"), 0)
        with self.store.reading() as tx:
            for person in self._people(tx):
                for action in tx.actions.of_owner(person, unsettled=False):
                    counts["planned"] += len(action.check_ins)
                    for check_in in action.check_ins:
                        if check_in.state in ("sent", "dropped"):
                            counts[check_in.state] += 1
        counts["deferred"] = self.courier.tally["digest_deferred"]
        return counts

    def _people(self, tx: Any) -> Iterator[Any]:
        for actor in self.world.actors.values():
            person = tx.people.at(actor.address)
            if person is not None:
                yield person.id


async def simulate(
    plan: Plan,
    store: Store,
    progress: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """Play one plan on an empty store."""
    return await Simulation(plan, store).play(progress)
