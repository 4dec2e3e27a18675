"""Signed Slack message events a second on one process, against Bolt alone and a plain ORM.

    python -m benchmarks.slack_speed [--database sqlite|postgres] [--events 2000] [--at-once 16]

Each bot runs in a process of its own and gets the same signed events, over HTTP:

- bolt: a bare AsyncApp whose handler does nothing: verify, parse, dispatch, acknowledge
- plain: Bolt as well, and in its handler a SQLModel AsyncSession that reads and writes what one of
  our events does (on SQLite it needs aiosqlite, and is left out without it)
- als: everything: who, seen before, what is meant, judge, step, save, outbox; committed, then
  acknowledged

The messages go to eight sets in turn, as they do where many people meet.

Prints events a second, milliseconds of processor time for each, p50 and p99 at half of that load
and at 50 events a second, and the peak of memory. Then, for als, where its time goes.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import importlib.util
import json
import multiprocessing
import os
import pstats
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from sqlmodel import select

from benchmarks.thread_length import Numbers, Thread
from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.handlers.inputs import Actor
from bot.method.terms import Address, Place
from bot.ports import Delivery
from bot.runtime.virtual_clock import ClockRunner, VirtualClock
from store import SqlStore, migrate, models

SECRET, TEAM = "shh", "T1"
SETS = 8
ROUNDS = 10  # bursts at each bot
LINES = ("What have you tried so far?", "thanks!", "Who else sees it that way?", "noted")
PARTS = {
    "Bolt and HTTP": ("slack_bolt", "slack_sdk", "aiohttp", "yarl", "multidict", "asyncio"),
    "our side of Slack": ("adapters/slack",),
    "SQL and what is read from it": ("sqlalchemy", "store/", "sqlite3", "psycopg", "pydantic"),
    "judge": ("bot/judge",),
    "step, and the rest of the core": ("bot/",),
}


def channel(number: int) -> str:
    """Where the set of this number meets."""
    return f"C-{number}"


def root(number: int) -> str:
    """The timestamp of its session's card."""
    return f"1772442000.{number:06}"


class SlackThread(Thread):
    """A session in its questions, where the benchmark's people are Slack users."""

    def __init__(self, host: Host, clock: VirtualClock, number: int) -> None:
        super().__init__(host, clock, str(number))
        self.place = Place("slack", TEAM, channel(number))

    def actor(self, user: str) -> Actor:
        """As adapters.slack.incoming sees them."""
        return Actor(Address("slack", TEAM, f"U-{self.name}-{user}"), user, "Europe/London")


class Wall:
    """Takes every post, as Slack would; the root of the thread is a timestamp."""

    name, has_per_user_views = "slack", False

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Take it."""
        place = delivery.place or Place("slack", TEAM, "@")
        if delivery.key.startswith("session/"):
            return place, root(int(place.conversation.removeprefix("C-")))
        return place, delivery.message or f"{delivery.key}.0"

    async def find(self, delivery: Delivery) -> None:
        """Nothing is ever lost here."""

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """Nothing paces posts here."""
        return now

    def edits_every(self, place: Place, live: bool = False) -> float:
        """No pause between edits."""
        return 0.0


def prepare(url: str) -> None:
    """Sets whose questions are open, in the database."""
    migrate(url)
    store = SqlStore(url, plaintext=True).open()
    clock = VirtualClock(datetime.now(UTC) - timedelta(minutes=1))
    host = Host(store, Numbers())
    for number in range(SETS):
        SlackThread(host, clock, number).open()
    clock_runner = ClockRunner(clock, host, Courier(store, {"slack": Wall()}, clock))  # type: ignore[dict-item]
    asyncio.run(clock_runner.settle())
    store.close()


# The bots


def api(pipe: Any) -> None:
    """As much of Slack's API as is asked while messages come in."""

    async def answer(request: web.Request) -> web.Response:
        user = {"id": "U", "profile": {"display_name": "Ana"}, "tz": "Europe/London"}
        who = {"ok": True, "team_id": TEAM, "user_id": "U-als", "bot_id": "B1", "user": user}
        return web.json_response(who)

    app = web.Application()
    app.router.add_route("*", "/api/{method}", answer)
    asyncio.run(_serve(app, pipe))


