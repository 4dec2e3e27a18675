"""What forms ask, as lists of ids: prompts, abilities, statements, skills; never their words.

The words of each id stand in prompts/<language>/, under the name of its list. Handlers accept
these ids and no others; forms offer them in this order.
"""

from __future__ import annotations

from bot.method.learning_set.state import LearningSet
from bot.method.meeting import Meeting
from bot.method.terms import PersonId

# The end of a meeting
REFLECTIONS = ("self", "group", "organisation")
SKILL = "skill"  # asked of who chose a leadership skill (method.md §2, S4)
REVIEW = ("changed", "further", "workplace")  # at the last meeting of a programme (S1)
SKILLS = ("listening", "asking", "patience", "courage", "challenging", "empathy", "humility")

# A person's rating of themselves, before and after (S0), and the pulse (S3)
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

# Thinking an issue through (S1, S4)
INTAKE_TEXTS = ("influence", "matters")
INTAKE_KNOWN = ("no", "perhaps")  # does somebody know the answer already?

# A person's own
LOG_PROMPTS = ("less_sure", "a_question", "did_and_followed", "a_habit", "from_another")
EXPORT_KINDS = ("actions", "log", "session")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

EACH_ONES_OWN = "own"  # the choice that leaves a set's language to each person


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
    """The key of a rating: what the texts of kind "rating" are kept under."""
    return f"{group}:{person}:{when}"
