"""Which prompts the end of a meeting asks of a person. Reads only."""

from __future__ import annotations

from bot.method.learning_set.state import LearningSet
from bot.method.meeting import Meeting
from bot.method.questionnaires import REFLECTIONS, REVIEW, SKILL
from bot.method.terms import PersonId
from bot.ports import Tx


def closing_prompts(tx: Tx, meeting: Meeting, person: PersonId | None) -> tuple[str, ...]:
    """The ids of the prompts that this person is asked when they look back on this meeting."""
    chose = tx.texts.get("skill", f"{meeting.id}:{person}") is not None
    group = tx.machines.load(LearningSet, meeting.set)
    last = group is not None and group.is_last(meeting.number)
    return (*REFLECTIONS, *((SKILL,) if chose else ()), *(REVIEW if last else ()))
