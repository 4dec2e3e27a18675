"""The connector service: what the app may ask of Teams, refused where Teams refuses.

Documented codes (msteams-docs, "Status codes from bot conversational APIs", proactive and targeted
messages): 401, 403 BotNotInConversationRoster, 403 ForbiddenOperationException (the app is not
installed for the person), 403 with errorCode 209 and subCode MessageWritesBlocked (blocked or
uninstalled), 404 ConversationNotFound and ActivityNotFoundInConversation, 412 PreconditionFailed,
413 MessageSizeTooBig, 429 Throttled.

Not documented, so a guess: the code for changing another's message (403 here), for a person who is
not a member (404 MemberNotFoundInConversation), for targeted messages in a 1:1 chat (400); and that
a conversation with somebody who blocked the app can still be created, only not written to. Some
report 400 for activities without `from`; not here.
"""

import copy
import json
import re
from urllib.parse import unquote

from .cards import problems
from .world import CARD

LARGEST = 100 * 1024  # bytes of UTF-16 (msteams-docs, format your bot messages: about 100 KB)
PAGE = 500  # members on a page, at most
CODES = {
    429: ("Throttled", "Too many requests."),
    412: ("PreconditionFailed", "Precondition failed, please try again."),
    500: ("ServiceError", "Unexpected error."),
    502: ("BadGateway", "Bad gateway."),
    504: ("GatewayTimeout", "Gateway timeout."),
}
C, A = r"v3/conversations/([^/]+)", r"/activities/([^/]+)"
ROUTES = [
    ("create", "POST", "v3/conversations"),
    ("send", "POST", f"{C}/activities"),
    ("reply", "POST", C + A),
    ("update", "PUT", C + A),
    ("delete", "DELETE", C + A),
    ("members", "GET", f"{C}/pagedmembers"),
    ("roster", "GET", f"{C}/members"),
    ("member", "GET", f"{C}/members/([^/]+)"),
    ("channels", "GET", r"v3/teams/([^/]+)/conversations"),
    ("team", "GET", r"v3/teams/([^/]+)"),
]


class Refusal(Exception):
    """An error answer."""

    def __init__(self, status, code, words, body=None):
        super().__init__(code)
        self.status = status
        self.body = body or {"error": {"code": code, "message": words}}


def not_found():
    return Refusal(404, "ConversationNotFound", "Conversation not found.")


def bad(words):
    return Refusal(400, "BadSyntax", words)


def blocked():
    # The words, as documented, are JSON within JSON.
    inner = {"subCode": "MessageWritesBlocked", "details": "Thread is blocked from message writes."}
    inner |= {"errorCode": None, "errorSubCode": None}
    told = json.dumps(inner, indent=2).replace("\n", "\r\n")
    return Refusal(403, "", "", {"errorCode": 209, "message": told})


