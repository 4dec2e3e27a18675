"""A session in a private channel, and requests to it as an attacker would forge or repeat them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from tests.slack.fake import FakeSlack
from tests.slack.house import House, houses

CANARY = "kanarienvogel"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
LOGGERS = ("als", "slack_bolt", "slack_sdk", "aiohttp", "asyncio")

Story = Callable[[Any], Awaitable[None]]


class Scene:
    """A private channel with a session that runs, its people, and a stranger."""

    def __init__(self, slack: FakeSlack, house: House) -> None:
        self.slack, self.house = slack, house
        self.ana, self.bo, self.cem = (slack.person(n) for n in ("Ana", "Bo", "Cem"))
        self.eve = slack.person("Eve")
        people = (self.ana, self.bo, self.cem)
        self.channel = slack.channel("night-shift", *people, private=True)

    @property
    def session(self) -> Session:
        """The session as the core has it."""
        with self.house.store.reading() as tx:
            [group] = [tx.machines.load(LearningSet, id) for id in tx.sets.all()]
            meeting = tx.machines.load(Meeting, f"{group.id}-m{group.number}")
            found = tx.machines.load(Session, meeting.sessions[-1])
        assert found is not None
        return found

    @property
    def root(self) -> Any:
        """The session's card, which its thread hangs on."""
        return self.ana.message("Ana presents", self.channel)

    @property
    def count(self) -> int:
        """How often Slack was called so far."""
        return len(self.slack.calls)

    async def send(self, body: Any, kind: str = JSON, **headers: str) -> int:
        """A signed request as it is; its status."""
        raw = body if isinstance(body, bytes) else str(body).encode()
        return await self.raw(raw, {"Content-Type": kind, **signed(self.slack, raw), **headers})

    async def raw(self, raw: bytes, headers: dict[str, str]) -> int:
        """A request with exactly these headers; its status."""
        url = f"{self.house.address}/slack/events"
        async with (
            aiohttp.ClientSession() as http,
            http.post(url, data=raw, headers=headers) as answer,
        ):
            said = await answer.text()
            assert CANARY not in said
            return answer.status

    async def interacts(self, body: dict[str, Any]) -> int:
        """A signed interaction."""
        return await self.send(urlencode({"payload": json.dumps(body)}), FORM)

    async def tells(self, event: dict[str, Any], **more: Any) -> int:
        """A signed event, in its envelope."""
        about = {"team_id": self.slack.team.id, "user_id": self.slack.team.bot_user, "is_bot": True}
        body = {
            "type": "event_callback",
            "team_id": self.slack.team.id,
            "api_app_id": "A0ALS",
            "event_id": "Ev1",
            "authorizations": [about],
            "event": event,
            **more,
        }
        return await self.send(json.dumps(body))

    def press(self, who: Any, label: str, **changed: Any) -> dict[str, Any]:
        """The payload of a press on a button that `who` sees, with some of it changed."""
        button = who.finds(label)
        body = who.on_message(button.place)
        action = {
            "type": "button",
            "action_id": button.element["action_id"],
            "block_id": button.block["block_id"],
            "text": button.element["text"],
            "value": button.element.get("value", ""),
            "action_ts": self.slack.world.ts(),
        }
        return {**body, "actions": [{**action, **changed}]}


@asynccontextmanager
async def scenes(*, begun: bool = True, **settings: Any) -> AsyncIterator[Scene]:
    """A scene; with a session in which questions are open."""
    async with houses(**settings) as (slack, house):
        scene = Scene(slack, house)
        if begun:
            await house.presents(
                scene.ana, scene.channel, scene.bo, scene.cem, **{"f.issue": f"About {CANARY}"}
            )
        yield scene


def play(story: Story, **settings: Any) -> None:
    """Play a story in a scene."""

    async def played() -> None:
        async with scenes(**settings) as scene:
            await story(scene)

    asyncio.run(played())


def signed(slack: FakeSlack, raw: bytes, stamp: str = "", secret: str = "") -> dict[str, str]:
    """The two headers that Slack signs with."""
    stamp = stamp or str(int(slack.deliver.signed_at()))
    key = (secret or slack.signing_secret).encode()
    mac = hmac.new(key, b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}
