"""The connector service: one call each, our own token, no retries, no msrest.

The stock client builds a list of 999 entries for each client that it makes and looks things up
in it twice a turn, which costs more than everything else together (platforms.md). A few calls over
one session of aiohttp are all that is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from adapters.teams.auth import Tokens

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)


class Refused(Exception):
    """The service refused: its status, its code, and the seconds to wait if it named any."""

    def __init__(self, status: int, code: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.retry_after = status, code, retry_after


class Unreached(Exception):
    """The call was never sent: there is no connection, or no token."""


class Lost(Exception):
    """The call was sent and no answer came: its fate is unknown."""


class Connector:
    """Calls the service at an activity's service URL. `bot` is the app's id there."""

    def __init__(self, tokens: Tokens, bot: str = "") -> None:
        self._tokens, self.bot = tokens, bot
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def create(self, service: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Create a conversation: a thread in a channel, or the chat with a person."""
        return await self._call("POST", service, "v3/conversations", parameters)

    async def post(
        self, service: str, conversation: str, activity: Mapping[str, Any], targeted: bool = False
    ) -> dict[str, Any]:
        """Post a message; `targeted`: visible to its recipient only."""
        path = f"v3/conversations/{quote(conversation, safe='')}/activities"
        query = {"isTargetedActivity": "true"} if targeted else None
        return await self._call("POST", service, path, activity, query)

    async def update(
        self, service: str, conversation: str, id: str, activity: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Replace the content of a message of ours."""
        path = f"v3/conversations/{quote(conversation, safe='')}/activities/{quote(id, safe='')}"
        return await self._call("PUT", service, path, activity)

    async def delete(self, service: str, conversation: str, id: str) -> None:
        """Delete a message of ours."""
        path = f"v3/conversations/{quote(conversation, safe='')}/activities/{quote(id, safe='')}"
        await self._call("DELETE", service, path)

    async def member(self, service: str, conversation: str, user: str) -> dict[str, Any]:
        """A member of a conversation, by either of their ids."""
        path = f"v3/conversations/{quote(conversation, safe='')}/members/{quote(user, safe='')}"
        return await self._call("GET", service, path)

    async def members(self, service: str, conversation: str) -> list[dict[str, Any]]:
        """Who can read a conversation (the first page)."""
        path = f"v3/conversations/{quote(conversation, safe='')}/pagedmembers"
        page = await self._call("GET", service, path, query={"pageSize": "200"})
        return list(page.get("members") or [])

    async def _call(
        self,
        method: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        try:
            token = await self._tokens.get()
        except Exception:
            raise Unreached from None
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        url = f"{service.rstrip('/')}/{path}"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self._session.request(
                method, url, json=body, params=query, headers=headers
            ) as answer:
                content = await _json(answer)
                if answer.status < 400:
                    return content
                if answer.status == 401:
                    self._tokens.forget()
                raise Refused(answer.status, _code(content), _retry_after(answer.headers))
        except aiohttp.ClientConnectorError:
            raise Unreached from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Lost from None


async def _json(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        content = await answer.json(content_type=None)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _code(content: Mapping[str, Any]) -> str:
    """The code of an error. A blocked bot hears of it without `error`, as JSON within a string."""
    error = content.get("error")
    code = error.get("code") if isinstance(error, Mapping) else ""
    code = code or _sub_code(content.get("message")) or content.get("errorCode")
    return str(code or "unknown")[:80]


def _sub_code(message: object) -> str:
    try:
        inner = json.loads(message) if isinstance(message, str) else None
    except (ValueError, RecursionError):
        return ""
    return str(inner.get("subCode") or "") if isinstance(inner, dict) else ""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    seconds = headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else None
