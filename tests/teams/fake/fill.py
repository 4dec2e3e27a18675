"""How a person fills in inputs, and what their client refuses before anything is sent."""

import re
from datetime import date, time


class Refused(Exception):
    """What a client would not let a person do."""


def text_of(element, value):
    """The value as it travels: always a string.

    Choices go by their title (several as a list), people of a people picker as persons.
    """
    kind = element["type"]
    if kind == "Input.Toggle":
        return element.get("valueOn", "true") if value else element.get("valueOff", "false")
    if kind == "Input.ChoiceSet":
        many = isinstance(value, list | tuple | set)
        if many and not element.get("isMultiSelect"):
            raise Refused(f"only one choice in {name_of(element)!r}")
        return ",".join(chosen(element, v) for v in (value if many else [value]))
    if value is None:
        return ""
    if kind == "Input.Date":
        return (
            value.isoformat() if isinstance(value, date) else date.fromisoformat(value).isoformat()
        )
    if kind == "Input.Time":
        return value.strftime("%H:%M") if isinstance(value, time) else str(value)
    if kind == "Input.Number":
        float(value)
        return str(value)
    longest = element.get("maxLength")
    if longest and len(str(value)) > longest:
        # The client stops taking letters.
        raise Refused(f"{name_of(element)!r} takes {longest} letters, not {len(str(value))}")
    if not element.get("isMultiline") and "\n" in str(value):
        raise Refused(f"{name_of(element)!r} has one line")
    return str(value)


def chosen(element, value):
    if value in (None, ""):
        return ""
    for choice in element.get("choices") or ():
        if value in (choice["title"], choice["value"]):
            return choice["value"]
    if hasattr(value, "user") and element.get("choices.data"):
        return value.user.aad
    raise Refused(f"no choice {value!r} in {name_of(element)!r}")


def name_of(element):
    return element.get("label") or element.get("title") or element["id"]


def defaults(elements):
    """What inputs hold before anybody touched them."""
    values = {}
    for element in elements:
        off = element.get("valueOff", "false") if element["type"] == "Input.Toggle" else ""
        values[element["id"]] = str(element.get("value", off) or off)
    return values


def errors(elements, values):
    """What the client says of inputs that it does not send: {name: errorMessage}."""
    return {
        name_of(e): e.get("errorMessage", "") for e in elements if wrong(e, values.get(e["id"], ""))
    }


def wrong(element, value):
    off = element["type"] == "Input.Toggle" and value == element.get("valueOff", "false")
    if not value or off:
        return bool(element.get("isRequired"))
    if element["type"] == "Input.Text" and element.get("regex"):
        return not re.search(element["regex"], value)
    low, high = element.get("min"), element.get("max")
    if element["type"] == "Input.Number":
        number = float(value)
        return (low is not None and number < low) or (high is not None and number > high)
    if element["type"] in ("Input.Date", "Input.Time"):
        return bool((low and value < low) or (high and value > high))
    return False
