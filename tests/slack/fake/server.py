"""The fake Slack itself: a real server on loopback, and the place where a test begins.

async with FakeSlack(now=clock) as slack:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url)
    slack.app_url = "http://127.0.0.1:…/slack/events"
    ana = slack.person("ana")
"""

import asyncio
import base64
import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from . import limits
from .api import Api
from .deliver import PATIENCE, Deliver
from .faults import Faults
from .pace import BURST, Pace
from .person import Person
from .sockets import Sockets
from .world import RESPONSE_URL_LIFE, RESPONSE_URL_USES, SCOPES, Oops, World, kept

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is wound."""

    def __init__(self, at=START):
        self.at = at

    def __call__(self):
        return self.at

    def wind(self, **by):
        self.at += timedelta(**by)


class FakeSlack:
    """One app in a Slack of any number of teams. All attributes may be read by tests.

    calls: (method, arguments, answer) of every API call; deliveries: every event; troubles: every
    interaction that the app failed to answer.
    """

    def __init__(self, now=None, *, seed=0, rotation=False, patience=PATIENCE, burst=BURST):
        self.clock = now or Clock()
        self.world = World(self.clock)
        self.faults, self.pace = Faults(seed), Pace(self.world.seconds, burst)
        self.signing_secret, self.client_id = "fake-signing-secret", "111.222"
        self.client_secret = "fake-client-secret"
        self.oauth = SimpleNamespace(
            client_id=self.client_id, client_secret=self.client_secret, rotation=rotation
        )
        self.sockets = Sockets(self.world.app_id)
        self.deliver = Deliver(self.world, self.faults, self.sockets, self.signing_secret, patience)
        self.api = Api(self.world, self.pace, self.deliver, self.oauth)
        self.calls, self.people, self.hanging = [], {}, asyncio.Event()
        self.commands, self.shortcuts = {"/als"}, {}  # shortcuts: the name shown -> callback_id
        self.installer, self.redirect_url = None, None  # who agrees; the app's first redirect URL
        self.team = self.world.add_team("acme")
        self.bot_token = self.world.add_token("bot", self.team.id).value
        self.app_token = self.world.add_token("app", scopes="connections:write").value

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self.serve_api)
        app.router.add_get("/oauth/v2/authorize", self.serve_authorize)
        app.router.add_post("/hooks/{id}", self.serve_response_url)
        app.router.add_get("/link/", self.sockets.serve)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        self.origin = self.sockets.origin = f"http://127.0.0.1:{port}"
        self.base_url = f"{self.origin}/api/"
        return self

    async def __aexit__(self, *failed):
        self.hanging.set()
        await self.deliver.close()
        await self.sockets.close()
        await self.runner.cleanup()

    # what a test sets up

    @property
    def app_url(self):
        return self.deliver.app_url

    @app_url.setter
    def app_url(self, url):
        self.deliver.app_url = url

    @property
    def socket_mode(self):
        return self.deliver.socket_mode

    @socket_mode.setter
    def socket_mode(self, on):
        """While it is on, nothing goes to app_url."""
        self.deliver.socket_mode = on
        self.api.open_socket = self.sockets.url if on else None

    @property
    def deliveries(self):
        return self.deliver.deliveries

    @property
    def troubles(self):
        return self.deliver.troubles

    def person(self, name, *, team=None, **more):
        """The person of this name, made when first asked for (tz, real_name, locale, deleted)."""
        if name not in self.people:
            user = self.world.add_user(name, (team or self.team).id, **more)
            self.people[name] = Person(self, user)
        return self.people[name]

    def channel(self, name, *members, private=False, bot=True, team=None, shared_with=()):
        """A channel of this name with these people, and the bot unless it is to be invited."""
        for channel in self.world.channels.values():
            if channel.name == name:
                return channel
        team = team or self.team
        ids = [m.id for m in members] + ([team.bot_user] if bot else [])
        channel = self.world.add_channel(name, team.id, ids, "group" if private else "channel")
        channel.shared_with = [t.id for t in shared_with]
        return channel

    @property
    def pings(self):
        """The app's messages that would alert a whole channel: nearly always a mistake."""
        posted = [m for c in self.world.channels.values() for m in c.messages.values()]
        return [m for m in [*posted, *self.world.ephemerals] if m.bot_id and alerts(m)]

    def add_team(self, name, *, enterprise=None, installed=False):
        return self.world.add_team(name, enterprise, installed)

    def token(self, team=None, scopes=SCOPES):
        """One more bot token, for instance with fewer scopes."""
        return self.world.add_token("bot", (team or self.team).id, scopes).value

    def authorize(self, person, *, scopes=SCOPES, redirect_uri=None, org=False):
        """This person agrees to the installation: the code that Slack redirects with."""
        code = f"{self.world.id('C')}.code"
        self.world.codes[code] = {
            "user": person.id,
            "team": person.user.team,
            "scopes": scopes,
            "redirect_uri": redirect_uri,
            "org": org,
            "at": self.world.seconds(),
            "used": False,
        }
        return code

    # what happens beside people

    async def settle(self):
        await self.deliver.settle()

    async def retries(self, anyway=False):
        return await self.deliver.retries(anyway)

    async def release(self):
        await self.deliver.release()

    async def verifies_url(self):
        """Slack's question when an address is entered: answered with the challenge or not."""
        body = {"token": "verification-token", "challenge": "c4a11e", "type": "url_verification"}
        sent = await self.deliver.send("events_api", body)
        answer = sent.payload or {}
        return sent.ok and "c4a11e" in (answer.get("challenge"), answer.get("text"))

    async def invites(self, channel, who=None, by=None):
        """Bring the bot, or a person, into a channel."""
        user = who.id if who else self.world.bot_of(channel)
        if user not in channel.members:
            channel.members.append(user)
            letter = "C" if channel.kind == "channel" else "G"
            event = {"type": "member_joined_channel", "user": user, "channel": channel.id}
            event |= {"channel_type": letter, "team": self.world.users[user].team}
            if by:
                event["inviter"] = by.id
            self.deliver.in_channel(channel, event, self.reads(channel))
            text = f"<@{user}> has joined the channel"
            self.deliver.message(self.world.post(channel, user, text, subtype="channel_join"))
        await self.settle()

    async def removes(self, channel, who=None):
        """Take the bot, or a person, out of a channel."""
        user = who.id if who else self.world.bot_of(channel)
        if user in channel.members:
            letter = "C" if channel.kind == "channel" else "G"
            event = {"type": "member_left_channel", "user": user, "channel": channel.id}
            event |= {"channel_type": letter, "team": self.world.users[user].team}
            channel.members.remove(user)
            leaving = user == self.world.bot_of(channel)
            self.deliver.in_channel(channel, event, self.reads(channel), leaving)
        await self.settle()

    def reads(self, channel):
        return "channels:read" if channel.kind == "channel" else "groups:read"

    async def archives(self, channel, by=None):
        kind = "channel_archive" if channel.kind == "channel" else "group_archive"
        user = by.id if by else channel.members[0]
        channel.archived = True
        event = {"type": kind, "channel": channel.id, "user": user}
        self.deliver.in_channel(channel, event, self.reads(channel))
        await self.settle()

    async def unarchives(self, channel, by=None):
        kind = "channel_unarchive" if channel.kind == "channel" else "group_unarchive"
        channel.archived = False
        event = {"type": kind, "channel": channel.id, "user": by.id if by else channel.members[0]}
        self.deliver.in_channel(channel, event, self.reads(channel))
        await self.settle()

    async def changes_id(self, channel):
        """Give a channel another id, as happens when it is moved between organisations."""
        old, channel.id = channel.id, self.world.id("C")
        self.world.channels[channel.id] = self.world.channels.pop(old)
        event = {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": channel.id}
        self.deliver.in_channel(channel, event, self.reads(channel))
        await self.settle()

    async def unfurls(self, message):
        """A preview is added: message_changed with the same words."""
        before = self.deliver.shown(message)
        message.more["attachments"] = [{"id": 1, "from_url": "https://example.com", "title": "x"}]
        self.deliver.changed(message, before)
        await self.settle()

    async def webhook(self, channel, text):
        """Another app's webhook posts: a bot_message, without a user."""
        message = self.world.post(
            channel, None, text, subtype="bot_message", bot_id="B0OTHER", app_id="A0OTHER"
        )
        self.deliver.message(message)
        await self.settle()
        return message

    async def revokes(self, team=None):
        """The team's tokens stop working; the app is told."""
        team = team or self.team
        self.deliver.to_team(
            team, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user]}}
        )
        for token in self.world.tokens.values():
            if token.team == team.id:
                token.revoked = True
        await self.settle()

    async def uninstalls(self, team=None):
        """The app is removed from the team: no order is promised for the two events."""
        team = team or self.team
        self.deliver.to_team(team, {"type": "app_uninstalled"})
        await self.revokes(team)
        team.installed = False

    # what the server answers

    async def serve_api(self, request):
        method = request.match_info["method"]
        try:
            args, bearer = await arguments(request)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_json"})
        fault = self.faults.of_call(method)
        if fault == "429":
            return self.too_many(self.faults.dice.randint(1, 30), method, args)
        if fault == "500":
            self.calls.append((method, args, {"ok": False, "error": "internal_error"}))
            return web.json_response({"ok": False, "error": "internal_error"}, status=500)
        if fault == "refused":
            request.transport.abort()
            return web.Response()
        asked = dict(args)
        try:
            answer = {"ok": True, **self.api.call(method, args, bearer)}
        except Oops as oops:
            if oops.code == "ratelimited":
                return self.too_many(oops.more["retry_after"], method, asked)
            answer = {"ok": False, "error": oops.code, **oops.more}
        self.calls.append((method, asked, answer))
        if fault == "lost":
            if self.faults.hang is not None:
                await wait_for(self.hanging, self.faults.hang)
            request.transport.abort()
        # Slack names a token's scopes with every answer.
        token = self.world.tokens.get(bearer or "")
        headers = {"X-OAuth-Scopes": token.scopes} if token else {}
        return web.json_response(answer, headers=headers)

    def too_many(self, wait, method, args):
        answer = {"ok": False, "error": "ratelimited"}
        self.calls.append((method, args, answer))
        return web.json_response(answer, status=429, headers={"Retry-After": str(wait)})

    async def serve_authorize(self, request):
        query = request.query
        if query.get("client_id") != self.client_id:
            return web.Response(status=400, text="Invalid client_id parameter")
        asked = query.get("redirect_uri")
        where = asked or self.redirect_url  # docs: without one, the first that is configured
        code = self.authorize(self.installer, scopes=query.get("scope", SCOPES), redirect_uri=asked)
        back = urlencode({"code": code, "state": query.get("state", "")})
        raise web.HTTPFound(f"{where}?{back}")

    async def serve_response_url(self, request):
        ticket = self.world.response_urls.get(request.match_info["id"])
        if ticket is None:
            return web.Response(status=404, text="no_team")
        if self.world.seconds() - ticket.at > RESPONSE_URL_LIFE:
            return web.Response(status=404, text="expired_url")
        if ticket.uses >= RESPONSE_URL_USES:
            return web.Response(status=404, text="used_url")
        try:
            body = json.loads(await request.text())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        refusal = self.respond(ticket, body)
        if refusal:
            return web.Response(status=400, text=refusal)
        ticket.uses += 1
        return web.Response(text="ok")

    def respond(self, ticket, body):
        """Do what a response_url was asked for; the refusal, or None."""
        original = ticket.message
        if body.get("delete_original"):
            if original is None or original.deleted:
                return "message_not_found"
            if original.ephemeral:
                original.deleted = True
            else:
                self.deliver.delete(original)
            return None
        text, blocks = body.get("text", ""), body.get("blocks")
        if not text and not blocks:
            return "no_text"
        if blocks and (limits.problems(blocks) or limits.too_long(blocks)):
            return "invalid_blocks"
        if body.get("replace_original") and original is not None:
            before = self.deliver.shown(original)
            original.text, original.blocks = text, kept(blocks, self.world.ids)
            if not original.ephemeral:
                self.deliver.changed(original, before)
            return None
        self.says(ticket.channel, ticket.user, body)
        return None

    def says(self, channel, user, body):
        """The app's answer in a channel: for one person, unless it says in_channel."""
        public = body.get("response_type") == "in_channel"
        team = self.world.teams[channel.team]
        message = self.world.post(
            channel,
            team.bot_user,
            body.get("text", ""),
            blocks=body.get("blocks"),
            thread_ts=body.get("thread_ts"),
            bot_id=team.bot_id,
            app_id=self.world.app_id,
            to=None if public else user,
        )
        if public:
            self.deliver.message(message)
        return message


