"""What this Teams sends to the app: activities with a signed token, invokes and their answers.

Rules: one activity after the other, in the order in which things happened. An activity that was not
answered with 2xx within 15 seconds may come again (platforms.md: not documented exactly) when the
test asks for it by `retries()`; an invoke is sent once and waits 10 seconds (5 to 10 are reported).
Payloads follow msteams-docs (conversation events, message extensions); where those are old, current
`thread.tacv2` ids are used.

Not known for certain: whether the text of people's messages is escaped (here it is as typed), what
stands between a mention and the text (a plain space), that a text with a mention ends in a newline
(it does here), and whether edits and deletions of messages come that only RSC let the app see (here
they come).
"""

import asyncio
import copy
import html
import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import aiohttp
import jwt

from .login import CHANNEL_ISSUER, Key

# Seconds; really 15 and 10, but a busy machine is not a fault.
PATIENCE, INVOKE_PATIENCE = 300.0, 300.0
FORGERIES = (
    "no token",
    "not a bearer",
    "garbage",
    "wrong issuer",
    "emulator issuer",
    "wrong audience",
    "wrong serviceurl",
    "no serviceurl",
    "expired",
    "not yet valid",
    "unknown kid",
    "wrong key",
    "unsigned",
    "other tenant",
    "webchat",
    "no channel",
    "emulator channel",
)
AT = re.compile(r"<at>(.*?)</at>")


@dataclass
class Sent:
    """What came of one try: `body` is what the app answered with, if anything."""

    ok: bool
    reason: str | None = None
    status: int | None = None
    body: object = None


@dataclass
class Delivery:
    """An activity on its way. `answers` holds one Sent for each try."""

    activity: dict
    answers: list = field(default_factory=list)

    @property
    def acked(self):
        return bool(self.answers) and self.answers[-1].ok


