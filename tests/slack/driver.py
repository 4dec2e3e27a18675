"""The same scripts, played through Slack: real Bolt and slack_sdk against the fake.

What people do goes over the wire as Slack sends it, and what they see has been taken by Slack
within its limits. A script is one for the memory platform (tests/play.py): here commands, forms
and buttons are used in Slack's own way, and what the core drew is looked at where Slack shows it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from adapters.slack import outgoing
from adapters.slack.deliver import SlackPlatform
from adapters.slack.serve import Slack
from adapters.slack.settings import SlackSettings
from adapters.slack.text import plain
from bot.cards.card import Button, Card
from bot.cards.form import Ask, Choice, Form, PickPeople, Tick
from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.handlers.inputs import Actor, AnyInput
from bot.method.terms import Address, Place
from bot.ports import Delivery, Reply
from bot.ports.runner import inline
from bot.runtime.virtual_clock import ClockRunner, VirtualClock
from store import SqlStore
from tests.memory_platform import MONDAY, Numbers, Post
from tests.play import Answer, Play
from tests.reading import Ear, filled
from tests.slack.fake import FakeSlack


class Listening(Host):
    """The host, and what it answered last."""

    last = Reply()

    def handle(self, input: AnyInput) -> Reply:
        """Take one input, and remember the reply."""
        self.last = super().handle(input)
        return self.last


@dataclass
class Shown:
    """What stands in Slack, in the words of the core's cards; `posts` is kept in their order."""

    play: SlackPlay
    posts: dict[str, Post] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    delivered: list[Delivery] = field(default_factory=list)

    def note(self, delivery: Delivery, place: Place, ts: str, at: datetime) -> None:
        """A card was posted or edited."""
        self.delivered.append(delivery)
        known = self.posts.get(ts)
        if delivery.message and known is not None:
            known.card, known.edits = delivery.card, known.edits + 1
            return
        to = self.play.who(delivery.to.address.user) if delivery.to else ""
        # Time stamps are unique in a conversation only.
        key = f"{place.conversation}/{ts}" if delivery.private else ts
        self.posts[key] = Post(ts, place, at, delivery.card, "", to, delivery.private)

    def person_writes(self, place: Place, text: str, by: str) -> str:
        """A person types into the channel or a thread."""
        return self.play.writes(place, text, by)


