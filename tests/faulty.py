"""One seeded session through a platform that fails and a process that dies, and its judge.

People behave as people do: what failed before their eyes they do again. The platform loses
answers, breaks connections, repeats and mixes up its news; the process is killed between any two
transactions, before or after them, and another one goes on from its database. What came of it is
judged from what stands on the platform alone. What a platform looks like is said by its own room:
tests/slack/faulty.py, tests/teams/faulty.py.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from random import Random
from typing import Any

from bot.runtime.virtual_clock import VirtualClock
from tests.memory_platform import Numbers
from tests.mortal import Life

DEATH = 0.004  # at each hop, before and after it
TRIES = 25  # of a person, until they would give up
MONDAY_TWO_WEEKS = 1_773_651_900  # 2026-03-16 09:05 UTC
WORDS = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty",
    "knoll", "larch",
)  # fmt: skip

Act = Callable[[], Awaitable[Any]]

# A bad day


class Stuck(Exception):
    """A person has tried again and again, and it never worked."""


class BadDay(ABC):
    """A session with one seed. `violations` says what was wrong with it."""

    refused: type[Exception]  # what a person's client does not let them do
    tag: str  # of the database's file

    def __init__(self, seed: int, folder: Path) -> None:
        self.dice, self.seed = Random(seed), seed
        self.url = f"sqlite:///{folder / f'{self.tag}-{seed}.db'}"
        self.ids, self.deaths, self.violations = Numbers(), 0, list[str]()
        self.gone = ""  # words that were taken back
        self.words = [f"{word}{seed}" for word in WORDS]
        self.posted: list[tuple[str, str]] = []  # (title, words) that the bot posts for people
        self.typed: list[Any] = []  # messages of people that count as questions
        self.secrets: dict[str, Any] = {}  # words -> whose they are
        self.shown: list[str] = []  # words that stand somewhere in the channel at the end

    # What a platform says of itself

    @abstractmethod
    def fakes(self) -> AbstractAsyncContextManager[tuple[Any, VirtualClock]]:
        """The fake platform, and the clock that it goes by."""

    @abstractmethod
    def process(self, life: Life) -> Any:
        """A process on this seed's database."""

    @abstractmethod
    def gather(self) -> None:
        """Make the place where they meet, and set what goes wrong there."""

    @abstractmethod
    def calm(self) -> None:
        """Nothing goes wrong any more."""

    @abstractmethod
    async def again(self) -> None:
        """The platform sends again what was not taken."""

    @abstractmethod
    async def asks_for(self, who: Any, text: str) -> None:
        """Type a command, and do what opens its form."""

    @abstractmethod
    def window(self, who: Any) -> Any:
        """What is open before somebody, or None."""

    @abstractmethod
    def has(self, who: Any, form: str) -> bool:
        """Whether this form is open before somebody."""

    @abstractmethod
    async def close(self, who: Any) -> None:
        """Close what is open."""

    @abstractmethod
    def filled(self, who: Any, given: dict[str, Any]) -> dict[str, Any]:
        """What is filled in, under the names that the platform's form has for it."""

    @abstractmethod
    def ours(self) -> list[Any]:
        """The bot's messages that stand anywhere, the oldest first."""

    @abstractmethod
    def tried_to_tell(self, message: Any) -> list[Any]:
        """What came of each try to tell the process of a person's message."""

    @abstractmethod
    def nothing_twice(self, ours: list[Any]) -> None:
        """No message of the bot's stands there twice, where that can be told."""

    def missing(self, words: str) -> str:
        """What is wrong with a person's words that were not posted; "" if that is right."""
        return f"{words!r} stands nowhere"

    # The process

    async def _begin(self, chance: float) -> None:
        life = Life(self.dice, 0.0)
        self.house = self.process(life)
        await self.house.start()
        life.chance = chance

    async def _revive(self) -> None:
        """Another process on the same database. The dead one tidied up nothing."""
        self.deaths += 1
        await self.house.stop()
        await self._begin(self.chance)

    async def follow(self, minutes: float = 2) -> None:
        """What follows from an act, with the platform's second tries and the process's lives."""
        until = self.clock.at.timestamp() + 60 * minutes
        while True:
            if self.house.life.dead:
                await self._revive()
            await self.again()
            if self.dice.random() < 0.5:
                await self.fake.release()
            left = until - self.clock.at.timestamp()
            await self.house.wind(seconds=max(left, 0))
            if not self.house.life.dead:
                return

    async def _calm(self) -> None:
        """No more faults: whatever waits may come."""
        self.calm()
        self.chance = self.house.life.chance = 0.0
        await self.fake.release()
        await self.follow(60 * 3)

    # What people do

    async def until(self, act: Act, done: Callable[[], bool], what: str) -> None:
        """Do it again until it is done."""
        for _ in range(TRIES):
            if done():
                return
            with suppress(self.refused):  # it is not there yet
                await act()
            await self.follow()
        raise Stuck(what)

    async def opens(self, who: Any, label: str, form: str, nth: int | None = None) -> None:
        """Press until the form opens."""

        async def press() -> None:
            await self._clear(who)
            await who.presses(label, nth=nth)

        await self.until(press, lambda: self.has(who, form), f"{who.name} presses {label}")

    async def _clear(self, who: Any) -> None:
        if self.window(who):
            await self.close(who)

    async def sends(self, who: Any, given: dict[str, Any]) -> None:
        """Hand the open form in until it is taken."""
        window = self.window(who)

        async def send() -> None:
            if self.window(who) is window:
                await who.submits(self.filled(who, given))

        done = f"{who.name} sends {list(given)}"
        await self.until(send, lambda: self.window(who) is not window, done)
        await self._clear(who)

    async def commands(self, who: Any, text: str, form: str) -> None:
        """Type a command until its form opens."""

        async def command() -> None:
            await self._clear(who)
            await self.asks_for(who, text)

        await self.until(command, lambda: self.has(who, form), f"{who.name}: {text}")

    @property
    def asked(self) -> int:
        """How many questions there are to answer."""
        return len(self.typed) + len(self.posted)

    async def _types(self, who: Any, text: str) -> Any:
        message = await who.types(self.channel, text, thread=self.root)
        await self.follow()
        return message

    @property
    def root(self) -> Any:
        """The session's card, where people find it."""
        return self.ana.message(" presents\n", self.channel)

    def sees(self, words: str) -> Callable[[], bool]:
        """Whether these words stand in the channel."""
        return lambda: words in "\n".join(self.ana.sees(self.channel))

    # The session

    async def play(self) -> list[str]:
        """Play it; what was wrong."""
        async with self.fakes() as (fake, clock):
            self.fake, self.clock = fake, clock
            self.ana, self.bo, self.cem, self.dee = (
                fake.person(n) for n in ("Ana", "Bo", "Cem", "Dee")
            )
            self.people = (self.ana, self.bo, self.cem, self.dee)
            self.channel: Any = None
            self.gather()
            self.chance = DEATH
            await self._begin(self.chance)
            try:
                await self.session()
                await self._calm()
                await self.judge()
            except Stuck as stuck:
                self.violations.append(f"stuck: {stuck}")
            finally:
                await self.house.stop()
        return self.violations

    async def session(self) -> None:
        """From an issue to reporting back, two weeks later."""
        await self._present()
        await self._ask()
        await self._answer()
        await self._act()
        await self._look_back()
        await self._report()

    async def _present(self) -> None:
        await self.commands(self.ana, "/als present", "present")
        helpers = [self.bo, self.cem, self.dee]
        issue = f"About {self.words[0]}"
        await self.sends(self.ana, {"issue": issue, "people": helpers})
        self.shown.append(issue)
        self.dice.shuffle(helpers)
        for helper in helpers:
            await self.opens(helper, "Join", "join")
            await self.sends(helper, {})
        await self.until(self.follow, self.sees("0 of 3 done"), "questions open")

    async def _ask(self) -> None:
        asking = [self.bo, self.cem, self.dee, self.dice.choice([self.bo, self.cem])]
        self.dice.shuffle(asking)
        for who, word in zip(asking, self.words[1:], strict=False):
            question = f"What would {word} change for you?"
            if self.dice.random() < 0.5:
                self.typed.append(await self._types(who, question))
            else:
                await self.opens(who, "Ask a question", "ask")
                await self.sends(who, {"text": question})
                self.posted.append((" asks", question))
        await self._change_their_minds()
        secret = f"secret {self.words[11]}"
        await self.commands(self.cem, f"/als log {secret}", "log")
        await self.sends(self.cem, {})
        self.secrets[secret] = self.cem
        await self.fake.release()
        await self.follow()
        await self.until(self.follow, self.sees("3 of 3 done"), "all have asked")

    async def _change_their_minds(self) -> None:
        """Advice becomes a question, and a question is taken back; the news may be mixed up."""
        advice = await self.dee.types(self.channel, "You should call him.", thread=self.root)
        question = f"What might {self.words[4]} say?"
        await self.dee.edits(advice, question)
        self.typed.append(advice)
        self.gone = f"What if {self.words[4]} knew?"
        message = await self.bo.types(self.channel, self.gone, thread=self.root)
        await self.bo.deletes(message)
        await self.follow()

    async def _answer(self) -> None:
        asked = self.asked
        for number in range(asked):
            await self.until(self.follow, lambda: "Answer" in self.ana.buttons(), "questions")
            await self.opens(self.ana, "Answer", "answer", nth=0)
            answer = f"Answer {number} of {self.words[0]}."
            await self.sends(self.ana, {"text": answer})
            self.posted.append((" answers", answer))
            await self.follow()

        async def close() -> None:
            await self._clear(self.ana)
            await self.ana.presses("Close the questions")

        await self.until(close, self.sees("choosing what to do"), "questions close")

    async def _act(self) -> None:
        what = f"Walk with {self.words[6]}"
        await self.opens(self.ana, "Add an action", "action")
        await self.sends(self.ana, {"what": what})
        self.shown.append(what)

        async def finish() -> None:
            await self._clear(self.ana)
            await self.ana.presses("Finish")

        await self.until(finish, self.sees("has chosen what to do next"), "actions settled")

    async def _look_back(self) -> None:
        for who, word in zip(self.people, self.words[7:11], strict=True):
            await self.opens(who, "Look back", "reflect")
            shared = who is self.bo
            text = f"I noticed {word}"
            await self.sends(who, {"self": text, "share": shared})
            if shared:
                self.shown.append(text)
            else:
                self.secrets[text] = who
        await self.until(self.follow, self.sees("Next meeting opens"), "the meeting ends")

    async def _report(self) -> None:
        until = MONDAY_TWO_WEEKS
        while self.clock.at.timestamp() < until:
            await self.follow((until - self.clock.at.timestamp()) / 60)
        await self.until(self.follow, self.sees("Meeting 2"), "the second meeting")
        await self.opens(self.ana, "Report back", "report")
        learned = f"Silence was {self.words[5]}"
        await self.sends(self.ana, {"learned": learned})
        self.shown.append(learned)

    # The judge: only what stands on the platform

    async def judge(self) -> None:
        """Say what is wrong, from what stands there alone."""
        ours = self.ours()
        self.nothing_twice(ours)
        self.in_order(ours)
        self.all_there(ours)
        await self.all_counted()
        self.private()

    def in_order(self, ours: list[Any]) -> None:
        """What the bot posted for people stands once, in the order in which they said it."""
        said = [self.ana.screen.message(m) for m in ours]
        said = [text for text in said if re.match(r"\S+ (asks|answers)\n", text)]
        found: list[int] = []
        for title, words in self.posted:
            at = [i for i, t in enumerate(said) if title in t.partition("\n")[0] and words in t]
            if len(at) > 1:
                self.violations.append(f"{title}: {words!r} stands {len(at)} times")
            elif not at and (wrong := self.missing(words)):
                self.violations.append(f"{title}: {wrong}")
            found += at[:1]
        if found != sorted(found):
            self.violations.append(f"out of order: {found}")

    def all_there(self, ours: list[Any]) -> None:
        """All that was shared stands somewhere."""
        seen = "\n".join(self.ana.screen.message(m) for m in ours)
        lost = [words for words in self.shown if words not in seen]
        self.violations += [f"lost: {wrong}" for words in lost if (wrong := self.missing(words))]

    async def copy(self) -> str:
        """The presenter takes a copy along: what they then see."""
        await self.house.after(self.ana.command(self.channel, "/als export session json"))
        return "\n".join(self.ana.sees(self.channel))

    async def all_counted(self) -> None:
        """Each question and answer is in the copy, once."""
        copy = await self.copy()
        for message in self.typed:
            if any(sent.ok for sent in self.tried_to_tell(message)):
                self._once(copy, message.text)
        for _, words in self.posted:
            self._once(copy, words)
        if f'"text": {json.dumps(self.gone)}' in copy:
            self.violations.append(f"taken back, and still there: {self.gone!r}")

    def _once(self, copy: str, words: str) -> None:
        found = copy.count(f'"text": {json.dumps(words)}')
        if found != 1:
            self.violations.append(f"{words!r} is {found} times in the copy")

    def private(self) -> None:
        """What is one person's own is seen by them alone."""
        for words, owner in self.secrets.items():
            for who in self.people:
                if who is not owner and words in "\n".join(who.sees()):
                    self.violations.append(f"{who.name} can read {words!r}")


def caught(tried: Callable[[int, Path], BadDay], folder: Path, seeds: Sequence[int]) -> str:
    """What the judge says of the first seed that is not clean."""
    for seed in seeds:
        found = tried(seed, folder).violations
        if found:
            return " · ".join(found)
    return ""
