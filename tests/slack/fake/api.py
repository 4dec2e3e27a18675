"""The Web API: each method's arguments, permissions, effect and answer; errors are Slack's codes.

Rules: an argument that a method does not know is refused (Slack often ignores it; ours are then
misspelt). What the documents leave open is refused, with a word beside it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from . import limits
from .world import CODE_LIFE, TOKEN_LIFE, Oops, Team, Token, View, kept

ARGS = {
    "apps.connections.open": "",
    "auth.test": "",
    "bots.info": "bot team_id",
    "chat.delete": "channel! ts! as_user",
    "chat.postEphemeral": "channel! user! text blocks attachments thread_ts as_user icon_emoji "
    "icon_url link_names username parse markdown_text",
    "chat.postMessage": "channel! text blocks attachments thread_ts reply_broadcast unfurl_links "
    "unfurl_media metadata mrkdwn parse link_names as_user icon_emoji icon_url username "
    "markdown_text",
    "chat.update": "channel! ts! text blocks attachments metadata parse link_names as_user "
    "reply_broadcast markdown_text file_ids",
    "conversations.history": "channel! cursor inclusive include_all_metadata latest limit oldest",
    "conversations.info": "channel! include_locale include_num_members",
    "conversations.members": "channel! cursor limit",
    "conversations.open": "channel users return_im prevent_creation",
    "conversations.replies": "channel! ts! cursor inclusive include_all_metadata latest limit "
    "oldest",
    "oauth.v2.access": "client_id client_secret code redirect_uri grant_type refresh_token",
    "oauth.v2.exchange": "client_id client_secret",
    "team.info": "team domain",
    "users.info": "user! include_locale",
    "views.open": "trigger_id! view!",
    "views.publish": "user_id! view! hash",
    "views.push": "trigger_id! view!",
    "views.update": "view! view_id external_id hash",
}
READ = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


@dataclass
class Caller:
    token: Token
    team: Team | None
    args: dict

    def need(self, *scopes):
        """Refuse a token that has none of these scopes."""
        has = self.token.scopes.split(",")
        if not any(scope in has for scope in scopes):
            raise Oops("missing_scope", needed=scopes[0], provided=self.token.scopes)


class Api:
    """`call` answers a method; what it changed is told to `tell` as events."""

    def __init__(self, world, pace, tell, oauth):
        self.world, self.pace, self.tell, self.oauth = world, pace, tell, oauth
        self.open_socket = None  # set where sockets are served: -> url

    def call(self, method, args, bearer):
        if method not in ARGS:
            raise Oops("unknown_method", req_method=method)
        bearer = args.pop("token", None) or bearer
        handler = getattr(self, method.replace(".", "_"))
        if method == "oauth.v2.access":
            self.check_args(method, args)
            self.paced(method, None)
            return handler(args)
        caller = self.caller(method, args, bearer)
        self.check_args(method, args)
        self.paced(method, caller.team.id if caller.team else None)
        return handler(caller)

    def paced(self, method, team):
        wait = self.pace.of_call(method, team)
        if wait:
            raise Oops("ratelimited", retry_after=wait)

    def check_args(self, method, args):
        known = ARGS[method].split()
        names = {name.rstrip("!") for name in known}
        args.pop("team_id", None)  # org-wide tokens say which team they mean
        said = [f"invalid argument: {name}" for name in sorted(args.keys() - names)]
        said += [
            f"missing required field: {name[:-1]}"
            for name in known
            if name.endswith("!") and args.get(name[:-1]) in (None, "")
        ]
        if said:
            raise Oops("invalid_arguments", said)

    def caller(self, method, args, bearer):
        if not bearer:
            raise Oops("not_authed")
        token = self.world.tokens.get(bearer)
        if token is None:
            raise Oops("invalid_auth")
        if token.revoked:
            raise Oops("token_revoked")
        if token.expires is not None and token.expires <= self.world.seconds():
            raise Oops("token_expired")
        if (token.kind == "app") != (method == "apps.connections.open"):
            raise Oops("not_allowed_token_type")
        team = self.world.teams.get(token.team or self.team_meant(token, args))
        if team is not None and not team.installed:
            raise Oops("account_inactive")
        return Caller(token, team, args)

    def team_meant(self, token, args):
        """The team that an org-wide token acts in."""
        if token.enterprise is None:
            return None
        channel = self.world.channels.get(args.get("channel"))
        user = self.world.users.get(args.get("user_id") or args.get("user") or args.get("users"))
        named = args.get("team_id") or (channel and channel.team) or (user and user.team)
        trigger = self.world.triggers.get(args.get("trigger_id"))
        if named is None and trigger:
            named = self.world.users[trigger.user].team
        view = self.world.views.get(args.get("view_id"))
        if named is None and view:
            named = view.installed_team
        ours = [t.id for t in self.world.teams.values() if t.enterprise == token.enterprise]
        return named if named in ours else (ours[0] if ours else None)

    # who am I

    def auth_test(self, c):
        bot = self.world.users[c.team.bot_user]
        answer = {
            "url": f"https://{c.team.name}.slack.com/",
            "team": c.team.name,
            "user": bot.name,
            "team_id": c.team.id,
            "user_id": bot.id,
            "bot_id": c.team.bot_id,
            "is_enterprise_install": c.token.enterprise is not None,
        }
        return {**answer, "enterprise_id": c.team.enterprise} if c.team.enterprise else answer

    def apps_connections_open(self, c):
        c.need("connections:write")
        if self.open_socket is None:
            raise Oops("socket_mode_not_enabled")
        return {"url": self.open_socket()}

    def bots_info(self, c):
        c.need("users:read")
        team = next((t for t in self.world.teams.values() if t.bot_id == c.args.get("bot")), None)
        if team is None:
            raise Oops("bot_not_found")
        bot = {"id": team.bot_id, "name": "ALS", "app_id": self.world.app_id, "deleted": False}
        return {"bot": {**bot, "user_id": team.bot_user}}

    def team_info(self, c):
        c.need("team:read")
        team = self.world.teams.get(c.args.get("team") or c.team.id)
        if team is None:
            raise Oops("team_not_found")
        return {"team": {"id": team.id, "name": team.name, "domain": team.name}}

    # messages

    def channel(self, c, writes=False):
        """The channel named, if this bot may know of it; for writing, if it may write there."""
        named = str(c.args["channel"])
        channel = self.world.channels.get(named)
        if writes and channel is None and named in self.world.users:
            channel = self.dm_with(c, named, "channel_not_found")
        if not self.world.may_see(channel, c.team.id):
            raise Oops("channel_not_found")
        if writes:
            if channel.archived:
                raise Oops("is_archived")
            if c.team.bot_user not in channel.members:
                raise Oops("not_in_channel")
        return channel

    def reachable(self, c, user_id, otherwise):
        """A person whom this bot may write to; `otherwise` is the error for one it may not."""
        user = self.world.users.get(user_id)
        if user is None or not self.knows(c, user):
            raise Oops(otherwise)
        if user.deleted:
            raise Oops("user_disabled" if otherwise == "user_not_found" else otherwise)
        if user.is_bot:
            raise Oops("cannot_dm_bot")
        return user.id

    def dm_with(self, c, user_id, otherwise):
        return self.world.dm(self.reachable(c, user_id, otherwise), c.team.id)

    def knows(self, c, user):
        """Whether a person is of the own team, or shares a channel with the bot (Slack Connect)."""
        shared = (
            ch for ch in self.world.channels.values() if {user.id, c.team.bot_user} <= {*ch.members}
        )
        return user.team == c.team.id or any(shared)

    def content(self, c, longest=limits.TEXT):
        """The text, blocks and metadata of a message, or Slack's refusal of them."""
        text, blocks = c.args.get("text"), parsed(c.args.get("blocks"), "invalid_blocks_format")
        text = c.args.get("markdown_text") or text or ""
        if not text and not blocks and not c.args.get("attachments"):
            raise Oops("no_text")
        if not isinstance(text, str):
            raise Oops("invalid_arguments", ["must provide a string [json-pointer:/text]"])
        if len(text) > longest:
            raise Oops("msg_too_long")
        if blocks is not None:
            said = limits.problems(blocks, "message")
            if said:
                raise Oops("invalid_blocks", said)
            if limits.too_long(blocks):
                raise Oops("msg_blocks_too_long")
        return text, blocks, self.metadata(c)

    def metadata(self, c):
        metadata = parsed(c.args.get("metadata"), "invalid_metadata_format")
        if metadata is not None:
            kinds = {"event_type": str, "event_payload": dict}
            if not isinstance(metadata, dict) or metadata.keys() != kinds.keys():
                raise Oops("invalid_metadata_schema")
            if not all(isinstance(metadata[key], kind) for key, kind in kinds.items()):
                raise Oops("invalid_metadata_schema")
            if len(json.dumps(metadata)) > 16_384:
                raise Oops("metadata_too_large")
        return metadata

    def thread(self, c, channel):
        """The thread named. Slack takes a wrong thread_ts at times and the message is never seen
        (python-slack-sdk#840), or answers thread_not_found (bolt-js#2307): refused here."""
        thread_ts = c.args.get("thread_ts")
        if thread_ts is None:
            return None
        if not isinstance(thread_ts, str) or self.world.root(channel, thread_ts) is None:
            raise Oops("thread_not_found")
        return thread_ts

    def chat_postMessage(self, c):  # noqa: N802 -- named as Slack's method
        c.need("chat:write")
        channel = self.channel(c, writes=True)
        text, blocks, metadata = self.content(c)
        thread_ts = self.thread(c, channel)
        if c.args.get("username") or c.args.get("icon_emoji") or c.args.get("icon_url"):
            c.need("chat:write.customize")
        wait = self.pace.of_message(channel.id)
        if wait:
            raise Oops("ratelimited", retry_after=wait)
        message = self.world.post(
            channel,
            c.team.bot_user,
            text,
            thread_ts=thread_ts,
            blocks=blocks or None,
            bot_id=c.team.bot_id,
            app_id=self.world.app_id,
            metadata=metadata,
        )
        if thread_ts:
            self.world.root(channel, thread_ts).thread_ts = thread_ts
        self.tell.message(message)
        return {"channel": channel.id, "ts": message.ts, "message": message.payload(metadata=True)}

    def chat_postEphemeral(self, c):  # noqa: N802 -- named as Slack's method
        c.need("chat:write")
        channel = self.channel(c, writes=True)
        text, blocks, _ = self.content(c)
        user = self.world.users.get(c.args["user"])
        if user is None or user.deleted or user.id not in channel.members:
            raise Oops("user_not_in_channel")
        thread_ts = self.thread(c, channel)
        message = self.world.post(
            channel,
            c.team.bot_user,
            text,
            thread_ts=thread_ts,
            blocks=blocks or None,
            bot_id=c.team.bot_id,
            app_id=self.world.app_id,
            to=user.id,
        )
        # Accepted, but only shown where the thread is already active (docs).
        message.deleted = bool(thread_ts) and len(self.world.thread(channel, thread_ts)) < 2
        return {"message_ts": message.ts}

    def own_message(self, c, channel, refusal):
        message = channel.messages.get(str(c.args["ts"]))
        if message is None or message.deleted or message.subtype == "tombstone":
            raise Oops("message_not_found")
        if message.bot_id != c.team.bot_id:
            raise Oops(refusal)
        return message

    def chat_update(self, c):
        c.need("chat:write")
        channel = self.channel(c, writes=True)
        message = self.own_message(c, channel, "cant_update_message")
        text, blocks, metadata = self.content(c, limits.UPDATE_TEXT)
        before = message.payload()
        if blocks is None and text:
            blocks = []  # docs: text without blocks removes the blocks
        if blocks is not None:
            message.blocks = kept(blocks, self.world.ids) or None
        if text or blocks:
            message.text = text
        if text and not message.blocks:  # docs: with blocks there is no edited flag
            message.edited = {"user": c.team.bot_user, "ts": self.world.ts()}
        message.metadata = metadata or message.metadata
        self.tell.changed(message, before)
        answer = {"channel": channel.id, "ts": message.ts, "text": message.text}
        return {**answer, "message": message.payload(metadata=True)}

    def chat_delete(self, c):
        c.need("chat:write")
        channel = self.channel(c, writes=True)
        message = self.own_message(c, channel, "cant_delete_message")
        self.tell.delete(message)
        return {"channel": channel.id, "ts": message.ts}

    # conversations

    def conversations_open(self, c):
        if c.args.get("channel"):
            channel = self.channel(c)
        else:
            users = [u for u in str(c.args.get("users") or "").split(",") if u]
            if not users:
                raise Oops("users_list_not_supplied")
            c.need("im:write" if len(users) == 1 else "mpim:write")
            if len(users) > 1:
                channel = self.group(c, users)
            else:
                channel = self.dm_with(c, users[0], "user_not_found")
        if truth(c.args.get("return_im")):
            return {"channel": self.conversation(channel)}
        return {"channel": {"id": channel.id}}

    def group(self, c, users):
        if len(users) > 8:
            raise Oops("too_many_users")
        members = {self.reachable(c, user, "user_not_found") for user in users}
        members.add(c.team.bot_user)
        for channel in self.world.channels.values():
            if channel.kind == "mpim" and set(channel.members) == members:
                return channel
        return self.world.add_channel("mpdm", c.team.id, sorted(members), "mpim")

    def conversation(self, channel):
        shown = {
            "id": channel.id,
            "is_channel": channel.kind == "channel",
            "is_group": channel.kind == "group",
            "is_im": channel.im,
            "is_mpim": channel.kind == "mpim",
            "is_private": channel.kind != "channel",
            "is_archived": channel.archived,
            "is_ext_shared": bool(channel.shared_with),
            "context_team_id": channel.team,
        }
        if channel.im:
            other = next(m for m in channel.members if m != self.world.bot_of(channel))
            return {**shown, "user": other}
        return {**shown, "name": channel.name, "name_normalized": channel.name}

    def conversations_info(self, c):
        channel = self.channel(c)
        c.need(f"{READ[channel.kind]}:read")
        shown = {
            **self.conversation(channel),
            "is_member": c.team.bot_user in channel.members,
        }
        if truth(c.args.get("include_num_members")):
            shown["num_members"] = len(channel.members)
        return {"channel": shown}

    def conversations_members(self, c):
        channel = self.channel(c)
        c.need(f"{READ[channel.kind]}:read")
        return self.page(c, "members", channel.members, 100)

    def conversations_history(self, c):
        channel = self.readable(c)
        top = [m for m in channel.messages.values() if not m.deleted]
        top = [m for m in top if m.thread_ts in (None, m.ts) or m.subtype == "thread_broadcast"]
        return self.page(c, "messages", self.within(c, top)[::-1], 100)

    def conversations_replies(self, c):
        channel = self.readable(c)
        message = channel.messages.get(str(c.args["ts"]))
        if message is None or message.deleted:
            raise Oops("thread_not_found")
        if message.thread_ts not in (None, message.ts):
            return self.page(c, "messages", self.within(c, [message]), 1000)
        found = [message, *self.world.replies(message)]
        return self.page(c, "messages", self.within(c, found), 1000)

    def readable(self, c):
        channel = self.channel(c)
        c.need(f"{READ[channel.kind]}:history")
        if c.team.bot_user not in channel.members:
            raise Oops("not_in_channel")
        return channel

    def within(self, c, messages):
        oldest, latest = float(c.args.get("oldest") or 0), float(c.args.get("latest") or "inf")
        inclusive, all_metadata = truth(c.args.get("inclusive")), c.args.get("include_all_metadata")
        shown = []
        for message in messages:
            at = float(message.ts)
            if oldest < at < latest or (inclusive and at in (oldest, latest)):
                shown.append(self.with_thread(message, truth(all_metadata)))
        return shown

    def with_thread(self, message, metadata):
        shown, replies = message.payload(metadata), self.world.replies(message)
        if replies:
            shown |= {
                "thread_ts": message.ts,
                "reply_count": len(replies),
                "reply_users": sorted({r.user for r in replies}),
                "latest_reply": replies[-1].ts,
            }
        return shown

    def page(self, c, name, items, default):
        try:
            start, limit = int(c.args.get("cursor") or 0), int(c.args.get("limit") or default)
        except ValueError:
            raise Oops("invalid_cursor") from None
        if not 1 <= limit <= 1000:
            raise Oops("invalid_limit")
        more = len(items) > start + limit
        answer = {name: items[start : start + limit]}
        answer["response_metadata"] = {"next_cursor": str(start + limit) if more else ""}
        return {**answer, "has_more": more} if name == "messages" else answer

    # people

    def users_info(self, c):
        c.need("users:read")
        user = self.world.users.get(c.args["user"])
        if user is None:
            raise Oops("user_not_found")
        if not self.knows(c, user):
            raise Oops("user_not_visible")
        stranger = user.team != c.team.id
        shown = {
            "id": user.id,
            "team_id": user.team,
            "name": user.name,
            "deleted": user.deleted,
            "real_name": user.real_name,
            "profile": {"real_name": user.real_name, "display_name": user.name, "team": user.team},
            "is_bot": user.is_bot,
            "is_app_user": False,
            "updated": int(self.world.seconds()),
        }
        if stranger:
            # docs: external members have a reduced profile; that it lacks tz is uncertain.
            return {"user": {**shown, "is_stranger": True}}
        if not user.deleted:
            offset = datetime.fromtimestamp(self.world.seconds(), ZoneInfo(user.tz)).utcoffset()
            shown |= {"tz": user.tz, "tz_label": user.tz, "tz_offset": int(offset.total_seconds())}
        if truth(c.args.get("include_locale")):
            shown["locale"] = user.locale
        return {"user": shown}

    # views

    def view(self, c, kinds, target=None):
        """The view given, checked; `target` is the one that it is to replace."""
        view = parsed(c.args["view"], "invalid_arguments")
        said = limits.view_problems(view)
        if not said and view["type"] not in kinds:
            said = [f"must be of type {kinds[0]} [json-pointer:/view/type]"]
        if said:
            raise Oops("invalid_arguments", said)
        if limits.too_large(view):
            raise Oops("view_too_large")
        named = view.get("external_id")
        others = (v for v in self.world.live_views() if v is not target)
        if named and any(v.data.get("external_id") == named for v in others):
            raise Oops("duplicate_external_id")
        return view

    def answer(self, view: View):
        bot = self.world.teams[view.installed_team].bot_id
        return {"view": view.payload(self.world.app_id, bot)}

    def views_open(self, c):
        data = self.view(c, ("modal",))
        trigger = self.world.use_trigger(c.args["trigger_id"])
        view = self.world.make_view(data, trigger.user, c.team.id)
        # Whether an open modal is replaced when a press in it opens another: uncertain.
        self.world.stacks[trigger.user] = [view]
        return self.answer(view)

    def views_push(self, c):
        data = self.view(c, ("modal",))
        trigger = self.world.use_trigger(c.args["trigger_id"], push=True)
        stack = self.world.stacks.get(trigger.user) or []
        if len(stack) >= 3:
            raise Oops("push_limit_reached")
        if not stack:
            raise Oops("not_found")
        view = self.world.make_view(data, trigger.user, c.team.id, stack[-1])
        stack.append(view)
        return self.answer(view)

    def views_update(self, c):
        named, ours = c.args.get("external_id"), self.world.live_views()
        same = [v for v in ours if named and v.data.get("external_id") == named]
        same += [v for v in ours if v.id == c.args.get("view_id")]
        view = same[0] if same else None
        if view is None:
            raise Oops("not_found")
        data = self.view(c, (view.data["type"],), view)
        if c.args.get("hash") and c.args["hash"] != view.hash:
            raise Oops("hash_conflict")
        self.world.change_view(view, data)
        return self.answer(view)

    def views_publish(self, c):
        user = self.world.users.get(c.args["user_id"])
        # That people of other organisations have no Home tab of the app: uncertain.
        if user is None or user.team != c.team.id or user.deleted:
            raise Oops("user_not_found")
        view = self.world.home.get((user.id, c.team.id))
        data = self.view(c, ("home",), view)
        if c.args.get("hash") and (view is None or c.args["hash"] != view.hash):
            raise Oops("hash_conflict")
        if view is None:
            view = self.world.make_view(data, user.id, c.team.id)
            self.world.home[user.id, c.team.id] = view
        else:
            self.world.change_view(view, data)
        return self.answer(view)

    # installing

    def oauth_v2_access(self, args):
        if args.get("client_id") != self.oauth.client_id:
            raise Oops("invalid_client_id")
        if args.get("client_secret") != self.oauth.client_secret:
            raise Oops("bad_client_secret")
        if args.get("grant_type") == "refresh_token":
            return self.refreshed(args.get("refresh_token"))
        code = self.world.codes.get(args.get("code"))
        if code is None:
            raise Oops("invalid_code")
        if code["used"]:
            raise Oops("code_already_used")
        if self.world.seconds() - code["at"] > CODE_LIFE:
            raise Oops("invalid_code")
        if code["redirect_uri"] and args.get("redirect_uri") != code["redirect_uri"]:
            raise Oops("bad_redirect_uri")
        code["used"] = True
        return self.installed(code)

    def installed(self, code):
        team = self.world.teams[code["team"]]
        team.installed = True
        org = team.enterprise if code["org"] else None
        answer = self.issue(None if org else team.id, code["scopes"], org)
        bot = {"bot_user_id": team.bot_user, "app_id": self.world.app_id}
        return {
            **answer,
            **bot,
            "team": None if org else {"id": team.id, "name": team.name},
            "enterprise": {"id": team.enterprise, "name": "Org"} if team.enterprise else None,
            "is_enterprise_install": bool(org),
            "authed_user": {"id": code["user"]},
        }

    def refreshed(self, value):
        old = self.world.refresh_tokens.pop(value, None)  # single use
        if old is None:
            raise Oops("invalid_refresh_token")
        answer = self.issue(old.team, old.scopes, old.enterprise, rotating=True)
        team = self.world.teams.get(old.team)
        bot = {"app_id": self.world.app_id, "bot_user_id": team.bot_user if team else None}
        return {**answer, **bot, "team": {"id": team.id, "name": team.name} if team else None}

    def issue(self, team, scopes, enterprise, rotating=None):
        rotating = self.oauth.rotation if rotating is None else rotating
        expires = self.world.seconds() + TOKEN_LIFE if rotating else None
        token = self.world.add_token("bot", team, scopes, enterprise, expires)
        answer = {"access_token": token.value, "token_type": "bot", "scope": scopes}
        if rotating:
            refresh = f"xoxe-1-{self.world.id('R')}"
            self.world.refresh_tokens[refresh] = token
            answer |= {"refresh_token": refresh, "expires_in": TOKEN_LIFE}
        return answer

    def oauth_v2_exchange(self, c):
        """Turn a lasting token into a rotating one; it cannot be turned back."""
        if c.args.get("client_id") != self.oauth.client_id:
            raise Oops("invalid_client_id")
        if c.args.get("client_secret") != self.oauth.client_secret:
            raise Oops("bad_client_secret")
        c.token.revoked = True
        return self.issue(c.token.team, c.token.scopes, c.token.enterprise, rotating=True)


def parsed(value, otherwise):
    """A structure that may come as a JSON text, as in a form or a query."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Oops(otherwise) from None


def truth(value):
    return value in (True, 1, "1", "true", "True")