def alerts(message):
    """Whether a message's text, or mrkdwn in its blocks, holds <!channel> or the like."""
    texts = [message.text, *mrkdwn(message.blocks)]
    return any(re.search(r"<!(channel|here|everyone|subteam)", text) for text in texts)


def mrkdwn(thing):
    if isinstance(thing, dict):
        if thing.get("type") in ("mrkdwn", "markdown") and isinstance(thing.get("text"), str):
            yield thing["text"]
        for value in thing.values():
            yield from mrkdwn(value)
    if isinstance(thing, list):
        for item in thing:
            yield from mrkdwn(item)


async def wait_for(event, seconds):
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def arguments(request):
    """Query, form and JSON together, as the SDK uses each of them; and the token."""
    args, bearer = dict(request.query), None
    body = await request.text()
    if request.content_type == "application/json" and body:
        more = json.loads(body)
        if not isinstance(more, dict):
            raise ValueError("json_not_object")
        args |= more
    elif request.content_type == "application/x-www-form-urlencoded":
        args |= dict(parse_qsl(body, keep_blank_values=True))
    elif request.content_type.startswith("multipart/"):
        args |= dict(await request.post())
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind == "Bearer":
        bearer = secret
    elif kind == "Basic":
        name, _, password = base64.b64decode(secret).decode().partition(":")
        args |= {"client_id": name, "client_secret": password}
    return args, bearer
