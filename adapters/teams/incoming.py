"""Translates Teams' activities into the core's inputs. Pure.

Rule 1: what is not for us is left to the handler: bots, reactions, what is typed elsewhere.
Rule 2: a person is known by their aadObjectId; the id that they are written to (29:…) is `reach`.
Rule 3: a channel's thread is the part behind ";messageid=" of the conversation's id, as documented.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.teams.auth import tenant_of
from bot.handlers.inputs import Actor, Commanded, Deleted, Edited, Pressed, Sent, Typed
from bot.handlers.payloads import Submitted, mapping_in, text_in
from bot.method.terms import Address, Place

PLATFORM = "teams"
THREAD = ";messageid="
COMMAND = re.compile(r"^\s*/?als\b[\s,:]*", re.IGNORECASE)
# Message actions of the manifest: the press and, where it is not the message, what it is about.
ACTIONS = {"als_keep": ("keep_message", None), "als_ask": ("command", "ask")}

Activity = Mapping[str, Any]


def actor(activity: Activity) -> Actor:
    """Who did it. The zone and language are those that Teams shows this person."""
    who = mapping_in(activity, "from")
    user = text_in(who, "aadObjectId") or text_in(who, "id")
    address = Address(PLATFORM, tenant_of(activity), user, text_in(who, "id"))
    zone = text_in(activity, "localTimezone") or _client_zone(activity)
    language = text_in(activity, "locale").partition("-")[0]
    return Actor(address, text_in(who, "name"), zone, language, _is_guest(who, activity))


def _is_guest(who: Activity, activity: Activity) -> bool | None:
    """Whether they are of another tenant; None if the activity does not say."""
    theirs = text_in(who, "tenantId")
    return theirs != tenant_of(activity) if theirs else None


def _client_zone(activity: Activity) -> str:
    for entity in _list(activity, "entities"):
        if text_in(entity, "type") == "clientInfo":
            return text_in(entity, "timezone")
    return ""


def own(tenant: str, user: str) -> Place:
    """The bot's own conversation with a person."""
    return Place(PLATFORM, tenant, f"@{user}")


def place(activity: Activity) -> Place:
    """Where it happened: in a channel's thread, a group chat, or a person's own chat."""
    conversation = mapping_in(activity, "conversation")
    tenant, id = tenant_of(activity), text_in(conversation, "id")
    if text_in(conversation, "conversationType") == "personal":
        return own(tenant, actor(activity).address.user)
    main, _, thread = id.partition(THREAD)
    # A thread's first message has its own id as the thread.
    return Place(PLATFORM, tenant, main, "" if thread == text_in(activity, "id") else thread)


def conversation_id(activity: Activity) -> str:
    """The id of the conversation, as the connector takes it."""
    return text_in(mapping_in(activity, "conversation"), "id")


def kind_of(activity: Activity) -> str:
    """personal, groupChat or channel."""
    return text_in(mapping_in(activity, "conversation"), "conversationType") or "channel"


def is_robot(activity: Activity) -> bool:
    """Whether a bot wrote it, ours or another."""
    return (
        text_in(mapping_in(activity, "from"), "role") == "bot" or not actor(activity).address.user
    )


def instant(activity: Activity, key: str = "timestamp") -> datetime:
    """When it happened; now if Teams does not say."""
    try:
        moment = datetime.fromisoformat(text_in(activity, key).replace("Z", "+00:00"))
    except ValueError:
        return datetime.now(UTC)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


# Words


def read_words(activity: Activity, bot: str) -> tuple[str, bool]:
    """The text that was written, and whether the bot was mentioned.

    Only the mention of the bot goes, exactly as its entity says: the SDK would take every
    occurrence of its name away.
    """
    text, mentioned = text_in(activity, "text"), False
    for entity in _list(activity, "entities"):
        if text_in(entity, "type") != "mention":
            continue
        mentioned_user = mapping_in(entity, "mentioned")
        tag = text_in(entity, "text")
        if text_in(mentioned_user, "id") == bot and tag:
            mentioned = True
            text = text.replace(tag, "", 1)
        elif tag:
            text = text.replace(tag, f"@{text_in(mentioned_user, 'name')}")
    plain = html.unescape(re.sub(r"<br\s*/?>", "\n", text))
    return re.sub(r"</?(?:at|p|div|span|b|i|strong|em)\b[^<>]*>", "", plain).strip(), mentioned