async def _serve(app: web.Application, pipe: Any, profile: cProfile.Profile | None = None) -> None:
    async def spent(_: web.Request) -> web.Response:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return web.json_response({"cpu": time.process_time(), "peak": peak})

    async def profiled(_: web.Request) -> web.Response:
        assert profile is not None
        profile.disable()
        return web.json_response(_shares(profile))

    app.router.add_get("/spent", spent)
    app.router.add_get("/profile", profiled)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    if profile is not None:
        profile.enable()
    await asyncio.Event().wait()


def _shares(profile: cProfile.Profile) -> dict[str, float]:
    """The share of each part in the processor time, by the files that its own time is spent in.

    What has no file of ours or of a library's (json, a regular expression, the driver's own C)
    counts for whoever called it.
    """
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    found = dict.fromkeys([*PARTS, "other"], 0.0)

    def part_of(file: str) -> str:
        return next((p for p, keys in PARTS.items() if any(k in file for k in keys)), "")

    for (file, _, name), (_, _, own, _, callers) in stats.items():
        if "poll" in name or "select" in name:
            continue
        if part := part_of(file):
            found[part] += own
            continue
        for (whose, _, _), (_, _, spent, _) in callers.items():
            found[part_of(whose) or "other"] += spent
    total = sum(found.values()) or 1.0
    return {part: own / total for part, own in found.items()}


async def _authorize(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id=TEAM, bot_user_id="U-als", bot_id="B1", bot_token="xoxb-1"
    )


def bolt(pipe: Any, url: str, slack: str, handler: Callable[..., Any] | None = None) -> None:
    """Bolt as its documentation shows it, on aiohttp."""
    bolt_app = AsyncApp(signing_secret=SECRET, authorize=_authorize, process_before_response=True)

    async def nothing(event: dict[str, Any]) -> None:
        return

    bolt_app.event("message")(handler or nothing)

    async def events(request: web.Request) -> web.Response:
        answer = await bolt_app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    app = web.Application()
    app.router.add_post("/slack/events", events)
    asyncio.run(_serve(app, pipe))


def plain(pipe: Any, url: str, slack: str) -> None:
    """The same rows through a SQLModel AsyncSession, as its documentation shows it."""
    from sqlalchemy import event as sql_event
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlmodel.ext.asyncio.session import AsyncSession

    if url.startswith("sqlite"):
        # One connection, as durable as ours: with a pool of them its writers wait for each
        # other's locks and give up under this load.
        engine = create_async_engine(
            url.replace("sqlite://", "sqlite+aiosqlite://"), pool_size=1, max_overflow=0
        )

        @sql_event.listens_for(engine.sync_engine, "connect")
        def durable(connection: Any, record: Any) -> None:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
    else:
        engine = create_async_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    count = iter(range(10**9))

    async def handle(event: dict[str, Any]) -> None:
        n, now = next(count), datetime.now(UTC)
        async with AsyncSession(engine) as session:
            session.add(models.ProcessedEventRow(key=f"plain/{n}", at=now))
            posted = select(models.PostedRow).where(
                models.PostedRow.conversation == event["channel"],
                models.PostedRow.message == event["thread_ts"],
            )
            card = (await session.exec(posted)).first()
            assert card is not None
            owner = card.key.removeprefix("session/")
            person = select(models.PersonRow).where(
                models.PersonRow.platform == "slack", models.PersonRow.user == event["user"]
            )
            who = (await session.exec(person)).first()
            assert who is not None
            whose = select(models.SessionRow.set_id).where(models.SessionRow.id == owner)
            mine = models.SetRow.id == (await session.exec(whose)).first()
            group = (
                await session.exec(select(models.SetRow).where(mine).with_for_update())
            ).first()
            assert group is not None
            running = await session.get(models.SessionRow, owner, populate_existing=True)
            if running is None:
                found = select(models.SessionRow).where(models.SessionRow.id == owner)
                running = (await session.exec(found)).first()
            assert running is not None
            said = models.ContributionRow(
                id=f"plain-{n}",
                session_id=running.id,
                by_id=who.id,
                kind="question",
                state="open",
                at=now,
                entry=1,
                verdict="",
                reason="",
                nudged=False,
                acted=False,
                ours=False,
                answers="[]",
                platform="slack",
                installation=TEAM,
                conversation=event["channel"],
                thread=event["thread_ts"],
                message=f"plain-{n}",
            )
            session.add(said)
            session.add(
                models.UserTextRow(
                    kind="said",
                    about=f"plain-{n}",
                    owner=f"plain-{n}",
                    set_id=group.id,
                    author_id=who.id,
                    at=now,
                    data=json.dumps({"text": event["text"]}),
                )
            )
            await session.flush()
            kept = await session.get(models.ContributionRow, said.number)
            assert kept is not None
            kept.verdict = "accept"
            running.state = running.state.replace('"entry":1', '"entry":1')
            running.entry = running.entry
            lane = await session.get(models.LaneRow, owner)
            if lane is None:
                session.add(models.LaneRow(lane=owner, due=now))
            else:
                lane.due = now
            letter = select(models.OutboxRow).where(
                models.OutboxRow.lane == owner, models.OutboxRow.card == card.key
            )
            waiting = (await session.exec(letter)).first()
            if waiting is None:
                session.add(
                    models.OutboxRow(
                        lane=owner,
                        card=card.key,
                        effect="{}",
                        schema_=1,
                        not_before=now,
                        created=now,
                    )
                )
            else:
                waiting.created = now
            await session.commit()

    bolt(pipe, url, slack, handle)


