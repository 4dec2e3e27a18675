"""Putting a value into a form's element, and refusing what Slack's client refuses.

Rules: an option is named by its text; people by their Person or id; dates by `date`, times by
`time` or "HH:MM", moments by `datetime`; None empties a field.
"""

import re
from datetime import date, datetime, time

from .screen import decode, options
from .world import INITIAL, MANY

EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"


class Refused(Exception):
    """Slack's client would not let a person do this."""


def missing(entry):
    """Whether a field holds nothing."""
    if not entry:
        return True
    return all(not value and value != 0 for key, value in entry.items() if key != "type")


def entry_of(world, element, value):
    """The state of an element after somebody chose this value."""
    kind = element["type"]
    key = INITIAL[kind][0]
    if value is None:
        return {"type": kind, key: [] if key in MANY else None}
    return {"type": kind, key: CHOICES[key](world, element, value)}


def written(world, element, value):
    value, kind = str(value), element["type"]
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if kind == "plain_text_input":
        if len(value) > most:
            raise Refused(f"{len(value)} characters, {most} allowed")
        if value and len(value) < least:
            raise Refused(f"{len(value)} characters, at least {least} needed")
        if "\n" in value and not element.get("multiline"):
            raise Refused("one line only")
    if kind == "number_input":
        number(element, value)
    if kind == "email_text_input" and not re.fullmatch(EMAIL, value):
        raise Refused(f"{value!r} is not an address")
    if kind == "url_text_input" and not re.match(r"https?://\S+$", value):
        raise Refused(f"{value!r} is not a link")
    return value or None


def number(element, value):
    form = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if not re.fullmatch(form, value):
        raise Refused(f"{value!r} is not a number that is allowed here")
    if "min_value" in element and float(value) < float(element["min_value"]):
        raise Refused(f"{value} is less than {element['min_value']}")
    if "max_value" in element and float(value) > float(element["max_value"]):
        raise Refused(f"{value} is more than {element['max_value']}")


def option(world, element, words):
    offered = options(element)
    found = [o for o in offered if decode(o["text"]["text"]) == words]
    if len(found) != 1:
        texts = [decode(o["text"]["text"]) for o in offered]
        raise Refused(f"{words!r} is offered {len(found)} times: {texts}")
    return found[0]


def several(element, values):
    values = values if isinstance(values, list | tuple | set) else [values]
    most = element.get("max_selected_items")
    if most and len(values) > most:
        raise Refused(f"no more than {most} can be chosen")
    return list(values)


def some_options(world, element, values):
    if values is True and len(element.get("options", ())) == 1:
        return list(element["options"])
    if values is False:
        return []
    chosen = [option(world, element, words) for words in several(element, values)]
    return [o for o in options(element) if o in chosen]


def someone(world, element, who):
    user = world.users.get(getattr(who, "id", who))
    if user is None or user.deleted:
        raise Refused(f"{who!r} cannot be picked")
    return user.id


def some_people(world, element, values):
    return [someone(world, element, who) for who in several(element, values)]


def place(world, element, channel):
    found = world.channels.get(getattr(channel, "id", channel))
    if found is None or (element["type"].endswith("channels_select") and found.kind != "channel"):
        raise Refused(f"{channel!r} cannot be picked")
    return found.id


def some_places(world, element, values):
    return [place(world, element, channel) for channel in several(element, values)]


def day(world, element, value):
    return (value if isinstance(value, date) else date.fromisoformat(value)).strftime("%Y-%m-%d")


def hour(world, element, value):
    return (value if isinstance(value, time) else time.fromisoformat(value)).strftime("%H:%M")


def moment(world, element, value):
    return int(value.timestamp() if isinstance(value, datetime) else value)


CHOICES = {
    "value": written,
    "selected_option": option,
    "selected_options": some_options,
    "selected_user": someone,
    "selected_users": some_people,
    "selected_conversation": place,
    "selected_conversations": some_places,
    "selected_channel": place,
    "selected_channels": some_places,
    "selected_date": day,
    "selected_time": hour,
    "selected_date_time": moment,
}
