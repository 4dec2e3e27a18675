"""One seeded session through a Slack that fails and a process that dies, and its judge.

People behave as people do: what failed before their eyes they do again. Slack loses answers,
breaks connections, repeats and mixes up its news; the process is killed between any two
transactions, before or after them, and another one goes on from its database. What came of it is
judged from what stands in Slack alone.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from bot.winding import WoundClock
from tests.play import Numbers
from tests.slack.fake import FakeSlack, Refused
from tests.slack.house import House, Life, fakes

CALLS = {"429": 0.03, "500": 0.03, "refused": 0.03, "lost": 0.04}
EVENTS = {"duplicate": 0.1, "retry": 0.06, "late": 0.05, "reorder": 0.05}
DEATH = 0.004  # at each hop, before and after it
TRIES = 25  # of a person, until they would give up
WORDS = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty",
    "knoll", "larch",
)  # fmt: skip

Act = Callable[[], Awaitable[Any]]


class Stuck(Exception):
    """A person has tried again and again, and it never worked."""


class Trial:
    """A session with one seed. `violations` says what was wrong with it."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.dice, self.seed = Random(seed), seed
        self.url = f"sqlite:///{folder / f'faults-{seed}.db'}"
        self.ids, self.deaths, self.violations = Numbers(), 0, list[str]()
        self.gone = ""  # words that were taken back
        self.words = [f"{word}{seed}" for word in WORDS]
        self.posted: list[tuple[str, str]] = []  # (title, words) that the bot posts for people
        self.typed: list[Any] = []  # messages of people that count as questions
        self.secrets: dict[str, Any] = {}  # words -> whose they are
        self.shown: list[str] = []  # words that stand somewhere in the channel at the end

    # The process

    async def _begin(self, chance: float) -> None:
        life = Life(self.dice, 0.0)
        self.house = House(self.slack, self.clock, self.url, life, self.ids)
        await self.house.start()
        life.chance = chance

    async def _revive(self) -> None:
        """Another process on the same database. The dead one tidied up nothing."""
        self.deaths += 1
        await self.house.stop()
        await self._begin(self.chance)

    async def _follow(self, minutes: float = 2) -> None:
        """What follows from an act, with Slack's second tries and the process's lives."""
        until = self.clock.at.timestamp() + 60 * minutes
        while True:
            if self.house.life.dead:
                await self._revive()
            await self.slack.retries(anyway=True)
            if self.dice.random() < 0.5:
                await self.slack.release()
            left = until - self.clock.at.timestamp()
            await self.house.wind(seconds=max(left, 0))
            if not self.house.life.dead:
                return

    async def _calm(self) -> None:
        """No more faults: whatever waits may come."""
        self.slack.faults.calls, self.slack.faults.events = {}, {}
        self.chance = self.house.life.chance = 0.0
        await self.slack.release()
        await self._follow(60 * 3)

    # What people do

    async def _until(self, act: Act, done: Callable[[], bool], what: str) -> None:
        for _ in range(TRIES):
            if done():
                return
            with suppress(Refused):  # it is not there yet
                await act()
            await self._follow()
        raise Stuck(what)

    async def _opens(self, who: Any, label: str, form: str, nth: int | None = None) -> bool:
        """Press until the form opens; False when there is no such button any more."""

        async def press() -> None:
            await self._clear(who)
            await who.presses(label, nth=nth)

        await self._until(press, lambda: _has(who, form), f"{who.name} presses {label}")
        return True

    async def _clear(self, who: Any) -> None:
        if who.view:
            await who.closes(everything=True)

    async def _sends(self, who: Any, given: dict[str, Any]) -> None:
        view = who.view

        async def send() -> None:
            if who.view is view:
                await who.submits(given)

        await self._until(send, lambda: who.view is not view, f"{who.name} sends {list(given)}")
        await self._clear(who)

    async def _commands(self, who: Any, text: str, form: str) -> None:
        async def command() -> None:
            await self._clear(who)
            await who.command(self.channel, text)

        await self._until(command, lambda: _has(who, form), f"{who.name}: {text}")

    @property
    def asked(self) -> int:
        """How many questions there are to answer."""
        return len(self.typed) + len(self.posted)

    async def _types(self, who: Any, text: str) -> Any:
        message = await who.types(self.channel, text, thread=self.root)
        await self._follow()
        return message

    @property
    def root(self) -> Any:
        return self.ana.message(" presents\n", self.channel)

    def _sees(self, words: str) -> Callable[[], bool]:
        return lambda: words in "\n".join(self.ana.sees(self.channel))

    # The session

    async def play(self) -> list[str]:
        """Play it; what was wrong."""
        async with fakes(seed=self.seed) as (slack, clock):
            self.slack: FakeSlack = slack
            self.clock: WoundClock = clock
            names = ("Ana", "Bo", "Cem", "Dee")
            self.ana, self.bo, self.cem, self.dee = (slack.person(n) for n in names)
            self.people = (self.ana, self.bo, self.cem, self.dee)
            self.channel = slack.channel("night-shift", *self.people, private=True)
            slack.faults.calls, slack.faults.events = dict(CALLS), dict(EVENTS)
            self.chance = DEATH
            await self._begin(self.chance)
            try:
                await self._session()
                await self._calm()
                await self._judge()
            except Stuck as stuck:
                self.violations.append(f"stuck: {stuck}")
            finally:
                await self.house.stop()
        return self.violations

    async def _session(self) -> None:
        await self._present()
        await self._ask()
        await self._answer()
        await self._act()
        await self._look_back()
        await self._report()

    async def _present(self) -> None:
        await self._commands(self.ana, "/als present", "present")
        helpers = [self.bo, self.cem, self.dee]
        issue = f"About {self.words[0]}"
        await self._sends(self.ana, {"f.issue": issue, "f.people": helpers})
        self.shown.append(issue)
        self.dice.shuffle(helpers)
        for helper in helpers:
            await self._opens(helper, "Join", "join")
            await self._sends(helper, {})
        await self._until(self._follow, self._sees("0 of 3 done"), "questions open")

    async def _ask(self) -> None:
        asking = [self.bo, self.cem, self.dee, self.dice.choice([self.bo, self.cem])]
        self.dice.shuffle(asking)
        for who, word in zip(asking, self.words[1:], strict=False):
            question = f"What would {word} change for you?"
            if self.dice.random() < 0.5:
                self.typed.append(await self._types(who, question))
            else:
                await self._opens(who, "Ask a question", "ask")
                await self._sends(who, {"f.text": question})
                self.posted.append((" asks", question))
        await self._change_their_minds()
        secret = f"secret {self.words[11]}"
        await self._commands(self.cem, f"/als log {secret}", "log")
        await self._sends(self.cem, {})
        self.secrets[secret] = self.cem
        await self.slack.release()
        await self._follow()
        await self._until(self._follow, self._sees("3 of 3 done"), "all have asked")

    async def _change_their_minds(self) -> None:
        """Advice becomes a question, and a question is taken back; the news may be mixed up."""
        advice = await self.dee.types(self.channel, "You should call him.", thread=self.root)
        question = f"What might {self.words[4]} say?"
        await self.dee.edits(advice, question)
        self.typed.append(advice)
        self.gone = f"What if {self.words[4]} knew?"
        message = await self.bo.types(self.channel, self.gone, thread=self.root)
        await self.bo.deletes(message)
        await self._follow()

    async def _answer(self) -> None:
        asked = self.asked
        for number in range(asked):
            await self._until(self._follow, lambda: "Answer" in self.ana.buttons(), "questions")
            await self._opens(self.ana, "Answer", "answer", nth=0)
            answer = f"Answer {number} of {self.words[0]}."
            await self._sends(self.ana, {"f.text": answer})
            self.posted.append((" answers", answer))
            await self._follow()

        async def close() -> None:
            await self._clear(self.ana)
            await self.ana.presses("Close the questions")

        await self._until(close, self._sees("choosing what to do"), "questions close")

    async def _act(self) -> None:
        what = f"Walk with {self.words[6]}"
        await self._opens(self.ana, "Add an action", "action")
        await self._sends(self.ana, {"f.what": what})
        self.shown.append(what)

        async def finish() -> None:
            await self._clear(self.ana)
            await self.ana.presses("Finish")

        await self._until(finish, self._sees("has chosen what to do next"), "actions settled")

    async def _look_back(self) -> None:
        for who, word in zip(self.people, self.words[7:11], strict=True):
            await self._opens(who, "Look back", "reflect")
            shared = who is self.bo
            text = f"I noticed {word}"
            await self._sends(who, {"f.self": text, "f.share": shared})
            if shared:
                self.shown.append(text)
            else:
                self.secrets[text] = who
        await self._until(self._follow, self._sees("Next meeting opens"), "the meeting ends")

    async def _report(self) -> None:
        until = MONDAY_TWO_WEEKS
        while self.clock.at.timestamp() < until:
            await self._follow((until - self.clock.at.timestamp()) / 60)
        await self._until(self._follow, self._sees("Meeting 2"), "the second meeting")
        await self._opens(self.ana, "Report back", "report")
        learned = f"Silence was {self.words[5]}"
        await self._sends(self.ana, {"f.learned": learned})
        self.shown.append(learned)

    # The judge: only what stands in Slack

    async def _judge(self) -> None:
        posts = [m for c in self.slack.world.channels.values() for m in c.messages.values()]
        ours = [m for m in posts if m.bot_id and not m.deleted]
        self._nothing_twice(ours)
        self._in_order(ours)
        self._all_there(ours)
        await self._all_counted()
        self._private()

    def _nothing_twice(self, ours: list[Any]) -> None:
        keys = Counter((m.channel.id, key) for m in ours if (key := _key(m)))
        self.violations += [f"posted {n} times: {key}" for (_, key), n in keys.items() if n > 1]

    def _in_order(self, ours: list[Any]) -> None:
        said = [self.ana.screen.message(m) for m in sorted(ours, key=lambda m: float(m.ts))]
        said = [text for text in said if re.match(r"\S+ (asks|answers)\n", text)]
        found = []
        for title, words in self.posted:
            at = [i for i, t in enumerate(said) if title in t.partition("\n")[0] and words in t]
            if len(at) != 1:
                self.violations.append(f"{title}: {words!r} stands {len(at)} times")
            found += at[:1]
        if found != sorted(found):
            self.violations.append(f"out of order: {found}")

    def _all_there(self, ours: list[Any]) -> None:
        seen = "\n".join(self.ana.screen.message(m) for m in ours)
        self.violations += [f"lost: {words!r}" for words in self.shown if words not in seen]

    async def _all_counted(self) -> None:
        """The presenter takes a copy along: each question is in it, once."""
        await self.house.after(self.ana.command(self.channel, "/als export session json"))
        copy = "\n".join(self.ana.sees(self.channel))
        for message in self.typed:
            acked = [d for d in self.slack.deliveries if d.event.get("ts") == message.ts]
            if any(sent.ok for d in acked for sent in d.answers):
                self._once(copy, message.text)
        for _, words in self.posted:
            self._once(copy, words)
        if f'"text": {json.dumps(self.gone)}' in copy:
            self.violations.append(f"taken back, and still there: {self.gone!r}")

    def _once(self, copy: str, words: str) -> None:
        found = copy.count(f'"text": {json.dumps(words)}')
        if found != 1:
            self.violations.append(f"{words!r} is {found} times in the copy")

    def _private(self) -> None:
        for words, owner in self.secrets.items():
            for who in self.people:
                if who is not owner and words in "\n".join(who.sees()):
                    self.violations.append(f"{who.name} can read {words!r}")


MONDAY_TWO_WEEKS = 1_773_651_900  # 2026-03-16 09:05 UTC


def _has(who: Any, form: str) -> bool:
    return bool(who.view) and who.view.data["callback_id"] == f"als.{form}"


def _key(message: Any) -> str:
    return str(((message.metadata or {}).get("event_payload") or {}).get("key") or "")


def tried(seed: int, folder: Path) -> Trial:
    """One seed, played and judged."""
    trial = Trial(seed, folder)
    asyncio.run(trial.play())
    return trial
