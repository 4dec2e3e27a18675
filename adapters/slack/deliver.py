"""Turns a delivery into one API call, and Slack's errors into the core's.

Rule 1: one call, no retry, no decision. Whoever calls decides what happens next.
Rule 2: a post carries its key in its metadata, so that one of unknown fate can be found again.
Rule 3: pace: one message a second and conversation, and each method's budget in a workspace.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import outgoing
from adapters.slack.clients import Clients, NotFresh, NotInstalled
from adapters.slack.incoming import PLATFORM, own
from bot.cards.card import Card, Words
from bot.cards.wording import wording
from bot.handlers.payloads import BadPayload
from bot.method.card_key import CardKind
from bot.method.terms import Place
from bot.ports import (
    Delivery,
    LaneClosed,
    PersonClosed,
    RateLimiter,
    Transient,
    Undeliverable,
    UnknownFate,
)

EVENT = "als_card"  # of the metadata; any app in the workspace can read it, so only opaque keys
LOOK_BACK = 200  # messages a page, when a post of unknown fate is looked up
PAGES = 10  # of a thread at most; Slack returns the oldest messages first
PACE = timedelta(seconds=1)  # between two posts in one conversation
PER_MINUTE = {"chat.update": 50, "chat.postEphemeral": 100, "chat.postMessage": 300}
# Of one workspace: tiers 3 and 4; for posts Slack says "several hundred", and the courier has many
# under way at once.
MINUTE = timedelta(minutes=1)

CLOSED = frozenset(
    {
        "not_in_channel", "channel_not_found", "is_archived", "account_inactive", "token_revoked",
        "token_expired", "invalid_auth", "not_authed", "no_permission", "missing_scope",
        "restricted_action", "restricted_action_read_only_channel", "cannot_dm_bot",
        "messages_tab_disabled", "user_disabled", "team_access_not_granted", "access_denied",
        "ekm_access_denied", "org_login_required", "user_not_found", "not_allowed_token_type",
    }
)  # fmt: skip
"""Nothing can be posted in that conversation: its lane is suspended, and the host told."""
SHUT = frozenset(
    {"cannot_dm_bot", "messages_tab_disabled", "user_disabled", "user_not_found",
     "channel_not_found"}
)  # fmt: skip
"""For a direct message: the person is unreachable, not the installation."""
PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
     "request_timeout", "team_added_to_org", "message_limit_exceeded"}
)  # fmt: skip
LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})  # had no effect
NOT_LET = frozenset({"missing_scope", "not_allowed_token_type"})
"""The installation has no right to read, so nothing can be looked up."""
NEAR_FAILS = frozenset(
    {"user_not_in_channel", "channel_not_found", "not_in_channel", "is_archived"}
)


class SlackPlatform:
    """bot.ports.Platform on Slack."""

    name = PLATFORM
    has_per_user_views = False

    def __init__(
        self, clients: Clients, *, typed: bool = True, rate_limiter: RateLimiter | None = None
    ) -> None:
        self._clients, self._typed, self._rate_limiter = clients, typed, rate_limiter
        self.began: Callable[[Place], None] = lambda where: None  # called when a session is posted
        self._posted: dict[str, datetime] = {}  # conversation -> when it may be posted to again
        self._used: dict[tuple[str, str], deque[datetime]] = {}

    # What the courier calls

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Post, edit, or tell one person. Returns where the message is, and its ts."""
        client = await self._client(_installation(delivery))
        try:
            body = outgoing.message(self._card(delivery))
        except BadPayload as error:
            raise Undeliverable(str(error)) from None
        if delivery.message:
            assert delivery.place is not None
            await call(client.chat_update, channel=delivery.place.conversation,
                       ts=delivery.message, **body)  # fmt: skip
            return delivery.place, delivery.message
        if delivery.private == "near":
            return await self._near(client, delivery, body)
        if delivery.private == "dm":
            return await self._direct(client, delivery, body)
        assert delivery.place is not None
        where = delivery.place
        stamped = {**body, **_stamp(delivery.key)}
        thread = {"thread_ts": where.thread} if where.thread else {}
        answer = await call(
            client.chat_postMessage, channel=where.conversation, **thread, **stamped
        )
        if delivery.key.kind is CardKind.SESSION:
            self.began(where)
        return where, str(answer["ts"])

    async def answer(self, where: Place, user: str, card: Card) -> None:
        """Answer whoever acted: where they are, visible only to them."""
        client = await self._client(where.installation)
        thread = {"thread_ts": where.thread} if where.thread else {}
        for body in outgoing.messages(card):
            if not where.conversation.startswith("@"):
                try:
                    await call(client.chat_postEphemeral, channel=where.conversation, user=user,
                               **thread, **body)  # fmt: skip
                    continue
                except (LaneClosed, Undeliverable) as error:
                    if error.code not in NEAR_FAILS:
                        raise
            await call(client.chat_postMessage, channel=user, **body)

    def _card(self, delivery: Delivery) -> Card:
        """The card; a session's card says so if the bot may not read what is typed."""
        card = delivery.card
        if self._typed or delivery.key.kind is not CardKind.SESSION:
            return card
        note = Words(wording(card.language).label("slack.no_history"))
        return replace(card, parts=(*card.parts, note))

    async def _near(
        self, client: AsyncWebClient, delivery: Delivery, body: dict[str, Any]
    ) -> tuple[Place, str]:
        """Post for one person's eyes in the thread, or else in their direct messages."""
        assert delivery.place is not None
        assert delivery.to is not None
        where = delivery.place
        thread = {"thread_ts": where.thread} if where.thread else {}
        try:
            answer = await call(client.chat_postEphemeral, channel=where.conversation,
                             user=delivery.to.address.user, **thread, **body)  # fmt: skip
        except (LaneClosed, Undeliverable) as error:
            if error.code not in NEAR_FAILS:
                raise
            return await self._direct(client, delivery, body)
        return where, str(answer["message_ts"])

    async def _direct(
        self, client: AsyncWebClient, delivery: Delivery, body: dict[str, Any]
    ) -> tuple[Place, str]:
        """Post in the person's direct messages, which Slack opens by their user id."""
        assert delivery.to is not None
        user = delivery.to.address.user
        if delivery.shut:
            raise PersonClosed("refused_before")
        try:
            answer = await call(
                client.chat_postMessage, channel=user, **body, **_stamp(delivery.key)
            )
        except LaneClosed as error:
            raise (PersonClosed(error.code) if error.code in SHUT else error) from None
        return own(delivery.to.address.installation, user), str(answer["ts"])

    async def find(self, delivery: Delivery) -> tuple[Place, str] | None:
        """Our post with this key, looked up in the conversation's last messages.

        Raises UnknownFate when Slack does not let us look, and Transient when it does not answer
        just now: then it is looked for again, because a blind repeat would stand there twice.
        What only one person sees cannot be looked up, and is told again.
        """
        if delivery.private == "near":
            return None
        client = await self._client(_installation(delivery))
        where = delivery.place
        try:
            if delivery.private == "dm" or where is None:
                assert delivery.to is not None
                opened = await _call_raw(client.conversations_open, users=delivery.to.address.user)
                where = own(delivery.to.address.installation, delivery.to.address.user)
                return await _find_stamped(client, opened["channel"]["id"], "", where, delivery.key)
            return await _find_stamped(
                client, where.conversation, where.thread, where, delivery.key
            )
        except SlackApiError as error:
            if _code(error) in NOT_LET:
                raise UnknownFate from None
            known = _translate(error)
            raise known if isinstance(known, LaneClosed | Transient) else _no_look() from None
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError):
            raise _no_look() from None

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """When this may be sent; counts it as sent if that is now.

        One post a second and conversation, and the method's budget a minute, which several
        processes share.
        """
        lane, method = _lane(delivery), _method(delivery)
        used = self._used.setdefault((_installation(delivery), method), deque())
        while used and used[0] <= now - MINUTE:
            used.popleft()
        free = now
        if method != "chat.update":
            free = max(free, self._posted.get(lane, now))
        if method in PER_MINUTE and len(used) >= PER_MINUTE[method]:
            free = max(free, used[0] + MINUTE)
        if free == now and method in PER_MINUTE and self._rate_limiter is not None:
            key = f"{PLATFORM}/{_installation(delivery)}/{method}"
            free = self._rate_limiter.acquire(key, PER_MINUTE[method], MINUTE.total_seconds(), now)
        if free == now:
            used.append(now)
            if method != "chat.update":
                self._posted[lane] = now + PACE
            if len(self._posted) > 10_000:
                self._posted = {k: v for k, v in self._posted.items() if v > now}
        return free

    def edits_every(self, place: Place, live: bool = False) -> float:
        """The seconds between two edits of one card."""
        return 5.0 if live else 30.0

    async def _client(self, installation: str) -> AsyncWebClient:
        try:
            return await self._clients.client(installation)
        except NotInstalled:
            raise LaneClosed("not_installed") from None
        except SlackApiError as error:
            raise _translate(error) from None
        except (NotFresh, SlackClientError, aiohttp.ClientError, TimeoutError, OSError):
            raise Transient("no_token_now") from None


