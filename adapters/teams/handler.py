"""The SDK's hooks: each translates what Teams sent, hands it on, and shows what comes back.

A hook takes no decision. What it is given besides the turn is not read: the payload itself is,
because the SDK's models leave parts of it out.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import InvokeResponse

from adapters.teams import forms, incoming, outgoing, views
from adapters.teams.answers import CALL_FAILED, Answers
from adapters.teams.auth import tenant_of
from adapters.teams.connector import Connector, Lost, Refused, Unreached
from adapters.teams.deliver import TeamsPlatform
from adapters.teams.references import References
from adapters.teams.sdk import Payload, Turn
from bot.cards.views.home import together
from bot.handlers import workspace_events
from bot.handlers.inputs import Actor, Deleted, Edited
from bot.handlers.payloads import Submitted, mapping_in, text_in
from bot.method.card_key import CardKey
from bot.method.terms import Place
from bot.ports import Reply
from bot.runtime.gateway import Gateway

Answer = dict[str, Any] | None

log = logging.getLogger("als.teams")


class TeamsHandler(TeamsActivityHandler):  # type: ignore[misc]  # the SDK publishes no types
    """`bot_id` is the app's id in Teams; without one (development) whoever is written to is it."""

    def __init__(
        self,
        gateway: Gateway,
        connector: Connector,
        references: References,
        platform: TeamsPlatform,
        *,
        bot_id: str,
    ) -> None:
        super().__init__()
        self._gateway, self._connector, self._references = gateway, connector, references
        self._platform, self._bot_id = platform, bot_id
        self._answers = Answers(gateway, platform)
        self._invokes: Mapping[str, Callable[[Turn, Payload], Awaitable[Answer]]] = {
            "adaptiveCard/action": self.on_adaptive_card_invoke,
            "task/fetch": self.on_teams_task_module_fetch,
            "task/submit": self.on_teams_task_module_submit,
            "composeExtension/fetchTask": self.on_teams_messaging_extension_fetch_task,
            "composeExtension/submitAction": self.on_teams_task_module_submit,
        }

    def _bot_in(self, payload: Payload) -> str:
        return self._bot_id or text_in(mapping_in(payload, "recipient"), "id")

    # Messages

    async def on_message_activity(self, turn_context: Turn) -> None:
        """What somebody wrote: a command, a contribution, or nothing for us."""
        payload = turn_context.payload
        if incoming.is_robot(payload):
            return
        actor, place = incoming.actor(payload), incoming.place(payload)
        personal = incoming.kind_of(payload) == "personal"
        if personal:
            await self._references.keep_chat(
                place.installation, actor.address.user, incoming.conversation_id(payload)
            )
        text, mentioned = incoming.read_words(payload, self._bot_in(payload))
        if not text and isinstance(payload.get("value"), Mapping):
            return await self._handle_submit_message(payload, actor)
        place = await self._with_thread(payload, place)
        command = incoming.command_in(text, mentioned, personal)
        if command == "" and personal:
            cards = await self._gateway.ask(
                workspace_events.draw_own_page, actor, self._gateway.now()
            )
            await self._answers.send(actor, together(cards))
        elif command is not None:
            await self._handle_command(turn_context, command, text, place)
        elif text and place.thread and await self._gateway.is_ours(place):
            await self._gateway.handle(incoming.read_message(payload, text, place))

    async def _handle_command(self, turn: Turn, command: str, text: str, place: Place) -> None:
        """The private answer to a command, and the button that opens its form."""
        commanded = incoming.read_command(turn.payload, command, text, place)
        reply = await self._gateway.handle(commanded)
        cards = list(reply.cards)
        if reply.form is not None:
            cards.append(views.doorway(reply.form, commanded.text, commanded.place))
        await self._answers.send_or_explain(turn, commanded.actor, reply.language, *cards)

    async def _handle_submit_message(self, payload: Payload, actor: Actor) -> None:
        """A press in a client without Action.Execute: it comes as a message with a value."""
        press, place = outgoing.read_button(payload.get("value")), await self._place(payload)
        reply = await self._gateway.handle(
            incoming.read_press(payload, press, place, self._gateway.now())
        )
        await self._answers.send(actor, *reply.cards)

    async def on_teams_message_edit(self, turn_context: Turn) -> None:
        """A message has another text."""
        payload = turn_context.payload
        text, _ = incoming.read_words(payload, self._bot_in(payload))
        await self._handle_change(payload, incoming.read_edit(payload, text))

    async def on_teams_message_soft_delete(self, turn_context: Turn) -> None:
        """A message is gone."""
        payload = turn_context.payload
        await self._handle_change(payload, incoming.read_deletion(payload))

    async def _handle_change(self, payload: Payload, change: Edited | Deleted) -> None:
        """Of a message that we know, or of one in our threads that has not come yet."""
        change = replace(change, place=await self._with_thread(payload, change.place))
        if await self._gateway.is_ours(change.place, change.message):
            await self._gateway.handle(change)

    async def _place(self, payload: Payload) -> Place:
        return await self._with_thread(payload, incoming.place(payload))

    async def _with_thread(self, payload: Payload, place: Place) -> Place:
        """A group chat has no threads: what is typed there belongs to the session that runs."""
        if place.thread or incoming.kind_of(payload) != "groupChat":
            return place
        return replace(place, thread=await self._gateway.ask(workspace_events.only_thread, place))

    # Buttons and forms

    async def on_invoke_activity(self, turn_context: Turn) -> InvokeResponse:
        """Answer a press or a form.

        The SDK's own method passes the hooks' bodies through its models, which fails on JSON.
        """
        payload = turn_context.payload
        invoke = self._invokes.get(text_in(payload, "name"))
        answer = await invoke(turn_context, mapping_in(payload, "value")) if invoke else None
        return InvokeResponse(status=200, body=answer or {})

    async def on_adaptive_card_invoke(self, turn_context: Turn, invoke_value: Payload) -> Answer:
        """A press. A short answer is shown where it was pressed, a longer one in private.

        Where nothing but thanks is to be said, the presser sees the card as it now is: for the
        others it is edited at the set's pace.
        """
        payload = turn_context.payload
        key = outgoing.read_view_request(invoke_value)
        if key is not None:
            actor = incoming.actor(payload)
            return await self._own_view(payload, key) or views.toast(None, actor.language)
        press = outgoing.read_button(invoke_value)
        place, actor = await self._place(payload), incoming.actor(payload)
        reply = await self._gateway.handle(
            incoming.read_press(payload, press, place, self._gateway.now())
        )
        if reply.ok and reply.form is None and all(card.name == "noted" for card in reply.cards):
            message = text_in(payload, "replyToId")
            key = await self._gateway.ask(workspace_events.card_key, place, message)
            if view := await self._own_view(payload, key):
                return view
        if len(reply.cards) == 1 and views.is_short(reply.cards[0]) and reply.form is None:
            return views.toast(reply.cards[0], reply.language)
        sent = await self._answers.send(actor, *reply.cards)
        blocked = None if sent else await self._answers.blocked_card(actor)
        return views.toast(blocked, reply.language)

    async def _own_view(self, payload: Payload, key: str) -> Answer:
        """A card as one person sees it, with buttons of their own; None if they have none."""
        actor = incoming.actor(payload)
        card = await self._gateway.ask(
            workspace_events.draw_for_viewer, actor, key, self._gateway.now()
        )
        if card is None:
            return None
        return views.own_view(
            self._platform.with_note(CardKey(key), card), key, actor.address.reach
        )

    async def on_teams_task_module_fetch(
        self, turn_context: Turn, task_module_request: Payload
    ) -> Answer:
        """A press on a button that opens a form."""
        payload = turn_context.payload
        press, place = incoming.through_doorway(
            outgoing.read_button(task_module_request), await self._place(payload)
        )
        reply = await self._gateway.handle(
            incoming.read_press(payload, press, place, self._gateway.now())
        )
        return _window(reply, place) or {"task": views.word(reply.language)}

    async def on_teams_messaging_extension_fetch_task(
        self, turn_context: Turn, action: Payload
    ) -> Answer:
        """An action in the menu of a message."""
        payload = turn_context.payload
        place = await self._place(payload)
        pressed = incoming.read_message_action(payload, place, self._gateway.now())
        if pressed is None:
            return None
        reply = await self._gateway.handle(pressed)
        return _window(reply, place) or {"task": views.word(reply.language)}

    async def on_teams_task_module_submit(
        self, turn_context: Turn, task_module_request: Payload
    ) -> Answer:
        """A form was handed in; a refused one is shown again with what was written in it."""
        payload = turn_context.payload
        if not forms.is_form(task_module_request):  # a button in a window of ours
            return await self.on_teams_task_module_fetch(turn_context, task_module_request)
        submitted = forms.read_submission(task_module_request)
        people = await self._picked_people(payload, submitted)
        sent = incoming.read_form(submitted, payload, people, self._gateway.now())
        reply = await self._gateway.handle(sent)
        reply = await self._answers.check_newcomer(reply, sent.actor)
        if not reply.ok:
            return {"task": views.reopen_refused(task_module_request, reply.cards)}
        return _window(reply, sent.place)

    async def _picked_people(self, payload: Payload, submitted: Submitted) -> dict[str, Actor]:
        """Those who were picked, as the roster of the place that the form is about knows them."""
        tenant, service = tenant_of(payload), text_in(payload, "serviceUrl")
        people: dict[str, Actor] = {}
        for user in sorted({user for users in submitted.users.values() for user in users}):
            try:
                member = await self._connector.member(service, submitted.conversation, user)
            except (Refused, Unreached, Lost):
                member = {"aadObjectId": user}
            people[user] = incoming.read_member(tenant, member)
        return people

    # Conversations

    async def on_teams_members_added_dispatch(
        self, members_added: object, team_info: object, turn_context: Turn
    ) -> None:
        """The bot, or somebody, came into a conversation."""
        payload = turn_context.payload
        place = replace(incoming.place(payload), thread="")
        bot_came, others = incoming.read_newcomers(payload, self._bot_in(payload))
        if bot_came:
            await self._gateway.change(workspace_events.conversation_reached, place)
        if bot_came or others:
            service = text_in(payload, "serviceUrl")
            self._gateway.after_ack(self._tell_of_outsiders(service, place))

    async def on_installation_update_add(self, turn_context: Turn) -> None:
        """The app was installed, for a person or in a conversation."""
        payload = turn_context.payload
        place = replace(incoming.place(payload), thread="")
        if incoming.kind_of(payload) == "personal":
            user = incoming.actor(payload).address.user
            chat = incoming.conversation_id(payload)
            await self._references.keep_chat(place.installation, user, chat)
        await self._gateway.change(workspace_events.conversation_reached, place)

    async def _tell_of_outsiders(self, service: str, place: Place) -> None:
        """Tell host and presenters who else can read where a set meets (method.md §8)."""
        if await self._gateway.ask(workspace_events.strangers, place, ()) is None:
            return
        try:
            members = await self._connector.members(service, place.conversation)
        except CALL_FAILED as error:
            log.warning("could not see who reads along: %s", type(error).__name__)
            return
        people = [incoming.read_member(place.installation, member) for member in members]
        outsiders = await self._gateway.ask(workspace_events.strangers, place, people)
        ids, now = self._gateway.ids, self._gateway.now()
        await self._gateway.change(
            workspace_events.readers_changed, ids, place, outsiders or (), False, now
        )


def _window(reply: Reply, place: Place) -> Answer:
    """A form, or the answer, in the window that is open; without either it closes."""
    if reply.form is not None:
        return {"task": forms.dialog(reply.form, place)}
    return {"task": views.notice(reply.cards[-1])} if reply.cards else None
