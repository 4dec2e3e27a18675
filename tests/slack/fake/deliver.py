"""What this Slack sends to the app: events in their envelopes, commands, presses; and retries.

Rules: one event after the other, in the order in which things happened; an answer other than 2xx,
or none within three seconds, is a failure that is tried again at once, after 1 and after 5 minutes
(docs.slack.dev/apis/events-api), when the test asks for it by `retries()`. An event goes only to an
app that is installed, in the conversation, subscribed, and has the scope.
"""

import asyncio
import copy
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp

PATIENCE = 300.0  # seconds; really 3, but a busy machine is not a fault
RETRY_AFTER = (0, 60, 300)
EVENTS = (
    "app_home_opened app_mention app_uninstalled channel_archive channel_id_changed "
    "channel_unarchive group_archive group_unarchive member_joined_channel member_left_channel "
    "message tokens_revoked"
)
HISTORY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
TOMBSTONE = {"text": "This message was deleted.", "user": "USLACKBOT", "subtype": "tombstone"}


@dataclass
class Sent:
    """What came of one try: `payload` is what the app answered with, if anything."""

    ok: bool
    reason: str | None = None
    payload: dict | None = None
    status: int | None = None
    no_retry: bool = False


@dataclass
class Delivery:
    """An event on its way. `answers` holds one Sent for each try."""

    body: dict
    answers: list = field(default_factory=list)
    due: float | None = None  # when the next retry is due; None: none is

    @property
    def event(self):
        return self.body["event"]

    @property
    def acked(self):
        return bool(self.answers) and self.answers[-1].ok


