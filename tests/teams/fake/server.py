"""The fake Teams itself: real servers on loopback, and the place where a test begins.

async with FakeTeams(now=clock) as teams:
    teams.app_url = "http://127.0.0.1:…/api/messages"
    ana, ben = teams.person("Ana"), teams.person("Ben")
    channel = teams.channel("Learning", ana, ben, rsc=True)
    await ana.types(channel, "present", mention=True)

The app is told `app_id`, `app_password`, `tenant.id`; where tokens come from (`login.token_url`, or
`login.transport()` for msal) and where the keys are (`login.metadata_url`). The service URL comes
with every activity.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from aiohttp import web

from .cards import size
from .connector import CODES, Connector, Refusal
from .deliver import INVOKE_PATIENCE, PATIENCE, Deliver
from .faults import Faults
from .login import Login
from .pace import Pace
from .person import Person
from .world import World

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is wound."""

    def __init__(self, at=START):
        self.at = at

    def __call__(self):
        return self.at

    def wind(self, **by):
        self.at += timedelta(**by)


class FakeTeams:
    """One app in a Teams of any number of tenants. All attributes may be read by tests.

    calls: (name, arguments, body, status, answer) of every call of the connector; deliveries: every
    activity; troubles: every invoke that the app failed to answer as it must.
    """

    def __init__(
        self,
        now=None,
        *,
        seed=0,
        patience=PATIENCE,
        invoke_patience=INVOKE_PATIENCE,
    ):
        self.clock = now or Clock()
        self.app_id = "6e8b1d9a-1f7c-4b0e-9d53-0c2f6a7b8c9d"
        self.app_password = "fake~secret~of~the~app"
        self.world = World(self.clock, self.app_id)
        self.tenant = self.world.add_tenant("acme")
        self.faults, self.pace = Faults(seed), Pace(self.world.seconds)
        self.login = Login(self.app_id, self.app_password, self.tenant.id)
        self.deliver = Deliver(self.world, self.faults, self.login, patience, invoke_patience)
        self.connector = Connector(self.world)
        self.calls, self.people, self.hanging = [], {}, asyncio.Event()
        self.commands = {}  # message actions: the title shown -> command id

    async def __aenter__(self):
        self.login.start()
        app = web.Application(client_max_size=2**22)
        app.router.add_route("*", "/emea/{rest:.*}", self.serve)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        self.service_url = f"http://127.0.0.1:{port}/emea/"
        self.deliver.service_url = self.service_url
        return self

    async def __aexit__(self, *failed):
        self.hanging.set()
        await self.deliver.close()
        await self.runner.cleanup()
        await asyncio.to_thread(self.login.stop)

    # what a test sets up

    @property
    def app_url(self):
        return self.deliver.app_url

    @app_url.setter
    def app_url(self, url):
        self.deliver.app_url = url

    @property
    def deliveries(self):
        return self.deliver.deliveries

    @property
    def activities(self):
        """All activities that were sent to the app, in their order."""
        return [delivery.activity for delivery in self.deliveries]

    @property
    def troubles(self):
        return self.deliver.troubles

    def person(self, name, *, tenant=None, **more):
        """The person of this name, made when first asked for (tz, locale, installed)."""
        if name not in self.people:
            user = self.world.add_user(name, tenant or self.tenant, **more)
            self.people[name] = Person(self, user)
        return self.people[name]

    def add_tenant(self, name):
        tenant = self.world.add_tenant(name)
        self.login.tenants.add(tenant.id)
        return tenant

    def team(self, name, *members, installed=True, rsc=False, tenant=None):
        """The team of this name; the app is in it unless it is to be installed later."""
        for team in self.world.teams.values():
            if team.name == name:
                return team
        people = [m.user for m in members]
        return self.world.add_team(name, tenant or self.tenant, people, installed, rsc)

    def channel(self, name, *members, team=None, **more):
        """A channel of this name, in this team or in a team of its own."""
        for place in self.world.places.values():
            if place.kind == "channel" and place.name == name:
                return place
        team = team or self.team(f"Team {name}", *members, **more)
        return self.world.add_channel(name, team)

    def chat(self, name, *members, installed=True, rsc=False, tenant=None):
        """The group chat of this name."""
        for place in self.world.places.values():
            if place.kind == "groupChat" and place.name == name:
                return place
        people = [m.user for m in members]
        return self.world.add_chat(name, tenant or self.tenant, people, installed, rsc)

    @property
    def posted(self):
        """All messages of the app that are still there."""
        said = [m for p in self.world.places.values() for m in p.messages.values()]
        return [m for m in said if m.sender is None and self.world.alive(m)]

    @property
    def large_cards(self):
        """Cards over 28 KB, the size that Microsoft's pages warn of (no error for bots)."""
        return [c for m in self.posted for c in m.cards if size(c) > 28 * 1024]

    @property
    def alerts(self):
        """The app's messages that mention a whole channel or team: nearly always a mistake."""
        groups = {*self.world.teams, *self.world.places}
        mentioned = (
            (m, (e.get("mentioned") or {}).get("id")) for m in self.posted for e in m.entities
        )
        return [message for message, id in mentioned if id in groups]

    # what happens beside people

    async def settle(self):
        await self.deliver.settle()

    async def retries(self):
        return await self.deliver.retries()

    async def release(self):
        await self.deliver.release()

    async def forges(self, kind, person, place, text="present"):
        """Send what looks like this person's message and is none of Teams' (see FORGERIES).

        The status that the app answers with.
        """
        activity = self.deliver.activity("message", place, person.user, text=text)
        activity["id"] = self.world.stamp()
        stranger = self.world.guid("a stranger's tenant")
        return await self.deliver.forges(kind, activity, stranger)

    def members_of(self, place):
        return place.team.members if place.team else place.own_members

    async def joins(self, place, who):
        """A person comes into a team (by one of its channels) or a group chat."""
        if who.user not in self.members_of(place):
            self.members_of(place).append(who.user)
            if place.installed:
                self.deliver.members(place, who.user, [who.user], True)
        await self.settle()

    async def leaves(self, place, who):
        if who.user in self.members_of(place):
            self.members_of(place).remove(who.user)
            if place.installed:
                self.deliver.members(place, who.user, [who.user], False)
        await self.settle()

    async def renames(self, channel, name, by):
        channel.name = name
        if channel.installed:
            self.deliver.team_event(channel, by.user, "channelRenamed")
        await self.settle()

    async def removes(self, channel, by):
        """Delete a channel; what is asked of it afterwards is 404."""
        channel.team.channels.remove(channel)
        del self.world.places[channel.id]
        if channel.installed:
            self.deliver.team_event(channel, by.user, "channelDeleted")
        await self.settle()

    def dismisses(self, who):
        """Delete a person's account: no activity comes of it for a 1:1 chat."""
        who.user.gone = True
        for place in self.world.places.values():
            if place.kind != "personal" and who.user in self.members_of(place):
                self.members_of(place).remove(who.user)

    # what the server answers

    async def serve(self, request):
        path = request.rel_url.raw_path.removeprefix("/emea/")
        found = self.connector.find(request.method, path)
        if not self.login.good(request.headers.get("Authorization")):
            body = {"message": "Authorization has been denied for this request."}
            return self.answer(*(found or (None, None)), None, 401, body)
        if found is None:
            return web.json_response({"error": {"code": "NotFound"}}, status=404)
        name, args = found
        try:
            body = json.loads(await request.text() or "null")
        except ValueError:
            return web.json_response({"error": {"code": "BadSyntax"}}, status=400)
        return await self.served(request, name, args, body)

    async def served(self, request, name, args, body):
        fault = self.faults.of_call(name)
        if fault == "refused":
            request.transport.abort()
            return web.Response()
        if fault in ("412", "429", "500", "502", "504"):
            return self.failed(name, args, body, int(fault))
        wait = self.pace.of_call(name, *self.connector.whereabouts(name, args, body))
        if wait:
            return self.failed(name, args, body, 429, wait)
        try:
            status, answer = self.connector.call(name, args, request.query, body)
        except Refusal as refusal:
            status, answer = refusal.status, refusal.body
        if fault == "504 posted":
            return self.failed(name, args, body, 504)
        if fault == "lost":
            self.calls.append((name, args, body, None, answer))
            if self.faults.hang is not None:
                await wait_for(self.hanging, self.faults.hang)
            request.transport.abort()
            return web.Response()
        return self.answer(name, args, body, status, answer)

    def failed(self, name, args, body, status, wait=None):
        code, words = CODES[status]
        headers = {}
        if status == 429:
            headers["Retry-After"] = str(wait or self.faults.dice.randint(1, 30))
        answer = {"error": {"code": code, "message": words}}
        return self.answer(name, args, body, status, answer, headers)

    def answer(self, name, args, body, status, answer, headers=None):
        self.calls.append((name, args, body, status, answer))
        return web.json_response(answer, status=status, headers=headers)


async def wait_for(event, seconds):
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