def als(pipe: Any, url: str, slack: str, profiled: bool = False) -> None:
    """Ours, as `als serve --no-worker` wires it."""
    os.environ["SLACK_API_URL"] = slack
    os.environ |= {"ALS_DATABASE": url, "ALS_PLAINTEXT": "yes", "SLACK_BOT_TOKEN": "xoxb-1"}
    os.environ |= {"SLACK_SIGNING_SECRET": SECRET}
    import app
    from adapters.cli.settings import read_settings
    from adapters.cli.web import make_app

    if profiled:
        # A profile knows one thread, so all is done in the loop's: the shares stay the same.
        app.runner = lambda store: _at_once  # type: ignore[assignment]
    process = app.build(read_settings())
    profile = cProfile.Profile() if profiled else None
    page = make_app(process, worker=False)
    asyncio.run(_serve(page, pipe, profile))


async def _at_once(call: Callable[..., Any], *args: object) -> Any:
    return call(*args)


# The load


def signed(number: int) -> tuple[bytes, dict[str, str]]:
    """A message of somebody's in the session's thread, as Slack signs it."""
    at = time.time()
    event = {
        "type": "message",
        "user": f"U-{number % SETS}-{('bo', 'cem', 'dee')[number % 3]}",
        "text": LINES[number % len(LINES)],
        "ts": f"{int(at)}.{number:06}",
        "thread_ts": root(number % SETS),
        "channel": channel(number % SETS),
        "channel_type": "group",
        "team": TEAM,
    }
    body = json.dumps(
        {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": "A1",
            "event_id": f"Ev{number}",
            "event_time": int(at),
            "event": event,
            "authorizations": [{"team_id": TEAM, "user_id": "U-als", "is_bot": True}],
        }
    ).encode()
    stamp = str(int(at))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body) or ""
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature,
    }
    return body, headers


