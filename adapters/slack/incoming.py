"""Translates Slack's payloads into the core's inputs. Pure.

Rule 1: None for what is not for us: bots, joins, files without words, unfurls, other apps.
Rule 2: `at` is when it happened by Slack's clock for messages, and `now` for what was just pressed.
Rule 3: an id is never parsed but for what Slack documents (a DM belongs to its person).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.handlers.inputs import Actor, Commanded, Deleted, Edited, Pressed, Sent, Typed
from bot.handlers.payloads import BadPayload, Submitted, mapping_in, text_in
from bot.method.terms import Address, Place

PLATFORM = "slack"
WRITTEN = ("", "thread_broadcast", "file_share", "me_message")  # subtypes with a person's words
CHANGES = ("message_changed", "message_deleted")
PRIVATE_NAMES = ("directmessage", "privategroup")  # what a slash command calls them
UNKNOWN = "USLACK"  # stands for the author of a deletion, whom Slack may not name
MENTIONS = 10  # people mentioned in a message whose names are looked up
SHORTCUTS = {"als_keep": "keep_message", "als_answers": "answers_message"}

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack tells of a user. `zone` and `language` are "" where it tells nothing."""

    name: str = ""
    zone: str = ""
    language: str = ""
    guest: bool | None = None
    robot: bool = False


def actor(user: str, installation: str, profile: Profile) -> Actor:
    """A user of an installation, as the core knows people."""
    address = Address(PLATFORM, installation, user)
    return Actor(address, profile.name, profile.zone, profile.language, profile.guest)


def place(installation: str, conversation: str, thread: str = "") -> Place:
    """A conversation, or a thread in it. A person's own is named by @ and the user."""
    return Place(PLATFORM, installation, conversation, thread)


def own(installation: str, user: str) -> Place:
    """The conversation of the bot with this one person."""
    return place(installation, f"@{user}")


def instant(ts: str) -> datetime:
    """The moment of a ts: seconds since 1970 with six decimals. Raises BadPayload."""
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        raise BadPayload("ts") from None


# Who and where


def team_of(body: Payload, context: Payload) -> str:
    """The workspace in which the bot lives, which with Slack Connect may not be the actor's.

    `context` is Bolt's: it holds the installation that the payload is for.
    """
    for authorization in body.get("authorizations") or ():
        if isinstance(authorization, Mapping) and authorization.get("team_id"):
            return str(authorization["team_id"])
    installed = context.get("authorize_result") or {}
    return str(installed.get("team_id") or context.get("team_id") or "")


def user_of(body: Payload) -> str:
    """Who pressed a button or handed in a form."""
    return text_in(mapping_in(body, "user"), "id")


def channel_of(event: Payload, installation: str, key: str = "channel") -> Place:
    """The channel of an event."""
    return place(installation, text_in(event, key))


# Words

_MENTION = re.compile(r"<(@|#|!)([^<>|]*)(?:\|([^<>]*))?>|<([^<>|]+)(?:\|([^<>]*))?>")


def plain(text: str, names: Mapping[str, str] | None = None) -> str:
    """Slack's markup as a person reads it: names, links and entities.

    `names` are those of users; Slack mostly sends the id alone.
    """

    def shown(match: re.Match[str]) -> str:
        kind, what, label, link, words = match.groups()
        if kind == "@":
            return f"@{label or (names or {}).get(what) or 'someone'}"
        if kind == "#":
            return f"#{label or what}"
        if kind == "!":
            return label or f"@{what.partition('^')[0]}"
        return words or str(link).removeprefix("mailto:")

    shown_text = _MENTION.sub(shown, text)
    return shown_text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentioned_in(event: Payload) -> tuple[str, ...]:
    """The users whom a message event's text mentions, as many as have their names looked up."""
    inner = event.get("message")
    text = text_in(inner if isinstance(inner, Mapping) else event, "text")
    users = dict.fromkeys(m[2] for m in _MENTION.finditer(text) if m[1] == "@")
    return tuple(users)[:MENTIONS]


def after_mention(text: str, bot: str) -> str | None:
    """What follows when a message begins by mentioning the bot; None when it does not."""
    match = re.match(rf"\s*<@{re.escape(bot)}(?:\|[^<>]*)?>[\s,:]*", text)
    return text[match.end() :] if match else None


