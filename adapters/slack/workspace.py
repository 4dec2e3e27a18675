"""What happens around a set in a workspace: the Home tab, members, channels, the installation."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext

from adapters.slack import incoming, outgoing
from adapters.slack.clients import Clients, ManyWorkspaces, NotFresh
from adapters.slack.deliver import call, readers
from adapters.slack.profiles import Profiles
from adapters.slack.replies import CALL_FAILED, error_code
from bot.handlers import workspace_events
from bot.handlers.inputs import Actor
from bot.method.terms import Place
from bot.ports import Transient, UnknownFate
from bot.runtime.gateway import Gateway, TryAgain

NAMED = 30  # strangers whose names are asked for

Body = Mapping[str, Any]

log = logging.getLogger("als.slack")


class WorkspaceEvents:
    """Bolt's listeners for everything but messages, buttons, forms and commands."""

    def __init__(self, gateway: Gateway, clients: Clients, profiles: Profiles) -> None:
        self._gateway, self._clients = gateway, clients
        self._profiles = profiles

    # The Home tab

    async def home_opened(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        """Whoever looks at the bot's page is back, if they could not be written to."""
        if event.get("tab", "home") != "home":
            return
        team = incoming.team_of(body, context)
        actor = await self._profiles.actor(str(event.get("user") or ""), team)
        await self._gateway.change(
            workspace_events.conversation_reached, incoming.own(team, actor.address.user)
        )
        await self.publish_home(actor)

    async def publish_home(self, actor: Actor) -> None:
        """Draw somebody's Home tab as it now is."""
        cards = await self._gateway.ask(workspace_events.draw_own_page, actor, self._gateway.now())
        user, team = actor.address.user, actor.address.installation
        try:
            client = await self._clients.client(team)
            await call(client.views_publish, user_id=user, view=outgoing.home(cards))
        except CALL_FAILED as error:
            log.warning("a page could not be shown: %s", error_code(error))

    # Channels and their members

    async def member_joined(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        """The bot, or somebody, came into a channel."""
        place = incoming.channel_of(event, incoming.team_of(body, context))
        if event.get("user") == context.bot_user_id:
            await self._gateway.change(workspace_events.conversation_reached, place)
        await self._tell_of_outsiders(place)

    async def channel_reopened(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        """A channel is no longer archived."""
        place = incoming.channel_of(event, incoming.team_of(body, context))
        await self._gateway.change(workspace_events.conversation_reached, place)

    async def channel_moved(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        """A channel has another id: it became private, or is shared now."""
        team = incoming.team_of(body, context)
        before = incoming.channel_of(event, team, "old_channel_id")
        after = incoming.channel_of(event, team, "new_channel_id")
        if before.conversation and after.conversation:
            await self._gateway.ask(workspace_events.conversation_moved, before, after)

    def session_began(self, place: Place) -> None:
        """A session's card was posted: look who can read it."""
        self._gateway.after_ack(self._tell_of_outsiders(place))

    async def _tell_of_outsiders(self, place: Place) -> None:
        """Tell host and presenters who else can read where a set meets (method.md §8).

        Raises TryAgain if Slack does not answer now: news of a new member is sent again.
        """
        team = place.installation
        channel = incoming.place(team, place.conversation)
        if await self._gateway.ask(workspace_events.strangers, channel, ()) is None:
            return
        try:
            client = await self._clients.client(team)
            users, public = await readers(client, place.conversation)
        except (Transient, UnknownFate, NotFresh) as error:
            raise TryAgain(error_code(error)) from None
        except CALL_FAILED as error:
            log.warning("could not see who reads along: %s", error_code(error))
            return
        members = [incoming.actor(user, team, incoming.Profile()) for user in users]
        outsiders = await self._gateway.ask(workspace_events.strangers, channel, members) or ()
        named = [outsider.address.user for outsider in outsiders[:NAMED]]
        people = [*(await self._profiles.people(named, team)).values(), *outsiders[NAMED:]]
        ids, now = self._gateway.ids, self._gateway.now()
        await self._gateway.change(
            workspace_events.readers_changed, ids, channel, people, public, now
        )

    # The installation

    async def app_uninstalled(self, body: Body, context: AsyncBoltContext) -> None:
        """The app was taken out of a workspace, or of a whole organisation."""
        authorizations = [a for a in body.get("authorizations") or () if isinstance(a, Mapping)]
        org = any(a.get("is_enterprise_install") for a in authorizations)
        await self._forget(body, context, whole=org or not body.get("team_id"))

    async def tokens_revoked(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        """Tokens serve no longer; only the bot's concerns us."""
        if (event.get("tokens") or {}).get("bot"):
            await self._forget(body, context, whole=True)

    async def _forget(self, body: Body, context: AsyncBoltContext, *, whole: bool) -> None:
        """The token goes at once; the sets there are over, and our copy goes 30 days later."""
        team = str(body.get("team_id") or context.team_id or "")
        teams: tuple[str, ...] = (team,)
        if isinstance(self._clients, ManyWorkspaces):
            enterprise = str(body.get("enterprise_id") or context.enterprise_id or "")
            teams = await self._clients.forget(team, enterprise, whole=whole)
        self._clients.revoked(team)
        ids, now, ended = self._gateway.ids, self._gateway.now(), 0
        for each in teams:
            ended += await self._gateway.ask(
                workspace_events.uninstalled, ids, incoming.PLATFORM, each, now
            )
        log.info("taken out of a workspace; %d sets ended", ended)