class Noted(SlackPlatform):
    """The platform, and a note of what it delivered."""

    shown: Shown
    clock: VirtualClock

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Deliver, then note."""
        place, ts = await super().deliver(delivery)
        self.shown.note(delivery, place, ts, self.clock.at)
        return place, ts


class SlackPlay(Play):
    """A set of people in one private Slack channel, over "http" or "socket"."""

    def __init__(self, transport: str = "http", **settings: Any) -> None:
        self.clock = VirtualClock(MONDAY)
        self.store = SqlStore("sqlite://", plaintext=True).open()
        self.host = Listening(self.store, Numbers())
        self.zones = {}
        self._nonces = itertools.count(1)
        self._answers = {}
        self._loop = asyncio.Runner()
        self.trouble = []
        self._ear = Ear(self.trouble)
        logging.getLogger("als").addHandler(self._ear)
        self.platform = Shown(self)  # type: ignore[assignment]
        self._loop.run(self._begin(transport, settings))

    async def _begin(self, transport: str, more: dict[str, Any]) -> None:
        fake = self.slack = await FakeSlack(now=lambda: self.clock.at).__aenter__()
        fake.deliver.signed_at = lambda: self.clock.at.timestamp()
        fake.shortcuts |= {"Keep for later": "als_keep", "This answers…": "als_answers"}
        socket = transport == "socket"
        settings = SlackSettings(
            **{
                "bot_token": fake.bot_token,
                "signing_secret": fake.signing_secret,
                "app_token": fake.app_token if socket else "",
                "api": fake.base_url,
                **more,
            }
        )
        self.installation = fake.team.id
        self.channel_ = fake.channel("night-shift", private=True)
        self.place = Place("slack", self.installation, self.channel_.id)
        slack = self.side = Slack(settings, self.store.vault, self.clock, inline)
        noted = Noted(slack.clients, typed=settings.history)
        noted.shown, noted.clock = self.platform, self.clock  # type: ignore[assignment]
        slack.platform = noted
        self.courier = Courier(self.store, {"slack": noted}, self.clock)
        self.winding = ClockRunner(self.clock, self.host, self.courier)
        page = web.Application()
        slack.attach(page, self.host, lambda: None)
        fake.socket_mode = socket
        self._runner = web.AppRunner(page, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        fake.app_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    def close(self) -> None:
        """Put everything away; Slack must have had nothing to refuse, and waited for nothing."""
        logging.getLogger("als").removeHandler(self._ear)
        self._loop.run(self._end())
        self._loop.close()
        parked = self.store.maintenance.counts()["letters_parked"]
        self.store.close()
        assert self.trouble == []
        assert self.slack.troubles == []
        assert parked == 0, "a letter could not be drawn or delivered"
        failed = [(m, a.get("error")) for m, _, a in self.slack.calls if not a.get("ok", True)]
        assert [f for f in failed if f[1] not in ("ratelimited",)] == []

    async def _end(self) -> None:
        await self._runner.cleanup()
        await self.slack.__aexit__(None, None, None)

    # Who is there

    def one(self, who: str) -> Any:
        """The person in Slack; a member of the channel from their first deed on."""
        zone = self.zones.get(who, "Europe/London")
        person = self.slack.person(who.capitalize(), tz=zone)
        if person.id not in self.channel_.members:
            self.channel_.members.append(person.id)
        return person

    def who(self, user: str) -> str:
        """The first name that a Slack user goes by in scripts."""
        names = (n.lower() for n, p in self.slack.people.items() if p.id == user)
        return next(names, user)

    def actor(self, who: str) -> Actor:
        """The person as the core knows them."""
        return Actor(Address("slack", self.installation, self.one(who).id), who.capitalize())

    # What people do

    def _after(self, who: str, act: Any) -> Answer:
        """Let the act happen in Slack, and all that follows from it."""
        self.host.last = Reply()
        self._loop.run(self._acts(act))
        reply = self.host.last
        assert all(card.name != "broken" for card in reply.cards), self.trouble
        cards = self._answers.setdefault(who, [])
        cards += [(self.clock.at, card) for card in reply.cards]
        self.wind(minutes=1)
        return Answer(self, who, reply)

    async def _acts(self, act: Any) -> None:
        await act
        await self.slack.settle()
        assert self.side.app is not None
        await self.side.app.gateway.drain()

    def does(self, who: str, command: str, *, where: Place | None = None) -> Answer:
        """Type a command; in a thread, where Slack takes none, mention the bot."""
        person = self.one(who)
        place = where or self.place
        channel = person.dm if place.conversation.startswith("@") else self.channel_
        self.slack.world.stacks.pop(person.id, None)
        if place.thread:
            rest = command.removeprefix("/als").strip()
            return self._after(who, person.mentions(channel, rest, thread=place.thread))
        return self._after(who, person.command(channel, command))

    def presses(self, who: str, label: str | Button, *, beside: str = "", on: str = "") -> Answer:
        """Press the button that Slack shows for the core's one."""
        button = self.button(who, label, beside, on) if isinstance(label, str) else label
        person = self.one(who)
        wanted = (button.press, button.ref, button.entry)
        if not (person.view and self._in(person, person.view, wanted)):
            self.slack.world.stacks.pop(person.id, None)
        for place in person.places():
            found = self._in(person, place, wanted)
            if found is not None:
                return self._after(who, person.presses(found))
        raise AssertionError(f"Slack shows {who} no {label!r}: {person.buttons()}")

    def _in(self, person: Any, place: Any, wanted: tuple[str, str, int | None]) -> Any:
        for button in person.buttons_of(place):
            if outgoing.read_button(button.element) == wanted:
                return button
        return None

    def hands_in(
        self, who: str, form: Form, values: dict[str, str], people: Sequence[str] = ()
    ) -> Answer:
        """Fill in the modal that Slack has opened, and send it."""
        person = self.one(who)
        assert person.view is not None, f"Slack has opened no form for {who}"
        assert person.view.data["callback_id"] == f"als.{form.name}"
        given: dict[str, Any] = {}
        for asked in form.fields:
            name = getattr(asked, "name", "")
            if isinstance(asked, PickPeople) and people:
                given[f"f.{name}"] = [self.one(p) for p in people]
            elif name in values:
                given[f"f.{name}"] = _as_slack_takes(asked, values[name])
        assert values.keys() <= filled(form).keys() | {getattr(f, "name", "") for f in form.fields}
        return self._after(who, person.submits(given))

    def types(self, who: str, text: str, *, quoting: str = "", thread: str = "") -> str:
        """Write into the session's thread. Slack has no quotes of messages."""
        assert not quoting, "Slack has no quotes of messages"
        message = self.writes(self.thread(thread or "session"), text, who)
        self.wind(minutes=1)
        return message

    def writes(self, place: Place, text: str, who: str) -> str:
        """A message as people write it."""
        message: Any = None

        async def write() -> None:
            nonlocal message
            message = await self.one(who).types(self.channel_, text, thread=place.thread or None)

        self._loop.run(self._acts(write()))
        self.platform.posts[message.ts] = Post(
            message.ts, place, self.clock.at, None, text, who, "person"
        )
        return str(message.ts)

    def _typed(self, who: str, message: str, quoting: str = "") -> None:
        """It was delivered as it was written."""
        self.wind(minutes=1)

    def edits(
        self, message: str, text: str, *, edition: str = "", at: datetime | None = None
    ) -> None:
        """Its author gives a message another text."""
        post = self.platform.posts[message]
        post.text = text
        self._after(post.to, self.one(post.to).edits(self.channel_.messages[message], text))

    def deletes(self, message: str) -> None:
        """Its author deletes a message."""
        post = self.platform.posts[message]
        self._after(post.to, self.one(post.to).deletes(self.channel_.messages[message]))


def _as_slack_takes(asked: Any, value: str) -> Any:
    """A field's value as a person enters it: options by their text, a tick as yes or no."""
    if isinstance(asked, Tick):
        return value == "yes"
    if isinstance(asked, Choice):
        labels = {v: plain(label) for v, label in asked.options}
        if asked.many:
            return [labels[v] for v in value.split()]
        return labels[value] if value else None
    if isinstance(asked, Ask):
        return value
    return value or None


def cards_of(play: SlackPlay, name: str) -> list[Card]:
    """All public cards of a name, as the core drew them."""
    return [p.card for p in play.platform.posts.values() if p.card and p.card.name == name]
