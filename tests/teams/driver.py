"""The same scripts, played through Teams: our adapter, over the wire, against the fake.

As in tests/slack/driver.py: what people do goes as Teams sends it, and what they see has been
taken by Teams within its limits. A form that a typed command asks for opens from the button that
the private answer carries, because in Teams only a press can open a dialog.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from adapters.teams import outgoing
from adapters.teams.deliver import TeamsPlatform
from adapters.teams.serve import Teams
from adapters.teams.settings import TeamsSettings
from adapters.teams.text import plain
from bot.cards.card import Button
from bot.cards.form import Choice, Form, PickPeople, Tick
from bot.delivery.courier import Courier
from bot.handlers.inputs import Actor
from bot.handlers.payloads import BadPayload
from bot.method.terms import Address, Place
from bot.ports import Delivery, Reply
from bot.ports.runner import inline
from bot.runtime.virtual_clock import ClockRunner, VirtualClock
from store import SqlStore
from tests.memory_platform import MONDAY, Numbers, Post
from tests.play import Answer, Play
from tests.reading import Ear
from tests.slack.driver import Listening, Shown
from tests.teams.fake import FakeTeams


class Noted(TeamsPlatform):
    """The platform, and a note of what it delivered."""

    shown: Shown
    clock: VirtualClock

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Deliver, then note."""
        place, id = await super().deliver(delivery)
        self.shown.note(delivery, place, id, self.clock.at)
        return place, id


