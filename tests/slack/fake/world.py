"""What there is in this Slack: teams, people, channels, messages, views, tokens. No HTTP here.

Rules: time comes from the clock that is passed in; a ts only grows; what was posted is kept as
Slack keeps it (control characters of plain_text escaped, a block_id given to each block).
"""

import copy
import itertools
from dataclasses import dataclass, field

SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,groups:history,"
    "groups:read,im:history,im:write,mpim:history,users:read"
)
TOKEN_LIFE = 12 * 3600
TRIGGER_LIFE = 3
CODE_LIFE = 600
RESPONSE_URL_LIFE, RESPONSE_URL_USES = 1800, 5


class Oops(Exception):
    """An error of the Web API: Slack's own code, and what else the answer carries."""

    def __init__(self, code, messages=(), **more):
        super().__init__(code)
        self.code, self.more = code, more
        if messages:
            said = [f"[ERROR] {words}" for words in messages]
            self.more = {"errors": list(messages), "response_metadata": {"messages": said}, **more}


@dataclass(eq=False)
class Team:
    id: str
    name: str
    bot_user: str
    bot_id: str
    enterprise: str | None = None
    installed: bool = True


@dataclass(eq=False)
class User:
    id: str
    name: str
    team: str
    real_name: str
    tz: str = "Europe/Berlin"
    locale: str = "en-US"
    is_bot: bool = False
    deleted: bool = False


@dataclass(eq=False)
class Channel:
    id: str
    name: str
    team: str
    kind: str = "channel"  # channel, group (private), im, mpim
    members: list = field(default_factory=list)
    archived: bool = False
    shared_with: list = field(default_factory=list)  # other teams, by Slack Connect
    messages: dict = field(default_factory=dict)  # ts: Message
    last: int = 0  # the last ts, in microseconds

    @property
    def im(self):
        return self.kind == "im"


@dataclass(eq=False)
class Message:
    ts: str
    channel: Channel
    user: str
    text: str
    team: str
    thread_ts: str | None = None
    blocks: list | None = None
    bot_id: str | None = None
    app_id: str | None = None
    subtype: str | None = None
    edited: dict | None = None
    metadata: dict | None = None
    more: dict = field(default_factory=dict)
    deleted: bool = False
    to: str | None = None  # an ephemeral: who sees it
    born: int = 0  # the order in which messages came, over all channels

    @property
    def ephemeral(self):
        return self.to is not None

    def payload(self, metadata=False):
        shown = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        if self.user is None:
            del shown["user"]  # a webhook's message has none
        for key in ("subtype", "thread_ts", "bot_id", "app_id", "blocks", "edited", "team"):
            if getattr(self, key):
                shown[key] = copy.deepcopy(getattr(self, key))
        if metadata and self.metadata:
            shown["metadata"] = copy.deepcopy(self.metadata)
        return {**shown, **copy.deepcopy(self.more)}


@dataclass(eq=False)
class View:
    id: str
    user: str
    team: str  # the person's
    installed_team: str
    data: dict
    hash: str
    root: str
    previous: str | None = None
    values: dict = field(default_factory=dict)

    def payload(self, app_id, bot_id):
        shown = copy.deepcopy(self.data)
        for key in ("private_metadata", "callback_id", "external_id"):
            shown.setdefault(key, "")
        for key in ("title", "close", "submit"):
            shown.setdefault(key, None)
        for key in ("clear_on_close", "notify_on_close"):
            shown.setdefault(key, False)
        return {
            **shown,
            "id": self.id,
            "team_id": self.team,
            "state": {"values": copy.deepcopy(self.values)},
            "hash": self.hash,
            "previous_view_id": self.previous,
            "root_view_id": self.root,
            "app_id": app_id,
            "app_installed_team_id": self.installed_team,
            "bot_id": bot_id,
        }


@dataclass(eq=False)
class Token:
    value: str
    kind: str  # bot, app
    team: str | None
    scopes: str
    enterprise: str | None = None
    expires: float | None = None
    revoked: bool = False


