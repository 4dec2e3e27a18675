"""What a person reads: messages and Adaptive Cards as their client draws them, in plain words.

Rules: a button shows as `[Label]`, an input as its label and `(value or placeholder)`; dates are in
the reader's zone and always in English (the real client uses the reader's language); Markdown stays
as it is written; what is not visible, or in a card that opens on a press, is not there.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from .cards import ELEMENTS, INPUTS, kind_of

# adaptivecards.io: {{DATE(2017-02-14T06:08:00Z,SHORT)}}; the instant must carry its zone.
FUNCTION = re.compile(r"\{\{(DATE|TIME)\(([^,)]+?)(?:,\s*(COMPACT|SHORT|LONG))?\)\}\}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
AT = re.compile(r"<at[^>]*>(.*?)</at>")


class Sight(list):
    """The texts that somebody sees; `"words" in sight` looks inside of each of them."""

    def __contains__(self, words):
        return any(words in text for text in self)

    def __str__(self):
        return "\n---\n".join(self)


class Screen:
    """Draws for one reader; `opened` holds the titles of ShowCard buttons that were pressed."""

    def __init__(self, reader):
        self.reader, self.opened = reader, set()

    def message(self, message):
        face = message.faces.get(self.reader.id)
        shown = [face] if face else message.cards
        text = AT.sub(r"\1", message.text or "")
        return "\n".join(part for part in (text, *(self.card(c) for c in shown)) if part)

    def card(self, card, values=None):
        lines = [*self.below(card, "body", values or {}), self.buttons(card.get("actions"))]
        lines += self.openings(card.get("actions"), values or {})
        return "\n".join(line for line in lines if line)

    def openings(self, actions, values):
        for action in actions or ():
            if action["type"] == "Action.ShowCard" and action["title"] in self.opened:
                yield self.card(action["card"], values)

    def buttons(self, actions):
        return " ".join(f"[{a['title']}]" for a in actions or ())

    def pressable(self, card):
        """The actions that can be pressed now, in the order of the screen."""
        yield from self._pressable(card, "body")
        yield from self._row(card)

    def _pressable(self, parent, key):
        for element in parent.get(key) or ():
            if element.get("isVisible", True):
                if element.get("selectAction"):
                    yield element["selectAction"]
                for deeper in ELEMENTS.get(kind_of(element, key), ()):
                    yield from self._pressable(element, deeper)
                yield from self._row(element)

    def _row(self, parent):
        for action in parent.get("actions") or ():
            yield action
            if action["type"] == "Action.ShowCard" and action["title"] in self.opened:
                yield from self.pressable(action["card"])

    def below(self, parent, key, values):
        for element in parent.get(key) or ():
            if element.get("isVisible", True):
                yield from self.element(element, kind_of(element, key), values)

    def element(self, element, kind, values):
        if kind == "TextBlock":
            yield self.dated(element["text"])
        elif kind == "RichTextBlock":
            runs = (r if isinstance(r, str) else r["text"] for r in element["inlines"])
            yield self.dated("".join(runs))
        elif kind == "FactSet":
            yield from (self.dated(f"{f['title']} {f['value']}") for f in element["facts"])
        elif kind == "Image":
            yield f"({element['altText']})" if element.get("altText") else ""
        elif kind in INPUTS:
            yield from self.input(element, values)
        elif kind not in ELEMENTS and isinstance(element.get("fallback"), dict):
            yield from self.element(element["fallback"], element["fallback"]["type"], values)
        for deeper in ELEMENTS.get(kind, ()):
            yield from self.below(element, deeper, values)
        yield self.buttons(element.get("actions"))
        yield from self.openings(element.get("actions"), values)

    def input(self, element, values):
        yield element.get("label", "")
        value = values.get(element["id"], element.get("value") or "")
        if element["type"] == "Input.Toggle":
            yield f"({'x' if value == element.get('valueOn', 'true') else ' '}) {element['title']}"
        elif element["type"] == "Input.ChoiceSet":
            chosen = str(value).split(",") if element.get("isMultiSelect") else [value]
            marks = ((c["value"] in chosen, c["title"]) for c in element.get("choices") or ())
            yield " ".join(f"({'x' if on else ' '}) {title}" for on, title in marks)
        else:
            yield f"({value or element.get('placeholder', '')})"

    def dated(self, text):
        return FUNCTION.sub(self.when, AT.sub(r"\1", text))

    def when(self, found):
        kind, said, form = found.groups()
        # What is no full instant stays as it is written, braces and all.
        if not INSTANT.fullmatch(said.strip()):
            return found[0]
        at = datetime.fromisoformat(said.strip()).astimezone(ZoneInfo(self.reader.tz))
        if kind == "TIME":
            return at.strftime("%-I:%M %p")
        if form == "SHORT":
            return at.strftime(f"%a, %b %-d{ordinal(at.day)}, %Y")
        if form == "LONG":
            return at.strftime(f"%A, %B %-d{ordinal(at.day)}, %Y")
        return at.strftime("%-m/%-d/%Y")


def ordinal(day):
    if day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