class Connector:
    def __init__(self, world):
        self.world = world
        # As documented; Microsoft's own sample looks for "BadArgument" with the same words.
        self.not_installed = "ForbiddenOperationException"

    def find(self, method, path):
        """The name of a call and its arguments, or None."""
        for name, verb, pattern in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                return name, [unquote(part) for part in found.groups()]
        return None

    def whereabouts(self, name, args, body):
        """Tenant and conversation that a call counts for."""
        id = args[0].partition(";")[0] if args else ""
        if name == "create":
            place = self.place_of_channel(body or {})
            tenant = place.tenant.id if place else tenant_of(body or {})
            return tenant, place.id if place else str((body or {}).get("members"))
        place = self.world.places.get(id)
        return (place.tenant.id if place else ""), id

    def call(self, name, args, query, body):
        """Do what was asked; (status, answer)."""
        raw = json.dumps(body, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
        if len(raw) > LARGEST:
            raise Refusal(413, "MessageSizeTooBig", "Message size too large.")
        return getattr(self, f"do_{name}")(args, query, body)

    # where

    def place(self, id):
        """The conversation and the thread's root, by the id that activities carry."""
        base, _, root = id.partition(";messageid=")
        place = self.world.places.get(base)
        if place is None or (root and place.kind != "channel"):
            raise not_found()
        if root and root not in place.messages:
            raise not_found()
        if place.kind != "personal" and not place.installed:
            raise Refusal(
                403,
                "BotNotInConversationRoster",
                "The bot is not part of the conversation roster.",
            )
        return place, root or None

    def writable(self, id):
        place, root = self.place(id)
        if place.kind == "personal" and not self.world.reachable(place.own_members[0]):
            raise blocked()
        return place, root

    def place_of_channel(self, body):
        data = body.get("channelData") or {}
        return self.world.places.get((data.get("channel") or {}).get("id"))

    # calls

    def do_create(self, args, query, body):
        data = body.get("channelData") or {}
        if body.get("isGroup") or (data.get("channel") or {}).get("id"):
            return self.new_thread(body)
        members = body.get("members") or []
        if len(members) != 1 or not (body.get("bot") or {}).get("id"):
            raise bad("Incorrect conversation creation parameters")
        if body["bot"]["id"] not in (self.world.bot_id, self.world.app_id):
            raise Refusal(403, "ForbiddenOperationException", "Another bot.")
        tenant = tenant_of(body)
        user = self.world.user(members[0].get("id"))
        if user is None or user.gone or tenant != user.tenant.id:
            raise bad("Incorrect conversation creation parameters")
        known = any(p.own_members == [user] for p in self.world.places.values())
        if not known and not user.blocked and not self.world.reachable(user):
            words = "Bot is not installed in user's personal scope"
            raise Refusal(403, self.not_installed, words)
        return 201, {"id": self.world.personal(user).id}

    def new_thread(self, body):
        place = self.place_of_channel(body)
        if place is None:
            raise not_found()
        if not body.get("activity"):
            raise bad("Incorrect conversation creation parameters")
        place, _ = self.writable(place.id)
        message = self.posted(place, None, body["activity"])
        # Both ids, unless the message was split (see posted).
        conversation = f"{place.id};messageid={message[0].id}"
        made = {"id": conversation}
        return 201, made | ({"activityId": message[0].id} if len(message) == 1 else {})

    def do_send(self, args, query, body):
        place, root = self.writable(args[0])
        if body.get("type") == "typing":
            return 201, {"id": self.world.stamp()}  # seen for a moment by nobody here
        if targeted(query):
            return self.send_targeted(place, root, body)
        message = self.posted(place, root, body)
        return 201, {"id": message[0].id} if len(message) == 1 else {}

    def do_reply(self, args, query, body):
        place, root = self.writable(args[0])
        answered = self.alive(place, args[1])
        # In a channel the reply lands in the thread of what it answers; elsewhere it only follows.
        if place.kind == "channel":
            root = answered.thread or answered.id
        message = self.posted(place, root, body)
        return 201, {"id": message[0].id} if len(message) == 1 else {}

    def send_targeted(self, place, root, body):
        recipient = self.world.user((body.get("recipient") or {}).get("id"))
        if recipient is None or place.kind == "personal":
            raise Refusal(400, "Bad argument", "Recipient is missing or has no use here.")
        if recipient not in place.members:
            raise Refusal(404, "MemberNotFoundInConversation", "Not a member.")
        message = self.posted(place, root, body, to=recipient)
        return 201, {"id": message[0].id} if len(message) == 1 else {}

    def do_update(self, args, query, body):
        place, _ = self.writable(args[0])
        message = self.own(place, args[1])
        if targeted(query) and (body.get("recipient") or {}).get("id"):
            raise Refusal(400, "Bad argument", "Recipient is included in the payload.")
        text, cards = self.content(body)
        if text and cards:
            raise bad("Text and cards cannot replace one message.")
        message.text, message.cards, message.summary = text, cards, body.get("summary")
        message.entities, message.edited = body.get("entities") or [], self.world.seconds()
        # The new card is everyone's; who is listed for a refresh gets their own again.
        message.faces, message.activity = {}, copy.deepcopy(body)
        return 200, {"id": message.id}

    def do_delete(self, args, query, body):
        place, _ = self.writable(args[0])
        self.own(place, args[1]).deleted = True
        return 200, {}

    def alive(self, place, id):
        message = place.messages.get(id)
        if message is None or not self.world.alive(message):
            words = "The activity was not found in the conversation."
            raise Refusal(404, "ActivityNotFoundInConversation", words)
        return message

    def own(self, place, id):
        message = self.alive(place, id)
        if message.sender is not None:
            raise Refusal(403, "ForbiddenOperationException", "Not the bot's own activity.")
        return message

    def posted(self, place, root, body, to=None):
        """Post an activity: one message, or two, for text and card do not stay together.

        That no id comes back then is platforms.md's; of the order nothing is known.
        """
        text, cards = self.content(body)
        more = {"thread": root, "to": to, "activity": copy.deepcopy(body)}
        alert = ((body.get("channelData") or {}).get("notification") or {}).get("alert")
        more |= {"alert": bool(alert), "summary": body.get("summary")}
        more["entities"] = body.get("entities") or []
        if not (text and cards):
            return [self.world.post(place, None, text, cards=cards, **more)]
        first = self.world.post(place, None, text, **more)
        more["thread"] = root or (first.id if place.kind == "channel" else None)
        return [first, self.world.post(place, None, "", cards=cards, **more)]

    def content(self, body):
        """The text and the cards of an activity that Teams would take."""
        if body.get("type") != "message":
            raise bad(f"Activity type {body.get('type')!r}")
        attachments = body.get("attachments") or []
        for attachment in attachments:
            if attachment.get("contentType") != CARD:
                raise bad(f"Unknown attachment type {attachment.get('contentType')!r}")
            found = problems(attachment.get("content"))
            if found:
                raise bad("; ".join(found))
        text = body.get("text") or ""
        if not text.strip() and not attachments:
            raise bad("Message is empty")
        # Documented: what is mentioned stands in the text exactly as in its entity.
        named = (e for e in body.get("entities") or () if e.get("type") == "mention")
        if not attachments and any(e.get("text", "") not in text for e in named):
            raise bad("Mention text is not in the message")
        return text, [copy.deepcopy(a["content"]) for a in attachments]

    def do_members(self, args, query, body):
        place, _ = self.place(args[0])
        people = [m for m in place.members if not m.gone]
        most = min(max(int(query.get("pageSize") or PAGE), 50), PAGE)  # documented: 50 to 500
        start = int(query.get("continuationToken") or 0)
        page = {"members": [account(user) for user in people[start : start + most]]}
        if start + most < len(people):
            page["continuationToken"] = str(start + most)
        return 200, page

    def do_roster(self, args, query, body):
        place, _ = self.place(args[0])
        return 200, [account(user) for user in place.members if not user.gone]

    def do_member(self, args, query, body):
        place, _ = self.place(args[0])
        user = self.world.user(args[1])
        if user is None or user.gone or user not in place.members:
            raise Refusal(404, "MemberNotFoundInConversation", "Not a member.")
        return 200, account(user)

    def team_of(self, id):
        team = self.world.teams.get(id)
        if team is None:
            raise not_found()
        if not team.installed:
            raise Refusal(403, "BotNotInConversationRoster", "The bot is not in this team.")
        return team

    def do_team(self, args, query, body):
        team = self.team_of(args[0])
        return 200, {
            "id": team.id,
            "name": team.name,
            "aadGroupId": team.aad,
            "tenantId": team.tenant.id,
            "type": "standard",
            "channelCount": len(team.channels),
            "memberCount": len(team.members),
        }

    def do_channels(self, args, query, body):
        team = self.team_of(args[0])
        # Documented: the General channel comes without a name.
        general = {"id": team.id, "name": None}
        return 200, {
            "conversations": [general, *({"id": c.id, "name": c.name} for c in team.channels[1:])]
        }


def tenant_of(body):
    """The tenant in a wish for a conversation; botbuilder writes tenantID, and names in JSON are
    taken without regard to case."""
    data = body.get("channelData") or {}
    return body.get("tenantId") or body.get("tenantID") or (data.get("tenant") or {}).get("id")


def targeted(query):
    return query.get("isTargetedActivity", "").lower() == "true"


def account(user):
    """A member as TeamsChannelAccount; objectId is the older name of aadObjectId."""
    given, _, family = user.name.partition(" ")
    return {
        "id": user.id,
        "name": user.name,
        "aadObjectId": user.aad,
        "objectId": user.aad,
        "givenName": given,
        "surname": family,
        "email": f"{user.name.replace(' ', '.').lower()}@{user.tenant.name}.example",
        "userPrincipalName": f"{user.name.replace(' ', '.').lower()}@{user.tenant.name}.example",
        "tenantId": user.tenant.id,
        "userRole": "user",
    }
