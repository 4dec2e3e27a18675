"""A bad day in Teams (tests/faulty.py): what goes wrong there, and what can be told of it.

No message can be looked up in Teams. So what is of unknown fate (the answer was lost, a gateway
gave up, the process died) is posted again if it is a card of ours, and may stand there twice; a
person's own words are not, and their author is asked. That is all that the judge lets pass: each
copy needs an unknown fate of its own, each missing word a question to its author.

Dee has blocked the bot from the start, or blocks it before she looks back; she comes back before
the report.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from adapters.teams.forms import FORM
from bot.runtime.virtual_clock import VirtualClock
from tests.faulty import BadDay
from tests.mortal import Life
from tests.teams.driver import _inputs, _pressed
from tests.teams.fake import FakeTeams, Refused
from tests.teams.house import House, fakes

CALLS = {
    "429": 0.03,
    "412": 0.02,
    "502": 0.02,
    "504": 0.02,
    "504 posted": 0.02,
    "refused": 0.02,
    "lost": 0.03,
}
ACTIVITIES = {"duplicate": 0.1, "retry": 0.06, "late": 0.05, "reorder": 0.05}
UNKNOWN = (None, 500, 502, 504)  # how a call ended of which nobody can say what it did


class Trial(BadDay):
    """Of unknown fate stays what is of unknown fate."""

    refused = Refused
    tag = "teams"

    def __init__(self, seed: int, folder: Path) -> None:
        super().__init__(seed, folder)
        self.early = self.dice.random() < 0.5  # when Dee blocks the bot
        self.came_back = 0  # calls that were made before Dee came back
        self.lost: list[str] = []  # words that stand nowhere

    def fakes(self) -> AbstractAsyncContextManager[tuple[FakeTeams, VirtualClock]]:
        return fakes(seed=self.seed)

    def process(self, life: Life) -> House:
        return House(self.fake, self.clock, self.url, life, self.ids)

    def gather(self) -> None:
        self.channel = self.fake.channel("Night shift", *self.people, rsc=True)
        self.fake.faults.calls, self.fake.faults.activities = dict(CALLS), dict(ACTIVITIES)

    def calm(self) -> None:
        self.fake.faults.calls, self.fake.faults.activities = {}, {}

    async def again(self) -> None:
        await self.fake.retries()

    # What people do

    async def asks_for(self, who: Any, text: str) -> None:
        """A form that is asked for by typing opens from a button in one's own chat."""
        # What is typed in the channel all can read: what is one's own is typed in one's own chat.
        where = who.personal if " log " in text else self.channel
        await who.types(where, text.removeprefix("/"))
        await self.follow()
        for button in who.all_buttons():
            pressed = _pressed(button.action)
            if pressed is not None and pressed[0] == "command":
                await who.presses(button)
                return

    def window(self, who: Any) -> Any:
        return who.dialog and who.dialog.card

    def has(self, who: Any, form: str) -> bool:
        actions = who.dialog.card.get("actions") if who.dialog else None
        data = actions[0]["data"] if actions else {}
        return bool((data.get(FORM) or {}).get("f") == form)

    async def close(self, who: Any) -> None:
        who.closes()

    def filled(self, who: Any, given: dict[str, Any]) -> dict[str, Any]:
        ids = {e["id"].rpartition(".")[2]: e["id"] for e in _inputs(who.dialog.card)}
        return {ids[name]: value for name, value in given.items()}

    # Somebody who has blocked the bot

    async def session(self) -> None:
        if self.early:
            self.dee.blocks()
        await self._present()
        await self._ask()
        await self._answer()
        await self._act()
        self.dee.blocks()
        await self._look_back()
        self.came_back = len(self.fake.calls)
        self.dee.unblocks()
        await self.until(self._says_hello, self._is_answered, "Dee comes back")
        await self._report()

    async def _says_hello(self) -> None:
        await self.dee.types(self.dee.personal, "help")

    def _is_answered(self) -> bool:
        since = self.fake.calls[self.came_back :]
        return any(s == 201 for _, args, _, s, _ in since if self.dee.personal.id in args)

    # The judge: only what stands in Teams

    def ours(self) -> list[Any]:
        return sorted(self.fake.posted, key=lambda m: int(m.id))

    def tried_to_tell(self, message: Any) -> list[Any]:
        told = [d for d in self.fake.deliveries if d.activity["id"] == message.id]
        return [sent for delivery in told for sent in delivery.answers]

    async def copy(self) -> str:
        await self.house.after(self.ana.types(self.channel, "als export session json"))
        return "\n".join(self.ana.sees())

    async def judge(self) -> None:
        await super().judge()
        self._left_in_peace()

    def nothing_twice(self, ours: list[Any]) -> None:
        """Of what the set sees, each copy more needs an unknown fate of its own."""
        stands = Counter(self._key(m.activity) for m in ours if m.place is self.channel)
        unknown: Counter[str] = Counter()
        for name, _, body, status, _ in self.fake.calls:
            if name in ("create", "send") and status in UNKNOWN:
                unknown[self._key(body.get("activity") or body)] += 1
        more = {key: n - 1 - unknown[key] for key, n in stands.items() if n > 1 + unknown[key]}
        if sum(more.values()) > self.deaths:
            self.violations.append(f"posted too often: {more}, with {self.deaths} deaths")

    def _key(self, activity: Any) -> str:
        """What a message is, whatever has changed in it since: its summary, and whose words."""
        drawn = json.dumps(activity, ensure_ascii=False)
        said = [words for _, words in self.posted if words in drawn]
        said += [words for words in self.shown if words in drawn]
        summary = str((activity or {}).get("summary") or "")
        # The session's own card shows the newest of everybody; it is one all the same.
        return summary if " presents" in summary else f"{summary}/{said[:1]}"

    def missing(self, words: str) -> str:
        """A person's words of unknown fate are not repeated; each missing one is asked after."""
        self.lost.append(words)
        asked = sum(
            "could not find out whether your words" in said
            for who in self.people
            for said in who.sees(who.personal)
        )
        return "" if len(set(self.lost)) <= asked else f"{words!r} stands nowhere, nobody is asked"

    def _left_in_peace(self) -> None:
        """Whoever has blocked the bot is tried once in a life of the process, and that is told."""
        tries = [s for _, args, _, s, _ in self.fake.calls if self.dee.personal.id in args]
        refused = tries.count(403)
        told = sum("I can't write to Dee" in said for said in self.ana.sees(self.ana.personal))
        if refused > 1 + self.deaths:
            self.violations.append(f"Dee was tried {refused} times, with {self.deaths} deaths")
        if bool(refused) != bool(told):
            self.violations.append(f"Dee refused {refused} times, Ana heard it {told} times")


def tried(seed: int, folder: Path) -> Trial:
    """One seed, played and judged."""
    trial = Trial(seed, folder)
    asyncio.run(trial.play())
    return trial
