"""A person at their Teams client: what they do reads like a script, and what they see.

    ana = teams.person("Ana")
    await ana.types(channel, "present", mention=True)
    await ana.presses("Present a topic", on="Who has a topic")
    await ana.submits({"Your question": "How do I …?"})

Rules: what Teams' client would not let a person do raises `Refused`, before anything is sent. A
dialog covers the rest of the screen. Only what this person can see can be pressed. Nothing is
refreshed by itself: `looks()` is the moment at which a client shows the cards and asks for the
person's own faces of them.
"""

import copy
import html
import uuid
from dataclasses import dataclass, field

from .cards import inputs, problems
from .deliver import iso
from .fill import Refused, defaults, errors, text_of
from .screen import Screen, Sight
from .world import CARD, Message

FAILED = "Something went wrong. Please try again."
UNREACHABLE = "Unable to reach app. Please try again."
FACE, WORDS = CARD, "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
MOST_AUTOMATIC = 60  # members of a conversation in which a refresh without userIds still happens


@dataclass(eq=False)
class Dialog:
    """A dialog (task module) that is open. `submit`: the invoke that its buttons send."""

    title: str
    card: dict
    submit: str
    place: object
    conversation: str
    value: dict  # what goes with every submit, besides data and context
    values: dict = field(default_factory=dict)


@dataclass(eq=False)
class Button:
    """A button as it was on the screen when it was found."""

    place: Message | Dialog
    card: dict
    action: dict