async def call(method: Callable[..., Awaitable[Any]], **arguments: Any) -> Any:
    """Make one call. Raises the core's errors only."""
    try:
        return await _call_raw(method, **arguments)
    except SlackApiError as error:
        raise _translate(error) from None
    except aiohttp.ClientConnectorError:
        raise Transient("cannot_connect", sure=True) from None  # it never went out
    except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError):
        raise UnknownFate from None


async def _call_raw(method: Callable[..., Awaitable[Any]], **arguments: Any) -> Any:
    if method.__name__ in ("chat_postMessage",):
        arguments = {"unfurl_links": False, "unfurl_media": False, **arguments}
    return await method(**arguments)


async def _find_stamped(
    client: AsyncWebClient, channel: str, thread: str, where: Place, key: str
) -> tuple[Place, str] | None:
    """Find the post with a key: in a whole thread, or on a conversation's newest page."""
    more: dict[str, Any] = {"channel": channel, "limit": LOOK_BACK, "include_all_metadata": True}
    if not thread:
        page = await _call_raw(client.conversations_history, **more)
        return _post_with_key(page, where, key)
    for _ in range(PAGES):
        page = await _call_raw(client.conversations_replies, ts=thread, **more)
        post = _post_with_key(page, where, key)
        more["cursor"] = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if post is not None or not more["cursor"]:
            return post
    return None


