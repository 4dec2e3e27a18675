"""What the end of a meeting asks of people: to look back, to rate themselves, the pulse.

Rule 1: a reflection and a rating are the person's own; a rating is nobody else's to see.
Rule 2: of a pulse only sums are kept, by nobody and at no telling time (method.md §2, S3). That
        somebody has given theirs is known to the meeting, so that nobody gives it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import Desk
from bot.handlers.stages import meeting_of
from bot.handlers.suggestions import NOBODY
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.learning_set.state import LearningSet
from bot.method.meeting import Meeting
from bot.method.stages import Refusal
from bot.method.terms import PersonId
from bot.ports import Tx, Words

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
    chose = tx.words("skill", f"{meeting.id}:{person}") is not None
    group = tx.load(LearningSet, meeting.set)
    last = group is not None and group.is_last(meeting.number)
    return (*REFLECTIONS, *((SKILL,) if chose else ()), *(REVIEW if last else ()))


def reflect(desk: Desk, form: Sent) -> None:
    """The closing prompts. Private unless the person chose to share."""
    meeting = meeting_of(desk, form.ref)
    asked = prompts(desk.tx, meeting, desk.me.id)
    parts = {k: form.values[k].strip() for k in asked if form.values.get(k, "").strip()}
    if not parts:
        raise Refusal("nothing_written")
    event = ev.Reflected(at=desk.at, by=desk.me.id, entry=form.entry)
    if not desk.tell(meeting.id, event):
        return
    about = f"{meeting.id}:{desk.me.id}"
    desk.tx.put_words(Words("reflection", about, meeting.set, desk.me.id, parts, desk.at))
    if form.values.get("share") == "yes":
        thread = f"meeting/{meeting.id}"
        desk.work.show(fx.Show("reflection", f"reflection/{about}", about, thread))
    desk.say("reflected", meeting.id)


# A rating of one's own, before and after (method.md §2, S0)


def rating_of(group: LearningSet, meeting: Meeting, person: PersonId) -> str:
    """Which rating this meeting is the time for: before, after, or "" when it has passed."""
    if meeting.number != group.number:
        return ""
    return "before" if meeting.number == group.first.get(person, 1) else "after"


def offered_rating(group: LearningSet, meeting: Meeting, person: PersonId) -> str:
    """The same, where it is asked for: after the first meeting, and at the last one."""
    when = rating_of(group, meeting, person)
    return when if when == "before" or group.is_last(meeting.number) else ""


def about_rating(group: str, person: str, when: str) -> str:
    """Where a rating is kept: words of kind "rating"."""
    return f"{group}:{person}:{when}"


def rate(desk: Desk, press: Pressed) -> None:
    meeting = meeting_of(desk, press.ref)
    if not rating_of(desk.my_set(meeting.set), meeting, desk.me.id):
        raise Refusal("that_moment_has_passed")
    desk.open("rating", meeting.id)


def rated(desk: Desk, sent: Sent) -> None:
    """Kept for this person alone; handed in again, it replaces what was there."""
    meeting = meeting_of(desk, sent.ref)
    when = rating_of(desk.my_set(meeting.set), meeting, desk.me.id)
    if not when:
        raise Refusal("that_moment_has_passed")
    about = about_rating(meeting.set, desk.me.id, when)
    given = _on_the_scale(sent.values, ABILITIES)
    desk.tx.put_words(Words("rating", about, meeting.set, desk.me.id, given, desk.at))
    desk.say("rated", meeting.set)


# The pulse (method.md §2, S3)


def pulse(desk: Desk, press: Pressed) -> None:
    meeting = meeting_of(desk, press.ref)
    desk.my_set(meeting.set)
    if meeting.settled or desk.me.id in meeting.pulse:
        raise Refusal("pulse_given" if desk.me.id in meeting.pulse else "pulse_is_over")
    desk.open("pulse", meeting.id)


def pulse_sent(desk: Desk, sent: Sent) -> None:
    meeting = meeting_of(desk, sent.ref)
    desk.my_set(meeting.set)
    given = _on_the_scale(sent.values, STATEMENTS)
    if desk.tell(meeting.id, ev.PulseGiven(at=desk.at, by=desk.me.id)):
        _count(desk, meeting, given)
        desk.say("pulse_kept")


def _count(desk: Desk, meeting: Meeting, given: Mapping[str, str]) -> None:
    """One row a meeting, by nobody, dated as the meeting is: how often each number was given."""
    known = desk.tx.words("pulse", meeting.id)
    sums = {f"{name}_{n}": 0 for name in STATEMENTS for n in SCALE}
    sums |= {key: int(n) for key, n in known.parts.items()} if known else {}
    for name, n in given.items():
        sums[f"{name}_{n}"] += 1
    parts = {key: str(n) for key, n in sums.items()}
    began = meeting.began or desk.at
    desk.tx.put_words(Words("pulse", meeting.id, meeting.set, NOBODY, parts, began))


def _on_the_scale(values: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """What was given, from 1 to 5; whatever was left out stays out."""
    given = {name: values[name] for name in names if values.get(name) in SCALE}
    if not given:
        raise Refusal("nothing_written")
    return given
