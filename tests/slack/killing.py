"""One round of real processes on one real PostgreSQL, killed at random (benchmarks/kill_rounds.py).

Three `als worker` and two `als serve --no-worker` serve several sets. People type, edit and fill
in forms, all at once; Slack sends each piece of news signed, some of it twice, and again whenever
it is not taken. Meanwhile processes are killed (kill -9) or asked to stop in the middle of their
work (SIGTERM), and started again, and PostgreSQL is restarted. When all is quiet again, what is
kept and what stands in Slack is counted.

The fake Slack runs here, on the real clock, and does not count calls: how fast we may go has tests
of its own. What a dead process had leased would be free a minute later; that minute is left out.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import create_engine, text

from store import migrate
from tests import machines
from tests.processes import Als
from tests.slack.fake import FakeSlack, Refused
from tests.slack.fake.deliver import Deliver

WORKERS, SERVERS = 3, 2
SENDERS = 8  # pieces of news on their way at once
ON_ITS_WAY = 200  # at most, before people are a little slower
AGAIN = 0.25  # seconds until Slack sends again here; really at once, after 1 and after 5 minutes
TWICE = 0.05  # of the news comes twice
EDITED = 0.15  # of what is typed is edited
ASKS = 3  # questions by a form, of each who asks so (method.md: the quota)
ASKED = 0.3  # of the processes are asked to stop (SIGTERM), as by a rolling restart
QUIET = 300.0  # seconds until all must have come; only a hang takes so long
PATIENCE = 3.0  # seconds that Slack waits for an answer


def sees(who: Any, channel: Any, words: str) -> bool:
    """Whether these words stand before somebody's eyes."""
    return any(words in shown for shown in who.sees(channel))


async def seen(done: Callable[[], bool], seconds: float) -> bool:
    """Wait until it is so, at most so long; whether it is."""
    until = time.monotonic() + seconds
    for _ in iter(lambda: done() or time.monotonic() > until, True):
        await asyncio.sleep(0.05)
    return done()


class Crowd(Deliver):
    """Slack with much to tell at once, to whichever server answers; it tells until it is taken."""

    dice: Random
    addresses: list[str]

    def put(self, delivery: Any) -> None:
        self.waiting.put_nowait((delivery, 0, ""))
        if self.dice.random() < TWICE:
            self.waiting.put_nowait((delivery, 0, ""))
        if self.pump is None:
            senders = [self.run() for _ in range(SENDERS)]
            self.pump = asyncio.ensure_future(asyncio.gather(*senders))

    async def one_try(self, delivery: Any, retry: int, reason: str) -> None:
        while True:
            sent = await self.send("events_api", delivery.body, retry, reason)
            delivery.answers.append(sent)
            if sent.ok:
                return
            retry, reason = retry + 1, sent.reason
            await asyncio.sleep(AGAIN)

    async def posted(self, raw: bytes, headers: dict[str, str]) -> Any:
        self.app_url = self.dice.choice(self.addresses)
        return await super().posted(raw, headers)

    async def settle(self) -> None:
        """Nobody waits for what others do."""
        await seen(lambda: self.waiting.qsize() < ON_ITS_WAY, QUIET)