class Person:
    """One person of a tenant."""

    def __init__(self, teams, user):
        self.teams, self.world, self.user = teams, teams.world, user
        self.screen = Screen(user)
        self.dialog = None
        self.errors = {}  # of what was submitted last: {the input's label: its errorMessage}
        self.toasts = []  # short messages that the client showed, the newest last
        self.entered = {}  # message: what was filled in on its card

    def __str__(self):
        """As a mention."""
        return f"<at>{self.name}</at>"

    def __repr__(self):
        return f"Person({self.name})"

    @property
    def id(self):
        return self.user.id

    @property
    def name(self):
        return self.user.name

    @property
    def personal(self):
        """The 1:1 chat with the app."""
        return self.world.personal(self.user)

    # what they see

    def places(self):
        return [p for p in self.world.places.values() if self.user in p.members]

    def messages(self, place=None):
        """All messages they can see, the oldest first."""
        theirs = [place] if place else self.places()
        assert all(self.user in p.members for p in theirs), "not in this conversation"
        found = (m for p in theirs for m in p.messages.values() if self.world.alive(m))
        return sorted((m for m in found if m.to in (None, self.user)), key=lambda m: int(m.id))

    def sees(self, place=None):
        """The texts on their screens: messages, then the open dialog."""
        seen = [self.shown(m) for m in self.messages(place)]
        if place is None and self.dialog:
            seen.append(self.shown(self.dialog))
        return Sight(seen)

    def shown(self, what):
        if isinstance(what, Message):
            return self.screen.message(what)
        return "\n".join([what.title, self.screen.card(what.card, what.values)])

    def message(self, words, place=None):
        """The newest message that shows these words."""
        for message in reversed(self.messages(place)):
            if words in self.shown(message):
                return message
        raise Refused(f"{self.name} sees no message with {words!r}:\n{self.sees(place)}")

    def cards_of(self, what):
        if isinstance(what, Dialog):
            return [what.card]
        face = what.faces.get(self.id)
        return [face] if face else what.cards

    def before_them(self, on=None):
        """Where they can press, the newest first; an open dialog covers the rest."""
        found = [self.dialog] if self.dialog else list(reversed(self.messages()))
        return [w for w in found if on is None or on in self.shown(w)]

    def all_buttons(self, on=None):
        for what in self.before_them(on):
            for card in self.cards_of(what):
                for action in self.screen.pressable(card):
                    yield Button(what, card, action)

    def buttons(self, on=None):
        """The labels of all buttons they can press now."""
        return [button.action["title"] for button in self.all_buttons(on)]

    def finds(self, label, on=None, nth=None):
        """The newest button with this label, on the message with these words. Keep it to press
        later, when the card has changed meanwhile. `nth` where a card has several."""
        found = [b for b in self.all_buttons(on) if b.action["title"] == label]
        same = [b for b in found if b.place is found[0].place]
        if len(same) > 1 and nth is None:
            raise Refused(f"{len(same)} buttons are called {label!r}: say which by nth")
        if not same:
            only = f"only {self.buttons(on)}\n{self.sees()}"
            raise Refused(f"{self.name} sees no button {label!r} on {on!r}, {only}")
        return same[nth or 0]

    # writing

    async def types(self, place, text, *, thread=None, mention=False):
        """Write a message; the Message, for later edits and threads. Mention people by f"{ben}".

        `thread` is a message of the thread, in a channel; without one it is a new post.
        """
        self.may_write(place)
        if thread is not None and place.kind != "channel":
            raise Refused("only channels have threads")
        root = (thread.thread or thread.id) if isinstance(thread, Message) else thread
        if root and not self.world.alive(place.messages[root]):
            raise Refused("the thread's first message is gone")
        words = f"<at>{self.world.bot_name}</at> {text}" if mention else text
        message = self.world.post(place, self.user, words, thread=root)
        self.teams.deliver.said("message", message)
        await self.teams.settle()
        return message

    def may_write(self, place):
        if self.user.gone or self.user not in place.members:
            raise Refused(f"{self.name} is not here")
        if place.kind == "personal" and not self.world.reachable(self.user):
            raise Refused("the app is blocked or not installed")

    async def edits(self, message, text):
        self.own(message)
        message.text, message.edited = text, self.world.seconds()
        self.teams.deliver.said("messageUpdate", message, "editMessage")
        await self.teams.settle()

    async def deletes(self, message):
        self.own(message)
        self.teams.deliver.said("messageDelete", message, "softDeleteMessage")
        message.deleted = True
        await self.teams.settle()

    async def undeletes(self, message):
        if message.sender is not self.user or not message.deleted:
            raise Refused("nothing to undo")
        message.deleted = False
        self.teams.deliver.said("messageUpdate", message, "undeleteMessage")
        await self.teams.settle()

    def own(self, message):
        if message.sender is not self.user or message.deleted:
            raise Refused("only one's own messages can be changed")

    async def reacts(self, message, kind="like", on=True):
        if message.to or message not in self.messages(message.place):
            raise Refused("this message takes no reactions")
        given = (self, kind)
        if on == (given in message.reactions):
            return
        message.reactions.append(given) if on else message.reactions.remove(given)
        if message.sender is None:
            self.teams.deliver.reaction(message, self.user, kind, on)
        await self.teams.settle()

    # the app comes and goes

    async def installs(self, place=None, *, rsc=None):
        """Install the app: for oneself, in the team of a channel, or in a group chat."""
        place = place or self.personal
        if place.kind == "personal":
            self.user.installed, self.user.blocked = True, False
        elif place.team:
            place.team.installed = True
            place.team.rsc = place.team.rsc if rsc is None else rsc
        else:
            place.own_installed = True
            place.own_rsc = place.own_rsc if rsc is None else rsc
        people = [self.user] if place.kind == "personal" else []
        self.teams.deliver.installation(place, self.user, "add")
        self.teams.deliver.members(place, self.user, people, True, bot=True)
        await self.teams.settle()

    async def uninstalls(self, place=None):
        place = place or self.personal
        self.teams.deliver.installation(place, self.user, "remove")
        if place.kind == "personal":
            self.user.installed = False
        else:
            self.teams.deliver.members(place, self.user, [], False, bot=True)
            if place.team:
                place.team.installed = False
            else:
                place.own_installed = False
        await self.teams.settle()

    def blocks(self):
        """Block the app in the 1:1 chat: it is told nothing, until it writes."""
        self.user.blocked = True

    def unblocks(self):
        self.user.blocked = False

    # pressing

    def fills(self, values, on=None):
        """Fill in a card's inputs by their labels (or titles, or ids); several times if need be."""
        if self.dialog:
            self.enter(self.dialog.card, values, self.dialog.values)
            return
        for what in self.before_them(on):
            for card in self.cards_of(what):
                if inputs(card):
                    self.enter(card, values, self.entered.setdefault(what, {}))
                    return
        raise Refused(f"{self.name} sees nothing to fill in on {on!r}")

    def enter(self, card, values, entered):
        for label, value in values.items():
            same = [e for e in inputs(card) if label in (e.get("label"), e.get("title"), e["id"])]
            if len(same) != 1:
                names = [e.get("label") or e.get("title") or e["id"] for e in inputs(card)]
                raise Refused(f"{len(same)} inputs {label!r}, there are {names}")
            entered[same[0]["id"]] = text_of(same[0], value)

    async def presses(self, label, *, on=None, nth=None):
        """Press a button by its label (or one kept from `finds`); answers what came of it: the
        try, the address that opens, or None if nothing was sent."""
        button = self.finds(label, on, nth) if isinstance(label, str) else label
        action, kind = button.action, button.action["type"]
        if isinstance(button.place, Message):
            self.reaches_app(button.place.place)
        if kind == "Action.ShowCard":
            self.screen.opened ^= {action["title"]}
            return None
        if kind == "Action.OpenUrl":
            return action["url"]
        if kind not in ("Action.Execute", "Action.Submit"):
            raise Refused(f"{kind} is not played here")
        values = self.filled(button)
        if values is None:
            return None
        data = {**(action.get("data") or {}), **values}
        if isinstance(button.place, Dialog):
            return await self.submits_dialog(action, data)
        if kind == "Action.Execute":
            return await self.executes(button.place, action, data, "manual")
        if (data.get("msteams") or {}).get("type") == "task/fetch":
            return await self.fetches(button.place, data)
        return await self.answers(button.place, data)

    def filled(self, button):
        """The values of a card's inputs, or None: the client says what is wrong."""
        if button.action.get("associatedInputs", "auto").lower() == "none":
            return {}
        elements = inputs(button.card)
        entered = button.place.values if isinstance(button.place, Dialog) else None
        if entered is None:
            entered = self.entered.get(button.place, {})
        ids = {e["id"] for e in elements}
        values = defaults(elements) | {k: v for k, v in entered.items() if k in ids}
        self.errors = errors(elements, values)
        return None if self.errors else values

    def invocation(self, name, place, conversation, value, **more):
        data = {"source": {"name": "message"}}
        return self.teams.deliver.activity(
            "invoke",
            place,
            self.user,
            conversation=conversation,
            data=data,
            name=name,
            value=value,
            **more,
        )

    def reaches_app(self, place):
        """Refuse what would go to an app that is not there any more."""
        there = self.world.reachable(self.user) if place.kind == "personal" else place.installed
        if self.user.gone or self.user not in place.members or not there:
            raise Refused(f"{self.name} cannot reach the app here")

    async def invokes(self, activity):
        sent = await self.teams.deliver.invoke(activity)
        if not sent.ok:
            self.toasts.append(UNREACHABLE)
        await self.teams.settle()
        return sent

    def ill(self, name, words):
        """An answer that Teams can make nothing of."""
        self.teams.deliver.trouble(name, words, None)
        self.toasts.append(FAILED)

    async def executes(self, message, action, data, trigger):
        """Action.Execute: the answer replaces the card for this person, or is a short message."""
        name = "adaptiveCard/action"
        pressed = {"type": "Action.Execute", "verb": action["verb"], "data": data}
        pressed |= {k: action[k] for k in ("id", "title") if k in action}
        value = {"action": pressed, "trigger": trigger}
        more = {"replyToId": message.id}
        activity = self.invocation(name, message.place, message.conversation, value, **more)
        sent = await self.invokes(activity)
        if not sent.ok:
            return sent
        body = sent.body if isinstance(sent.body, dict) else {}
        kind, value = body.get("type"), body.get("value")
        if kind == FACE and body.get("statusCode") == 200:
            found = problems(value)
            if found:
                self.ill(name, "; ".join(found))
            else:
                message.faces[self.id] = copy.deepcopy(value)
                self.entered.pop(message, None)
        elif kind == WORDS and isinstance(value, str):
            self.toasts.append(value)
        elif kind == ERROR and isinstance(value, dict):
            self.toasts.append(value.get("message", FAILED))
        else:
            self.ill(name, f"answered with {sent.body!r}")
        return sent

    async def looks(self, on=None, *, again=False):
        """Look at the messages: cards that name this person ask for their own face, once, or
        once more `again` as when a client is opened later."""
        for message in self.messages():
            card = message.faces.get(self.id) or message.card or {}
            refresh, kept = card.get("refresh"), self.id in message.faces and not again
            if not refresh or kept or (on and on not in self.shown(message)):
                continue
            people = refresh.get("userIds")
            few = len(message.place.members) <= MOST_AUTOMATIC
            if (self.id in people) if people else few:
                action = refresh["action"]
                await self.executes(message, action, action.get("data") or {}, "automatic")
        return self.sees()

    async def answers(self, message, data):
        """Action.Submit of old: a message without text, with the values."""
        more = {"value": data, "replyToId": message.id}
        where = message.conversation
        activity = self.teams.deliver.activity(
            "message", message.place, self.user, conversation=where, **more
        )
        activity["channelData"]["source"] = {"name": "message"}
        activity["id"] = self.world.stamp()
        delivery = self.teams.deliver.enqueue(activity)
        await self.teams.settle()
        return delivery.answers[-1] if delivery.answers else None

    # dialogs

    async def fetches(self, message, data):
        """A button that opens a dialog: task/fetch.

        What Teams makes of `msteams` in the data is not documented; here it is gone, and its type
        stands beside the rest, as samples read it.
        """
        rest = {k: v for k, v in data.items() if k != "msteams"}
        value = {"data": {**rest, "type": "task/fetch"}, "context": {"theme": "default"}}
        name, where = "task/fetch", message.conversation
        activity = self.invocation(name, message.place, where, value, replyToId=message.id)
        sent = await self.invokes(activity)
        if sent.ok:
            self.opens(name, sent.body, "task/submit", message.place, where, {})
        return sent

    def opens(self, name, body, submit, place, conversation, value):
        """Do what the answer to a fetch or a submit says: go on, say something, or close."""
        if body is None or body == {}:
            if name in ("task/fetch", "composeExtension/fetchTask"):
                self.ill(name, "answered with nothing")
            self.dialog = None
            return
        task = body.get("task") if isinstance(body, dict) else None
        if task is None and isinstance(body, dict) and "composeExtension" in body:
            self.dialog = None
            return
        info = (task or {}).get("value")
        if task and task.get("type") == "message" and isinstance(info, str):
            self.dialog = None
            self.toasts.append(info)
        elif task and task.get("type") == "continue" and isinstance(info, dict):
            self.continues(name, info, Dialog("", {}, submit, place, conversation, value))
        else:
            self.ill(name, f"answered with {body!r}")

    def continues(self, name, info, dialog):
        attachment = info.get("card") or {}
        found = problems(attachment.get("content"))
        if attachment.get("contentType") != CARD:
            found = [f"a card of type {attachment.get('contentType')!r}"]
        verbs = list(self.screen.pressable(attachment.get("content") or {}))
        if any(a.get("type") == "Action.Execute" for a in verbs):
            found.append("an Action.Execute in a dialog")  # dialogs take Action.Submit only
        if found:
            self.ill(name, "; ".join(found))
            return
        dialog.title, dialog.card = info.get("title") or "", copy.deepcopy(attachment["content"])
        self.dialog, self.errors = dialog, {}

    async def submits(self, values=None, *, press=None):
        """Fill in the open dialog by labels and press its button (the first, or the one named)."""
        if self.dialog is None:
            raise Refused(f"{self.name} has no dialog open:\n{self.sees()}")
        self.fills(values or {})
        return await self.presses(press or self.buttons()[0])

    async def submits_dialog(self, action, data):
        dialog, context = self.dialog, {"context": {"theme": "default"}}
        data = {k: v for k, v in data.items() if k != "msteams"}
        value = {**dialog.value, "data": data, **context}
        where = dialog.conversation
        sent = await self.invokes(self.invocation(dialog.submit, dialog.place, where, value))
        if sent.ok:
            task = (dialog.submit, dialog.place, where, dialog.value)
            self.opens(dialog.submit, sent.body, *task)
        return sent

    def closes(self):
        """Close the dialog by its cross; the app is not told."""
        self.dialog = None

    async def message_action(self, title, message):
        """Use a message action ("…" and its title) on a message."""
        command = self.teams.commands.get(title)
        if command is None:
            raise Refused(f"no message action {title!r}")
        if message.to or message not in self.messages(message.place):
            raise Refused("this message has no actions")
        # Unlike the bot, a message action goes with the person: it works where the bot is not.
        if not self.user.installed:
            self.reaches_app(message.place)
        value = {
            "commandId": command,
            "commandContext": "message",
            "requestId": uuid.UUID(self.world.hash("request")[:32]).hex,
            "messagePayload": self.payload(message),
        }
        name, where = "composeExtension/fetchTask", message.conversation
        context = {"context": {"theme": "default"}}
        activity = self.invocation(name, message.place, where, {**value, **context})
        sent = await self.invokes(activity)
        if sent.ok:
            submit = "composeExtension/submitAction"
            self.opens(name, sent.body, submit, message.place, where, value)
        return sent

    def payload(self, message):
        """A message as message actions show it."""
        sender, body = message.sender, html.escape(message.text or "", quote=False)
        user = {"userIdentityType": "aadUser", "id": sender.aad} if sender else None
        bot = {"applicationIdentityType": "bot", "id": self.world.app_id}
        if sender:
            user["displayName"] = sender.name
        attachments = [{"contentType": CARD, "content": c} for c in message.cards]
        link = f"https://teams.microsoft.com/l/message/{message.place.id}/{message.id}"
        edited = iso(message.edited) if message.edited else None
        return {
            "linkToMessage": link,
            "id": message.id,
            "replyToId": message.thread,
            "createdDateTime": iso(message.at),
            "lastModifiedDateTime": edited,
            "deleted": False,
            "subject": None,
            "summary": message.summary,
            "importance": "normal",
            "locale": "en-us",
            "body": {"contentType": "html", "content": f"<div>{body}</div>"},
            "from": {
                "device": None,
                "conversation": None,
                "user": user,
                "application": None if sender else {**bot, "displayName": self.world.bot_name},
            },
            "reactions": [],
            "mentions": [],
            "attachments": attachments,
        }
