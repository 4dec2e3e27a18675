"""What an Adaptive Card must keep to, and how one is taken apart.

Documented (adaptivecards.io/explorer; msteams-docs, cards-reference and universal actions): the
type and the highest version that Teams shows to bots' users (1.5); the element and action types of
1.5; ids of inputs; the choices of a choice set; a title for a button's dialog; refresh by
Action.Execute only and for at most 60 people; url of Action.OpenUrl; errorMessage where an input
can be refused; data that must be an object where `msteams` stands in it.

Our strictness: Teams itself mostly shows a faulty card broken, or not at all, instead of refusing
it. Here all of that is 400 BadSyntax, so that a test sees it. Further strictness: an Execute needs
a verb, ids are unique, a button has a title, no more than six actions stand side by side (the rest
would hide behind "…"), and a card alone is told from one with text (see connector).

A card over 28 KB is not refused: that documented limit is for webhooks; bots have the 100 KB of
the message. Tests may look at `size(card)`.
"""

import json
import re

AT = re.compile(r"<at>.*?</at>")
VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5")
INPUTS = {
    "Input.Text",
    "Input.Number",
    "Input.Date",
    "Input.Time",
    "Input.Toggle",
    "Input.ChoiceSet",
}
# Where children stand in each element.
ELEMENTS = {
    "TextBlock": (),
    "RichTextBlock": (),
    "Image": (),
    "ImageSet": ("images",),
    "Media": (),
    "Container": ("items",),
    "ColumnSet": ("columns",),
    "Column": ("items",),
    "FactSet": (),
    "Table": ("rows",),
    "TableRow": ("cells",),
    "TableCell": ("items",),
    "ActionSet": (),
    **dict.fromkeys(INPUTS, ()),
}
UNTYPED = {"columns": "Column", "rows": "TableRow", "cells": "TableCell", "images": "Image"}
ACTIONS = {
    "Action.Execute",
    "Action.Submit",
    "Action.OpenUrl",
    "Action.ShowCard",
    "Action.ToggleVisibility",
}
MOST_ACTIONS, MOST_REFRESHED = 6, 60
REFUSABLE = ("isRequired", "regex", "min", "max")


def size(card):
    """How large a card is as it travels, in bytes of UTF-8."""
    return len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode())


def kind_of(element, key="body"):
    return element.get("type") or UNTYPED.get(key)


def elements(card):
    """All elements of a card, with what stands within others and in cards that open."""
    yield from _below(card, "body")
    for action in card.get("actions") or ():
        if action.get("type") == "Action.ShowCard":
            yield from elements(action.get("card") or {})


def _below(parent, key):
    for element in parent.get(key) or ():
        yield element
        for deeper in ELEMENTS.get(kind_of(element, key), ()):
            yield from _below(element, deeper)
        for action in element.get("actions") or ():
            if action.get("type") == "Action.ShowCard":
                yield from elements(action.get("card") or {})


def actions(card):
    """All actions that are buttons or can be tapped: in order of the screen."""
    for element in elements(card):
        yield from element.get("actions") or ()
        if element.get("selectAction"):
            yield element["selectAction"]
    yield from _at_foot(card)


def _at_foot(card):
    for action in card.get("actions") or ():
        yield action
        if action.get("type") == "Action.ShowCard":
            yield from _at_foot(action.get("card") or {})


def inputs(card):
    return [e for e in elements(card) if e.get("type") in INPUTS]


def problems(card):
    """Say what is wrong with a card; nothing if nothing is."""
    return list(_problems(card))


