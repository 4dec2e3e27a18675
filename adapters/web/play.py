"""*Play it for me*: scripted members live through a meeting (prompts/en/play/).

Rule 1: the script acts only as people do: it types, edits, presses buttons that really stand
        on cards that this person sees, hands in the form that is open, and advances the clock.
Rule 2: it can be stopped after any act (a form that is open is handed in first), and goes on.
Rule 3: where the script cannot go on, it stops and says so; it never forces anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adapters.web.cast import Human, channel, play_file
from adapters.web.chat import Message
from adapters.web.incoming import PEOPLE, VALUE
from adapters.web.times import at_work
from bot.cards.card import Button, Card, Row, Said
from bot.cards.form import Ask, Choice, Form, PickDate, Tick
from bot.method import formats
from bot.method.terms import Place
from bot.ports.errors import describe_error

if TYPE_CHECKING:
    from adapters.web.playground import Playground

log = logging.getLogger("als.web")

ABOUT = 48.0  # seconds that all rests take at pace 1; with the work between them, a minute
WINDINGS = 60  # "until" looks no further than so many next things
NIGHT = 90  # "awake" looks no further than so many hours: a weekend has 64 of them
HOUR = 0.15  # how long one wound hour stands, in rests
READING = 2.5  # how long a filled-in form stands before it is handed in, in rests


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the progress, and what people do in it."""

    label: str
    acts: tuple[Mapping[str, Any], ...]


class Stuck(Exception):
    """The script's next act is not possible now, because somebody has taken over."""


def load_script(method: str = formats.DEFAULT) -> tuple[Step, ...]:
    """The steps of prompts/en/play/<method>.toml."""
    steps = play_file(f"play/{method}")["step"]
    return tuple(Step(step["label"], tuple(step["act"])) for step in steps)


