"""The routes that Slack calls, on the process's own web application.

Rule 1: what is not signed by Slack, too old, or malformed is answered here with 401 or 400: it
        never reaches Bolt, whose own check writes the whole body into the log.
Rule 2: nothing of a request stands in a log.
"""

from __future__ import annotations

import json
import logging
from urllib.parse import parse_qs

from aiohttp import ClientPayloadError, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from adapters.slack.app import SlackApp
from bot.ports import Clock

EVENTS = "/slack/events"
LARGEST = 1_000_000  # bytes of a request; Slack's own are far below

log = logging.getLogger("als.slack")


class _Now(SignatureClock):
    """The process's clock, as Slack's library asks for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


def add_events(server: web.Application, app: SlackApp, secret: str, clock: Clock) -> None:
    """Add the one route for events, commands and interactions. Needs a signing secret."""
    assert secret, "settings are checked at start"
    verifier = SignatureVerifier(secret, clock=_Now(clock))

    async def events(request: web.Request) -> web.Response:
        body = await _read(request)
        if body is None or not _signed(verifier, request, body):
            log.warning("a request was not signed by Slack, or too old")
            return web.Response(status=401)
        if not _well_formed(request.content_type, body):
            return web.Response(status=400)
        try:
            asked = AsyncBoltRequest(
                body=body, query=request.query_string, headers=dict(request.headers)
            )
        except Exception:
            # Bolt looks into payloads without checking their types.
            return web.Response(status=400)
        answer = await app.bolt.async_dispatch(asked)
        return await to_aiohttp_response(answer)

    server.router.add_post(EVENTS, events)


async def _read(request: web.Request) -> str | None:
    """The body as text; None if it is too large, or no text."""
    if (request.content_length or 0) > LARGEST:
        return None
    try:
        raw = b""
        # One read may return less than the whole body.
        async for piece in request.content.iter_any():
            raw += piece
            if len(raw) > LARGEST:
                return None
        return raw.decode("utf-8")
    except (UnicodeDecodeError, ClientPayloadError):
        return None


def _signed(verifier: SignatureVerifier, request: web.Request, body: str) -> bool:
    """HMAC-SHA256 over version, time stamp and body, at most five minutes old."""
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12 and signature.isascii()):
        return False
    return bool(verifier.is_valid(body=body, timestamp=stamp, signature=signature))


def _well_formed(kind: str, body: str) -> bool:
    """An event is a JSON object; everything else a form, whose `payload`, if any, is one."""
    if kind == "application/json":
        return _is_ours(body)
    try:
        fields = parse_qs(body, keep_blank_values=True, strict_parsing=True, max_num_fields=100)
    except ValueError:
        return False
    payload = fields.get("payload")
    if payload is None:
        return "command" in fields or "ssl_check" in fields
    return len(payload) == 1 and _is_ours(payload[0])


OBJECTS = (
    "event", "user", "team", "enterprise", "channel", "container", "message", "view", "state",
    "item", "previous_message", "tokens",
)  # fmt: skip
LISTS = ("authorizations", "actions", "blocks")


def _is_ours(text: str) -> bool:
    """Whether it is a JSON object with a type, and of the shape that is relied on."""
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(payload, dict) or not isinstance(payload.get("type"), str):
        return False
    event = payload.get("event", {"type": ""})
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return False
    if payload["type"] == "block_actions" and not payload.get("actions"):
        return False
    if payload["type"] in ("view_submission", "view_closed") and not _is_view(payload.get("view")):
        return False
    return _has_right_types(payload, named=("user", "team", "channel")) and _has_right_types(event)


def _is_view(view: object) -> bool:
    return isinstance(view, dict) and isinstance(view.get("type"), str)


def _has_right_types(payload: dict[str, object], named: tuple[str, ...] = ()) -> bool:
    """Whether objects are objects, and lists are lists of objects; an id may replace an object,
    except in `named`."""
    for name in OBJECTS:
        value = payload.get(name)
        fine = (dict, type(None)) if name in named else (dict, str, type(None))
        if not isinstance(value, fine):
            return False
    for name in LISTS:
        value = payload.get(name) or []
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            return False
    return True