# Messages


def author_of(event: Payload) -> str:
    """Who a message event is from: the user whose profile is needed. "" if it is not for us."""
    subtype = text_in(event, "subtype")
    if subtype == "message_changed":
        inner = mapping_in(event, "message")
        return text_in(inner, "user") or text_in(mapping_in(event, "previous_message"), "user")
    if subtype == "message_deleted":
        return text_in(mapping_in(event, "previous_message"), "user") or UNKNOWN
    return text_in(event, "user")


def subject_of(event: Payload, installation: str) -> tuple[Place, str]:
    """Where the message stands that an event is about, and its ts if the event changes it.

    An edit or deletion may come before its message: then only the thread says that it is ours.
    """
    channel = channel_of(event, installation)
    if text_in(event, "subtype") not in CHANGES:
        return _within(channel, text_in(event, "thread_ts"), text_in(event, "ts")), ""
    was, inner = mapping_in(event, "previous_message"), mapping_in(event, "message")
    ts = text_in(inner, "ts") or text_in(event, "deleted_ts")
    thread = text_in(inner, "thread_ts") or text_in(was, "thread_ts")
    return _within(channel, thread, ts), ts


def read_message(
    event: Payload, installation: str, who: Actor, names: Mapping[str, str]
) -> Typed | Edited | Deleted | None:
    """A `message` event. `names` are those of the users whom its text mentions."""
    subtype = text_in(event, "subtype")
    here = channel_of(event, installation)
    if subtype == "message_changed":
        return _read_edit(event, here, who, names)
    if subtype == "message_deleted":
        was = mapping_in(event, "previous_message")
        return _read_deletion(
            event, here, who, text_in(event, "deleted_ts"), text_in(was, "thread_ts")
        )
    text = plain(text_in(event, "text"), names)
    if subtype not in WRITTEN or _robot(event) or not text.strip():
        return None
    ts, thread = text_in(event, "ts"), text_in(event, "thread_ts")
    return Typed(at=instant(ts), actor=who, place=_within(here, thread, ts), message=ts, text=text)


def _read_edit(
    event: Payload, here: Place, who: Actor, names: Mapping[str, str]
) -> Edited | Deleted | None:
    """An edit, or the deletion of a thread's parent; None for an unfurled link."""
    inner = mapping_in(event, "message")
    ts = text_in(inner, "ts")
    if text_in(inner, "subtype") == "tombstone":
        return _read_deletion(event, here, who, ts, text_in(inner, "thread_ts"))
    edition = text_in(mapping_in(inner, "edited"), "ts")
    if _robot(inner) or not edition:
        return None
    text = plain(text_in(inner, "text"), names)
    thread = text_in(inner, "thread_ts")
    where = _within(here, thread, ts)
    return Edited(
        at=instant(edition), actor=who, place=where, message=ts, text=text, edition=edition
    )


def _read_deletion(event: Payload, here: Place, who: Actor, ts: str, thread: str) -> Deleted | None:
    if not ts:
        return None
    at = instant(text_in(event, "event_ts") or text_in(event, "ts") or ts)
    return Deleted(at=at, actor=who, place=_within(here, thread, ts), message=ts)


def _within(here: Place, thread: str, ts: str) -> Place:
    """The place of a message: a thread's parent is in the channel itself."""
    return replace(here, thread=thread if thread != ts else "")


def _robot(message: Payload) -> bool:
    return bool(message.get("bot_id") or message.get("app_id")) or not message.get("user")


def is_written_by_a_person(event: Payload) -> bool:
    """Whether a message event carries what a person wrote, and is no change to it."""
    written = text_in(event, "subtype") in WRITTEN
    return written and not event.get("bot_id") and bool(event.get("user"))


def is_mention(event: Payload, bot: str) -> bool:
    """Whether a message begins by mentioning the bot."""
    return after_mention(text_in(event, "text"), bot) is not None


