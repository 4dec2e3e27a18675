"""Teams' side of a process: the route, who is let in, and what a turn is acknowledged with.

Rule 1: an input is kept before Teams hears 2xx (bot/runtime/gateway.py).
Rule 2: every bad credential is 401, every malformed body 400; nothing of either is logged.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from adapters.teams.auth import Gate, Unauthorized, tenant_of
from adapters.teams.connector import Connector
from adapters.teams.handler import TeamsHandler
from adapters.teams.incoming import PLATFORM
from adapters.teams.references import References
from adapters.teams.sdk import ConnectorAdapter
from bot.handlers.payloads import BadPayload
from bot.ports import StoreBusy, StoreFull
from bot.ports.errors import describe_error
from bot.runtime.gateway import Gateway, TryAgain

MESSAGES = "/api/messages"
HEARD = PLATFORM  # the heartbeat that `als doctor` looks for
LARGEST = 1_000_000  # bytes of a request; Teams' own are far below

log = logging.getLogger("als.teams")


class TeamsApp:
    """Everything that Teams reaches in a process. Without a `gate` everybody is let in."""

    def __init__(
        self,
        gateway: Gateway,
        gate: Gate | None,
        connector: Connector,
        references: References,
        handler: TeamsHandler,
    ) -> None:
        self.gateway = gateway
        self._gate, self._connector, self._references = gate, connector, references
        self._handler, self._adapter = handler, ConnectorAdapter(connector)

    async def close(self) -> None:
        """Finish what was begun beside the answers, and give the connections back."""
        await self.gateway.drain()
        await self._connector.close()

    async def messages(self, request: web.Request) -> web.Response:
        """One activity. What could not be kept is not acknowledged: Teams sends it again."""
        payload = await _read(request)
        if payload is None:
            return web.Response(status=400)
        try:
            if self._gate is not None:
                await self._gate.check(request.headers.get("Authorization", ""), payload)
            await self.gateway.note_heard()
            service = str(payload.get("serviceUrl") or "")
            await self._references.keep_service(tenant_of(payload), service)
            answer = await self._adapter.process(payload, self._handler)
        except Unauthorized as error:
            log.warning("a request was not let in: %s", error.code)
            return web.Response(status=401)
        except BadPayload:
            return web.Response(status=400)
        except (TryAgain, StoreBusy, StoreFull) as error:
            log.error("an activity was not kept: %s", error)
            return web.Response(status=503)
        except Exception as error:
            log.error("an activity failed: %s", describe_error(error))
            return web.Response(status=503)
        if payload.get("type") == "invoke":
            return web.json_response(answer or {})
        return web.Response(status=202)


async def _read(request: web.Request) -> Mapping[str, Any] | None:
    """The activity; None for what is too large, no text or no object."""
    if (request.content_length or 0) > LARGEST:
        return None
    try:
        raw = await request.content.read(LARGEST + 1)
        payload = json.loads(raw) if len(raw) <= LARGEST else None
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
