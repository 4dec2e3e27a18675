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
from bot.method.learning_set.state import LearningSet
from bot.method.meeting import Meeting
from bot.method.stages import Refusal
from bot.method.terms import PersonId
from bot.ports import Tx, UserText

REFLECTIONS = ("self", "group", "organisation")
SKILL = "skill"  # asked of who chose a leadership skill (method.md §2, S4)
REVIEW = ("changed", "further", "workplace")  # at the last meeting of a programme (S1)
ABILITIES = (
    "networking",
    "responsibility",
    "interpersonal",
    "resourcefulness",
    "coaching",
    "acting",
    "self_awareness",
)
STATEMENTS = ("speak", "heard", "bring")
SCALE = ("1", "2", "3", "4", "5")


def prompts(tx: Tx, meeting: Meeting, person: PersonId | None) -> tuple[str, ...]:
    """What this person is asked when they look back on this meeting."""
    chose = tx.texts.get("skill", f"{meeting.id}:{person}") is not None
    group = tx.machines.load(LearningSet, meeting.set)
    last = group is not None and group.is_last(meeting.number)
    return (*REFLECTIONS, *((SKILL,) if chose else ()), *(REVIEW if last else ()))


def reflect(context: RequestContext, form: Sent) -> None:
    """The closing prompts. Private unless the person chose to share."""
    meeting = meeting_of(context, form.ref)
    asked = prompts(context.tx, meeting, context.me.id)
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
        thread = f"meeting/{meeting.id}"
        context.work.show(fx.Show("reflection", f"reflection/{about}", about, thread))
    context.say("reflected", meeting.id)


# A rating of one's own, before and after (method.md §2, S0)


def rating_of(group: LearningSet, meeting: Meeting, person: PersonId) -> str:
    """Which rating this meeting is the time for: before, after, or "" when it has passed."""
    if meeting.number != group.number:
        return ""
    return "before" if meeting.number == group.first.get(person, 1) else "after"


def rating_to_offer(group: LearningSet, meeting: Meeting, person: PersonId) -> str:
    """The same, where it is asked for: after the first meeting, and at the last one."""
    when = rating_of(group, meeting, person)
    return when if when == "before" or group.is_last(meeting.number) else ""


def about_rating(group: str, person: str, when: str) -> str:
    """Where a rating is kept: words of kind "rating"."""
    return f"{group}:{person}:{when}"


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