def read_mention(event: Payload, installation: str, who: Actor, bot: str) -> Commanded:
    """`@als next`: the way to a command where `/als` cannot be typed (in a thread)."""
    rest = plain(after_mention(text_in(event, "text"), bot) or "")
    ts, thread = text_in(event, "ts"), text_in(event, "thread_ts")
    where = place(installation, text_in(event, "channel"), thread if thread != ts else "")
    at, nonce = instant(ts), f"mention/{ts}"
    return Commanded(at=at, actor=who, place=where, text=rest, nonce=nonce, message=ts, said=rest)


def read_direct_message(event: Payload, installation: str, who: Actor) -> Commanded:
    """What is written to the bot itself is a command, with or without `/als`."""
    ts = text_in(event, "ts")
    text = plain(text_in(event, "text"))
    text = re.sub(r"^\s*/?als\b", "", text, flags=re.IGNORECASE).strip()
    where = own(installation, who.address.user)
    return Commanded(at=instant(ts), actor=who, place=where, text=text, nonce=f"direct/{ts}")


# What people press, type as a command, fill in


def read_command(command: Payload, installation: str, who: Actor, now: datetime) -> Commanded:
    """`/als …`. A private place is called "privategroup" or "directmessage" here."""
    name = text_in(command, "channel_name")
    user = who.address.user
    direct = name == "directmessage"
    where = (
        own(installation, user) if direct else place(installation, text_in(command, "channel_id"))
    )
    public = name not in PRIVATE_NAMES and not name.startswith("mpdm-")
    return Commanded(
        at=now,
        actor=who,
        place=where,
        text=plain(text_in(command, "text")),
        nonce=text_in(command, "trigger_id"),
        public=public,
    )


def where_pressed(body: Payload, installation: str, user: str) -> Place:
    """The conversation and thread of a press; the person's own for one on their Home tab."""
    container, channel = mapping_in(body, "container"), text_in(mapping_in(body, "channel"), "id")
    channel = channel or text_in(container, "channel_id")
    if not channel or text_in(mapping_in(body, "channel"), "name") == "directmessage":
        return own(installation, user)
    inner = mapping_in(body, "message")
    thread = text_in(inner, "thread_ts") or text_in(container, "thread_ts")
    return place(installation, channel, thread or text_in(inner, "ts"))


def where_answered(body: Payload, where: Place) -> Place:
    """Where to answer a press: a thread's parent is mostly pressed in the channel."""
    inner = mapping_in(body, "message")
    begins = bool(where.thread) and text_in(inner, "ts") == where.thread
    return replace(where, thread="") if begins else where


def read_press(
    body: Payload, what: tuple[str, str, int | None], where: Place, who: Actor, now: datetime
) -> Pressed:
    """A button: `what` is (press, ref, entry) as outgoing.read_button read it."""
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else {}
    nonce = text_in(first if isinstance(first, Mapping) else {}, "action_ts")
    press, ref, entry = what
    name = text_in(mapping_in(body, "channel"), "name")
    public = bool(name) and name not in PRIVATE_NAMES and not name.startswith("mpdm-")
    return Pressed(
        at=now,
        actor=who,
        place=where,
        press=press,
        ref=ref,
        entry=entry,
        nonce=nonce,
        public=public,
    )


def read_shortcut(body: Payload, installation: str, who: Actor, now: datetime) -> Pressed:
    """A message shortcut, as a press about that message. Raises BadPayload if it is not ours."""
    press = SHORTCUTS.get(text_in(body, "callback_id"))
    inner = mapping_in(body, "message")
    if press is None or not text_in(inner, "ts"):
        raise BadPayload("shortcut")
    where = place(
        installation, text_in(mapping_in(body, "channel"), "id"), text_in(inner, "thread_ts")
    )
    nonce = text_in(body, "action_ts")
    return Pressed(
        at=now, actor=who, place=where, press=press, ref=text_in(inner, "ts"), nonce=nonce
    )


def read_form(
    submitted: Submitted, installation: str, who: Actor, people: Mapping[str, Actor], now: datetime
) -> Sent:
    """A submitted form. `people` are the picked users, robots left out."""
    return Sent(
        at=now,
        actor=who,
        place=place(installation, submitted.conversation, submitted.thread),
        form=submitted.form,
        nonce=submitted.nonce,
        ref=submitted.ref,
        entry=submitted.entry,
        values=submitted.values,
        people={
            name: tuple(people[user] for user in users if user in people)
            for name, users in submitted.users.items()
        },
    )
