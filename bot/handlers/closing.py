"""What the end of a meeting asks of people: to look back, to rate themselves, the pulse.

Rule 1: a reflection and a rating are the person's own; a rating is nobody else's to see.
Rule 2: of a pulse only sums are kept, by nobody and at no telling time (method.md §2, S3). That
        somebody has given theirs is known to the meeting, so that nobody gives it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import RequestContext
from bot.handlers.stages import meeting_of
from bot.handlers.suggestions import NOBODY
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.card_key import CardKey, CardKind
from bot.method.meeting import Meeting
from bot.method.questionnaires import ABILITIES, SCALE, STATEMENTS, about_rating, rating_of
from bot.method.stages import Refusal
from bot.ports import UserText
from bot.queries.closing import closing_prompts


def reflect(context: RequestContext, form: Sent) -> None:
    """The closing prompts. Private unless the person chose to share."""
    meeting = meeting_of(context, form.ref)
    asked = closing_prompts(context.tx, meeting, context.me.id)
    parts = {k: form.values[k].strip() for k in asked if form.values.get(k, "").strip()}
    if not parts:
        raise Refusal("nothing_written")
    event = ev.Reflected(at=context.at, by=context.me.id, entry=form.entry)
    if not context.tell(meeting.id, event):
        return
    about = f"{meeting.id}:{context.me.id}"
    context.tx.texts.put(
        UserText("reflection", about, meeting.set, context.me.id, parts, context.at)
    )
    if form.values.get("share") == "yes":
        context.work.show(
            fx.Show("reflection", CardKey.of(CardKind.REFLECTION, about), about, meeting.key)
        )
    context.say("reflected", meeting.id)


# A rating of one's own, before and after (method.md §2, S0)


def rate(context: RequestContext, press: Pressed) -> None:
    meeting = meeting_of(context, press.ref)
    if not rating_of(context.my_set(meeting.set), meeting, context.me.id):
        raise Refusal("that_moment_has_passed")
    context.open("rating", meeting.id)


def handle_rating_form(context: RequestContext, sent: Sent) -> None:
    """Kept for this person alone; handed in again, it replaces what was there."""
    meeting = meeting_of(context, sent.ref)
    when = rating_of(context.my_set(meeting.set), meeting, context.me.id)
    if not when:
        raise Refusal("that_moment_has_passed")
    about = about_rating(meeting.set, context.me.id, when)
    given = _on_the_scale(sent.values, ABILITIES)
    context.tx.texts.put(UserText("rating", about, meeting.set, context.me.id, given, context.at))
    context.say("rated", meeting.set)


# The pulse (method.md §2, S3)


def pulse(context: RequestContext, press: Pressed) -> None:
    meeting = meeting_of(context, press.ref)
    context.my_set(meeting.set)
    if meeting.settled or context.me.id in meeting.pulse:
        raise Refusal("pulse_given" if context.me.id in meeting.pulse else "pulse_is_over")
    context.open("pulse", meeting.id)


def handle_pulse_form(context: RequestContext, sent: Sent) -> None:
    meeting = meeting_of(context, sent.ref)
    context.my_set(meeting.set)
    given = _on_the_scale(sent.values, STATEMENTS)
    if context.tell(meeting.id, ev.PulseGiven(at=context.at, by=context.me.id)):
        _count(context, meeting, given)
        context.say("pulse_kept")


def _count(context: RequestContext, meeting: Meeting, given: Mapping[str, str]) -> None:
    """One row a meeting, by nobody, dated as the meeting is: how often each number was given."""
    known = context.tx.texts.get("pulse", meeting.id)
    sums = {f"{name}_{n}": 0 for name in STATEMENTS for n in SCALE}
    sums |= {key: int(n) for key, n in known.parts.items()} if known else {}
    for name, n in given.items():
        sums[f"{name}_{n}"] += 1
    parts = {key: str(n) for key, n in sums.items()}
    began = meeting.began or context.at
    context.tx.texts.put(UserText("pulse", meeting.id, meeting.set, NOBODY, parts, began))


def _on_the_scale(values: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """What was given, from 1 to 5; whatever was left out stays out."""
    given = {name: values[name] for name in names if values.get(name) in SCALE}
    if not given:
        raise Refusal("nothing_written")
    return given