class Load:
    """Sends events, and remembers how long each took."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self.url, self.session = f"http://127.0.0.1:{port}", session
        self.number = 0
        self.took: list[float] = []

    async def send(self) -> None:
        """One more event."""
        self.number += 1
        body, headers = signed(self.number)
        begun = time.perf_counter()
        async with self.session.post(f"{self.url}/slack/events", data=body, headers=headers) as a:
            assert a.status == 200, (a.status, await a.text())
        self.took.append(time.perf_counter() - begun)

    async def spent(self) -> dict[str, float]:
        """What the process has used."""
        async with self.session.get(f"{self.url}/spent") as answer:
            found: dict[str, float] = await answer.json()
            return found

    async def as_fast_as_it_goes(self, events: int, at_once: int) -> float:
        """Events a second."""

        async def some() -> None:
            for _ in range(events // at_once):
                await self.send()

        begun = time.perf_counter()
        await asyncio.gather(*(some() for _ in range(at_once)))
        return (events // at_once) * at_once / (time.perf_counter() - begun)

    async def paced(self, rate: float, seconds: float) -> tuple[float, float]:
        """p50 and p99 in milliseconds, at so many events a second."""
        self.took.clear()
        begun, sent = time.perf_counter(), []
        for n in range(int(rate * seconds)):
            await asyncio.sleep(max(0, begun + n / rate - time.perf_counter()))
            sent.append(asyncio.create_task(self.send()))
        await asyncio.gather(*sent)
        cut = statistics.quantiles(self.took, n=100)
        return cut[49] * 1000, cut[98] * 1000


async def measure(ports: dict[str, int], events: int, at_once: int) -> dict[str, dict[str, float]]:
    """All figures of all bots: a burst at each in turn, again and again, so that a machine that
    slows down slows all of them; the medians of the bursts, and of each burst's ratio to Bolt's.
    """
    many = max(1, events // ROUNDS // at_once) * at_once
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:
        loads = {name: Load(port, session) for name, port in ports.items()}
        for load in loads.values():
            await load.as_fast_as_it_goes(at_once * 4, at_once)
        rates: dict[str, list[float]] = {name: [] for name in ports}
        spent = dict.fromkeys(ports, 0.0)
        for _ in range(ROUNDS):
            for name, load in loads.items():
                before = (await load.spent())["cpu"]
                rates[name].append(await load.as_fast_as_it_goes(many, at_once))
                spent[name] += (await load.spent())["cpu"] - before
        found = {}
        for name, load in loads.items():
            rate = statistics.median(rates[name])
            half, slow = await load.paced(rate / 2, 5), await load.paced(50, 6)
            shares = [mine / first for mine, first in zip(rates[name], rates["bolt"], strict=True)]
            found[name] = {
                "rate": rate, "ratio": statistics.median(shares),
                "cpu": spent[name] / (many * ROUNDS) * 1000,
                "half50": half[0], "half99": half[1], "slow50": slow[0], "slow99": slow[1],
                "peak": (await load.spent())["peak"],
            }  # fmt: skip
        return found


async def shares(port: int, events: int) -> dict[str, float]:
    """Where the processor time goes; profiling makes all of it slower, the shares stay."""
    async with aiohttp.ClientSession() as session:
        load = Load(port, session)
        await load.as_fast_as_it_goes(events, 8)
        async with session.get(f"{load.url}/profile") as answer:
            found: dict[str, float] = await answer.json()
            return found


@contextmanager
def database(kind: str) -> Any:
    """The URL of an empty database."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield lambda name: f"sqlite:///{Path(folder) / name}.db"
        return
    from tests.machines import fresh_database, postgres

    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        yield lambda name: stack.enter_context(fresh_database(server))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=16)
    given = parser.parse_args()
    bots: dict[str, Callable[..., None]] = {"bolt": bolt, "plain": plain, "als": als}
    if given.database == "sqlite" and importlib.util.find_spec("aiosqlite") is None:
        sys.stderr.write("plain is left out: it needs aiosqlite\n")
        del bots["plain"]
    fresh = multiprocessing.get_context("spawn")
    here, there = fresh.Pipe()
    helper = fresh.Process(target=api, args=(there,), daemon=True)
    helper.start()
    slack = f"http://127.0.0.1:{here.recv()}/api/"
    with database(given.database) as url_of:
        processes, ports = [], {}
        for name, bot in bots.items():
            url = url_of(name)
            prepare(url)
            process, ports[name] = _started(fresh, bot, url, slack)
            processes.append(process)
        found = asyncio.run(measure(ports, given.events, given.at_once))
        for process in processes:
            process.terminate()
        sys.stdout.write(
            "| bot | events a second | of bolt | processor time each | p50, p99 at half load"
            " | p50, p99 at 50 a second | peak |\n|---|---|---|---|---|---|---|\n"
        )
        for name, one in found.items():
            sys.stdout.write(
                f"| {name} | {one['rate']:.0f} | {one['ratio']:.2f} | {one['cpu']:.2f} ms"
                f" | {one['half50']:.1f}, {one['half99']:.1f} ms"
                f" | {one['slow50']:.1f}, {one['slow99']:.1f} ms | {one['peak']:.0f} MB |\n"
            )
        url = url_of("profiled")
        prepare(url)
        process, port = _started(fresh, als, url, slack, True)
        parts = asyncio.run(shares(port, 400))
        process.terminate()
    told = ", ".join(f"{part} {share:.0%}" for part, share in parts.items())
    sys.stdout.write(f"\nals, by part: {told}\n")
    return 0


def _started(fresh: Any, bot: Callable[..., None], url: str, *more: Any) -> tuple[Any, int]:
    here, there = fresh.Pipe()
    process = fresh.Process(target=bot, args=(there, url, *more), daemon=True)
    process.start()
    return process, here.recv()


if __name__ == "__main__":
    raise SystemExit(main())