class TeamsPlay(Play):
    """A set of people in one channel ("channel") or group chat ("chat")."""

    def __init__(self, kind: str = "channel", *, rsc: bool = True, **settings: Any) -> None:
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
        self.platform = Shown(self)  # type: ignore[arg-type, assignment]
        self._loop.run(self._begin(kind, rsc, settings))

    async def _begin(self, kind: str, rsc: bool, more: dict[str, Any]) -> None:
        fake = self.teams = await FakeTeams(now=lambda: self.clock.at).__aenter__()
        fake.commands |= {"Keep for later": "als_keep", "Ask a question": "als_ask"}
        self.installation = fake.tenant.id
        make = fake.channel if kind == "channel" else fake.chat
        self.room = make("Night shift", rsc=rsc)
        self.place = Place("teams", self.installation, self.room.id)
        settings = TeamsSettings(
            **{
                "app_id": fake.app_id,
                "password": fake.app_password,
                "tenant": fake.tenant.id,
                "metadata": fake.login.metadata_url,
                "transport": fake.login.transport(),
                **more,
            }
        )
        teams = self.side = Teams(settings, self.store.vault, self.clock, inline)
        told = {"targeted": settings.targeted, "typed": settings.typed, "clock": self.clock}
        noted = Noted(teams._connector, teams._references, **told)
        noted.shown, noted.clock = self.platform, self.clock  # type: ignore[assignment]
        teams.platform = noted
        self.courier = Courier(self.store, {"teams": noted}, self.clock)
        self.winding = ClockRunner(self.clock, self.host, self.courier)
        page = web.Application()
        teams.attach(page, self.host, lambda: None)
        self._runner = web.AppRunner(page, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        fake.app_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/messages"

    def close(self) -> None:
        """Put everything away; Teams must have had nothing to refuse, and waited for nothing."""
        logging.getLogger("als").removeHandler(self._ear)
        self._loop.run(self._end())
        self._loop.close()
        parked = self.store.maintenance.counts()["letters_parked"]
        self.store.close()
        assert self.trouble == []
        assert self.teams.troubles == []
        assert parked == 0, "a letter could not be drawn or delivered"
        assert [(n, s) for n, _, _, s, _ in self.teams.calls if s >= 400] == []

    async def _end(self) -> None:
        await self._runner.cleanup()
        await self.teams.__aexit__(None, None, None)

    # Who is there

    def one(self, who: str) -> Any:
        """The person in Teams; a member of the place from their first deed on."""
        zone = self.zones.get(who, "Europe/London")
        new = who.capitalize() not in self.teams.people
        person = self.teams.person(who.capitalize(), tz=zone)
        if new:
            team = getattr(self.room, "team", None)
            people = team.members if team is not None else self.room.members
            if person.user not in people:
                people.append(person.user)
            self._loop.run(person.installs())
        return person

    def who(self, user: str) -> str:
        """The first name that somebody goes by in scripts."""
        names = (n.lower() for n, p in self.teams.people.items() if p.user.aad == user)
        return next(names, user)

    def actor(self, who: str) -> Actor:
        """The person as the core knows them."""
        user = self.one(who).user
        return Actor(Address("teams", self.installation, user.aad, user.id), who.capitalize())

    # What people do

    def _after(self, who: str, act: Any) -> Answer:
        """Let the act happen in Teams, and all that follows from it."""
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
        await self.teams.settle()
        assert self.side.app is not None
        await self.side.app.gateway.drain()

    def does(self, who: str, command: str, *, where: Place | None = None) -> Answer:
        """Type a command; a form opens from the button of the private answer."""
        person, place = self.one(who), where or self.place
        person.closes()
        room = person.personal if place.conversation.startswith("@") else self.room
        thread = room.messages[place.thread] if place.thread else None
        said = self._after(who, person.types(room, command, thread=thread))
        if said.reply.form is None:
            return said
        ref = "\n".join((place.conversation, place.thread, command_of(command)))
        return self._press(who, ("command", ref, None), "the form")

    def presses(self, who: str, label: str | Button, *, beside: str = "", on: str = "") -> Answer:
        """Press the button that Teams shows for the core's one."""
        button = self.button(who, label, beside, on) if isinstance(label, str) else label
        return self._press(who, (button.press, button.ref, button.entry), button.label)

    def _press(self, who: str, wanted: tuple[str, str, int | None], label: str) -> Answer:
        person = self.one(who)
        for _ in range(2):
            for found in person.all_buttons():
                if _pressed(found.action) == wanted:
                    return self._after(who, person.presses(found))
            person.closes()
        raise AssertionError(f"Teams shows {who} no {label!r}: {person.buttons()}")

    def hands_in(
        self, who: str, form: Form, values: dict[str, str], people: Sequence[str] = ()
    ) -> Answer:
        """Fill in the dialog that Teams has opened, and send it."""
        person = self.one(who)
        assert person.dialog is not None, f"Teams has opened no form for {who}"
        given: dict[str, Any] = {}
        ids = [e["id"] for e in _inputs(person.dialog.card)]
        for asked in form.fields:
            name = getattr(asked, "name", "")
            id = next((i for i in ids if i.rpartition(".")[2] == name), "")
            if isinstance(asked, PickPeople) and people:
                given[id] = [self.one(p) for p in people]
            elif name in values:
                given[id] = _as_teams_takes(asked, values[name])
        return self._after(who, person.submits(given))

    def types(self, who: str, text: str, *, quoting: str = "", thread: str = "") -> str:
        """Write into the session's thread."""
        assert not quoting, "a bot is not told what is quoted"
        message = self.writes(self.thread(thread or "session"), text, who)
        self.wind(minutes=1)
        return message

    def writes(self, place: Place, text: str, who: str) -> str:
        """A message as people write it."""
        message: Any = None
        person, root = self.one(who), self.room.messages.get(place.thread)
        thread = root if self.room.kind == "channel" else None

        async def write() -> None:
            nonlocal message
            message = await person.types(self.room, text, thread=thread)

        self._loop.run(self._acts(write()))
        self.platform.posts[message.id] = Post(
            message.id, place, self.clock.at, None, text, who, "person"
        )
        return str(message.id)

    def _typed(self, who: str, message: str, quoting: str = "") -> None:
        """It was delivered as it was written."""
        self.wind(minutes=1)

    def edits(self, message: str, text: str, *, edition: str = "", at: Any = None) -> None:
        """Its author gives a message another text."""
        post = self.platform.posts[message]
        post.text = text
        self._after(post.to, self.one(post.to).edits(self.room.messages[message], text))

    def deletes(self, message: str) -> None:
        """Its author deletes a message."""
        post = self.platform.posts[message]
        self._after(post.to, self.one(post.to).deletes(self.room.messages[message]))


def command_of(text: str) -> str:
    """What stands in the button that opens a command's form."""
    return text.removeprefix("/als").strip()


def _pressed(action: dict[str, Any]) -> tuple[str, str, int | None] | None:
    try:
        return outgoing.read_button({"data": action.get("data") or {}})
    except BadPayload:
        return None


def _inputs(card: Any) -> list[dict[str, Any]]:
    """Every input of a card, wherever it stands."""
    found = []
    if isinstance(card, dict):
        if str(card.get("type", "")).startswith("Input."):
            found.append(card)
        for value in card.values():
            found += _inputs(value)
    elif isinstance(card, list):
        for value in card:
            found += _inputs(value)
    return found


def _as_teams_takes(asked: Any, value: str) -> Any:
    """A field's value as a person enters it: options by their title, a toggle as yes or no."""
    if isinstance(asked, Tick):
        return value == "yes"
    if isinstance(asked, Choice):
        labels = {v: plain(label) for v, label in asked.options}
        return [labels[v] for v in value.split()] if asked.many else labels.get(value)
    return value or None
