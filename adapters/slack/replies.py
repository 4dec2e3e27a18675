"""What Slack shows to whoever acted: a form, a card where they are, a line that only they see."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack import forms, incoming, outgoing, views
from adapters.slack.clients import Clients, NotFresh, NotInstalled
from adapters.slack.deliver import SlackPlatform, call
from bot.cards.card import Card
from bot.handlers.inputs import Actor, Commanded
from bot.method.terms import Place
from bot.ports import LaneClosed, Reply, Transient, Undeliverable, UnknownFate
from bot.runtime.gateway import Gateway

CALL_FAILED = (
    LaneClosed,
    Transient,
    Undeliverable,
    UnknownFate,
    SlackClientError,
    NotFresh,
    NotInstalled,
)
RESPONSE_TIMEOUT = 5  # seconds for a response URL

Body = Mapping[str, Any]

log = logging.getLogger("als.slack")


class Replies:
    """Sends answers straight out. What fails is logged: the input itself was kept before."""

    def __init__(self, gateway: Gateway, clients: Clients, platform: SlackPlatform) -> None:
        self._gateway, self._clients, self._platform = gateway, clients, platform

    async def send(self, place: Place, actor: Actor, *cards: Card) -> None:
        """Show cards to one person, where they are."""
        for card in cards:
            try:
                await self._platform.answer(place, actor.address.user, card)
            except CALL_FAILED as error:
                log.warning("an answer could not be given: %s", error_code(error))

    async def answer_command(self, command: Commanded, reply: Reply) -> None:
        """Answer something typed: a form cannot open there, so a button leads to it."""
        cards = list(reply.cards)
        if reply.form is not None:
            cards.append(views.doorway(reply.form, command.text))
        await self.send(command.place, command.actor, *cards)

    async def follow_command(
        self, body: Body, command: Commanded, reply: Reply, others: Sequence[Body]
    ) -> None:
        """What follows the acknowledgement of a slash command: its form, further messages."""
        if reply.form is not None:
            await self._open_form(body, command.place, command.actor, reply)
        for message in others:
            await _respond(body, {"response_type": "ephemeral", **message})

    async def show(self, body: Body, place: Place, actor: Actor, reply: Reply) -> None:
        """Open the form; or show the cards where the button was pressed."""
        if reply.form is not None:
            await self._open_form(body, place, actor, reply)
        elif body.get("view"):
            for card in reply.cards:
                await self._open_view(body, place.installation, views.notice(card))
        else:
            await self._show_in_place(body, place, actor, reply)

    async def _show_in_place(self, body: Body, place: Place, actor: Actor, reply: Reply) -> None:
        """A private note that was answered makes room for the answer."""
        place, cards = incoming.where_answered(body, place), list(reply.cards)
        ephemeral = bool((body.get("container") or {}).get("is_ephemeral")) and reply.ok
        if ephemeral and body.get("response_url"):
            first = outgoing.messages(cards[0])[0] if cards else {}
            change = {"replace_original": True, **first} if first else {"delete_original": True}
            if await _respond(body, change):
                cards = cards[1:]
        await self.send(place, actor, *cards)

    async def _open_form(self, body: Body, place: Place, actor: Actor, reply: Reply) -> None:
        assert reply.form is not None
        view = forms.modal(reply.form, place)
        if not await self._open_view(body, place.installation, view):
            await self.send(place, actor, views.say_not_opened(reply.form.language))

    async def _open_view(self, body: Body, team: str, view: Body) -> bool:
        """Open a modal, above the one that was pressed in if there is one."""
        try:
            client = await self._clients.client(team)
            in_modal = (body.get("view") or {}).get("type") == "modal"
            method = client.views_push if in_modal else client.views_open
            await call(method, trigger_id=str(body.get("trigger_id") or ""), view=view)
        except CALL_FAILED as error:
            log.warning("a view could not be opened: %s", error_code(error))
            return False
        return True


async def _respond(body: Body, message: Body) -> bool:
    """Post to the payload's response URL; it lives half an hour and takes five answers."""
    url = str(body.get("response_url") or "")
    if not url:
        return False
    client = AsyncWebhookClient(url, timeout=RESPONSE_TIMEOUT, retry_handlers=[])
    try:
        response = await client.send_dict(dict(message))
    except Exception as error:
        log.warning("an answer could not be given: %s", type(error).__name__)
        return False
    return response.status_code == 200 and '"ok":false' not in json.dumps(response.body)


def error_code(error: Exception) -> str:
    """A code for the log, never what was sent."""
    return str(getattr(error, "code", type(error).__name__))