def _post_with_key(page: Any, where: Place, key: str) -> tuple[Place, str] | None:
    for message in page.get("messages") or []:
        stamp = (message.get("metadata") or {}).get("event_payload") or {}
        if stamp.get("key") == key:
            return where, str(message["ts"])
    return None


def _no_look() -> Transient:
    return Transient("cannot_look")


def _translate(error: SlackApiError) -> Exception:
    """Slack's error as one of the core's: transient, about this message, or about the place."""
    code, status = _code(error), getattr(error.response, "status_code", 200)
    if status == 429 or code in PASSING:
        limited = status == 429 or code in LIMITED
        return Transient("ratelimited" if status == 429 else code, _retry_after(error), limited)
    if status >= 500:
        return UnknownFate()
    return LaneClosed(code) if code in CLOSED else Undeliverable(code)


def _code(error: SlackApiError) -> str:
    response = error.response
    code = response.get("error") if hasattr(response, "get") else ""
    return str(code or "unknown")[:80]


def _retry_after(error: SlackApiError) -> float | None:
    headers = getattr(error.response, "headers", {}) or {}
    seconds = headers.get("Retry-After") or headers.get("retry-after")
    try:
        return float(seconds) if seconds else None
    except ValueError:
        return None


def _stamp(key: str) -> dict[str, Any]:
    return {"metadata": {"event_type": EVENT, "event_payload": {"key": key}}}


def _installation(delivery: Delivery) -> str:
    if delivery.place is not None:
        return delivery.place.installation
    assert delivery.to is not None
    return delivery.to.address.installation


def _lane(delivery: Delivery) -> str:
    where = delivery.place
    if delivery.private == "dm" or where is None:
        assert delivery.to is not None
        where = own(delivery.to.address.installation, delivery.to.address.user)
    return f"{where.installation}/{where.conversation}"


def _method(delivery: Delivery) -> str:
    if delivery.message:
        return "chat.update"
    return "chat.postEphemeral" if delivery.private == "near" else "chat.postMessage"


async def readers(client: AsyncWebClient, conversation: str) -> tuple[tuple[str, ...], bool]:
    """Who can read a conversation (the first 200), and whether the whole workspace can."""
    about = await call(client.conversations_info, channel=conversation)
    channel = about["channel"]
    public = not channel.get("is_private") and not channel.get("is_im")
    public = public and not channel.get("is_mpim")
    members = await call(client.conversations_members, channel=conversation, limit=200)
    return tuple(str(m) for m in members.get("members") or ()), public
