"""The playground: a chat, six people, a clock advanced by hand, and the real core behind it.

Rule 1: all that happens goes through one lock, one thing after another, and is settled
        (timers fired, messages delivered) before the next.
Rule 2: nothing is decided here. What a person may do, the core says.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.web import incoming
from adapters.web.cast import Cast, Human, channel
from adapters.web.chat import Chat, Message
from adapters.web.play import Play, buttons, load_script
from bot.cards.card import Row
from bot.cards.form import Form
from bot.handlers.host import Host
from bot.handlers.inputs import AnyInput, Pressed, Sent
from bot.method import formats
from bot.method.terms import Place
from bot.ports import Reply
from bot.runtime.virtual_clock import ClockRunner

HOURS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
FURTHEST = timedelta(days=60)  # "to the next thing" looks no further
MOST_STEPS = 500

PRESENT, NEW_SET = f"{incoming.COMMAND} present", f"{incoming.COMMAND} set new"
COACHING_ANSWERED = ("its_question", "keep_later", "leave_it", "take_back")


@dataclass(frozen=True, slots=True)
class Opened:
    """A form that stands open before somebody, and where they were when it opened."""

    form: Form
    place: Place
    near: Place
    by: tuple[str, str] = ("", "")  # the press that opened it, and what it was about


@dataclass
class Seat:
    """What the page remembers for one person: their open form, what they have read."""

    opened: Opened | None = None
    picked: tuple[str, ...] = ()
    editing: str = ""
    read: int = 0
    folded: dict[str, bool] = field(default_factory=dict)


class Playground:
    """Owns chat, people and clock. `token` is what the page's address must carry at first."""

    def __init__(
        self, host: Host, clock_runner: ClockRunner, chat: Chat, people: Cast, *, pace: float = 1.0
    ) -> None:
        self.host, self.clock_runner, self.chat, self.people = host, clock_runner, chat, people
        self.pace = pace
        self.token = secrets.token_urlsafe(24)
        self.seats = {human.user: Seat() for human in people}
        self.version = 0
        self.closing = False
        self._lock = asyncio.Lock()
        self._news = asyncio.Event()
        self._presses: dict[tuple[str, str, str, str], int] = {}
        self._commands = 0
        self.play = Play(self, load_script(self.method))
        chat.changed = self.touch

    @property
    def now(self) -> datetime:
        """The playground's time (UTC)."""
        return self.clock_runner.clock.now()

    # The method of the set to be

    @property
    def method(self) -> str:
        """The format of a set that is made here without choosing one."""
        return self.host.method

    @property
    def fresh(self) -> bool:
        """Whether nothing has happened yet: only then another method can be chosen."""
        return len(self.chat) == 0 and not self.play.begun

    def choose(self, method: str) -> None:
        """Another method, on the first screen; once something has happened, nothing changes."""
        if self.fresh and not self.play.running and method in formats.names():
            self.host.method = method
            self.play.load(load_script(method))
            self.touch()

    @property
    def set_first(self) -> bool:
        """Whether a set is begun before anyone presents: everyone has a turn, or one coaches."""
        format = formats.load(self.method)
        return format.coach or format.presenters != "one"

    async def begin(self, who: Human) -> None:
        """The first step by hand, as a person would type it; in a new set, enough are ticked."""
        if not self.set_first:
            return await self.say(who, channel(), PRESENT)
        format = formats.load(self.method)
        await self.say(who, channel(), NEW_SET)
        needed = format.size.least - 1 + format.coach
        self.seats[who.user].picked = tuple(h.user for h in self.people.others(who.user)[:needed])
        self.touch()

    # What the page waits for

    def touch(self) -> None:
        """Tell every open page that something has changed."""
        self.version += 1
        self._news.set()
        self._news = asyncio.Event()

    async def news(self, version: int, seconds: float) -> int:
        """The version, as soon as it is another than `version`, or after `seconds`."""
        if self.version == version and not self.closing:
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                pass
        return self.version

    def close(self) -> None:
        """Release whoever waits for news, because the server stops."""
        self.closing = True
        self.touch()

    # What people do

    async def act(self, input: AnyInput) -> Reply:
        """Take one input through the core, show its private answer, and settle."""
        async with self._lock:
            return await self._act(input)

    async def say(self, who: Human, place: Place, text: str) -> None:
        """A typed message, or a command if it begins with `/als`."""
        if not text.strip():
            return
        rest = incoming.command_in(text)
        async with self._lock:
            if rest is not None:
                self._commands += 1
                nonce = f"c{self._commands}"
                await self._act(incoming.read_command(who, place, rest, nonce, self._tick()))
                return
            self._tick()
            message = self.chat.say(who.user, place, text)
            await self._act(incoming.read_message(who, message))

    async def edit(self, who: Human, id: str, text: str) -> None:
        """Change one's own message; it stays as it was if nothing changed."""
        self.seats[who.user].editing = ""
        async with self._lock:
            message = self.chat.edit(id, who.user, text)
            self.touch()
            if message is not None:
                await self._act(incoming.read_edit(who, message, self._tick()))

    async def delete(self, who: Human, id: str) -> None:
        """Delete one's own message."""
        async with self._lock:
            message = self.chat.delete(id, who.user)
            if message is not None:
                await self._act(incoming.read_deletion(who, message, self._tick()))

    async def press(self, who: Human, message: Message, fields: Mapping[str, str]) -> Reply:
        """A button on a message that this person sees. Pressed twice, it counts once."""
        async with self._lock:
            at = self._tick()
            input = incoming.read_press(who, message.place, fields, at)
            reply = await self._act(input, self._near(who, message))
            opened = self.seats[who.user].opened
            if reply.form and opened:
                by = (fields.get("press", ""), fields.get("ref", ""))
                self.seats[who.user].opened = replace(opened, by=by)
            if message.answers and reply.ok and not reply.form:
                self.chat.put_away(message.id, who.user)
            key = (message.id, fields.get("press", ""), fields.get("ref", ""), who.user)
            if fields.get("nonce") == self.nonce(*key):
                self._presses[key] = self._presses.get(key, 0) + 1
            return reply

    async def send(self, who: Human, nonce: str, fields: incoming.Fields) -> Reply | None:
        """Hand in the open form. None if another one (or none) stands open by now."""
        async with self._lock:
            seat = self.seats[who.user]
            opened = seat.opened
            if opened is None or opened.form.nonce != nonce:
                return None
            seat.opened = None
            at = self._tick()
            form = incoming.read_form(who, opened.place, opened.form, fields, self.people, at)
            reply = await self._act(form, opened.near)
            if reply.ok:
                self._put_away_asking(who, opened.by)
            return reply

    def fill_in(self, who: Human, form: Form, picked: tuple[str, ...]) -> None:
        """Show the open form with other values; nothing is handed in by that."""
        seat = self.seats[who.user]
        if seat.opened is not None and seat.opened.form.nonce == form.nonce:
            seat.opened, seat.picked = replace(seat.opened, form=form), picked
            self.touch()

    def put_form_away(self, who: Human, nonce: str) -> None:
        """Close the open form without handing it in."""
        seat = self.seats[who.user]
        if seat.opened is not None and seat.opened.form.nonce == nonce:
            seat.opened = None
            self.touch()

    def nonce(self, message: str, press: str, ref: str, user: str) -> str:
        """Tells presses apart: it changes with each edit of the card and each press taken."""
        known = self.chat.get(message)
        edition = known.edition if known else 0
        return f"{message}.{edition}.{self._presses.get((message, press, ref, user), 0)}"

    # The clock

    async def advance(self, by: str) -> None:
        """Advance the clock: an `hour`, a `day`, or to the `next` thing that anyone can see."""
        async with self._lock:
            if by in HOURS:
                await self.clock_runner.advance(self.now + HOURS[by])
            elif by == "next":
                await self._advance_to_next()
            self.touch()

    async def _advance_to_next(self) -> None:
        await self.clock_runner.settle()
        seen, end = self.chat.version, self.now + FURTHEST
        for _ in range(MOST_STEPS):
            due = self.clock_runner.next_due()
            if due is None or due > end:
                return
            await self.clock_runner.advance(max(due, self.now))
            if self.chat.version != seen:
                return

    def next_due(self) -> datetime | None:
        """When something is planned next, if anything is."""
        return self.clock_runner.next_due()

    # Inside the lock

    async def _act(self, input: AnyInput, near: Place | None = None) -> Reply:
        near = near or input.place
        reply = self.host.handle(input)
        user = input.actor.address.user
        self._clear(user, {card.name for card in reply.cards})
        answered = isinstance(input, Pressed) and input.press in COACHING_ANSWERED
        answered = answered or (isinstance(input, Sent) and input.form == "reword")
        if reply.ok and answered and isinstance(input, Pressed | Sent):
            self.chat.put_away_coaching(input.ref, user)
        for card in reply.cards:
            self.chat.answer(user, near, card)
        if reply.form is not None:
            self.seats[user].opened = Opened(reply.form, input.place, near)
            self.seats[user].picked = ()
        await self.clock_runner.settle()
        self.touch()
        return reply

    def _clear(self, user: str, names: set[str]) -> None:
        """Who goes on has read the answers before: those with nothing to press are put away."""
        for message in self.chat.visible(user):
            card = message.card
            if message.answers and card is not None:
                spent = not card.buttons and not any(isinstance(p, Row) for p in card.parts)
                if spent or card.name in names:
                    self.chat.put_away(message.id, user)

    def _put_away_asking(self, who: Human, by: tuple[str, str]) -> None:
        """Private cards in the channel that asked for nothing but what has been done now."""
        for message in self.chat.visible(who.user):
            if not message.only or message.place == who.dm or message.card is None:
                continue
            if [(b.press, b.ref) for b, _ in buttons(message.card)] == [by]:
                self.chat.put_away(message.id, who.user)

    def _near(self, who: Human, message: Message) -> Place:
        """Where the answer to a press is shown: in the card's thread, if it has one."""
        thread = replace(message.place, thread=message.id)
        if not message.place.thread and self.chat.seen_by(who.user, thread):
            return thread
        return message.place

    def _tick(self) -> datetime:
        """Advance the clock by an instant, so that no two deeds have the same time."""
        clock = self.clock_runner.clock
        clock.move_to(clock.now() + timedelta(seconds=1))
        return clock.now()
