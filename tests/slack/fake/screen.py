"""What a person reads: blocks and mrkdwn as their client draws them, in plain words.

Rules: blocks hide the text (which is for notifications then); a button shows as `[Label]`; dates
are in the reader's zone; in mrkdwn `<…>` is markup, in plain_text it is not.
"""

import html
import re
from datetime import datetime
from zoneinfo import ZoneInfo

from .world import INITIAL, interactive

DATES = {
    "{date_num}": "%Y-%m-%d",
    "{date}": "%B %-d, %Y",
    "{date_long}": "%A, %B %-d, %Y",
    "{date_short}": "%b %-d, %Y",
    "{time}": "%-I:%M %p",
    "{time_secs}": "%-I:%M:%S %p",
}
MARKUP = re.compile(r"<([^<>]+)>")


class Sight(list):
    """The texts that somebody sees; `"words" in sight` looks inside of each of them."""

    def __contains__(self, words):
        return any(words in text for text in self)

    def __str__(self):
        return "\n---\n".join(self)


class Screen:
    """Draws for one reader."""

    def __init__(self, world, reader):
        self.world, self.reader = world, reader

    def message(self, message):
        if message.blocks:
            return self.blocks(message.blocks)
        return self.mrkdwn(message.text)

    def view(self, view):
        title = view.data.get("title")
        head = [decode(title["text"])] if title else []
        foot = [f"[{decode(view.data[k]['text'])}]" for k in ("submit",) if view.data.get(k)]
        return "\n".join([*head, self.blocks(view.data["blocks"]), *foot])

    def blocks(self, blocks):
        return "\n".join(line for block in blocks for line in self.block(block) if line)

    def block(self, block):
        for key in ("text", "title", "label", "hint"):
            if isinstance(block.get(key), dict):
                yield self.text(block[key])
        if block["type"] == "markdown":
            yield block["text"]
        if block["type"] == "image":
            yield f"({block['alt_text']})"
        yield from (self.text(field) for field in block.get("fields", ()))
        if block["type"] == "rich_text":
            yield " ".join(strings(block))
        if block["type"] == "context":
            shown = (e.get("alt_text") or self.text(e) for e in block["elements"])
            yield " ".join(shown)
        yield " ".join(self.element(e) for e in interactive(block))

    def element(self, element):
        kind = element["type"]
        if kind == "button":
            return f"[{decode(element['text']['text'])}]"
        if kind in ("overflow", "radio_buttons", "checkboxes", "static_select"):
            return " ".join(f"[{self.text(option['text'])}]" for option in options(element))
        placeholder = element.get("placeholder")
        initial = element.get(INITIAL[kind][1])
        words = initial if isinstance(initial, str) else placeholder and self.text(placeholder)
        return f"[{words or kind}]"

    def text(self, thing):
        if thing["type"] == "plain_text":
            return decode(thing["text"])
        return self.mrkdwn(thing["text"])

    def mrkdwn(self, text):
        return decode(MARKUP.sub(lambda found: self.markup(found[1]), text))

    def markup(self, inner):
        body, _, label = inner.partition("|")
        if body.startswith(("@", "#")):
            place = self.world.users if body[0] == "@" else self.world.channels
            named = place.get(body[1:])
            return body[0] + (named.name if named else label or body[1:])
        if body.startswith("!date^"):
            return self.date(body, label)
        if body.startswith("!"):
            return label or "@" + body[1:].split("^")[0]
        return label or body

    def date(self, body, fallback):
        _, stamp, form, *_ = [*body.split("^"), ""]
        try:
            at = datetime.fromtimestamp(int(stamp), ZoneInfo(self.reader.tz))
        except ValueError:
            return fallback
        now = datetime.fromtimestamp(self.world.seconds(), ZoneInfo(self.reader.tz))
        days = (at.date() - now.date()).days
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
        for token in ("{date_pretty}", "{date_short_pretty}", "{date_long_pretty}"):
            plain = token.replace("_pretty", "")
            form = form.replace(token, near or plain)
        for token, layout in DATES.items():
            form = form.replace(token, at.strftime(layout))
        return form


def decode(text):
    return html.unescape(text)


def strings(thing):
    if isinstance(thing, dict):
        if "text" in thing and isinstance(thing["text"], str):
            yield thing["text"]
        for value in thing.values():
            yield from strings(value)
    if isinstance(thing, list):
        for item in thing:
            yield from strings(item)


def options(element):
    grouped = (o for group in element.get("option_groups", ()) for o in group["options"])
    return [*element.get("options", ()), *grouped]


def label_of(block):
    """What a form's field is called."""
    for key in ("label", "text"):
        if isinstance(block.get(key), dict):
            return decode(block[key]["text"])
    return ""