def iso(seconds, zone=UTC):
    at = datetime.fromtimestamp(seconds, zone)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Deliver:
    def __init__(self, world, faults, login, patience=PATIENCE, invoke_patience=INVOKE_PATIENCE):
        self.world, self.faults, self.login = world, faults, login
        self.patience, self.invoke_patience = patience, invoke_patience
        self.app_url, self.service_url = None, None
        self.deliveries, self.held, self.behind = [], [], []
        self.troubles = []  # invokes that the app did not answer as it must
        self.waiting, self.pump, self.http = asyncio.Queue(), None, None

    # tokens

    def claims(self, activity, **other):
        now = int(self.login.seconds())
        claims = {
            "serviceurl": activity.get("serviceUrl"),
            "nbf": now,
            "exp": now + 3600,
            "iss": CHANNEL_ISSUER,
            "aud": self.login.app_id,
        }
        return {k: v for k, v in {**claims, **other}.items() if v is not None}

    def header(self, activity):
        return f"Bearer {self.login.key.sign(self.claims(activity))}"

    # one try

    async def send(self, activity, patience, header=None):
        """Send one activity; `header` "" sends no token."""
        if self.app_url is None:
            return Sent(False, "connection_failed")
        self.http = self.http or aiohttp.ClientSession()
        header = self.header(activity) if header is None else header
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if header:
            headers["Authorization"] = header
        raw = json.dumps(activity, ensure_ascii=False).encode()
        limit = aiohttp.ClientTimeout(total=patience)
        try:
            answer = await self.http.post(self.app_url, data=raw, headers=headers, timeout=limit)
            async with answer:
                text = await answer.text()
        except TimeoutError:
            return Sent(False, "timeout")
        except aiohttp.ClientError:
            return Sent(False, "connection_failed")
        if not 200 <= answer.status < 300:
            return Sent(False, "http_error", answer.status)
        try:
            body = json.loads(text) if text.strip() else None
        except ValueError:
            return Sent(False, "not_json", answer.status)
        return Sent(True, None, answer.status, body)

    async def invoke(self, activity):
        """Send an invoke: once, never again."""
        sent = await self.send(activity, self.invoke_patience)
        if not sent.ok:
            self.trouble(activity["name"], sent.reason, sent.status)
        return sent

    def trouble(self, *what):
        self.troubles.append(what)

    # the queue

    def enqueue(self, activity):
        delivery = Delivery(copy.deepcopy(activity))
        fault = self.faults.of_activity(activity["type"])
        self.deliveries.append(delivery)
        if fault == "late":
            self.held.append(delivery)
        elif fault == "reorder":
            self.behind.append(delivery)
        else:
            self.put(delivery)
            if fault in ("duplicate", "retry"):
                # The same activity with the same id; a retry differs only in that it was answered.
                again = delivery if fault == "retry" else Delivery(copy.deepcopy(activity))
                if again is not delivery:
                    self.deliveries.append(again)
                self.put(again)
            while self.behind:
                self.put(self.behind.pop(0))
        return delivery

    def put(self, delivery):
        self.waiting.put_nowait(delivery)
        if self.pump is None:
            self.pump = asyncio.create_task(self.run())

    async def run(self):
        while True:
            delivery = await self.waiting.get()
            try:
                delivery.answers.append(await self.send(delivery.activity, self.patience))
            finally:
                self.waiting.task_done()

    async def settle(self):
        """Wait until nothing is on its way any more (held back activities stay held)."""
        await self.waiting.join()

    async def retries(self):
        """Send again, once, what the app did not take."""
        await self.settle()
        failed = [d for d in self.deliveries if d.answers and not d.acked]
        for delivery in failed:
            self.put(delivery)
        await self.settle()
        return failed

    async def release(self):
        """Let go of the activities that were kept back."""
        held, self.held, self.behind = [*self.held, *self.behind], [], []
        for delivery in held:
            self.put(delivery)
        await self.settle()

    async def close(self):
        if self.pump:
            self.pump.cancel()
        if self.http:
            await self.http.close()

    # activities

    def activity(self, kind, place, user, *, conversation=None, data=None, **more):
        """What all activities carry."""
        now = self.world.seconds()
        zone = {"localTimestamp": iso(now, ZoneInfo(user.tz)), "localTimezone": user.tz}
        client = {"type": "clientInfo", "locale": user.locale, "country": user.locale[-2:]}
        client |= {"platform": "Web"} | ({"timezone": user.tz} if user.tells_zone else {})
        return {
            "type": kind,
            "id": f"f:{uuid.UUID(self.world.hash('activity')[:32])}",
            "timestamp": iso(now),
            **(zone if user.tells_zone else {}),
            "serviceUrl": self.service_url,
            "channelId": "msteams",
            "from": {"id": user.id, "name": user.name, "aadObjectId": user.aad},
            "conversation": self.conversation(place, conversation),
            "recipient": {"id": self.world.bot_id, "name": self.world.bot_name},
            "entities": [client],
            "channelData": {**self.channel_data(place), **(data or {})},
            "locale": user.locale,
            **more,
        }

    def conversation(self, place, id=None):
        shown = {"conversationType": place.kind, "tenantId": place.tenant.id, "id": id or place.id}
        if place.kind != "personal":
            shown["isGroup"] = True
        return shown

    def channel_data(self, place):
        data = {"tenant": {"id": place.tenant.id}}
        if place.team:
            data |= {"teamsChannelId": place.id, "teamsTeamId": place.team.id}
            data |= {"channel": {"id": place.id}, "team": {"id": place.team.id}}
        return data

    def is_our_thread(self, place, text):
        """Whether a message reaches the app: all of a 1:1 chat, mentions, and what RSC grants."""
        if place.kind == "personal":
            user = place.own_members[0]
            return self.world.reachable(user)
        named = f"<at>{self.world.bot_name}</at>" in text
        return place.installed and (named or place.rsc)

    def mentions(self, place, text):
        named = {u.name: {"id": u.id, "name": u.name} for u in place.members}
        named[self.world.bot_name] = {"id": self.world.bot_id, "name": self.world.bot_name}
        return [
            {"type": "mention", "mentioned": named[name], "text": f"<at>{name}</at>"}
            for name in AT.findall(text)
            if name in named
        ]

    def said(self, kind, message, event=None):
        """A person's message, its edit or its deletion, for the app if it may hear it."""
        place, user = message.place, message.sender
        if not self.is_our_thread(place, message.text):
            return None
        data = {"eventType": event} if event else None
        activity = self.activity(kind, place, user, conversation=message.conversation, data=data)
        activity["id"] = message.id
        if kind != "messageDelete":
            entities = self.mentions(place, message.text)
            named = any(e["mentioned"]["id"] == self.world.bot_id for e in entities)
            activity["entities"] = [*entities, *activity["entities"]]
            activity |= {"textFormat": "plain", "text": message.text + ("\n" if named else "")}
            shown = f"<p>{html.escape(message.text, quote=False)}</p>"
            activity["attachments"] = [{"contentType": "text/html", "content": shown}]
        return self.enqueue(activity)

    def members(self, place, user, people, added, bot=False):
        """People, or the bot, came or went: conversationUpdate.

        Documented: the conversation is the team for people, the channel of the installation for
        the bot; a 1:1 chat has no eventType.
        """
        key = "membersAdded" if added else "membersRemoved"
        named = [{"id": p.id, "aadObjectId": p.aad} for p in people]
        named = [{"id": self.world.bot_id}, *named] if bot else named
        data = {}
        if place.team:
            data["eventType"] = "teamMemberAdded" if added else "teamMemberRemoved"
            data["team"] = {"id": place.team.id, "name": place.team.name}
            data["team"]["aadGroupId"] = place.team.aad
        where = place.team.id if place.team and not bot else None
        activity = self.activity("conversationUpdate", place, user, conversation=where, data=data)
        # Such updates carry neither the person's zone nor, mostly, a name.
        del activity["from"]["name"]
        for name in ("locale", "entities", "localTimezone", "localTimestamp"):
            activity.pop(name, None)
        return self.enqueue({**activity, key: named})

    def team_event(self, place, user, event):
        """channelCreated, channelRenamed, channelDeleted, teamRenamed, teamDeleted …"""
        data = {"eventType": event, "team": {"id": place.team.id, "name": place.team.name}}
        if event.startswith("channel"):
            data["channel"] = {"id": place.id, "name": place.name}
        activity = self.activity(
            "conversationUpdate", place, user, conversation=place.team.id, data=data
        )
        return self.enqueue(activity)

    def installation(self, place, user, action):
        data = {"source": {"name": "message"}}
        if place.team:
            data["settings"] = {"selectedChannel": {"id": place.id}}
            data["team"] = {"id": place.team.id, "name": place.team.name}
            data["team"]["aadGroupId"] = place.team.aad
        return self.enqueue(
            self.activity("installationUpdate", place, user, data=data, action=action)
        )

    def reaction(self, message, user, kind, added):
        """Documented for the bot's own messages only."""
        key = "reactionsAdded" if added else "reactionsRemoved"
        activity = self.activity(
            "messageReaction",
            message.place,
            user,
            conversation=message.conversation,
            replyToId=message.id,
        )
        return self.enqueue({**activity, key: [{"type": kind}]})

    # forgeries

    async def forges(self, kind, activity, tenant):
        """Send an activity that is not Teams'; the status that the app answers with."""
        assert kind in FORGERIES, kind
        activity = copy.deepcopy(activity)
        if kind == "other tenant":
            activity["channelData"]["tenant"] = {"id": tenant}
            activity["conversation"]["tenantId"] = tenant
        if kind in ("webchat", "emulator channel"):
            activity["channelId"] = kind.split()[0]
        if kind == "no channel":
            del activity["channelId"]
        sent = await self.send(activity, self.patience, self.forged(kind, activity))
        return sent.status or (200 if sent.ok else None)

    def forged(self, kind, activity):
        now, key = int(self.login.seconds()), self.login.key
        other = {
            "wrong issuer": {"iss": "https://login.example.com"},
            # What the emulator's tokens look like: the bot's own, from its tenant.
            "emulator issuer": {
                "iss": f"https://sts.windows.net/{self.login.tenant}/",
                "appid": self.login.app_id,
                "ver": "1.0",
            },
            "wrong audience": {"aud": str(uuid.UUID(int=7))},
            "wrong serviceurl": {"serviceurl": "https://smba.example.com/emea/"},
            "no serviceurl": {"serviceurl": None},
            "expired": {"nbf": now - 7200, "exp": now - 3600},
            "not yet valid": {"nbf": now + 3600, "exp": now + 7200},
        }.get(kind, {})
        claims = self.claims(activity, **other)
        if kind == "no token":
            return ""
        if kind == "not a bearer":
            return "Basic dXNlcjpzZWNyZXQ="
        if kind == "garbage":
            return "Bearer garbage"
        if kind == "unsigned":
            # The signature is cut off, the algorithm says none.
            return f"Bearer {none_signed(claims)}"
        if kind == "unknown kid":
            return f"Bearer {Key('stranger').sign(claims)}"
        if kind == "wrong key":
            return f"Bearer {Key('stranger').sign(claims, key.id)}"
        return f"Bearer {key.sign(claims)}"


def none_signed(claims):
    return jwt.encode(claims, None, "none")
