"""A person at their Slack client: what they do reads like a script, and what they see.

    ana = slack.person("ana")
    asked = await ana.types(channel, f"{ben}, what would you see?", thread=root)
    await ana.presses("Present", on="Who has a topic")
    await ana.submits(title="Hiring", until=date(2026, 3, 6))

Rules: what Slack's client would not let a person do raises `Refused`, before anything is sent.
A modal covers the rest of the screen. Only what this person can see can be pressed.
"""

import html
import re
import uuid
from dataclasses import dataclass

from .fill import Refused, entry_of, missing
from .limits import view_problems
from .screen import Screen, Sight, decode, label_of
from .world import Message, ResponseUrl, View, first_values, interactive

TROUBLE = "We had some trouble connecting. Try again?"
MENTION = re.compile(r"&lt;([@#!][A-Z0-9]+)&gt;")
LINK = re.compile(r"(?<![<|])\bhttps?://[^\s<>|]+")


@dataclass(eq=False)
class Button:
    """A button, or an overflow's option, as it was on the screen when it was found."""

    place: Message | View
    block: dict
    element: dict
    option: dict | None = None


class Person:
    """One person of a team."""

    def __init__(self, slack, user):
        self.slack, self.world, self.user = slack, slack.world, user
        self.screen = Screen(self.world, user)
        self.errors = {}  # of the form that was submitted last: {the field's label: words}
        self.entered = {}  # (channel, ts): what was chosen in a message

    def __str__(self):
        return f"<@{self.id}>"

    def __repr__(self):
        return f"Person({self.user.name})"

    @property
    def id(self):
        return self.user.id

    @property
    def name(self):
        return self.user.name

    @property
    def app_team(self):
        """The team whose app this person meets: their own, or the one they are guests of."""
        own = self.world.teams[self.user.team]
        return own if own.installed else self.slack.team

    @property
    def stranger(self):
        return self.app_team.id != self.user.team

    @property
    def dm(self):
        """The direct conversation with the app."""
        return self.world.dm(self.id, self.app_team.id)

    # what they see

    def channels(self):
        return [c for c in self.world.channels.values() if self.id in c.members]

    def messages(self, channel=None):
        """All messages they can see, the oldest first."""
        theirs = [channel] if channel else self.channels()
        assert all(self.id in c.members for c in theirs), "not in this channel"
        found = [m for c in theirs for m in c.messages.values() if not m.deleted]
        found += [
            m
            for m in self.world.ephemerals
            if m.to == self.id and m.channel in theirs and not m.deleted
        ]
        return sorted(found, key=lambda m: m.born)

    def sees(self, channel=None):
        """The texts on their screens: messages, then Home, then the open form."""
        seen = [self.screen.message(m) for m in self.messages(channel)]
        if channel is None:
            seen += [self.screen.view(v) for v in (self.home, self.view) if v]
        return Sight(seen)

    @property
    def view(self):
        """The modal that is open on top, or None."""
        stack = self.world.stacks.get(self.id)
        return stack[-1] if stack else None

    @property
    def home(self):
        return self.world.home.get((self.id, self.app_team.id))

    def message(self, words, channel=None):
        """The newest message that shows these words."""
        for message in reversed(self.messages(channel)):
            if words in self.screen.message(message):
                return message
        raise Refused(f"{self.name} sees no message with {words!r}:\n{self.sees(channel)}")

    def buttons(self, on=None):
        """The labels of all buttons they can press now."""
        return [
            decode((b.option or b.element)["text"]["text"])
            for place in self.places(on)
            for b in self.buttons_of(place)
        ]

    def places(self, on=None):
        """Where they can press, the newest first; an open modal covers the rest."""
        if self.view:
            found = [self.view]
        else:
            found = [*reversed(self.messages()), *([self.home] if self.home else [])]
        return [p for p in found if on is None or on in self.shown(p)]

    def shown(self, place):
        draw = self.screen.message if isinstance(place, Message) else self.screen.view
        return draw(place)

    def blocks_of(self, place):
        return (place.blocks if isinstance(place, Message) else place.data["blocks"]) or []

    def buttons_of(self, place):
        for block in self.blocks_of(place):
            for element in interactive(block):
                if element["type"] == "button":
                    yield Button(place, block, element)
                if element["type"] == "overflow":
                    yield from (Button(place, block, element, o) for o in element["options"])

    def finds(self, label, on=None, nth=None):
        """The newest button with this label, on the card with these words. Keep it to press later,
        when the card has changed meanwhile. `nth` where a card has several."""
        for place in self.places(on):
            same = [
                b
                for b in self.buttons_of(place)
                if decode((b.option or b.element)["text"]["text"]) == label
            ]
            if len(same) > 1 and nth is None:
                raise Refused(f"{len(same)} buttons are called {label!r}: say which by nth")
            if same:
                return same[nth or 0]
        seen = f"\n{self.sees()}"
        raise Refused(
            f"{self.name} sees no button {label!r} on {on!r}, only {self.buttons()}{seen}"
        )

    # writing

    async def types(self, channel, text, *, thread=None, broadcast=False):
        """Write a message; the Message, for later edits and threads. Mention by f"{ben}"."""
        if text.startswith("/"):
            raise Refused("a command, not a message: use command()")
        return await self.writes(channel, text, thread, "thread_broadcast" if broadcast else None)

    async def writes(self, channel, text, thread=None, subtype=None, **more):
        self.may_write(channel)
        root = self.root(channel, thread)
        message = self.world.post(
            channel,
            self.id,
            encoded(text),
            thread_ts=root.ts if root else None,
            subtype=subtype,
            more=more,
        )
        if root:
            root.thread_ts = root.ts
        self.slack.deliver.message(message)
        await self.slack.settle()
        return message

    def may_write(self, channel):
        if self.user.deleted:
            raise Refused(f"{self.name} is deactivated")
        if self.id not in channel.members:
            raise Refused(f"{self.name} is not in #{channel.name}")
        if channel.archived:
            raise Refused(f"#{channel.name} is archived")

    def root(self, channel, thread):
        if thread is None:
            return None
        ts = (thread.thread_ts or thread.ts) if isinstance(thread, Message) else thread
        root = channel.messages.get(ts)
        if root is None or root.deleted:
            raise Refused(f"no thread {ts} in #{channel.name}")
        return root

    async def mentions(self, channel, text, *, thread=None):
        """Write to the app: @ALS and the text."""
        return await self.types(channel, f"<@{self.app_team.bot_user}> {text}", thread=thread)

    async def shares_file(self, channel, text="", *, thread=None):
        file = {"id": self.world.id("F"), "name": "file.png", "mimetype": "image/png"}
        return await self.writes(channel, text, thread, "file_share", files=[file])

    async def says_me(self, channel, text):
        """/me …"""
        return await self.writes(channel, text, None, "me_message")

    async def huddles(self, channel):
        """Start a huddle: Slackbot says so in a thread's first message."""
        self.may_write(channel)
        more = {"no_notifications": True, "room": {"created_by": self.id}}
        message = self.world.post(
            channel, "USLACKBOT", "A huddle started", subtype="huddle_thread", more=more
        )
        self.slack.deliver.message(message)
        await self.slack.settle()
        return message

    async def edits(self, message, text):
        self.own(message)
        before = self.slack.deliver.shown(message)
        message.text = encoded(text)
        message.edited = {"user": self.id, "ts": self.world.ts(message.channel)}
        self.slack.deliver.changed(message, before)
        await self.slack.settle()

    async def deletes(self, message):
        self.own(message)
        self.slack.deliver.delete(message)
        await self.slack.settle()

    def own(self, message):
        if message.user != self.id or message.deleted:
            raise Refused("only one's own messages can be changed")

    async def joins(self, channel):
        if channel.kind != "channel":
            raise Refused("a private channel needs an invitation")
        await self.slack.invites(channel, self)

    async def leaves(self, channel):
        await self.slack.removes(channel, self)

    def reloads(self):
        """Restart the client: what was only for their eyes is gone, and so is an open form."""
        for message in self.world.ephemerals:
            if message.to == self.id:
                message.deleted = True
        self.world.stacks.pop(self.id, None)

    # commands and shortcuts

    async def command(self, channel, text, *, thread=None):
        """Type a slash command where they are."""
        self.may_write(channel)
        self.reaches_app()
        name, _, rest = text.partition(" ")
        if name not in self.slack.commands:
            raise Refused(f"{name} is not a valid command")
        if thread is not None:
            raise Refused(f"{name} is not supported in threads. Sorry!")
        if self.stranger:
            raise Refused(f"{name} belongs to another organisation's app")
        body = {
            "token": "verification-token",
            "team_id": self.user.team,
            "team_domain": self.app_team.name,
            "channel_id": channel.id,
            "channel_name": channel_name(channel),
            "user_id": self.id,
            "user_name": self.name,
            "command": name,
            "text": encoded(rest.strip()),
            "api_app_id": self.world.app_id,
            "is_enterprise_install": "false",
            "response_url": self.response_url(channel),
            "trigger_id": self.world.add_trigger(self.id),
        }
        if self.app_team.enterprise:
            body |= {"enterprise_id": self.app_team.enterprise, "enterprise_name": "Org"}
        sent = await self.slack.deliver.interact("slash_commands", body)
        answer = sent.payload or {}
        if not sent.ok:
            timed = sent.reason in ("http_timeout", "timeout")
            code = "operation_timeout" if timed else "dispatch_failed"
            words = f"{name} failed with the error “{code}”"
            self.slack.says(channel, self.id, {"text": words})
        elif answer.get("text") or answer.get("blocks"):
            refusal = self.slack.respond(self.world.response_urls[last(body)], answer)
            if refusal:
                self.slack.troubles.append((name, refusal, None))
        await self.slack.settle()
        return sent

    async def shortcut(self, name, message=None):
        """Use a shortcut by its name: on a message, or a global one."""
        callback = self.slack.shortcuts.get(name)
        if callback is None:
            raise Refused(f"no shortcut {name!r}")
        if self.stranger:
            raise Refused(f"{name!r} belongs to another organisation's app")
        kind = "shortcut" if message is None else "message_action"
        body = self.body(kind, self.app_team)
        body |= {"callback_id": callback, "action_ts": self.world.ts()}
        if message is not None:
            if message.ephemeral or message.deleted or self.id not in message.channel.members:
                raise Refused("this message has no shortcuts")
            body |= {
                "channel": {"id": message.channel.id, "name": channel_name(message.channel)},
                "message_ts": message.ts,
                "message": self.slack.deliver.shown(message),
                "response_url": self.response_url(message.channel),
            }
        return await self.interacts(body)

    def response_url(self, channel, message=None):
        name = uuid.uuid4().hex
        ticket = ResponseUrl(channel, self.id, self.world.seconds(), message)
        self.world.response_urls[name] = ticket
        return f"{self.slack.origin}/hooks/{name}"

    def body(self, kind, team, view=None):
        """What all interactions carry. `team` is the app's; in a form's it is the person's, with
        the app's in the view (slackapi/java-slack-sdk#1041, slackapi/bolt-python#734)."""
        about = {"id": team.id, "domain": team.name}
        if team.enterprise:
            about |= {"enterprise_id": team.enterprise, "enterprise_name": "Org"}
        who = {"id": self.id, "username": self.name, "name": self.name, "team_id": self.user.team}
        return {
            "type": kind,
            "team": about,
            "user": who,
            "api_app_id": self.world.app_id,
            "token": "verification-token",
            "enterprise": {"id": team.enterprise, "name": "Org"} if team.enterprise else None,
            "is_enterprise_install": False,
            "trigger_id": self.world.add_trigger(self.id, view),
        }

    def reaches_app(self):
        """Refuse what would go to an app that is no longer there."""
        if not self.app_team.installed:
            raise Refused("this app is not installed any more")

    async def interacts(self, body):
        self.reaches_app()
        sent = await self.slack.deliver.interact("interactive", body)
        await self.slack.settle()
        return sent

    # pressing

    async def presses(self, label, *, on=None, nth=None, confirms=True):
        """Press a button by its label (or one kept from `finds`); answers what came of it."""
        button = self.finds(label, on, nth) if isinstance(label, str) else label
        element = button.element
        if element.get("confirm") and not confirms:
            return None
        action = {"type": element["type"]}
        if element["type"] == "button":
            action["text"] = element["text"]
            action |= {k: element[k] for k in ("value", "style", "url") if k in element}
        else:
            action["selected_option"] = button.option
        return await self.acts(button.place, button.block, element, action)

    async def chooses(self, name, value, *, on=None):
        """Set a menu, a picker or boxes outside of a form's fields, which tells the app at once."""
        for place in self.places(on):
            for block, element in self.fields(place):
                if called(name, block, element) and told_at_once(block, element):
                    entry = entry_of(self.world, element, value)
                    self.enter(place, block, element, entry)
                    return await self.acts(place, block, element, dict(entry))
        raise Refused(f"{self.name} sees nothing to choose called {name!r}")

    def fields(self, place):
        for block in self.blocks_of(place):
            yield from ((block, element) for element in interactive(block))

    def values_of(self, place):
        """What is set in a form, or by this person in a message."""
        if isinstance(place, View):
            return place.values
        key = (place.channel.id, place.ts)
        return self.entered.setdefault(key, first_values(place.blocks))

    def enter(self, place, block, element, entry):
        values = self.values_of(place)
        values.setdefault(block["block_id"], {})[element["action_id"]] = entry

    async def acts(self, place, block, element, action):
        if isinstance(place, Message) and place.deleted:
            raise Refused("this message is gone")
        action |= {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": self.world.ts(),
        }
        where = self.on_message if isinstance(place, Message) else self.on_view
        return await self.interacts({**where(place), "actions": [action]})

    def on_message(self, message):
        channel = message.channel
        body = self.body("block_actions", self.world.teams[channel.team])
        container = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        body |= {
            "container": container,
            "channel": {"id": channel.id, "name": channel_name(channel)},
            "state": {"values": self.values_of(message)},
            "response_url": self.response_url(channel, message),
        }
        if not message.ephemeral:
            body["message"] = self.slack.deliver.shown(message)
        return body

    def on_view(self, view):
        modal = view.data["type"] == "modal"
        body = self.body("block_actions", self.view_team(view), view.id if modal else None)
        body |= {"container": {"type": "view", "view_id": view.id}, "view": self.payload(view)}
        return body

    def view_team(self, view):
        return self.world.teams[view.team]

    def payload(self, view):
        return view.payload(self.world.app_id, self.world.teams[view.installed_team].bot_id)

    # forms

    def fills(self, fields=None, /, **more):
        """Fill the open form's fields, by label or name, and do not send it yet."""
        if self.view is None:
            raise Refused(f"{self.name} has no form open")
        for name, value in {**(fields or {}), **more}.items():
            found = [f for f in self.fields(self.view) if called(name, *f)]
            if len(found) != 1:
                labels = [label_of(block) for block, _ in self.fields(self.view)]
                raise Refused(f"{len(found)} fields are called {name!r}; there are {labels}")
            block, element = found[0]
            self.enter(self.view, block, element, entry_of(self.world, element, value))

    async def submits(self, fields=None, /, **more):
        """Fill the open form and send it. Afterwards: `view`, `errors`."""
        self.fills(fields, **more)
        self.reaches_app()
        view = self.view
        if view.data.get("submit") is None:
            raise Refused("this form has no button to send it")
        for block, element in self.fields(view):
            if block["type"] == "input" and not block.get("optional"):
                entry = view.values.get(block["block_id"], {}).get(element["action_id"])
                if missing(entry):
                    raise Refused(f"Please complete this required field: {label_of(block)}")
        self.errors = {}
        body = self.body("view_submission", self.view_team(view), view.id)
        body |= {"view": self.payload(view), "response_urls": []}
        sent = await self.slack.deliver.interact("interactive", body)
        if sent.ok:
            self.answered(view, sent.payload or {})
        else:
            self.errors = {"": TROUBLE}
        await self.slack.settle()
        return sent

    def answered(self, view, answer):
        stack = self.world.stacks.get(self.id, [])
        action = answer.get("response_action")
        if action == "errors":
            self.refused(view, answer.get("errors"))
        elif action in ("update", "push"):
            self.shows(view, stack, action, answer.get("view"))
        elif action == "clear":
            stack.clear()
        elif action is None and not answer:
            if view in stack:
                stack.remove(view)
        else:
            self.trouble(f"unknown answer: {answer}")

    def refused(self, view, errors):
        """Slack shows an error only below an input block of this view; else the form is stuck."""
        inputs = {b["block_id"]: b for b in view.data["blocks"] if b["type"] == "input"}
        if not errors or errors.keys() - inputs.keys():
            self.trouble(f"errors for no field: {errors}")
        else:
            self.errors = {label_of(inputs[key]): words for key, words in errors.items()}

    def shows(self, view, stack, action, data):
        said = view_problems(data)
        if not said and data["type"] != "modal":
            said = ["must be a modal"]
        if said:
            self.trouble(f"{action}: {said}")
        elif action == "update":
            self.world.change_view(view, data)
        elif len(stack) >= 3:
            self.trouble("push_limit_reached")
        else:
            stack.append(self.world.make_view(data, self.id, view.installed_team, stack[-1]))

    def trouble(self, words):
        self.errors = {"": TROUBLE}
        self.slack.troubles.append(("view_submission", words, 200))

    async def closes(self, everything=False):
        """Close the form on top, or the whole stack; the app hears of it if it asked to."""
        stack = self.world.stacks.get(self.id, [])
        if not stack:
            raise Refused(f"{self.name} has no form open")
        view = stack[-1]
        if everything or view.data.get("clear_on_close"):
            stack.clear()
        else:
            stack.pop()
        if not view.data.get("notify_on_close"):
            return None
        body = self.body("view_closed", self.view_team(view))
        del body["trigger_id"]
        body |= {"view": self.payload(view), "is_cleared": not stack and everything}
        return await self.interacts(body)

    async def opens_home(self, tab="home"):
        """Open the app's Home (or its messages tab)."""
        if self.stranger:
            raise Refused("this app is not at home in their organisation")
        event = {"type": "app_home_opened", "user": self.id, "channel": self.dm.id, "tab": tab}
        if tab == "home" and self.home:
            event["view"] = self.payload(self.home)
        self.slack.deliver.to_team(self.app_team, event)
        await self.slack.settle()


def encoded(text):
    """What a person typed, as Slack keeps it: escaped, with mentions and links marked up."""
    text = MENTION.sub(r"<\1>", html.escape(text, quote=False))
    return LINK.sub(lambda found: f"<{found[0]}>", text)


def channel_name(channel):
    return {"im": "directmessage", "group": "privategroup"}.get(channel.kind, channel.name)


def last(body):
    return body["response_url"].rpartition("/")[2]


def told_at_once(block, element):
    """Whether using this element is an action of its own, and not only a form's value."""
    return block["type"] != "input" or block.get("dispatch_action", False)


def called(name, block, element):
    """Whether a field goes by this name: its label, its placeholder, or its ids."""
    placeholder = element.get("placeholder", {}).get("text", "")
    names = (label_of(block), decode(placeholder), block["block_id"], element["action_id"])
    return plain(name) in {plain(n) for n in names if n}


def plain(name):
    return re.sub(r"[\W_]+", " ", name).strip().casefold()
