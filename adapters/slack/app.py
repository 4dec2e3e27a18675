"""Slack's side of a process: Bolt's listeners for messages, buttons, forms and commands.

Rule 1: an input is kept before Slack hears "taken": Bolt answers when the listener is done
        (process_before_response), and the listener is done when the gateway has kept the input.
        What is shown then (a form, a card, a private line) goes out beside the answer, because
        Slack waits three seconds for it and a slow call must not look as if nothing was kept.
Rule 2: a listener takes no decision: it translates, hands on, and shows what comes back.
Rule 3: nothing of a payload is logged.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from adapters.slack import forms, incoming, outgoing, views
from adapters.slack.clients import Clients, NotInstalled, web_client
from adapters.slack.deliver import SlackPlatform
from adapters.slack.incoming import PLATFORM
from adapters.slack.profiles import Profiles
from adapters.slack.replies import Replies, error_code
from adapters.slack.settings import API
from adapters.slack.workspace import WorkspaceEvents
from bot.handlers.inputs import Pressed
from bot.handlers.payloads import BadPayload
from bot.ports import Reply
from bot.ports.errors import describe_error
from bot.runtime.gateway import Gateway, TryAgain

HEARD = PLATFORM  # the heartbeat that `als doctor` looks for
OURS = re.compile(r"^als\.")
ANY = re.compile(r".*")

Body = Mapping[str, Any]

log = logging.getLogger("als.slack")


class SlackApp:
    """Everything that Slack reaches in a process. `bolt` is what payloads are handed to."""

    def __init__(
        self,
        gateway: Gateway,
        clients: Clients,
        platform: SlackPlatform,
        *,
        api: str = API,
        allowed_teams: frozenset[str] = frozenset(),
    ) -> None:
        self.gateway = gateway
        self._profiles = Profiles(clients, gateway.now)
        self._replies = Replies(gateway, clients, platform)
        self._workspace = WorkspaceEvents(gateway, clients, self._profiles)
        platform.began = self._workspace.session_began

        self.bolt = AsyncApp(
            client=web_client(api),
            authorize=_authorizer(clients, allowed_teams),
            process_before_response=True,
            # Signatures are checked before Bolt is reached (routes.py): what is not signed, or
            # malformed, is answered there, and never logged.
            request_verification_enabled=False,
            # Helpers for assistants and functions, which we have none of, would be made each time.
            attaching_conversation_kwargs_enabled=False,
            attaching_function_token_enabled=False,
            raise_error_for_unhandled_request=False,
        )
        self._listen()

    def _listen(self) -> None:
        bolt, workspace = self.bolt, self._workspace
        bolt.event("message")(self._message)  # first, as most of what comes is: Bolt asks in order
        bolt.command(ANY)(self._command)
        bolt.event("app_mention")(self._mention)
        bolt.event("app_home_opened")(workspace.home_opened)
        bolt.event("member_joined_channel")(workspace.member_joined)
        bolt.event("channel_unarchive")(workspace.channel_reopened)
        bolt.event("group_unarchive")(workspace.channel_reopened)
        bolt.event("channel_id_changed")(workspace.channel_moved)
        bolt.event("app_uninstalled")(workspace.app_uninstalled)
        bolt.event("tokens_revoked")(workspace.tokens_revoked)
        bolt.event(ANY)(_ignore)
        bolt.action(OURS)(self._button)
        bolt.action(ANY)(_acknowledge)
        bolt.view(OURS)(self._form)
        bolt.view_closed(ANY)(_acknowledge)
        bolt.shortcut(ANY)(self._shortcut)
        bolt.error(_respond_to_error)

    # Messages

    async def _message(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        await self.gateway.note_heard()
        author = incoming.author_of(event)
        if not author or author == context.bot_user_id:
            return
        team = incoming.team_of(body, context)
        if event.get("channel_type") == "im":
            return await self._direct_message(event, team)
        if incoming.is_mention(event, context.bot_user_id or ""):
            return  # a command: app_mention brings it
        if not await self.gateway.is_ours(*incoming.subject_of(event, team)):
            return
        names = await self._profiles.names(incoming.mentioned_in(event), team)
        actor = await self._profiles.actor(author, team)
        message = incoming.read_message(event, team, actor, names)
        if message is not None:
            await self.gateway.handle(message)

    async def _direct_message(self, event: Body, team: str) -> None:
        """Written to the bot itself: a command."""
        if not incoming.is_written_by_a_person(event):
            return
        actor = await self._profiles.actor(str(event["user"]), team)
        command = incoming.read_direct_message(event, team, actor)
        reply = await self.gateway.handle(command)
        self.gateway.after_ack(self._replies.answer_command(command, reply))

    async def _mention(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        """A message that begins by mentioning the bot: a command."""
        if not incoming.is_mention(event, context.bot_user_id or "") or event.get("bot_id"):
            return
        team = incoming.team_of(body, context)
        actor = await self._profiles.actor(str(event.get("user") or ""), team)
        command = incoming.read_mention(event, team, actor, context.bot_user_id or "")
        reply = await self.gateway.handle(command)
        self.gateway.after_ack(self._replies.answer_command(command, reply))

    # Commands, buttons, forms

    async def _command(self, ack: Any, body: Body, context: AsyncBoltContext) -> None:
        team = incoming.team_of(body, context)
        actor = await self._profiles.actor(str(body.get("user_id") or ""), team)
        command = incoming.read_command(body, team, actor, self.gateway.now())
        reply = await self.gateway.handle(command)
        first, *others = [m for card in reply.cards for m in outgoing.messages(card)] or [{}]
        await ack(**({"response_type": "ephemeral", **first} if first else {}))
        if reply.form is not None or others:
            self.gateway.after_ack(self._replies.follow_command(body, command, reply, others))

    async def _button(self, ack: Any, body: Body, context: AsyncBoltContext) -> None:
        team, user = incoming.team_of(body, context), incoming.user_of(body)
        place = incoming.where_pressed(body, team, user)
        press = outgoing.read_button((body.get("actions") or [{}])[0])
        actor = await self._profiles.actor(user, team)
        pressed = incoming.read_press(body, press, place, actor, self.gateway.now())
        reply = await self.gateway.handle(pressed)
        await ack()
        self.gateway.after_ack(self._show(body, pressed, reply))

    async def _shortcut(self, ack: Any, body: Body, context: AsyncBoltContext) -> None:
        team = incoming.team_of(body, context)
        actor = await self._profiles.actor(incoming.user_of(body), team)
        pressed = incoming.read_shortcut(body, team, actor, self.gateway.now())
        reply = await self.gateway.handle(pressed)
        await ack()
        self.gateway.after_ack(self._show(body, pressed, reply))

    async def _show(self, body: Body, pressed: Pressed, reply: Reply) -> None:
        """The answer to a press; a press on the Home tab redraws it."""
        await self._replies.show(body, pressed.place, pressed.actor, reply)
        if (body.get("view") or {}).get("type") == "home":
            await self._workspace.publish_home(pressed.actor)

    async def _form(self, ack: Any, body: Body, context: AsyncBoltContext) -> None:
        team, view = incoming.team_of(body, context), body.get("view") or {}
        submitted = forms.read_submission(view)
        actor = await self._profiles.actor(incoming.user_of(body), team)
        picked = {user for users in submitted.users.values() for user in users}
        people = await self._profiles.people(picked, team)
        sent = incoming.read_form(submitted, team, actor, people, self.gateway.now())
        reply = await self.gateway.handle(sent)
        if not reply.ok:
            # The form stays open with what was written in it: nothing is lost.
            await ack(**views.reopen_refused(view, reply.cards))
            return
        if reply.form is not None:
            await ack(response_action="update", view=forms.modal(reply.form, sent.place))
        else:
            await ack()
        self.gateway.after_ack(self._replies.send(sent.place, actor, *reply.cards))


def _authorizer(clients: Clients, allowed_teams: frozenset[str]) -> Callable[..., Any]:
    """What Bolt asks for the installation of a payload; None ends the request kindly."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        if allowed_teams and not {team_id, enterprise_id} & allowed_teams:
            return None
        try:
            install = await clients.install(team_id or "", enterprise_id or "")
        except NotInstalled:
            return None
        except Exception as error:
            # Bolt would take Slack's own error for "not installed", and acknowledge: lost for good.
            raise TryAgain(error_code(error)) from None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=install.team or team_id,
            bot_id=install.bot,
            bot_user_id=install.bot_user,
            bot_token=install.token,
        )

    return authorize


async def _ignore() -> None:
    """An event that we do not use."""


async def _acknowledge(ack: Any) -> None:
    """A press on something of ours that means nothing (a link, an old view)."""
    await ack()


async def _respond_to_error(error: Exception) -> BoltResponse:
    """What could not be kept is not acknowledged, so Slack sends it again."""
    if isinstance(error, BadPayload):
        return BoltResponse(status=400, body="")
    if isinstance(error, NotInstalled):
        return BoltResponse(status=200, body="")
    if isinstance(error, TryAgain):
        log.error("a payload was not kept: %s", error.code)
    else:
        log.error("a payload failed: %s", describe_error(error))
    return BoltResponse(status=503, body="")
