"""Reads the counts that the figures of a set and of a programme rest on."""

from __future__ import annotations

from bot.method.insights import Evidence, Held, Rating, Sums, of_meeting, programme
from bot.method.learning_set.state import LearningSet, meeting_id
from bot.method.meeting import Meeting
from bot.method.questionnaires import about_rating
from bot.method.session import Session
from bot.ports import Tx, UserText


def meetings_held(tx: Tx, group: LearningSet) -> tuple[Held, ...]:
    """The meetings of a set that are over and in which somebody presented, the oldest first."""
    meetings = []
    for number in range(1, group.number + 1):
        meeting = tx.machines.load(Meeting, meeting_id(group.id, number))
        if meeting is None or not meeting.over or not meeting.presented:
            continue
        known = (tx.machines.load(Session, s) for s in meeting.sessions)
        sessions = [s for s in known if s is not None]
        actions = [a for s in sessions for a in tx.actions.in_session(s.id) if a.id in s.actions]
        meetings.append(
            of_meeting(meeting, sessions, tx.contributions.tally(meeting.sessions), actions)
        )
    return tuple(meetings)


def of_programme(tx: Tx) -> Sums | None:
    """The sums over all sets here that have agreed to be counted."""
    known = (tx.machines.load(LearningSet, id) for id in tx.sets.all())
    return programme([_evidence(tx, s) for s in known if s is not None and s.counted])


def _evidence(tx: Tx, group: LearningSet) -> Evidence:
    ratings = []
    for person in group.peers:
        before, after = (
            tx.texts.get("rating", about_rating(group.id, person, when))
            for when in ("before", "after")
        )
        if before is not None and after is not None:
            first, second = _numbers(before), _numbers(after)
            ratings.append(Rating(at=after.at, before=first, after=second))
    return Evidence(
        people=frozenset(group.peers),
        held=meetings_held(tx, group),
        ratings=tuple(ratings),
    )


def _numbers(words: UserText) -> dict[str, int]:
    return {name: int(number) for name, number in words.parts.items()}