def _problems(card):
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        yield "not an AdaptiveCard"
        return
    if card.get("version") not in VERSIONS:
        yield f"version {card.get('version')!r}"
    if not card.get("body") and not card.get("actions"):
        yield "an empty card"
    yield from _unknown(card, "body")
    ids = [e["id"] for e in elements(card) if e.get("id")]
    ids += [a["id"] for a in actions(card) if a.get("id")]
    yield from (f"id {id!r} twice" for id in sorted({i for i in ids if ids.count(i) > 1}))
    for element in inputs(card):
        yield from _of_input(element)
    rows = [e["actions"] for e in elements(card) if e.get("actions")]
    for row in [*rows, card.get("actions") or []]:
        if len(row) > MOST_ACTIONS:
            yield f"{len(row)} actions side by side"
    for action in actions(card):
        yield from _of_action(action)
    yield from _of_refresh(card.get("refresh"))
    named = {e.get("text") for e in (card.get("msteams") or {}).get("entities") or ()}
    # Documented: a mention in a card stands in msteams.entities with the very same text.
    yield from (f"{at} is no entity" for at in sorted(set(_mentions(card)) - named))


def _mentions(card):
    for element in elements(card):
        if isinstance(element.get("text"), str):
            yield from AT.findall(element["text"])


def _unknown(parent, key):
    for element in parent.get(key) or ():
        kind = kind_of(element, key) if isinstance(element, dict) else None
        if kind not in ELEMENTS:
            # What has a fallback may be newer than the host.
            if not (isinstance(element, dict) and element.get("fallback")):
                yield f"unknown element {kind!r}"
            continue
        if kind == "TextBlock" and not isinstance(element.get("text"), str):
            yield "a TextBlock without text"
        if kind == "Image" and not element.get("url"):
            yield "an Image without url"
        if kind == "FactSet" and not all({"title", "value"} <= f.keys() for f in element["facts"]):
            yield "a fact without title or value"
        for deeper in ELEMENTS[kind]:
            yield from _unknown(element, deeper)


def _of_input(element):
    kind, id = element["type"], element.get("id")
    if not id:
        yield f"{kind} without id"
    if kind == "Input.ChoiceSet":
        choices = element.get("choices") or []
        if not choices and not element.get("choices.data"):
            yield f"{id}: no choices"
        if not all(isinstance(c.get("title"), str) and c.get("value") for c in choices):
            yield f"{id}: a choice without title or value"
        values = [c.get("value") for c in choices]
        if len(set(values)) < len(values):
            yield f"{id}: two choices with one value"
    if kind == "Input.Toggle" and not element.get("title"):
        yield f"{id}: a toggle without title"
    if any(element.get(k) not in (None, False) for k in REFUSABLE):
        if not element.get("errorMessage"):
            yield f"{id}: no errorMessage"
        if not element.get("label") and kind != "Input.Toggle":
            yield f"{id}: no label"


def _of_action(action):
    kind = action.get("type")
    if kind not in ACTIONS:
        if not action.get("fallback"):
            yield f"unknown action {kind!r}"
        return
    if not action.get("title"):
        yield f"{kind} without title"
    if kind == "Action.Execute" and not action.get("verb"):
        yield "an Action.Execute without verb"
    if kind == "Action.OpenUrl" and not action.get("url"):
        yield "an Action.OpenUrl without url"
    data = action.get("data")
    if kind in ("Action.Execute", "Action.Submit") and data is not None:
        if not isinstance(data, dict):
            yield f"{action.get('title')}: data is no object"
        elif "msteams" in data and not isinstance(data["msteams"], dict):
            yield f"{action.get('title')}: msteams is no object"
    if kind == "Action.ShowCard":
        inner = {"type": "AdaptiveCard", "version": "1.5", **(action.get("card") or {})}
        yield from _unknown(inner, "body")
    fallback = action.get("fallback")
    if isinstance(fallback, dict):
        yield from _of_action(fallback)


def _of_refresh(refresh):
    if refresh is None:
        return
    action = refresh.get("action") or {}
    if action.get("type") != "Action.Execute":
        yield "refresh is not an Action.Execute"
    elif not action.get("verb"):
        yield "refresh without verb"
    people = refresh.get("userIds")
    if people is not None and len(people) > MOST_REFRESHED:
        yield f"refresh for {len(people)} people"
