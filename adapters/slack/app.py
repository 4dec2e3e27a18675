"""Slack's side of a process: Bolt's listeners, and the routes that lead to them.

Rule 1: kept, then acknowledged. Bolt answers when the listener is done (process_before_response),
        and the listener is done when the core has committed.
        What is told then (a form, a card, a private line) goes out beside the answer: Slack waits
        three seconds for that, and a slow call must not look as if nothing was kept.
Rule 2: a listener takes no decision: it translates, hands on, and shows what comes back.
Rule 3: nothing of a payload stands in a log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack import forms, incoming, outgoing, views
from adapters.slack.clients import (
    Clients,
    Install,
    ManyWorkspaces,
    NotFresh,
    NotInstalled,
    web_client,
)
from adapters.slack.deliver import SlackPlatform, call, readers
from adapters.slack.profiles import Profiles
from adapters.slack.settings import API
from bot.cards.card import Card
from bot.handlers import workspace_events
from bot.handlers.host import Host, describe_error
from bot.handlers.inputs import Actor, AnyInput, Commanded
from bot.handlers.payloads import BadPayload
from bot.method.terms import Place
from bot.ports import (
    Clock,
    LaneClosed,
    Reply,
    StoreBusy,
    StoreFull,
    Transient,
    Undeliverable,
    UnknownFate,
)
from bot.runtime.runners import Runner, let_end

log = logging.getLogger("als.slack")

OURS = re.compile(r"^als\.")
ANY = re.compile(r".*")
CALL_FAILED = (LaneClosed, Transient, Undeliverable, UnknownFate, SlackClientError, NotFresh)
HEARD = "slack"  # the sign of life that doctor looks for: when Slack was last heard
HEARD_EVERY = 60  # seconds between two of them
NAMED = 30  # strangers whose names are asked for
MENTIONS = 10  # people mentioned in a message whose names are asked for

Body = Mapping[str, Any]


class NotNow(Exception):
    """Whose workspace it is cannot be said just now: Slack is to send again."""


class SlackSide:
    """Everything that Slack reaches in a process. `bolt` is what payloads are handed to."""

    def __init__(
        self,
        host: Host,
        clients: Clients,
        platform: SlackPlatform,
        clock: Clock,
        run: Runner,
        *,
        poke: Callable[[], None] = lambda: None,
        api: str = API,
        teams: frozenset[str] = frozenset(),
    ) -> None:
        self._host, self._clients, self._platform = host, clients, platform
        self._clock, self._run, self._poke, self._teams = clock, run, poke, teams
        self._profiles = Profiles(clients, clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._last = datetime.min.replace(tzinfo=UTC)
        platform.began = lambda where: self._later(self._look_around(where))

        async def authorize(enterprise_id: str | None, team_id: str | None) -> Any:
            # Bolt goes by the names of a function's arguments, and a method has one more.
            return await self._authorize(enterprise_id, team_id)

        self.bolt = AsyncApp(
            client=web_client(api),
            authorize=authorize,
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

    async def finish(self) -> None:
        """Let what was begun beside the answers come to its end, unless it takes too long."""
        await let_end(self._tasks)

    # Whose workspace

    async def _authorize(
        self, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult | None:
        """What Bolt wants to know of an installation; None ends the request kindly."""
        if self._teams and team_id not in self._teams and enterprise_id not in self._teams:
            return None
        try:
            found = await self._clients.install(team_id or "", enterprise_id or "")
        except NotInstalled:
            return None
        except Exception as error:
            # Bolt would take Slack's own error for "not installed", and acknowledge: lost for good.
            raise NotNow(_code(error)) from None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id or found.team,
            bot_id=found.bot,
            bot_user_id=found.bot_user,
            bot_token=found.token,
        )

    async def _install(self, context: Mapping[str, Any]) -> Install:
        return await self._clients.install(
            str(context.get("team_id") or ""), str(context.get("enterprise_id") or "")
        )

    async def _team(self, body: Body, context: Mapping[str, Any]) -> str:
        """The workspace in which the bot lives, which with Slack Connect may not be the actor's."""
        for found in body.get("authorizations") or ():
            if isinstance(found, Mapping) and found.get("team_id"):
                return str(found["team_id"])
        found_install = await self._install(context)
        return found_install.team or str(context.get("team_id") or "")

    async def _actor(self, user: str, team: str) -> Actor:
        return incoming.actor(user, team, await self._profiles.of(user, team))

    # What is heard

    def _listen(self) -> None:
        bolt = self.bolt
        bolt.event("message")(self._message)  # first, as most of what comes is: Bolt asks in order
        bolt.command(ANY)(self._command)
        bolt.event("app_mention")(self._mention)
        bolt.event("app_home_opened")(self._home_opened)
        bolt.event("member_joined_channel")(self._joined)
        bolt.event("channel_unarchive")(self._reopened)
        bolt.event("group_unarchive")(self._reopened)
        bolt.event("channel_id_changed")(self._moved)
        bolt.event("app_uninstalled")(self._uninstalled)
        bolt.event("tokens_revoked")(self._revoked)
        bolt.event(ANY)(_nothing)
        bolt.action(OURS)(self._pressed)
        bolt.action(ANY)(_acknowledged)
        bolt.view(OURS)(self._submitted)
        bolt.view_closed(ANY)(_acknowledged)
        bolt.shortcut(ANY)(self._shortcut)
        bolt.error(_failed)

    async def _command(self, ack: Any, body: Body, context: Mapping[str, Any]) -> None:
        team = await self._team(body, context)
        who = await self._actor(str(body.get("user_id") or ""), team)
        given = incoming.commanded(body, team, who, self._clock.now())
        reply = await self._handle(given)
        first, *rest = [body for card in reply.cards for body in outgoing.messages(card)] or [{}]
        await ack(**({"response_type": "ephemeral", **first} if first else {}))
        if reply.form is not None:
            self._later(self._open(body, team, given.place, who, reply))
        if rest:
            self._later(_respond_with(str(body.get("response_url") or ""), rest))

    async def _heard(self) -> None:
        """Slack has sent something; noted once in a while, for doctor."""
        now = self._clock.now()
        if (now - self._last).total_seconds() < HEARD_EVERY:
            return
        self._last = now
        with suppress(StoreBusy, StoreFull):  # the next one will do
            await self._run(self._host.store.beat, HEARD, now)

    async def _message(self, event: Body, body: Body, context: Mapping[str, Any]) -> None:
        await self._heard()
        author = incoming.author_of(event)
        install = await self._install(context)
        if not author or author == install.bot_user:
            return
        team = await self._team(body, context)
        if event.get("channel_type") == "im":
            return await self._direct(event, team)
        if incoming.after_mention(str(event.get("text") or ""), install.bot_user) is not None:
            return  # a command: app_mention brings it
        if not await self._is_ours(event, team):
            return
        who = await self._actor(author, team)
        words = await self._words(event, team)
        given = incoming.message(event, team, who, words)
        if given is not None:
            await self._handle(given)

    async def _is_ours(self, event: Body, team: str) -> bool:
        """Most of what is said in a workspace is not for us, and is not looked at any further."""
        channel = str(event.get("channel") or "")
        here, ts, thread = incoming.told_of(event)
        where = incoming.place(team, channel, "" if thread == here else thread)
        if self._host.is_known_thread(where):
            return True
        if not ts and not where.thread:
            return False
        return bool(await self._run(self._host.is_our_thread, where, ts))

    async def _words(self, event: Body, team: str) -> Callable[[str], str]:
        """Slack's markup as people read it, with the names of those who are mentioned."""
        inner = event.get("message")
        text = str((inner if isinstance(inner, Mapping) else event).get("text") or "")
        users = incoming.mentioned(text)[:MENTIONS]
        names = {user: (await self._profiles.of(user, team)).name for user in users}
        return lambda said: incoming.plain(said, lambda user: names.get(user, ""))

    async def _direct(self, event: Body, team: str) -> None:
        """Written to the bot itself: a command."""
        subtype = str(event.get("subtype") or "")
        if subtype not in incoming.WRITTEN or event.get("bot_id") or not event.get("user"):
            return
        who = await self._actor(str(event["user"]), team)
        given = incoming.direct(event, team, who, incoming.plain(str(event.get("text") or "")))
        self._later(self._told(await self._handle(given), given, who))

    async def _mention(self, event: Body, body: Body, context: Mapping[str, Any]) -> None:
        install = await self._install(context)
        team = await self._team(body, context)
        text = str(event.get("text") or "")
        rest = incoming.after_mention(text, install.bot_user)
        user = str(event.get("user") or "")
        if rest is None or not user or event.get("bot_id"):
            return
        who = await self._actor(user, team)
        given = incoming.mention(event, team, who, incoming.plain(rest))
        self._later(self._told(await self._handle(given), given, who))

    async def _pressed(self, ack: Any, body: Body, context: Mapping[str, Any]) -> None:
        team = await self._team(body, context)
        user = str((body.get("user") or {}).get("id") or "")
        where = incoming.where_pressed(body, team, user)
        what = outgoing.pressed((body.get("actions") or [{}])[0])
        who = await self._actor(user, team)
        reply = await self._handle(incoming.pressed(body, what, where, who, self._clock.now()))
        await ack()
        self._later(self._show(body, team, where, who, reply))

    async def _shortcut(self, ack: Any, body: Body, context: Mapping[str, Any]) -> None:
        team = await self._team(body, context)
        who = await self._actor(str((body.get("user") or {}).get("id") or ""), team)
        given = incoming.shortcut(body, team, who, self._clock.now())
        reply = await self._handle(given)
        await ack()
        self._later(self._show(body, team, given.place, who, reply))

    async def _submitted(self, ack: Any, body: Body, context: Mapping[str, Any]) -> None:
        team = await self._team(body, context)
        view = body.get("view") or {}
        found = forms.submitted(view)
        who = await self._actor(str((body.get("user") or {}).get("id") or ""), team)
        users = {user for picked in found.users.values() for user in picked}
        profiles = {user: await self._profiles.of(user, team) for user in sorted(users)}
        people = {u: incoming.actor(u, team, p) for u, p in profiles.items() if not p.robot}
        given = incoming.sent(found, team, who, people, self._clock.now())
        reply = await self._handle(given)
        if not reply.ok:
            # The form stays open with what was written in it: nothing is lost.
            await ack(**views.refused(view, reply.cards))
            return
        if reply.form is not None:
            await ack(response_action="update", view=forms.modal(reply.form, given.place))
        else:
            await ack()
        self._later(self._tell_all(given.place, who, reply.cards))

    # What is answered

    async def _handle(self, given: AnyInput) -> Reply:
        reply: Reply = await self._run(self._host.handle, given)
        self._poke()
        return reply

    async def _show(self, body: Body, team: str, where: Place, who: Actor, reply: Reply) -> None:
        """A form opens; a card is told where it was pressed, in place of the note it was on."""
        view = body.get("view") or {}
        if reply.form is not None:
            await self._open(body, team, where, who, reply)
        elif view:
            for card in reply.cards:
                await self._open_card(body, team, card)
        else:
            await self._in_place(body, where, who, reply)
        if view.get("type") == "home":
            self._later(self._publish(who, team))

    async def _in_place(self, body: Body, where: Place, who: Actor, reply: Reply) -> None:
        where = incoming.where_answered(body, where)
        url = str(body.get("response_url") or "")
        ephemeral = bool((body.get("container") or {}).get("is_ephemeral")) and reply.ok
        cards = list(reply.cards)
        if ephemeral and url:
            # A private note that was answered makes room for the answer.
            first = outgoing.messages(cards.pop(0)) if cards else []
            put = {"replace_original": True, **first[0]} if first else {"delete_original": True}
            if not await _respond(url, put) and first:
                await self._tell(where, who, reply.cards[0])
        for card in cards:
            await self._tell(where, who, card)

    async def _told(self, reply: Reply, given: Commanded, who: Actor) -> None:
        """The answer to something typed: a form cannot open there, so a button leads to it."""
        for card in reply.cards:
            await self._tell(given.place, who, card)
        if reply.form is not None:
            await self._tell(given.place, who, views.doorway(reply.form, given.text))

    async def _tell_all(self, where: Place, who: Actor, cards: Sequence[Card]) -> None:
        for card in cards:
            await self._tell(where, who, card)

    async def _tell(self, where: Place, who: Actor, card: Card) -> None:
        try:
            await self._platform.answer(where, who.address.user, card)
        except CALL_FAILED as error:
            log.warning("an answer could not be given: %s", _code(error))

    async def _open(self, body: Body, team: str, where: Place, who: Actor, reply: Reply) -> None:
        assert reply.form is not None
        view = forms.modal(reply.form, where)
        try:
            client = await self._clients.client(team)
            inside = (body.get("view") or {}).get("type") == "modal"
            method = client.views_push if inside else client.views_open
            await call(method, trigger_id=str(body.get("trigger_id") or ""), view=view)
        except (*CALL_FAILED, NotInstalled) as error:
            log.warning("a form could not be opened: %s", _code(error))
            await self._tell(where, who, views.not_opened())

    async def _open_card(self, body: Body, team: str, card: Card) -> None:
        try:
            client = await self._clients.client(team)
            inside = (body.get("view") or {}).get("type") == "modal"
            method = client.views_push if inside else client.views_open
            view = views.notice(card)
            await call(method, trigger_id=str(body.get("trigger_id") or ""), view=view)
        except (*CALL_FAILED, NotInstalled) as error:
            log.warning("a card could not be opened: %s", _code(error))

    # Around

    async def _home_opened(self, event: Body, body: Body, context: Mapping[str, Any]) -> None:
        if event.get("tab", "home") != "home":
            return
        team = await self._team(body, context)
        who = await self._actor(str(event.get("user") or ""), team)
        # Whoever looks at the bot's page is back, if they could not be written to.
        await self._run(
            workspace_events.conversation_reached,
            self._host.store,
            incoming.own(team, who.address.user),
        )
        self._poke()
        await self._publish(who, team)

    async def _publish(self, who: Actor, team: str) -> None:
        cards = await self._run(
            workspace_events.draw_own_page, self._host.store, who, self._clock.now()
        )
        try:
            client = await self._clients.client(team)
            await call(client.views_publish, user_id=who.address.user, view=outgoing.home(cards))
        except (*CALL_FAILED, NotInstalled) as error:
            log.warning("a page could not be shown: %s", _code(error))

    async def _joined(self, event: Body, body: Body, context: Mapping[str, Any]) -> None:
        install = await self._install(context)
        team = await self._team(body, context)
        where = incoming.place(team, str(event.get("channel") or ""))
        if event.get("user") == install.bot_user:
            await self._run(workspace_events.conversation_reached, self._host.store, where)
            self._poke()
        await self._look_around(where)

    async def _reopened(self, event: Body, body: Body, context: Mapping[str, Any]) -> None:
        team = await self._team(body, context)
        where = incoming.place(team, str(event.get("channel") or ""))
        await self._run(workspace_events.conversation_reached, self._host.store, where)
        self._poke()

    async def _moved(self, event: Body, body: Body, context: Mapping[str, Any]) -> None:
        team = await self._team(body, context)
        was = incoming.place(team, str(event.get("old_channel_id") or ""))
        now = incoming.place(team, str(event.get("new_channel_id") or ""))
        if was.conversation and now.conversation:
            await self._run(workspace_events.conversation_moved, self._host.store, was, now)

    async def _look_around(self, where: Place) -> None:
        """Who can read along where a set meets (method.md §8)."""
        team = where.installation
        try:
            here = incoming.place(team, where.conversation)
            if await self._run(workspace_events.strangers, self._host.store, here, ()) is None:
                return
            client = await self._clients.client(team)
            users, public = await readers(client, where.conversation)
            unknown = [incoming.actor(u, team, incoming.Profile()) for u in users]
            found = await self._run(workspace_events.strangers, self._host.store, here, unknown)
            people = [await self._actor(a.address.user, team) for a in (found or ())[:NAMED]]
            robots = {a.address.user for a in people if (await self._is_robot(a, team))}
            people = [a for a in people if a.address.user not in robots]
            people += (found or ())[NAMED:]
            now, ids = self._clock.now(), self._host.ids
            await self._run(
                workspace_events.readers_changed, self._host.store, ids, here, people, public, now
            )
            self._poke()
        except (Transient, UnknownFate, NotFresh) as error:
            raise NotNow(_code(error)) from None  # news of a new member is sent again
        except (*CALL_FAILED, NotInstalled) as error:
            log.warning("could not see who reads along: %s", _code(error))

    async def _is_robot(self, actor: Actor, team: str) -> bool:
        return (await self._profiles.of(actor.address.user, team)).robot

    async def _uninstalled(self, body: Body, context: Mapping[str, Any]) -> None:
        found = [a for a in body.get("authorizations") or () if isinstance(a, Mapping)]
        whole = any(a.get("is_enterprise_install") for a in found) or not body.get("team_id")
        await self._forget(body, context, whole=whole)

    async def _revoked(self, event: Body, body: Body, context: Mapping[str, Any]) -> None:
        if (event.get("tokens") or {}).get("bot"):
            await self._forget(body, context, whole=True)

    async def _forget(self, body: Body, context: Mapping[str, Any], *, whole: bool) -> None:
        """The token goes at once; the sets there are over, and our copy goes 30 days later."""
        team = str(body.get("team_id") or context.get("team_id") or "")
        teams: tuple[str, ...] = (team,)
        if isinstance(self._clients, ManyWorkspaces):
            enterprise = str(body.get("enterprise_id") or context.get("enterprise_id") or "")
            teams = await self._clients.forget(team, enterprise, whole=whole)
        self._clients.revoked(team)
        now, ids = self._clock.now(), self._host.ids
        name, ended = incoming.PLATFORM, 0
        for each in teams:
            ended += await self._run(
                workspace_events.uninstalled, self._host.store, ids, name, each, now
            )
        log.info("taken out of a workspace; %d sets ended", ended)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside the answer, because Slack waits three seconds for that."""

        async def quietly_done() -> None:
            try:
                await work
            except Exception as error:
                log.error("work beside an answer failed: %s", describe_error(error))

        task = asyncio.get_running_loop().create_task(quietly_done())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _nothing() -> None:
    """An event that we do not use."""


async def _acknowledged(ack: Any) -> None:
    """A press on something of ours that means nothing (a link, an old view)."""
    await ack()


async def _failed(error: Exception) -> BoltResponse:
    """What could not be kept is not acknowledged, so Slack sends it again."""
    if isinstance(error, BadPayload):
        return BoltResponse(status=400, body="")
    if isinstance(error, NotInstalled):
        return BoltResponse(status=200, body="")
    log.error("a payload failed: %s", describe_error(error))
    return BoltResponse(status=503, body="")


async def _respond_with(url: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    for body in bodies:
        await _respond(url, {"response_type": "ephemeral", **body})


async def _respond(url: str, body: Mapping[str, Any]) -> bool:
    """To a response URL; it lives half an hour and takes five answers."""
    if not url:
        return False
    try:
        found = await AsyncWebhookClient(url, timeout=5, retry_handlers=[]).send_dict(dict(body))
    except Exception as error:
        log.warning("an answer could not be given: %s", type(error).__name__)
        return False
    return found.status_code == 200 and '"ok":false' not in json.dumps(found.body)


def _code(error: Exception) -> str:
    """A code for the log, never what was sent."""
    return str(getattr(error, "code", type(error).__name__))
