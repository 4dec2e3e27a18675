"""The world behind the fake: tenants, people, teams with channels, chats, and what was said."""

import uuid
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count

CARD = "application/vnd.microsoft.card.adaptive"
TARGETED_LIFE = 24 * 3600  # seconds until a targeted message is gone


@dataclass(eq=False)
class Tenant:
    id: str
    name: str


@dataclass(eq=False)
class User:
    """A person as Teams knows them; `id` is what bots see, made for each bot."""

    id: str
    aad: str
    name: str
    tenant: Tenant
    tz: str = "Europe/Berlin"
    locale: str = "en-US"
    installed: bool | None = None  # the app, in personal scope; None: it never was
    blocked: bool = False
    gone: bool = False  # deleted from the tenant
    tells_zone: bool = True  # whether the client sends the zone at all


@dataclass(eq=False)
class Team:
    """`rsc`: whether ChannelMessage.Read.Group was granted; without it only @mentions arrive."""

    id: str
    aad: str
    name: str
    tenant: Tenant
    members: list
    installed: bool = False
    rsc: bool = False
    channels: list = field(default_factory=list)


@dataclass(eq=False)
class Place:
    """A conversation: kind is channel, groupChat or personal."""

    id: str
    kind: str
    name: str | None
    tenant: Tenant
    team: Team | None = None
    own_members: list = field(default_factory=list)
    own_installed: bool = False
    own_rsc: bool = False
    messages: dict = field(default_factory=dict)

    @property
    def members(self):
        return self.team.members if self.team else self.own_members

    @property
    def installed(self):
        """Whether the app is in this team or group chat."""
        return self.team.installed if self.team else self.own_installed

    @property
    def rsc(self):
        return self.team.rsc if self.team else self.own_rsc


@dataclass(eq=False)
class Message:
    """`sender` None is the bot; `thread` the id of the root; `to` whom a targeted one is for.

    `faces`: the card as a person got it in answer to a press or a refresh.
    """

    id: str
    place: Place
    sender: User | None
    text: str
    at: float
    cards: list = field(default_factory=list)
    thread: str | None = None
    to: User | None = None
    entities: list = field(default_factory=list)
    summary: str | None = None
    edited: float | None = None
    deleted: bool = False
    reactions: list = field(default_factory=list)  # (person, type)
    faces: dict = field(default_factory=dict)
    alert: bool = False  # posted with channelData.notification.alert
    activity: dict | None = None  # as the bot sent it

    @property
    def card(self):
        return self.cards[0] if self.cards else None

    @property
    def conversation(self):
        """The conversation's id as activities carry it."""
        if self.place.kind == "channel":
            return f"{self.place.id};messageid={self.thread or self.id}"
        return self.place.id


class World:
    def __init__(self, clock, app_id, name="ALS"):
        self.clock, self.app_id, self.bot_name = clock, app_id, name
        self.tenants, self.users, self.teams, self.places = {}, {}, {}, {}
        self.numbers, self.last = count(1), 0

    @property
    def bot_id(self):
        return f"28:{self.app_id}"

    def seconds(self):
        return self.clock().timestamp()

    def hash(self, *seed):
        return sha256("/".join([*seed, str(next(self.numbers))]).encode()).hexdigest()

    def guid(self, *seed):
        return str(uuid.UUID(self.hash(*seed)[:32]))

    def stamp(self):
        """The id of a message: its time in milliseconds, never twice."""
        self.last = max(self.last + 1, int(self.seconds() * 1000))
        return str(self.last)

    def add_tenant(self, name, id=None):
        tenant = Tenant(id or self.guid("tenant", name), name)
        self.tenants[tenant.id] = tenant
        return tenant

    def add_user(self, name, tenant, **more):
        user = User(f"29:1{self.hash('user', name)}", self.guid("aad", name), name, tenant, **more)
        self.users[user.id] = user
        return user

    def add_team(self, name, tenant, members, installed, rsc):
        id = f"19:{self.hash('team', name)}@thread.tacv2"
        team = Team(id, self.guid("group", name), name, tenant, list(members), installed, rsc)
        self.teams[id] = team
        self.add_channel("General", team)
        return team

    def add_channel(self, name, team):
        # The General channel has the id of its team.
        id = f"19:{self.hash('channel', name)}@thread.tacv2" if team.channels else team.id
        place = Place(id, "channel", name, team.tenant, team)
        team.channels.append(place)
        self.places[id] = place
        return place

    def add_chat(self, name, tenant, members, installed, rsc):
        id = f"19:{self.hash('chat', name or '')[:32]}@thread.v2"
        place = Place(id, "groupChat", name, tenant, None, list(members), installed, rsc)
        self.places[id] = place
        return place

    def personal(self, user):
        """The 1:1 chat of a person with the app, made when it is first needed."""
        for place in self.places.values():
            if place.kind == "personal" and place.own_members == [user]:
                return place
        id = f"a:1{self.hash('personal', user.name)}"
        place = Place(id, "personal", None, user.tenant, None, [user])
        self.places[id] = place
        return place

    def reachable(self, user):
        """Whether the app may write to a person: it is installed for them, or, unless they took
        it away, in a team or chat of theirs (documented: proactive messages)."""
        if user.gone or user.blocked or user.installed is False:
            return False
        shared = (p for p in self.places.values() if p.kind != "personal" and p.installed)
        return user.installed or any(user in place.members for place in shared)

    def user(self, id):
        """By the id that bots see or by the directory's."""
        return self.users.get(id) or next((u for u in self.users.values() if u.aad == id), None)

    def post(self, place, sender, text, **more):
        message = Message(self.stamp(), place, sender, text, self.seconds(), **more)
        place.messages[message.id] = message
        return message

    def alive(self, message):
        old = self.seconds() - message.at >= TARGETED_LIFE
        return not message.deleted and not (message.to and old)
