"""The end of a meeting: what is asked, what only its author sees, and the pulse as averages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bot.cards.card import Card, Facts, Part, Words
from bot.cards.form import Ask, Choice, Field, FormRequest
from bot.cards.views.context import Reader, Values, ViewContext
from bot.method import policy
from bot.method.meeting import Meeting
from bot.method.policy import FORM_TEXT_MOST
from bot.method.questionnaires import (
    ABILITIES,
    SCALE,
    STATEMENTS,
    about_rating,
    rating_of,
    rating_to_offer,
)
from bot.queries.closing import closing_prompts

WHEN = ("before", "after")


# Cards


def reflection_thanks(context: ViewContext, ref: str, values: Values) -> Card:
    """Thanks for looking back; what else may be said is by choice."""
    meeting = context.tx.machines.load(Meeting, ref)
    group = context.group(meeting.set) if meeting else None
    if meeting is None or group is None or context.me is None:
        return context.card(
            "reflected", {"rating": "", "pulse": False, "least": policy.PULSE_PEOPLE_LEAST}
        )
    rating = rating_to_offer(group, meeting, context.me)
    pulse = not meeting.settled and context.me not in meeting.pulse
    slots = {"rating": rating, "pulse": pulse, "least": policy.PULSE_PEOPLE_LEAST}
    buttons = [context.button("rate", ref)] if rating else []
    buttons += [context.button("pulse", ref)] if pulse else []
    return context.card("reflected", slots, (), buttons)


def own_ratings(context: ViewContext, ref: str, values: Values) -> Card:
    """A person's own ratings, side by side; `ref` is the set."""
    ratings = [context.parts("rating", about_rating(ref, str(context.me), when)) for when in WHEN]
    before, after = ratings
    pairs = []
    for name in ABILITIES:
        numbers = [n for n in (before.get(name), after.get(name)) if n]
        if numbers:
            pairs.append((context.label(f"abilities.{name}"), " → ".join(numbers)))
    return context.card("rated", {"both": bool(before and after)}, (Facts(tuple(pairs)),))


def averages(context: ViewContext, meeting: Meeting) -> tuple[Part, ...]:
    """The pulse, once the meeting is over and no more answers are taken."""
    if not (meeting.over and meeting.settled):
        return ()
    sums = {key: int(n) for key, n in context.parts("pulse", meeting.id).items()}
    pairs = []
    for name in STATEMENTS:
        votes = {int(n): sums.get(f"{name}_{n}", 0) for n in SCALE}
        count = sum(votes.values())
        if count >= policy.PULSE_PEOPLE_LEAST:
            mean = sum(n * times for n, times in votes.items()) / count
            pairs.append((context.label(f"pulse.{name}"), f"{mean:.1f}"))
    if not pairs:
        return ()
    return (Words(context.label("facts.pulse")), Facts(tuple(pairs)))


CARDS: dict[str, Reader] = {
    "reflected": reflection_thanks,
    "rated": own_ratings,
}


# Forms


def reflect(context: ViewContext, asked: FormRequest) -> Iterable[Field]:
    """The prompts that this person is asked, each by choice."""
    meeting = context.tx.machines.load(Meeting, asked.ref)
    for name in closing_prompts(context.tx, meeting, context.me) if meeting else ():
        yield Ask(
            name, prompt(context, name, asked.ref, str(context.me)), long=True, most=FORM_TEXT_MOST
        )


def prompt(context: ViewContext, name: str, meeting: str, person: str) -> str:
    """The words of a closing prompt; one of them names the skill that was chosen."""
    chosen = context.parts("skill", f"{meeting}:{person}").get("skill", "")
    skill = context.label(f"skills.{chosen}") if chosen else ""
    return context.label(f"reflections.{name}", skill=skill)


def rating(context: ViewContext, asked: FormRequest, values: Mapping[str, str]) -> Iterable[Field]:
    """Seven lines from 1 to 5, for the person alone."""
    yield Words(context.label("forms.rating.scale"))
    meeting = context.tx.machines.load(Meeting, asked.ref)
    group = context.group(meeting.set) if meeting else None
    known: Mapping[str, str] = {}
    if meeting is not None and group is not None and context.me is not None:
        when = rating_of(group, meeting, context.me)
        known = context.parts("rating", about_rating(group.id, context.me, when))
    for name in ABILITIES:
        label = context.label(f"abilities.{name}")
        yield Choice(name, label, _SCALE, known.get(name, ""))


def pulse(context: ViewContext, asked: FormRequest, values: Mapping[str, str]) -> Iterable[Field]:
    """Three statements from 1 to 5; nobody can tell whose answer is whose."""
    yield Words(context.label("forms.pulse.scale"))
    for name in STATEMENTS:
        yield Choice(name, context.label(f"pulse.{name}"), _SCALE)


_SCALE = tuple((n, n) for n in SCALE)

LAYOUTS: dict[str, Callable[[ViewContext, FormRequest, Mapping[str, str]], Iterable[Field]]] = {
    "rating": rating,
    "pulse": pulse,
}
