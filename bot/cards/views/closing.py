"""The end of a meeting: what is asked, what only its author sees, and the pulse as averages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bot.cards.card import Ask, Card, Choice, Facts, Field, Part, Words
from bot.cards.views.context import Look, Reader, Values
from bot.handlers.closing import (
    ABILITIES,
    SCALE,
    STATEMENTS,
    about_rating,
    offered_rating,
    prompts,
    rating_of,
)
from bot.handlers.forms import LONGEST
from bot.handlers.request_context import Asked
from bot.method.meeting import PULSE_LEAST, Meeting

WHEN = ("before", "after")


# Cards


def reflected(look: Look, ref: str, values: Values) -> Card:
    """Thanks for looking back; what else may be said is by choice."""
    meeting = look.tx.load(Meeting, ref)
    group = look.group(meeting.set) if meeting else None
    if meeting is None or group is None or look.me is None:
        return look.card("reflected", {"rating": "", "pulse": False, "least": PULSE_LEAST})
    rating = offered_rating(group, meeting, look.me)
    pulse = not meeting.settled and look.me not in meeting.pulse
    said = {"rating": rating, "pulse": pulse, "least": PULSE_LEAST}
    buttons = [look.button("rate", ref)] if rating else []
    buttons += [look.button("pulse", ref)] if pulse else []
    return look.card("reflected", said, (), buttons)


def rated(look: Look, ref: str, values: Values) -> Card:
    """A person's own ratings, side by side; `ref` is the set."""
    found = [look.parts("rating", about_rating(ref, str(look.me), when)) for when in WHEN]
    before, after = found
    pairs = []
    for name in ABILITIES:
        given = [n for n in (before.get(name), after.get(name)) if n]
        if given:
            pairs.append((look.label(f"abilities.{name}"), " → ".join(given)))
    return look.card("rated", {"both": bool(before and after)}, (Facts(tuple(pairs)),))


def averages(look: Look, meeting: Meeting) -> tuple[Part, ...]:
    """The pulse, once the meeting is over and no more answers are taken."""
    if not (meeting.over and meeting.settled):
        return ()
    sums = {key: int(n) for key, n in look.parts("pulse", meeting.id).items()}
    pairs = []
    for name in STATEMENTS:
        given = {int(n): sums.get(f"{name}_{n}", 0) for n in SCALE}
        count = sum(given.values())
        if count >= PULSE_LEAST:
            mean = sum(n * times for n, times in given.items()) / count
            pairs.append((look.label(f"pulse.{name}"), f"{mean:.1f}"))
    if not pairs:
        return ()
    return (Words(look.label("facts.pulse")), Facts(tuple(pairs)))


CARDS: dict[str, Reader] = {
    "reflected": reflected,
    "rated": rated,
}


# Forms


def reflect(look: Look, asked: Asked) -> Iterable[Field]:
    """The prompts that this person is asked, each by choice."""
    meeting = look.tx.load(Meeting, asked.ref)
    for name in prompts(look.tx, meeting, look.me) if meeting else ():
        yield Ask(name, prompt(look, name, asked.ref, str(look.me)), long=True, most=LONGEST)


def prompt(look: Look, name: str, meeting: str, person: str) -> str:
    """The words of a closing prompt; one of them names the skill that was chosen."""
    chosen = look.parts("skill", f"{meeting}:{person}").get("skill", "")
    skill = look.label(f"skills.{chosen}") if chosen else ""
    return look.label(f"reflections.{name}", skill=skill)


def rating(look: Look, asked: Asked, values: Mapping[str, str]) -> Iterable[Field]:
    """Seven lines from 1 to 5, for the person alone."""
    yield Words(look.label("forms.rating.scale"))
    meeting = look.tx.load(Meeting, asked.ref)
    group = look.group(meeting.set) if meeting else None
    known: Mapping[str, str] = {}
    if meeting is not None and group is not None and look.me is not None:
        when = rating_of(group, meeting, look.me)
        known = look.parts("rating", about_rating(group.id, look.me, when))
    for name in ABILITIES:
        label = look.label(f"abilities.{name}")
        yield Choice(name, label, _SCALE, known.get(name, ""))


def pulse(look: Look, asked: Asked, values: Mapping[str, str]) -> Iterable[Field]:
    """Three statements from 1 to 5; nobody can tell whose answer is whose."""
    yield Words(look.label("forms.pulse.scale"))
    for name in STATEMENTS:
        yield Choice(name, look.label(f"pulse.{name}"), _SCALE)


_SCALE = tuple((n, n) for n in SCALE)

LAYOUTS: dict[str, Callable[[Look, Asked, Mapping[str, str]], Iterable[Field]]] = {
    "rating": rating,
    "pulse": pulse,
}