class Deliver:
    """Sends by HTTP to `app_url`, or by Socket Mode while that is on."""

    def __init__(self, world, faults, sockets, secret, patience=PATIENCE):
        self.world, self.faults, self.sockets = world, faults, sockets
        self.secret, self.patience = secret, patience
        self.app_url, self.socket_mode = None, False
        # Bolt checks it against time.time(); an app with a clock of its own says so.
        self.signed_at = time.time
        self.subscribed = set(EVENTS.split())
        self.deliveries, self.held, self.behind = [], [], []
        self.troubles = []  # interactions that the app did not answer as it must
        self.waiting, self.pump, self.http = asyncio.Queue(), None, None

    # one try

    async def send(self, kind, body, retry=0, reason=""):
        """Send one payload; kind is events_api, slash_commands or interactive."""
        if self.socket_mode:
            accepts = kind != "events_api"
            return await self.sockets.send(kind, body, accepts, self.patience, retry, reason)
        if self.app_url is None:
            return Sent(False, "connection_failed")
        if kind == "events_api":
            raw, content = json.dumps(body), "application/json"
        else:
            raw = urlencode({"payload": json.dumps(body)} if kind == "interactive" else body)
            content = "application/x-www-form-urlencoded"
        headers = {"Content-Type": content, **self.signed(raw)}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        return await self.posted(raw.encode(), headers)

    def signed(self, raw):
        stamp = str(int(self.signed_at()))
        base = f"v0:{stamp}:{raw}".encode()
        mac = hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}

    async def posted(self, raw, headers):
        self.http = self.http or aiohttp.ClientSession()
        patience = aiohttp.ClientTimeout(total=self.patience)
        try:
            answer = await self.http.post(
                self.app_url, data=raw, headers=headers, timeout=patience, allow_redirects=False
            )
            async with answer:
                text = await answer.text()
        except TimeoutError:
            return Sent(False, "http_timeout")
        except aiohttp.ClientError:
            return Sent(False, "connection_failed")
        if not 200 <= answer.status < 300:
            stop = answer.headers.get("X-Slack-No-Retry") == "1"
            return Sent(False, "http_error", status=answer.status, no_retry=stop)
        payload = {"text": text} if text.strip() else None
        if payload and answer.content_type == "application/json":
            payload = json.loads(text)
        return Sent(True, payload=payload, status=answer.status)

    async def interact(self, kind, body):
        """Send a command or an interaction: once, never again, as Slack does."""
        sent = await self.send(kind, body)
        if not sent.ok:
            what = body.get("command") or body.get("type")
            self.troubles.append((what, sent.reason, sent.status))
        return sent

    # events

    def team_for(self, channel, leaving=False):
        """The team whose installation hears of what happens in this channel."""
        for team_id in (channel.team, *channel.shared_with):
            team = self.world.teams[team_id]
            if team.installed and (leaving or team.bot_user in channel.members):
                return team
        return None

    def scopes_of(self, team):
        live = (t for t in self.world.tokens.values() if t.kind == "bot" and not t.revoked)
        ours = (t for t in live if t.team == team.id or (t.enterprise or 0) == team.enterprise)
        return {scope for token in ours for scope in token.scopes.split(",")}

    def in_channel(self, channel, event, scope=None, leaving=False):
        """Say what happened in a channel to whoever may hear it; the delivery, or None."""
        team = self.team_for(channel, leaving)
        if team is None or event["type"] not in self.subscribed:
            return None
        if (scope or f"{HISTORY[channel.kind]}:history") not in self.scopes_of(team):
            return None
        return self.to_team(team, event, shared=bool(channel.shared_with))

    def to_team(self, team, event, shared=False):
        if event["type"] not in self.subscribed:
            return None
        event.setdefault("event_ts", self.world.ts())
        who = {
            "enterprise_id": team.enterprise,
            "team_id": team.id,
            "user_id": team.bot_user,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        body = {
            "token": "verification-token",
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": team.enterprise,
            "api_app_id": self.world.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": self.world.id("Ev"),
            "event_time": int(self.world.seconds()),
            "authorizations": [who],
            "is_ext_shared_channel": shared,
            "event_context": f"4-{self.world.id('X')}",
        }
        if team.enterprise:
            body["enterprise_id"] = team.enterprise
        return self.enqueue(Delivery(body))

    def enqueue(self, delivery):
        fault = self.faults.of_event(delivery.event["type"])
        self.deliveries.append(delivery)
        if fault == "late":
            self.held.append(delivery)
        elif fault == "reorder":
            self.behind.append(delivery)
        else:
            self.put(delivery)
            if fault == "duplicate":
                again = Delivery({**delivery.body, "event_id": self.world.id("Ev")})
                self.deliveries.append(again)
                self.put(again)
            if fault == "retry":
                self.waiting.put_nowait((delivery, 1, "http_timeout"))
            while self.behind:
                self.put(self.behind.pop(0))
        return delivery

    def put(self, delivery):
        self.waiting.put_nowait((delivery, 0, ""))
        if self.pump is None:
            self.pump = asyncio.create_task(self.run())

    async def run(self):
        while True:
            delivery, retry, reason = await self.waiting.get()
            try:
                await self.one_try(delivery, retry, reason)
            finally:
                self.waiting.task_done()

    async def one_try(self, delivery, retry, reason):
        sent = await self.send("events_api", delivery.body, retry, reason)
        delivery.answers.append(sent)
        again = not sent.ok and not sent.no_retry and retry < len(RETRY_AFTER)
        delivery.due = self.world.seconds() + RETRY_AFTER[retry] if again else None

    async def settle(self):
        """Wait until nothing is on its way any more (held back events stay held)."""
        await self.waiting.join()

    async def retries(self, anyway=False):
        """Try again what failed and is due by the clock; `anyway`: whatever failed."""
        await self.settle()
        now, tried = self.world.seconds(), []
        for delivery in self.deliveries:
            if delivery.due is not None and (anyway or delivery.due <= now):
                reason = delivery.answers[-1].reason
                await self.one_try(delivery, len(delivery.answers), reason)
                tried.append(delivery)
        await self.settle()
        return tried

    async def release(self):
        """Let go of the events that were kept back."""
        held, self.held, self.behind = [*self.held, *self.behind], [], []
        for delivery in held:
            self.put(delivery)
        await self.settle()

    async def close(self):
        if self.pump:
            self.pump.cancel()
        if self.http:
            await self.http.close()

    # kinds of news

    def shown(self, message):
        """A message as an event shows it."""
        shown = message.payload()
        if message.bot_id:
            shown["bot_profile"] = {"id": message.bot_id, "app_id": message.app_id, "name": "ALS"}
        elif message.subtype in (None, "file_share", "thread_broadcast"):
            shown["client_msg_id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, message.ts))
            shown["blocks"] = rich(message.text)
        if message.thread_ts and message.thread_ts != message.ts:
            root = message.channel.messages[message.thread_ts]
            shown["parent_user_id"] = root.user
        if message.channel.shared_with:
            shown |= {"user_team": message.team, "source_team": message.team}
        return shown

    def where(self, channel):
        return {"channel": channel.id, "channel_type": channel.kind}

    def message(self, message):
        event = {**self.shown(message), **self.where(message.channel), "event_ts": message.ts}
        first = self.in_channel(message.channel, event)
        team = self.team_for(message.channel)
        named = team and f"<@{team.bot_user}>" in message.text and message.user != team.bot_user
        if named and not message.channel.im and message.subtype in (None, "file_share"):
            mention = {**self.shown(message), "type": "app_mention", "channel": message.channel.id}
            mention["event_ts"] = message.ts
            second = self.in_channel(message.channel, mention, "app_mentions:read")
            return first or second
        return first

    def hidden(self, channel, subtype, **more):
        ts = self.world.ts(channel)
        event = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts}
        return self.in_channel(channel, {**event, **self.where(channel), **more})

    def changed(self, message, before):
        return self.hidden(
            message.channel,
            "message_changed",
            message=self.shown(message),
            previous_message=copy.deepcopy(before),
        )

    def delete(self, message):
        """Delete a message; one with replies leaves a tombstone (openclaw/openclaw#22035)."""
        channel, before = message.channel, self.shown(message)
        if self.world.replies(message):
            for key, value in TOMBSTONE.items():
                setattr(message, key, value)
            message.blocks = message.bot_id = message.app_id = message.metadata = None
            message.more = {"hidden": True}
            return self.changed(message, before)
        message.deleted = True
        told = self.hidden(
            channel, "message_deleted", deleted_ts=message.ts, previous_message=before
        )
        root = channel.messages.get(message.thread_ts or "")
        left = root and root.subtype == "tombstone" and not root.deleted
        if left and not self.world.replies(root):
            self.delete(root)  # the last reply takes the tombstone with it (slack-edge#10)
        return told


def rich(text):
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": "rich", "elements": [section]}]
