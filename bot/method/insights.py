"""Figures: what a set sees about itself, and what a programme sees of several (method.md §7).

Rule 1: nothing is counted while a meeting runs, and nothing names or ranks a person.
Rule 2: a programme sees sums only: over at least two sets that have agreed and at least five
        people, each figure for itself. A figure that rests on fewer is not there.
Rule 3: this file is arithmetic on counts; bot/queries/insights.py reads what is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.method import policy
from bot.method.actions import Action
from bot.method.meeting import PRESENTED, Meeting
from bot.method.questionnaires import ABILITIES
from bot.method.session import Session
from bot.method.terms import Ending, PersonId, QuestionState, SessionId, Tally

GONE = frozenset({QuestionState.withdrawn, QuestionState.held})
FINISHED = frozenset({Ending.actions, Ending.no_action})

Part = tuple[int, int]  # (part, whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One meeting that is over, in counts.

    `questions` is how many each of those who could ask has asked, without names and in rising
    order. `open` of `judged` contributions were open questions; `unanswered` ones waited still
    when their session closed. `finished` of `sessions` closed with an action or a reason for
    none; of `actions`, `reported` have been told back to the set.
    """

    number: int
    turns: int = 0
    sessions: int = 0
    finished: int = 0
    questions: tuple[int, ...] = ()
    open: int = 0
    judged: int = 0
    unanswered: int = 0
    actions: int = 0
    reported: int = 0

    @property
    def balance(self) -> float | None:
        """The lowest share of the questions ÷ an equal share: from 0 to 1, which is equal."""
        if len(self.questions) < 2 or not sum(self.questions):
            return None
        return min(self.questions) * len(self.questions) / sum(self.questions)

    @property
    def open_share(self) -> float | None:
        """Open questions among all that was judged, from 0 to 1."""
        return self.open / self.judged if self.judged else None


def of_meeting(
    meeting: Meeting,
    sessions: Sequence[Session],
    tallies: Iterable[Tally],
    actions: Sequence[Action],
) -> Held:
    """Put a meeting's rows together. What presenters and facilitators say is not judged here."""
    by_id = {s.id: s for s in sessions}
    asked: Counter[PersonId] = Counter()
    for s in sessions:
        asked.update(dict.fromkeys(s.people - {s.presenter, s.facilitator}, 0))
    opened = judged = unanswered = 0
    for tally in tallies:
        session = by_id.get(SessionId(tally.session))
        if session is None or tally.by in (session.presenter, session.facilitator):
            continue
        if tally.kind not in ("question", "statement") or tally.state in GONE:
            continue
        counts = tally.kind == "question" and tally.state is not QuestionState.not_counted
        if counts and tally.by in asked:
            asked[tally.by] += tally.count
        if tally.reason != "unknown_language":
            judged += tally.count
            # "It is a question" is taken at its word.
            opened += (
                tally.count if tally.reason == "question" or _count_insisted(tally, counts) else 0
            )
        unanswered += tally.count if counts and tally.state is QuestionState.open else 0
    return Held(
        number=meeting.number,
        turns=len(meeting.presented),
        sessions=sum(1 for s in sessions if s.ending in PRESENTED),
        finished=sum(1 for s in sessions if s.ending in FINISHED),
        questions=tuple(sorted(asked.values())),
        open=opened,
        judged=judged,
        unanswered=unanswered,
        actions=len(actions),
        reported=sum(1 for a in actions if a.reported),
    )


def _count_insisted(tally: Tally, counts: bool) -> bool:
    """It counts although it was nudged: its author stood by it."""
    return counts and tally.verdict == "nudge"


def reported_back_share(held: Sequence[Held]) -> Part:
    """Actions reported back, of those that have come to a report: not the newest meeting's."""
    due = held[:-1]
    return sum(h.reported for h in due), sum(h.actions for h in due)


# A programme


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A person's own ratings before and after (1 to 5 each), and when the second was given."""

    at: datetime
    before: Mapping[str, int]
    after: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One set that has agreed to be counted: who is in it is used to count people, only."""

    people: frozenset[PersonId]
    held: tuple[Held, ...]
    ratings: tuple[Rating, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """Averages of so many people's own ratings, by ability."""

    people: int = 0
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a programme sees. None or empty: it would rest on too few."""

    sets: int
    people: int
    meetings: int
    finished: Part | None = None
    reported: Part | None = None
    open_first: Part | None = None
    open_latest: Part | None = None
    ratings: Ratings = Ratings()


def programme(sets: Iterable[Evidence]) -> Sums | None:
    """The sums over the sets that have held a meeting; None where there are too few."""
    found = [s for s in sets if s.held]
    if not _enough(found):
        return None
    trend = [s for s in found if len(_with_judged(s)) > 1]
    return Sums(
        sets=len(found),
        people=len(_people(found)),
        meetings=sum(len(s.held) for s in found),
        finished=_sum(found, _finished_share),
        reported=_sum(found, lambda s: reported_back_share(s.held)),
        open_first=_sum(trend, lambda s: _open(_with_judged(s)[0])),
        open_latest=_sum(trend, lambda s: _open(_with_judged(s)[-1])),
        ratings=_ratings(found),
    )


def _people(sets: Sequence[Evidence]) -> frozenset[PersonId]:
    return frozenset().union(*(s.people for s in sets))


def _enough(sets: Sequence[Evidence]) -> bool:
    return (
        len(sets) >= policy.PROGRAMME_SETS_LEAST
        and len(_people(sets)) >= policy.PROGRAMME_PEOPLE_LEAST
    )


def _sum(sets: Sequence[Evidence], part: Callable[[Evidence], Part]) -> Part | None:
    """The sum over those sets that have something to divide by, if they are enough."""
    counted = [s for s in sets if part(s)[1]]
    if not _enough(counted):
        return None
    return sum(part(s)[0] for s in counted), sum(part(s)[1] for s in counted)


def _finished_share(one: Evidence) -> Part:
    return sum(h.finished for h in one.held), sum(h.sessions for h in one.held)


def _with_judged(one: Evidence) -> list[Held]:
    return [h for h in one.held if h.judged]


def _open(held: Held) -> Part:
    return held.open, held.judged


def _ratings(sets: Sequence[Evidence]) -> Ratings:
    """Averages over people who rated themselves twice, in whole groups of five.

    One person more never changes what is shown: the difference would be their rating.
    """
    given = [(r.at, n, r) for n, one in enumerate(sets) for r in one.ratings]
    given.sort(key=lambda entry: entry[:2])
    given = given[: len(given) // policy.PROGRAMME_PEOPLE_LEAST * policy.PROGRAMME_PEOPLE_LEAST]
    if len({n for _, n, _ in given}) < policy.PROGRAMME_SETS_LEAST:
        return Ratings()
    before, after = {}, {}
    for name in ABILITIES:
        rated = [r for _, _, r in given if name in r.before and name in r.after]
        if len(rated) >= policy.PROGRAMME_PEOPLE_LEAST:
            before[name] = sum(r.before[name] for r in rated) / len(rated)
            after[name] = sum(r.after[name] for r in rated) / len(rated)
    return Ratings(people=len(given), before=before, after=after)