@dataclass(eq=False)
class Trigger:
    user: str
    at: float
    view: str | None = None  # given out inside of this modal: may push
    used: bool = False


@dataclass(eq=False)
class ResponseUrl:
    channel: Channel
    user: str
    at: float
    message: Message | None = None
    uses: int = 0


class World:
    """The whole of it, and the changes that need no permission."""

    def __init__(self, now):
        self.now = now
        self.app_id = "A0ALS"
        self.teams, self.users, self.channels = {}, {}, {}
        self.ephemerals, self.views, self.home, self.stacks = [], {}, {}, {}
        self.tokens, self.triggers, self.response_urls = {}, {}, {}
        self.codes, self.refresh_tokens = {}, {}
        self.ids, self.births = itertools.count(1), itertools.count(1)

    def id(self, letter):
        return f"{letter}{next(self.ids):07d}F"

    def seconds(self):
        return self.now().timestamp()

    def ts(self, channel=None):
        """The next ts: the clock's, but never twice in a channel."""
        micro = round(self.seconds() * 1_000_000)
        if channel is not None:
            micro = channel.last = max(micro, channel.last + 100)
        return f"{micro // 1_000_000}.{micro % 1_000_000:06d}"

    # people and places

    def add_team(self, name, enterprise=None, installed=True):
        team = Team(self.id("T"), name, self.id("U"), self.id("B"), enterprise, installed)
        self.teams[team.id] = team
        bot = User(team.bot_user, "als", team.id, "ALS", "America/Los_Angeles", is_bot=True)
        self.users[bot.id] = bot
        return team

    def add_user(self, name, team, **more):
        user = User(self.id("U"), name, team, more.pop("real_name", name.title()), **more)
        self.users[user.id] = user
        return user

    def add_channel(self, name, team, members, kind="channel"):
        channel = Channel(self.id("D" if kind == "im" else "C"), name, team, kind, list(members))
        self.channels[channel.id] = channel
        return channel

    def dm(self, user, team):
        """The direct conversation of a person and this team's bot."""
        bot = self.teams[team].bot_user
        for channel in self.channels.values():
            if channel.im and set(channel.members) == {user, bot}:
                return channel
        return self.add_channel("", team, [user, bot], "im")

    def bot_of(self, channel):
        return self.teams[channel.team].bot_user

    def may_see(self, channel, team):
        """Whether this team's bot can know of a channel."""
        if channel is None or team not in (channel.team, *channel.shared_with):
            return False
        return channel.kind == "channel" or self.teams[team].bot_user in channel.members

    # messages

    def post(self, channel, user, text, **more):
        sender = self.users.get(user)
        message = Message(
            ts=self.ts(channel),
            channel=channel,
            user=user,
            text=text,
            team=sender.team if sender else channel.team,
            born=next(self.births),
            **more,
        )
        message.blocks = kept(message.blocks, self.ids)
        if message.ephemeral:
            self.ephemerals.append(message)
        else:
            channel.messages[message.ts] = message
        return message

    def replies(self, message):
        return [
            m
            for m in message.channel.messages.values()
            if m.thread_ts == message.ts and m is not message and not m.deleted
        ]

    def root(self, channel, thread_ts):
        """The message a thread hangs on, or None: a reply is no root."""
        message = channel.messages.get(str(thread_ts))
        gone = message is None or message.deleted or message.subtype == "tombstone"
        return None if gone or message.thread_ts not in (None, message.ts) else message

    def thread(self, channel, thread_ts):
        root = self.root(channel, thread_ts)
        return [root, *self.replies(root)] if root else []

    # views

    def make_view(self, data, user, installed_team, previous=None):
        view_id = self.id("V")
        data = {**data, "blocks": kept(data["blocks"], self.ids)}
        view = View(
            id=view_id,
            user=user,
            team=self.users[user].team,
            installed_team=installed_team,
            data=data,
            hash=self.hash(),
            root=previous.root if previous else view_id,
            previous=previous.id if previous else None,
        )
        view.values = first_values(data["blocks"])
        self.views[view_id] = view
        return view

    def live_views(self):
        """The views that somebody has open, or has as their Home."""
        return [*self.home.values(), *(view for stack in self.stacks.values() for view in stack)]

    def change_view(self, view, data):
        """Replace a view's content; what was entered stays where block_id and action_id stay."""
        old = view.values
        view.data = {**data, "blocks": kept(data["blocks"], self.ids)}
        view.hash, view.values = self.hash(), first_values(view.data["blocks"])
        for block_id, values in view.values.items():
            for action_id, value in values.items():
                was = old.get(block_id, {}).get(action_id)
                if was and was["type"] == value["type"]:
                    values[action_id] = was

    def hash(self):
        return f"{int(self.seconds())}.{next(self.ids):08d}"

    # tokens and passes

    def add_token(self, kind, team=None, scopes=SCOPES, enterprise=None, expires=None):
        prefix = {"bot": "xoxe.xoxb" if expires else "xoxb", "app": "xapp"}[kind]
        value = f"{prefix}-{next(self.ids)}-{team or enterprise or self.app_id}"
        token = Token(value, kind, team, scopes, enterprise, expires)
        self.tokens[value] = token
        return token

    def add_trigger(self, user, view=None):
        value = f"{next(self.ids)}.{int(self.seconds())}.fake"
        self.triggers[value] = Trigger(user, self.seconds(), view)
        return value

    def use_trigger(self, value, push=False):
        """Take a trigger: once, within three seconds, by Slack's errors otherwise."""
        trigger = self.triggers.get(value)
        if trigger is None:
            # slack-go/slack#805
            raise Oops("invalid_arguments", ["invalid `trigger_id` [json-pointer:/trigger_id]"])
        if trigger.used:
            raise Oops("exchanged_trigger_id")
        if self.seconds() - trigger.at > TRIGGER_LIFE:
            raise Oops("expired_trigger_id")
        if push and trigger.view is None:
            raise Oops("invalid_trigger_id")
        trigger.used = True
        return trigger