def command_in(text: str, mentioned: bool, personal: bool) -> str | None:
    """What a message asks of the bot: `@als next`, `als next`; in its own chat, all of it."""
    match = COMMAND.match(text)
    if match is not None:
        return text[match.end() :].strip()
    return text if mentioned or personal else None


def read_command(activity: Activity, rest: str, text: str, where: Place) -> Commanded:
    """A command, typed anywhere, in a message that says `text`; `where` as for `read_message`.

    "Als ich das hörte …" begins a German sentence: the core sorts out what is no command.
    """
    return Commanded(
        at=instant(activity),
        actor=actor(activity),
        place=where,
        text=rest,
        nonce=text_in(activity, "id"),
        message=text_in(activity, "id"),
        said=text,
        public=False,
    )


def read_message(activity: Activity, text: str, where: Place) -> Typed:
    """A message in a conversation; `where` names a thread also for a group chat, which has none."""
    return Typed(
        at=instant(activity),
        actor=actor(activity),
        place=where,
        message=text_in(activity, "id"),
        text=text,
    )


def read_edit(activity: Activity, text: str) -> Edited:
    """A message that has another text."""
    edition = text_in(activity, "timestamp") or text_in(activity, "localTimestamp")
    return Edited(
        at=instant(activity),
        actor=actor(activity),
        place=place(activity),
        message=text_in(activity, "id"),
        text=text,
        edition=edition,
    )


def read_deletion(activity: Activity) -> Deleted:
    """A message that is gone."""
    return Deleted(
        at=instant(activity),
        actor=actor(activity),
        place=place(activity),
        message=text_in(activity, "id"),
    )


# What people press and fill in


def through_doorway(
    what: tuple[str, str, int | None], where: Place
) -> tuple[tuple[str, str, int | None], Place]:
    """The press and place that a doorway button means: it is in a person's own chat, and names
    the place that its command was typed in."""
    press, ref, entry = what
    parts = ref.split("\n", 2)
    if press != "command" or len(parts) != 3:
        return what, where
    conversation, thread, command = parts
    there = Place(PLATFORM, where.installation, conversation, thread)
    return (press, command, entry), there


def read_press(
    activity: Activity, what: tuple[str, str, int | None], where: Place, now: datetime
) -> Pressed:
    """A button: `what` is (press, ref, entry) as outgoing.read_button read it.

    Teams gives each activity an id; the same press delivered twice has the same one.
    """
    press, ref, entry = what
    about, when = text_in(activity, "replyToId"), text_in(activity, "timestamp")
    nonce = text_in(activity, "id") or f"{about}/{when}"
    return Pressed(
        at=now, actor=actor(activity), place=where, press=press, ref=ref, entry=entry, nonce=nonce
    )


def read_message_action(activity: Activity, where: Place, now: datetime) -> Pressed | None:
    """ "Keep for later" and "Ask a question" in the menu of a message."""
    value = mapping_in(activity, "value")
    press, ref = ACTIONS.get(text_in(value, "commandId"), ("", None))
    if not press:
        return None
    if ref is None:
        ref = text_in(mapping_in(value, "messagePayload"), "id")
    nonce = text_in(activity, "id")
    return Pressed(at=now, actor=actor(activity), place=where, press=press, ref=ref, nonce=nonce)


def read_form(
    submitted: Submitted, activity: Activity, people: Mapping[str, Actor], now: datetime
) -> Sent:
    """A submitted dialog. `people` are the picked users, as far as Teams knows them."""
    tenant = tenant_of(activity)
    return Sent(
        at=now,
        actor=actor(activity),
        place=Place(PLATFORM, tenant, submitted.conversation, submitted.thread),
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


def read_member(tenant: str, member: Activity) -> Actor:
    """Somebody picked in a form, as the conversation's roster knows them."""
    user = text_in(member, "aadObjectId") or text_in(member, "objectId") or text_in(member, "id")
    return Actor(Address(PLATFORM, tenant, user, text_in(member, "id")), text_in(member, "name"))


def read_newcomers(activity: Activity, bot: str) -> tuple[bool, Sequence[str]]:
    """Of a conversationUpdate: whether the bot was added, and who else."""
    added = [text_in(m, "id") for m in _list(activity, "membersAdded")]
    return bot in added, [m for m in added if m != bot]


def _list(payload: Activity, key: str) -> list[Activity]:
    value = payload.get(key)
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []
