"""Teams' side of a process: one route, what comes in on it, and what goes back.

Rule 1: kept, then answered: Teams hears 2xx when the core has committed.
Rule 2: a handler takes no decision: it translates, hands on, and shows what comes back.
Rule 3: every bad credential is 401, every malformed body 400; nothing of either stands in a log.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from adapters.teams import forms, incoming, outgoing, views
from adapters.teams.auth import Gate, Unauthorized, tenant_of
from adapters.teams.connector import Connector, Lost, Refused, Unreached
from adapters.teams.deliver import TeamsPlatform
from adapters.teams.references import References
from bot.cards.card import Card
from bot.cards.views.home import together
from bot.delivery import unreachable
from bot.handlers import workspace_events
from bot.handlers.host import HandlingFailed, Host, describe_error
from bot.handlers.inputs import Actor, AnyInput, Commanded, Deleted, Edited
from bot.handlers.payloads import BadPayload, Submitted, mapping_in, text_in
from bot.method.terms import Person, Place
from bot.ports import (
    Clock,
    LaneClosed,
    PersonClosed,
    Reply,
    StoreBusy,
    StoreFull,
    Transient,
    Undeliverable,
    UnknownFate,
)
from bot.runtime.runners import Runner, let_end

MESSAGES = "/api/messages"
LARGEST = 1_000_000  # bytes of a request; Teams' own are far below
HEARD = "teams"  # the sign of life that doctor looks for
PATIENCE = 3.0  # seconds for a look whether somebody can be written to
HEARD_EVERY = 60  # seconds between two of them
CALL_FAILED = (LaneClosed, Transient, Undeliverable, UnknownFate, Refused, Unreached, Lost)

Activity = Mapping[str, Any]
Answer = dict[str, Any] | None

log = logging.getLogger("als.teams")


class TeamsSide:
    """Everything that Teams reaches in a process.

    `bot` is the id that the app has there; without one (development) whoever is written to is it.
    """

    def __init__(
        self,
        host: Host,
        gate: Gate | None,
        connector: Connector,
        references: References,
        platform: TeamsPlatform,
        clock: Clock,
        run: Runner,
        *,
        bot: str,
        poke: Callable[[], None] = lambda: None,
    ) -> None:
        self._host, self._gate, self._connector = host, gate, connector
        self._references, self._platform = references, platform
        self._clock, self._run, self._bot, self._poke = clock, run, bot, poke
        self._tasks: set[asyncio.Task[None]] = set()
        self._last = datetime.min.replace(tzinfo=UTC)

    async def finish(self) -> None:
        """Let what was begun beside the answers come to its end, unless it takes too long."""
        await let_end(self._tasks)
        await self._connector.close()

    # The route

    async def messages(self, request: web.Request) -> web.Response:
        """One activity. What could not be kept is not acknowledged: Teams sends messages again."""
        activity = await _read(request)
        if activity is None:
            return web.Response(status=400)
        try:
            if self._gate is not None:
                await self._gate.check(request.headers.get("Authorization", ""), activity)
        except Unauthorized as error:
            log.warning("a request was not let in: %s", error.code)
            return web.Response(status=401)
        try:
            answer = await self._dispatch(activity)
        except BadPayload:
            return web.Response(status=400)
        except (StoreBusy, StoreFull, HandlingFailed):
            return web.Response(status=503)
        except Exception as error:
            log.error("an activity failed: %s", describe_error(error))
            return web.Response(status=503)
        if activity.get("type") == "invoke":
            return web.json_response(answer or {})
        return web.Response(status=202)

    async def _dispatch(self, activity: Activity) -> Answer:
        tenant = tenant_of(activity)
        await self._heard()
        await self._references.keep_service(tenant, str(activity.get("serviceUrl") or ""))
        kind = activity.get("type")
        if kind == "message":
            await self._message(activity)
        elif kind == "messageUpdate":
            await self._edited(activity)
        elif kind == "messageDelete":
            await self._deleted(activity)
        elif kind == "conversationUpdate":
            await self._gathered(activity)
        elif kind == "installationUpdate":
            await self._installed(activity)
        elif kind == "invoke":
            return await self._invoked(activity)
        return None

    async def _heard(self) -> None:
        """Teams has called; noted once in a while, for doctor."""
        now = self._clock.now()
        if (now - self._last).total_seconds() < HEARD_EVERY:
            return
        self._last = now
        with suppress(StoreBusy, StoreFull):  # the next one will do
            await self._run(self._host.store.beat, HEARD, now)

    def _bot_in(self, activity: Activity) -> str:
        return self._bot or text_in(mapping_in(activity, "recipient"), "id")

    # What is written

    async def _message(self, activity: Activity) -> None:
        if incoming.is_robot(activity):
            return
        who, where = incoming.actor(activity), incoming.place(activity)
        personal = incoming.kind_of(activity) == "personal"
        if personal:
            chat = text_in(mapping_in(activity, "conversation"), "id")
            await self._references.keep_chat(where.installation, who.address.user, chat)
        text, mentioned = incoming.words(activity, self._bot_in(activity))
        value = activity.get("value")
        if isinstance(value, Mapping) and not text:
            return await self._submitted_message(activity, value, who)
        where = await self._thread(activity, where)
        rest = incoming.command_in(text, mentioned, personal)
        if rest == "" and personal:
            return await self._own_page(who)
        if rest is not None:
            given = incoming.commanded(activity, rest, text, where)
            return await self._told(await self._handle(given), given, activity)
        if not where.thread or not await self._is_ours(where):
            return
        typed = incoming.typed(activity, text, where)
        if typed is not None:
            await self._handle(typed)

    async def _own_page(self, who: Actor) -> None:
        """What is typed bare to the bot itself asks for one's own page: as one message."""
        now = self._clock.now()
        cards = await self._run(workspace_events.draw_own_page, self._host.store, who, now)
        await self._tell(who, together(cards))

    async def _thread(self, activity: Activity, where: Place) -> Place:
        """A group chat has no threads: what is typed there belongs to the one session that runs."""
        if incoming.kind_of(activity) != "groupChat":
            return where
        thread = await self._run(workspace_events.only_thread, self._host.store, where)
        return replace(where, thread=thread)

    async def _submitted_message(self, activity: Activity, value: Activity, who: Actor) -> None:
        """A button of a client that knows no Action.Execute: it comes as a message with a value."""
        what = outgoing.pressed(value)
        where = await self._where(activity)
        reply = await self._handle(incoming.pressed(activity, what, where, self._clock.now()))
        await self._tell(who, *reply.cards)

    async def _edited(self, activity: Activity) -> None:
        text, _ = incoming.words(activity, self._bot_in(activity))
        given = incoming.edited(activity, text)
        if given is not None:
            await self._changed(activity, given)

    async def _deleted(self, activity: Activity) -> None:
        given = incoming.deleted(activity)
        if given is not None:
            await self._changed(activity, given)

    async def _changed(self, activity: Activity, given: Edited | Deleted) -> None:
        """Of a message that we know, or of one in our threads that has not come yet."""
        given = replace(given, place=await self._thread(activity, given.place))
        if await self._is_ours(given.place, given.message):
            await self._handle(given)

    async def _is_ours(self, where: Place, message: str = "") -> bool:
        """Whether it is in a thread of ours, or a message that is known."""
        if self._host.is_known_thread(where):
            return True
        return bool(await self._run(self._host.is_our_thread, where, message))

    # What is pressed and filled in

    async def _invoked(self, activity: Activity) -> Answer:
        value = activity.get("value")
        value = value if isinstance(value, Mapping) else {}
        match activity.get("name"):
            case "adaptiveCard/action":
                return await self._executed(activity, value)
            case "task/fetch":
                return await self._fetched(activity, value)
            case "task/submit" | "composeExtension/submitAction":
                return await self._submitted(activity, value)
            case "composeExtension/fetchTask":
                return await self._from_message(activity)
        return None

    async def _executed(self, activity: Activity, value: Activity) -> Answer:
        """A press. A short answer is shown where it was pressed, a longer one in private.

        Where nothing but thanks is to be said, the presser sees the card as it now is: for the
        others it is edited at the set's pace.
        """
        key = outgoing.face_asked(value)
        if key is not None:
            return await self._face(activity, key) or views.toast(None)
        what = outgoing.pressed(value)
        where, who = await self._where(activity), incoming.actor(activity)
        reply = await self._handle(incoming.pressed(activity, what, where, self._clock.now()))
        if reply.ok and reply.form is None and all(c.name == "noted" for c in reply.cards):
            message = text_in(activity, "replyToId")
            key = await self._run(workspace_events.card_key, self._host.store, where, message)
            if shown := await self._face(activity, key):
                return shown
        if len(reply.cards) == 1 and views.is_short(reply.cards[0]) and reply.form is None:
            return views.toast(reply.cards[0])
        told = await self._tell(who, *reply.cards)
        return views.toast(None if told else await self._shut_card(who))

    async def _face(self, activity: Activity, key: str) -> Answer:
        """A client shows a card to somebody for whom it has buttons of its own."""
        who, now = incoming.actor(activity), self._clock.now()
        card = await self._run(workspace_events.draw_for_viewer, self._host.store, who, key, now)
        if card is None:
            return None
        return views.face(self._platform.explained(key, card), key, who.address.reach)

    async def _fetched(self, activity: Activity, value: Activity) -> Answer:
        """A press on a button that opens a form."""
        what, where = incoming.through_doorway(outgoing.pressed(value), await self._where(activity))
        reply = await self._handle(incoming.pressed(activity, what, where, self._clock.now()))
        # Whoever asked for a window gets at least a word: Teams takes no silence here.
        return self._task(reply, where) or {"task": views.word()}

    async def _from_message(self, activity: Activity) -> Answer:
        where = await self._where(activity)
        given = incoming.message_action(activity, where, self._clock.now())
        if given is None:
            return None
        return self._task(await self._handle(given), where) or {"task": views.word()}

    async def _submitted(self, activity: Activity, value: Activity) -> Answer:
        if not forms.is_form(value):
            return await self._fetched(activity, value)  # a button in a window of ours
        found = forms.submitted(value)
        people = await self._picked(activity, found)
        reply = await self._handle(incoming.sent(found, activity, people, self._clock.now()))
        where = Place(incoming.PLATFORM, tenant_of(activity), found.conversation, found.thread)
        reply = await self._reached(reply, incoming.actor(activity))
        if not reply.ok:
            # The form is shown again with what was written in it: nothing is lost.
            return {"task": views.refused(value, reply.cards)}
        return self._task(reply, where)

    def _task(self, reply: Reply, where: Place) -> Answer:
        """A form, or the answer, in the window that is open; without either it closes."""
        if reply.form is not None:
            return {"task": forms.dialog(reply.form, where)}
        return {"task": views.notice(reply.cards[-1])} if reply.cards else None

    async def _picked(self, activity: Activity, found: Submitted) -> dict[str, Actor]:
        """Those who were picked, as the place's own roster knows them."""
        tenant = tenant_of(activity)
        users = {user for picked in found.users.values() for user in picked}
        service = str(activity.get("serviceUrl") or "")
        here = found.conversation  # where the form is about, not where it was opened
        people: dict[str, Actor] = {}
        for user in sorted(users):
            try:
                member = await self._connector.member(service, here, user)
            except (Refused, Unreached, Lost):
                member = {"aadObjectId": user}
            people[user] = incoming.picked(tenant, member)
        return people

    async def _where(self, activity: Activity) -> Place:
        where = incoming.place(activity)
        if where.thread or incoming.kind_of(activity) != "groupChat":
            return where
        return await self._thread(activity, where)

    # What is answered

    async def _handle(self, given: AnyInput) -> Reply:
        reply: Reply = await self._run(self._host.handle, given)
        self._poke()
        return reply

    async def _told(self, reply: Reply, given: Commanded, activity: Activity) -> None:
        """What a command is answered with, and the door to its form."""
        cards = list(reply.cards)
        if reply.form is not None:
            cards.append(views.doorway(reply.form, given.text, given.place))
        if not await self._tell(given.actor, *cards):
            await self._say_why(activity)

    async def _tell(self, who: Actor, *cards: Card) -> bool:
        """Privately, in the person's own chat with the bot; False if that is closed to us."""
        person = await self._run(workspace_events.person, self._host.store, who)
        if person is not None and await self._run(
            unreachable.suspend_lane, self._host.store, person
        ):
            return False
        try:
            for card in cards:
                await self._platform.answer(who.address, card)
        except PersonClosed as error:
            await self._shut_out(person, error.code)
            return False
        except CALL_FAILED as error:
            log.warning("an answer could not be given: %s", type(error).__name__)
        return True

    async def _say_why(self, activity: Activity) -> None:
        """Where somebody asked and has no chat with the bot: what to do, and nothing of theirs."""
        service = str(activity.get("serviceUrl") or "")
        where = text_in(mapping_in(activity, "conversation"), "id")
        with suppress(*CALL_FAILED):
            await self._connector.post(service, where, outgoing.message(views.no_chat()))

    # Who cannot be written to

    async def _reached(self, reply: Reply, who: Actor) -> Reply:
        """Whoever came into a set hears at once if they cannot be written to; joining stands."""
        person = await self._run(workspace_events.person, self._host.store, who)
        if not reply.joined or person is None:
            return reply
        if await self._reachable(person):
            own = incoming.own(person.address.installation, person.address.user)
            await self._run(workspace_events.conversation_reached, self._host.store, own)
            return reply
        await self._shut_out(person, "not_reachable")
        card = await self._shut_card(who)
        if not reply.cards or card is None:
            return reply
        last = reply.cards[-1]
        told = replace(last, parts=(*last.parts, *card.parts))
        return replace(reply, cards=(*reply.cards[:-1], told))

    async def _reachable(self, person: Person) -> bool:
        """Found out while the form waits for its answer, so not for long; in doubt, yes."""
        try:
            return await asyncio.wait_for(self._platform.reachable(person), PATIENCE)
        except TimeoutError:
            return True

    async def _shut_out(self, person: Person | None, code: str) -> None:
        if person is not None:
            now = self._clock.now()
            await self._run(unreachable.suspend_person, self._host.store, person, code, now)
            self._poke()

    async def _shut_card(self, who: Actor) -> Card | None:
        person = await self._run(workspace_events.person, self._host.store, who)
        if person is None:
            return None
        card: Card = await self._run(
            unreachable.unreachable_card, self._host.store, person, self._clock.now()
        )
        return card

    # Around

    async def _gathered(self, activity: Activity) -> None:
        """The bot, or somebody, came into a conversation. Some of these carry no channelData."""
        where = replace(incoming.place(activity), thread="")
        came, others = incoming.joined(activity, self._bot_in(activity))
        if came:
            await self._run(workspace_events.conversation_reached, self._host.store, where)
            self._poke()
        if came or others:
            self._later(self._look_around(activity, where))

    async def _installed(self, activity: Activity) -> None:
        where = replace(incoming.place(activity), thread="")
        if activity.get("action") in ("add", "add-upgrade"):
            if incoming.kind_of(activity) == "personal":
                chat = text_in(mapping_in(activity, "conversation"), "id")
                user = incoming.actor(activity).address.user
                await self._references.keep_chat(where.installation, user, chat)
            await self._run(workspace_events.conversation_reached, self._host.store, where)
            self._poke()

    async def _look_around(self, activity: Activity, where: Place) -> None:
        """Who can read along where a set meets (method.md §8)."""
        store = self._host.store
        if await self._run(workspace_events.strangers, store, where, ()) is None:
            return
        service = str(activity.get("serviceUrl") or "")
        members = await self._connector.members(service, where.conversation)
        people = [incoming.picked(where.installation, m) for m in members]
        found = await self._run(workspace_events.strangers, store, where, people)
        now, ids = self._clock.now(), self._host.ids
        await self._run(
            workspace_events.readers_changed, store, ids, where, found or (), False, now
        )
        self._poke()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside the answer, because Teams does not wait long for that."""

        async def quietly_done() -> None:
            try:
                await work
            except CALL_FAILED as error:
                log.warning("could not see who reads along: %s", type(error).__name__)
            except Exception as error:
                log.error("work beside an answer failed: %s", describe_error(error))

        task = asyncio.get_running_loop().create_task(quietly_done())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _read(request: web.Request) -> Activity | None:
    """The activity; None for what is too large, no text or no object."""
    if (request.content_length or 0) > LARGEST:
        return None
    try:
        raw = await request.content.read(LARGEST + 1)
        found = json.loads(raw) if len(raw) <= LARGEST else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