def kept(blocks, ids):
    """Blocks as Slack keeps and sends them: each with a block_id, elements with an action_id."""
    if not blocks:
        return blocks
    blocks = escape(copy.deepcopy(blocks))
    for block in blocks:
        block.setdefault("block_id", f"b{next(ids)}")
        for element in interactive(block):
            element.setdefault("action_id", f"a{next(ids)}")
    return blocks


def escape(thing):
    """Escape the control characters of plain_text, as payloads show it (bolt-python#513)."""
    if isinstance(thing, list):
        return [escape(item) for item in thing]
    if not isinstance(thing, dict):
        return thing
    if thing.get("type") == "plain_text" and isinstance(thing.get("text"), str):
        text = thing["text"]
        for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.replace(plain, entity)
        for entity in ("&amp;", "&lt;", "&gt;"):  # what came escaped is not escaped again
            text = text.replace(entity.replace("&", "&amp;"), entity)
        return {**thing, "text": text}
    # A confirm's or option's own objects are texts too; initial values are a person's, left alone.
    return {key: escape(value) for key, value in thing.items()}


def interactive(block):
    """The elements of a block that a person can use."""
    found = [block.get("accessory"), block.get("element")]
    if block.get("type") == "actions":
        found += block["elements"]
    return [e for e in found if isinstance(e, dict) and e.get("type") != "image"]


INITIAL = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "radio_buttons": ("selected_option", "initial_option"),
    "static_select": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
MANY = ("selected_options", "selected_users", "selected_conversations", "selected_channels")


def first_values(blocks):
    """A form's state before anybody touched it: input blocks always, others once they are set."""
    values = {}
    for block in blocks or ():
        for element in interactive(block):
            if element["type"] not in INITIAL:
                continue
            key, initial = INITIAL[element["type"]]
            if block["type"] == "input" or initial in element:
                value = copy.deepcopy(element.get(initial, [] if key in MANY else None))
                entry = {"type": element["type"], key: value}
                values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values