@dataclass
class Round:
    """What came of a round. `wrong` is empty when nothing was."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Killing:
    """A round while it goes on."""

    def __init__(
        self, seed: int, url: str, control: machines.Control, folder: Path, events: int, sets: int
    ) -> None:
        self.dice, self.url, self.folder = Random(seed), url, folder
        self.control, self.many, self.sets = control, events, sets
        self.round = Round(seed)
        self.processes: dict[str, Als] = {}
        self.engine = create_engine(url, pool_pre_ping=True)
        self.typed: dict[tuple[str, str], Any] = {}  # (channel, ts) -> the message
        self.asked: dict[str, list[str]] = {}  # who -> what they asked by a form, in order
        self.over = asyncio.Event()
        self.rooms: list[Any] = []

    # The processes

    def begin(self, name: str) -> None:
        words = ("worker",) if name.startswith("worker") else ("serve", "--no-worker")
        port = "0"
        if name in self.addresses:
            port = self.addresses[name].rpartition(":")[2]
        settings = {
            "ALS_DATABASE": self.url,
            "ALS_LOG": "error",
            "PORT": port,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.base_url,
        }
        self.processes[name] = Als(*words, folder=self.folder, **settings)

    async def ready(self, name: str) -> None:
        address = await asyncio.to_thread(self.processes[name].ready)
        if address:
            self.addresses[name] = address
            crowd = self.slack.deliver
            crowd.app_url = address
            crowd.addresses = [f"{known}/slack/events" for known in self.addresses.values()]

    async def again(self, name: str, asked: bool = False) -> None:
        """Kill it, or ask it to stop, busy as it is; and start another in its place."""
        old = self.processes[name]
        if asked:
            old.asks_to_stop()
            code = await asyncio.to_thread(old.ended)
            if code:
                self.round.wrong.append(f"{name} was asked to stop, and ended with {code}")
        else:
            old.kill()
        if "Traceback" in old.hear():
            self.round.wrong.append(f"{name} said: {old.said[-400:]}")
        old.close()
        self.begin(name)
        await self.ready(name)

    async def kills(self) -> None:
        """Kill one after the other, until the work is done; in the middle the database falls."""
        restarted = False
        while not self.over.is_set():
            await asyncio.sleep(self.dice.uniform(0.3, 2.0))
            done = len(self.typed) / self.many
            if not restarted and done > 0.4:
                restarted = True
                await asyncio.to_thread(self.control, "restart")
                self.round.counts["database restarts"] += 1
                continue
            name, asked = self.dice.choice(sorted(self.processes)), self.dice.random() < ASKED
            await self.again(name, asked)
            self.round.counts["orderly ends" if asked else "kills"] += 1

    # The people

    async def gather(self, slack: Any) -> None:
        """Each set in its own channel, with its questions open; nothing is killed yet."""
        await asyncio.gather(*(self.begins(slack, number) for number in range(self.sets)))

    async def begins(self, slack: Any, number: int) -> None:
        """One set."""
        people = [slack.person(f"{name}{number}") for name in ("ana", "bo", "cem", "dee")]
        channel = slack.channel(f"set-{number}", *people, private=True)
        ana, *helpers = people
        await self.until(lambda who=ana, at=channel: who.command(at, "/als present"), ana, "issue")
        await ana.submits({"f.issue": f"Issue {number}", "f.people": list(helpers)})
        for helper in helpers:
            await self.until(partial(helper.presses, "Join"), helper, "join")
            await helper.submits()
            with suppress(Refused):  # thanks may still be on their screen
                await helper.closes(everything=True)
        title = f"ana{number} presents\n"
        stands = partial(sees, ana, channel, title)
        assert await seen(stands, QUIET)
        self.rooms.append((channel, people, ana.message(title, channel)))

    async def until(self, act: Any, who: Any, form: str) -> None:
        """Press until a form is open: what failed before their eyes people do again."""
        until = time.monotonic() + QUIET
        while not who.view:
            assert time.monotonic() < until, f"{who.name} never gets the form {form}"
            with suppress(Refused):
                await act()
            await seen(lambda: bool(who.view), 2.0)

    async def types(self, who: Any, channel: Any, root: Any, many: int) -> None:
        """Much is said, and some of it said otherwise afterwards."""
        for number in range(many):
            said = await who.types(channel, f"Thanks, that was {who.name} {number}.", thread=root)
            self.typed[channel.id, said.ts] = said
            if self.dice.random() < EDITED:
                await who.edits(said, f"{said.text} Edited.")
                self.round.counts["edits"] += 1
            await asyncio.sleep(self.dice.uniform(0, 0.05))

    async def asks(self, who: Any, channel: Any) -> None:
        """By a form: what is posted then is the bot's message."""
        self.asked[who.name] = []
        for number in range(ASKS):
            words = f"What about {who.name} {number}?"
            await self.until(lambda: who.presses("Ask a question"), who, "ask")
            window, until = who.view, time.monotonic() + QUIET
            while who.view is window:
                assert time.monotonic() < until, f"{who.name} never gets rid of a form"
                with suppress(Refused):
                    await who.submits({"f.text": words})
                if who.view is window:
                    await asyncio.sleep(AGAIN)
            with suppress(Refused):
                await who.closes(everything=True)
            self.asked[who.name].append(words)
            await asyncio.sleep(self.dice.uniform(0, 1))

    async def work(self) -> None:
        doing = []
        share = max(1, self.many // (2 * self.sets))
        for channel, (ana, bo, cem, dee), root in self.rooms:
            doing += [self.types(who, channel, root, share) for who in (ana, bo)]
            doing += [self.asks(who, channel) for who in (cem, dee)]
        await asyncio.gather(*doing)
        await self.slack.deliver.waiting.join()

    # The end

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values).all())

    def change(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    async def quiet(self) -> None:
        """The minute passes in which the dead had leased something; then what waits comes."""
        for name in self.processes:
            await self.again(name)
        self.change("UPDATE lane SET lease = now() WHERE lease IS NOT NULL")
        self.change("UPDATE timer SET lease = now() WHERE lease IS NOT NULL")
        waiting = (
            "SELECT count(*) FROM letter WHERE state IN ('waiting', 'sending')"
            " AND not_before < now() + interval '10 minutes'"
        )
        until = time.monotonic() + QUIET
        while (left := self.rows(waiting)[0][0]) or self.due():
            if time.monotonic() > until:
                self.round.wrong.append(f"not quiet: {left} letters, {self.due()} timers left")
                return
            await asyncio.sleep(0.5)

    def due(self) -> int:
        return int(self.rows("SELECT count(*) FROM timer WHERE due <= now()")[0][0])

    def judge(self) -> None:
        self.said()
        self.posts()
        for state, many in self.rows("SELECT state, count(*) FROM letter GROUP BY state"):
            self.round.counts[f"letters {state}"] = many
            if state == "parked":
                codes = self.rows("SELECT DISTINCT code FROM letter WHERE state = 'parked'")
                self.round.wrong.append(f"{many} letters parked: {codes}")
        moments = self.rows("SELECT state FROM session")
        stages = {(made["entry"], made["turn"]) for made in map(_state, moments)}
        if len(moments) != self.sets or len(stages) != 1:
            self.round.wrong.append(f"timers: the sessions are at {stages}")

    def said(self) -> None:
        """Each message is kept once, as it stands in Slack."""
        query = (
            "SELECT c.conversation, c.message, w.data FROM contribution c LEFT JOIN words w"
            " ON w.kind = 'said' AND w.about = c.id WHERE c.message IS NOT NULL"
        )
        kept = [(tuple(row[:2]), json.loads(row[2])["text"]) for row in self.rows(query)]
        times = Counter(where for where, _ in kept)
        theirs = {where: words for where, words in kept if where in self.typed}
        self.round.counts["messages"] = len(self.typed)
        for where, message in self.typed.items():
            if times[where] != 1:
                self.round.wrong.append(f"{message.text!r} is kept {times[where]} times")
            elif theirs[where] != message.text:
                self.round.wrong.append(f"{message.text!r} is kept as {theirs[where]!r}")

    def posts(self) -> None:
        """Each card and each question stands once, and each person's in their order."""
        ours = [
            message
            for channel in self.slack.world.channels.values()
            for message in channel.messages.values()
            if message.bot_id and not message.deleted
        ]
        ours.sort(key=lambda message: float(message.ts))
        self.round.counts["posts"] = len(ours)
        keys = Counter((m.channel.id, _key(m)) for m in ours if _key(m))
        self.round.wrong += [f"posted {n} times: {key}" for key, n in keys.items() if n > 1]
        known = {row[0] for row in self.rows("SELECT key FROM posted")}
        public = {key for (_, key) in keys if not key.startswith(("whisper/", "nudge/", "coach/"))}
        if known != public:
            self.round.wrong.append(f"cards known and cards that stand differ: {known ^ public}")
        drawn = [(m, json.dumps(m.blocks, ensure_ascii=False)) for m in ours]
        for who, asked in self.asked.items():
            stands = [words for _, shown in drawn for words in asked if words in shown]
            self.round.counts["questions by a form"] += len(asked)
            if stands != asked:
                self.round.wrong.append(f"{who} asked {asked}, and there stands {stands}")

    async def play(self) -> Round:
        migrate(self.url)
        self.addresses: dict[str, str] = {}
        async with FakeSlack(now=lambda: datetime.now(UTC), patience=PATIENCE) as slack:
            self.slack, slack.pace.on = slack, False
            slack.deliver.__class__ = Crowd
            slack.deliver.dice = Random(self.round.seed + 1)
            names = [f"worker {n}" for n in range(WORKERS)] + [f"serve {n}" for n in range(SERVERS)]
            try:
                for name in names:
                    self.begin(name)
                await asyncio.gather(*(self.ready(name) for name in names))
                await self.gather(slack)
                begun = time.monotonic()
                killing = asyncio.create_task(self.kills())
                try:
                    await self.work()
                    self.change("UPDATE timer SET due = now() WHERE name = 'close'")
                    await asyncio.sleep(2)
                finally:
                    self.over.set()
                    await killing
                await self.quiet()
                self.round.counts["seconds"] = round(time.monotonic() - begun)
                self.judge()
            finally:
                for process in self.processes.values():
                    process.kill()
                    process.close()
                self.engine.dispose()
        return self.round


def _state(row: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row[0])
    return found


def _key(message: Any) -> str:
    return str(((message.metadata or {}).get("event_payload") or {}).get("key") or "")


def killed(
    seed: int, url: str, control: machines.Control, folder: Path, events: int, sets: int
) -> Round:
    """One round, played and judged."""
    return asyncio.run(Killing(seed, url, control, folder, events, sets).play())
