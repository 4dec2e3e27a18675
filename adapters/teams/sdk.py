"""The Bot Framework SDK's adapter and turn, on our own connector.

`TeamsActivityHandler` (handler.py) sorts what Teams sends into its hooks; what a hook answers
within its turn leaves through `ConnectorAdapter`. The stock adapter is not used, because it costs
15 ms a message and answers 500 to bad tokens (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botbuilder.core import Bot, BotAdapter, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    ConversationReference,
    InvokeResponse,
    ResourceResponse,
)

from adapters.teams.connector import Connector
from bot.handlers.payloads import BadPayload

Payload = Mapping[str, Any]

# What the SDK goes by when it calls a hook or sends an answer; the rest is read from the payload.
ENVELOPE = (
    "type", "name", "action", "id", "channelId", "serviceUrl", "from", "recipient", "conversation",
    "membersAdded", "membersRemoved", "locale",
)  # fmt: skip


class Turn(TurnContext):  # type: ignore[misc]  # the SDK publishes no types
    """An activity on its way through the SDK.

    `payload` is what Teams sent, as incoming.py reads it: the SDK's models leave parts of it out.
    """

    def __init__(self, adapter: ConnectorAdapter, payload: Payload) -> None:
        super().__init__(adapter, _activity(payload))
        self.payload = payload
        self.invoke_response: Mapping[str, Any] | None = None


def _activity(payload: Payload) -> Activity:
    """The SDK's model of an activity. Raises BadPayload for what is none."""
    if not isinstance(payload.get("type"), str):
        raise BadPayload("no_type")
    envelope = {key: payload[key] for key in ENVELOPE if key in payload}
    try:
        # The SDK's hooks look into channelData without asking whether it is there.
        return Activity.deserialize({**envelope, "channelData": payload.get("channelData") or {}})
    except ValueError:
        raise BadPayload("not_an_activity") from None


class ConnectorAdapter(BotAdapter):  # type: ignore[misc]  # the SDK publishes no types
    """Takes activities to a bot, and what it sends within a turn to the connector."""

    def __init__(self, connector: Connector) -> None:
        super().__init__()
        self._connector = connector

    async def process(self, payload: Payload, bot: Bot) -> Mapping[str, Any] | None:
        """One turn: the answer to an invoke, None for everything else. Raises BadPayload."""
        turn = Turn(self, payload)
        await self.run_pipeline(turn, bot.on_turn)
        return turn.invoke_response

    async def send_activities(
        self, context: Turn, activities: Sequence[Activity]
    ) -> list[ResourceResponse]:
        """Post them where each belongs; an invoke's answer becomes that of the request."""
        responses = []
        for activity in activities:
            if activity.type == ActivityTypes.invoke_response:
                answer: InvokeResponse = activity.value
                context.invoke_response = answer.body
                responses.append(ResourceResponse())
                continue
            posted = await self._connector.post(
                activity.service_url, activity.conversation.id, activity.serialize()
            )
            responses.append(ResourceResponse(id=str(posted.get("id", ""))))
        return responses

    async def update_activity(self, context: Turn, activity: Activity) -> ResourceResponse:
        """Replace the content of a message of ours."""
        await self._connector.update(
            activity.service_url, activity.conversation.id, activity.id, activity.serialize()
        )
        return ResourceResponse(id=activity.id)

    async def delete_activity(self, context: Turn, reference: ConversationReference) -> None:
        """Delete a message of ours."""
        await self._connector.delete(
            reference.service_url, reference.conversation.id, reference.activity_id
        )