class Play:
    """Plays the script, one act after another. `watching` is whose view shows the most."""

    def __init__(self, playground: Playground, steps: tuple[Step, ...]) -> None:
        self.playground = playground
        self.watching: Human | None = None
        self.stuck = False
        self._next = 0
        self.load(steps)
        self._shown = 0
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def load(self, steps: tuple[Step, ...]) -> None:
        """Take another script, as long as none has begun."""
        assert not self.begun
        self.steps = steps
        self._acts = [(n, act) for n, step in enumerate(steps) for act in step.acts]

    @property
    def running(self) -> bool:
        """Whether it plays now."""
        return self._task is not None and not self._task.done()

    @property
    def begun(self) -> bool:
        """Whether any act has been done."""
        return self._next > 0

    @property
    def over(self) -> bool:
        """Whether the last act has been done."""
        return self._next >= len(self._acts)

    @property
    def step(self) -> int:
        """The number of the step at hand, from 1."""
        return self._acts[self._shown][0] + 1

    @property
    def label(self) -> str:
        """What happens in the step at hand."""
        return self.steps[self.step - 1].label

    def start(self) -> None:
        """Begin, or go on from where it was stopped."""
        if not self.running and not self.over:
            self.stuck = False
            self._stopping.clear()
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stop after the act at hand: the person takes over. An open form is handed in first."""
        self._stopping.set()
        await self.wait_until_finished()
        self.playground.touch()

    async def wait_until_finished(self) -> None:
        """Wait until it plays no more, whatever the reason."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            while not self.over and not self._may_stop():
                _, act = self._acts[self._next]
                self._shown = self._next
                self._prepare(act)
                await self._do(act)
                self._next += 1
                self.playground.touch()
                await self._rest(_rest_of(act))
        except Stuck:
            self.stuck = True
        except Exception as error:
            log.error("the play failed: %s", describe_error(error))
            self.stuck = True
        self._task = None
        self.playground.touch()

    def _may_stop(self) -> bool:
        """Not between opening a form and handing it in: that would leave it to the person."""
        return self._stopping.is_set() and "send" not in self._acts[self._next][1]

    async def _rest(self, share: float) -> None:
        whole = sum(_rest_of(act) for _, act in self._acts)
        seconds = self.playground.pace * ABOUT * share / max(whole, 1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _prepare(self, act: Mapping[str, Any]) -> None:
        if "see" in act:
            self.watching = self._human(act["see"])
        self.playground.touch()

    def _human(self, user: str) -> Human:
        human = self.playground.people.get(user)
        assert human is not None, user
        return human

    # What people can do

    async def _do(self, act: Mapping[str, Any]) -> None:
        if "wind" in act:
            await self.playground.advance(act["wind"])
            return
        if "who" not in act:
            return
        who = self._human(act["who"])
        if "until" in act:
            await self._until(who, act)
        elif "awake" in act:
            await self._awake(who)
        elif "say" in act:
            await self.playground.say(who, self._place(act), act["say"])
        elif "edit" in act:
            mine = [m for m in self.playground.chat.visible(who.user) if m.author == who.user]
            if not mine:
                raise Stuck
            await self.playground.edit(who, mine[-1].id, act["edit"])
        elif "press" in act:
            message, button = self._find(who, act, act["press"])
            await self._press(who, message, button)
        elif "send" in act:
            await self._send(who, act)

    async def _press(self, who: Human, message: Message, button: Button) -> None:
        fields = {
            "press": button.press,
            "ref": button.ref,
            "entry": "" if button.entry is None else str(button.entry),
            "nonce": self.playground.nonce(message.id, button.press, button.ref, who.user),
        }
        await self.playground.press(who, message, fields)

    async def _send(self, who: Human, act: Mapping[str, Any]) -> None:
        opened = self.playground.seats[who.user].opened
        if opened is None or opened.form.name != act["send"]:
            raise Stuck
        values = _values(opened.form, act.get("values", {}))
        people = {name: tuple(users) for name, users in act.get("people", {}).items()}
        picked = tuple(user for users in people.values() for user in users)
        if values or picked:
            self.playground.fill_in(who, _fill(opened.form, values), picked)
            await self._rest(READING)
        fields = {
            VALUE + name: [value] for name, value in _values_to_send(opened.form, values).items()
        }
        fields |= {PEOPLE + name: list(users) for name, users in people.items()}
        await self.playground.send(who, opened.form.nonce, fields)

    async def _until(self, who: Human, act: Mapping[str, Any]) -> None:
        """Advance from one due moment to the next until they see a button (`fresh`: a new one)."""
        after = self._newest() if act.get("fresh") else 0
        for _ in range(WINDINGS):
            with contextlib.suppress(Stuck):
                self._find(who, act, act["until"], after)
                return
            before = self.playground.now
            await self.playground.advance("next")
            if self.playground.now == before:
                break
        self._find(who, act, act["until"], after)

    async def _awake(self, who: Human) -> None:
        """Advance hour by hour until this person is at work."""
        for _ in range(NIGHT):
            if at_work(self.playground.now, who.tz) or self._stopping.is_set():
                return
            await self.playground.advance("hour")
            await self._rest(HOUR)

    # Finding what stands there

    def _place(self, act: Mapping[str, Any]) -> Place:
        """The channel, or the newest thread below a card of this name."""
        if "in" not in act:
            return channel()
        for message in reversed(self.playground.chat.visible("")):
            card = message.card
            if card is None or card.name != act["in"] or message.place.thread:
                continue
            if _shows(card, act.get("on", "")):
                return replace(channel(), thread=message.id)
        raise Stuck

    def _newest(self) -> int:
        return max([0, *(m.number for m in self.playground.chat.everything())])

    def _find(
        self, who: Human, act: Mapping[str, Any], press: str, after: int = 0
    ) -> tuple[Message, Button]:
        """The newest button of this name that this person sees, beside certain words if given."""
        beside, on = act.get("beside", ""), act.get("on", "")
        for message in reversed(self.playground.chat.visible(who.user)):
            if message.card is None or message.number <= after or not _shows(message.card, on):
                continue
            for button, words in buttons(message.card):
                if button.press == press and beside in words:
                    return message, button
        raise Stuck


def _shows(card: Card, words: str) -> bool:
    """Whether the card is about this: in its summary, or in a person's words on it."""
    texts = (part.text for part in card.parts if isinstance(part, Said))
    return any(words in text for text in (card.summary, *texts))


def buttons(card: Card) -> Iterator[tuple[Button, str]]:
    """Each button with the person's words that stand just above it."""
    words = ""
    for part in card.parts:
        if isinstance(part, Said):
            words = part.text
        elif isinstance(part, Row):
            yield from ((button, words) for button in part.buttons)
    yield from ((button, words) for button in card.buttons)


def _rest_of(act: Mapping[str, Any]) -> float:
    filled = READING if "values" in act or "people" in act else 0
    return float(act.get("rest", 1)) + filled


def _values(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """What the script writes into a form; a field that is not there is a way not taken.

    A script cannot know the ids of actions: `outcome` is the first field called `outcome_…`.
    """
    names = [getattr(field, "name", "") for field in form.fields]
    by_field: dict[str, str] = {}
    for name, value in values.items():
        fitting = [n for n in names if n == name] or [n for n in names if n.startswith(f"{name}_")]
        if not fitting:
            raise Stuck
        by_field[fitting[0]] = value
    return by_field


def _fill(form: Form, values: Mapping[str, str]) -> Form:
    """The same form with these values in it, as somebody sees it who is filling it in."""
    fields = tuple(
        replace(field, value=values[field.name])
        if isinstance(field, Ask | Choice) and field.name in values
        else field
        for field in form.fields
    )
    return replace(form, fields=fields)


def _values_to_send(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """What is handed in: what was filled in beforehand, and what is filled in now."""
    prefilled: dict[str, str] = {}
    for field in form.fields:
        match field:
            case Ask() | Choice() if field.value:
                prefilled[field.name] = field.value
            case PickDate() if field.value:
                prefilled[field.name] = field.value.isoformat()
            case Tick() if field.value:
                prefilled[field.name] = "yes"
            case _:
                pass
    return {**prefilled, **values}
