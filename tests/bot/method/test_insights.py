"""Figures are arithmetic on counts, and what rests on too few is not there (method.md §7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.method.insights import Evidence, Held, Rating, of_meeting, programme, reported_back_share
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Ending, MeetingId, PersonId, QuestionState, SessionId, SetId, Tally
from tests.bot.factories import ANA, BO, CEM, DEE, FOUR, ONE_PROBLEM, ZOE, members
from tests.memory_platform import MONDAY

S1 = SessionId("m1-s1")
MEETING = Meeting(
    id=MeetingId("m1"),
    set=SetId("set"),
    format=ONE_PROBLEM,
    number=1,
    presented=(ANA,),
    sessions=(S1,),
)
SESSION = Session(
    id=S1,
    set=SetId("set"),
    meeting=MeetingId("m1"),
    format=ONE_PROBLEM,
    presenter=ANA,
    members=members(*FOUR),
    ending=Ending.actions,
    over=True,
)


def tally(
    by: PersonId,
    count: int = 1,
    *,
    kind: str = "question",
    state: QuestionState = QuestionState.answered,
    verdict: str = "accept",
    reason: str = "question",
) -> Tally:
    return Tally(S1, by, kind, state, verdict, reason, count)


def test_balance_is_the_lowest_share_against_an_equal_one() -> None:
    held = of_meeting(MEETING, [SESSION], [tally(BO, 3), tally(CEM, 2), tally(DEE, 1)], [])
    assert held.questions == (1, 2, 3)
    assert held.balance == pytest.approx(0.5)
    equal = of_meeting(MEETING, [SESSION], [tally(BO, 2), tally(CEM, 2), tally(DEE, 2)], [])
    assert equal.balance == 1
    silent = of_meeting(MEETING, [SESSION], [tally(BO, 2), tally(CEM, 2)], [])
    assert silent.balance == 0
    assert of_meeting(MEETING, [SESSION], [], []).balance is None


def test_open_questions_among_what_was_judged() -> None:
    advice = {"kind": "statement", "state": QuestionState.not_counted, "verdict": "nudge"}
    tallies = [
        tally(BO, 2),
        tally(CEM, verdict="tip", reason="closed"),
        tally(DEE, reason="advice", **advice),  # type: ignore[arg-type]
        tally(DEE, verdict="nudge", reason="leading"),  # "it is a question": at its word
        tally(BO, reason="unknown_language"),
        tally(BO, state=QuestionState.withdrawn),
        tally(BO, kind="said", reason="exempt"),
        tally(ANA, 5),
        tally(CEM, state=QuestionState.open),
    ]
    held = of_meeting(MEETING, [SESSION], tallies, [])
    assert (held.open, held.judged) == (4, 6)
    assert held.unanswered == 1
    coached = replace(SESSION, facilitator=ZOE, members=members(*FOUR, ZOE))
    assert of_meeting(MEETING, [coached], [tally(ZOE, 9)], []).judged == 0


def test_only_sessions_that_were_presented_can_be_finished() -> None:
    other = replace(SESSION, id=SessionId("m1-s2"), ending=Ending.withdrawn)
    open_end = replace(SESSION, id=SessionId("m1-s3"), ending=Ending.unsettled)
    held = of_meeting(MEETING, [SESSION, other, open_end], [], [])
    assert (held.finished, held.sessions) == (1, 2)


def test_the_newest_actions_are_not_due_yet() -> None:
    first = Held(number=1, actions=3, reported=2)
    assert reported_back_share([first]) == (0, 0)
    assert reported_back_share([first, Held(number=2, actions=4)]) == (2, 3)


# A programme


def a_set(name: str, people: int = 3, meetings: int = 2, ratings: int = 0) -> Evidence:
    held = tuple(
        Held(number=n, turns=1, sessions=1, finished=1, open=n, judged=4, actions=2, reported=1)
        for n in range(1, meetings + 1)
    )
    everyone = frozenset(PersonId(f"{name}{n}") for n in range(people))
    return Evidence(people=everyone, held=held, ratings=tuple(rated(n) for n in range(ratings)))


def rated(n: int, before: int = 2, after: int = 4) -> Rating:
    at = MONDAY + timedelta(days=n)
    return Rating(at=at, before={"coaching": before}, after={"coaching": after})


def test_fewer_than_two_sets_or_five_people_are_never_shown() -> None:
    assert programme([]) is None
    assert programme([a_set("a", people=9)]) is None
    assert programme([a_set("a", people=2), a_set("b", people=2)]) is None
    assert programme([a_set("a"), a_set("b", meetings=0)]) is None, "it has held none"
    both = a_set("a")
    assert programme([both, both]) is None, "the same three people twice"
    assert programme([a_set("a"), a_set("b")]) is not None


def test_the_sums_of_two_sets() -> None:
    sums = programme([a_set("a"), a_set("b", meetings=3)])
    assert sums is not None
    assert (sums.sets, sums.people, sums.meetings) == (2, 6, 5)
    assert sums.finished == (5, 5)
    assert sums.reported == (3, 6)
    assert (sums.open_first, sums.open_latest) == ((2, 8), (5, 8))


def test_each_figure_rests_on_two_sets_itself() -> None:
    sums = programme([a_set("a"), a_set("b", meetings=1)])
    assert sums is not None
    assert sums.finished == (3, 3)
    assert sums.reported is None, "only one set has had a report back"
    assert sums.open_latest is None


def test_ratings_are_shown_in_whole_groups_of_five_from_two_sets() -> None:
    few = programme([a_set("a", ratings=2), a_set("b", ratings=2)])
    assert few is not None
    assert few.ratings.people == 0
    one = programme([a_set("a", people=6, ratings=6), a_set("b")])
    assert one is not None
    assert one.ratings.before == {}, "all of them are of one set"
    five = programme([a_set("a", ratings=3), a_set("b", ratings=2)])
    assert five is not None
    assert (five.ratings.before, five.ratings.after) == ({"coaching": 2}, {"coaching": 4})


def test_one_rating_more_changes_nothing_that_is_shown() -> None:
    a, b = a_set("a", ratings=3), a_set("b", ratings=2)
    more = replace(b, ratings=(*b.ratings, rated(9, before=1, after=1)))
    before, after = programme([a, b]), programme([a, more])
    assert before is not None
    assert after is not None
    assert before.ratings == after.ratings


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 6)), max_size=4))
def test_whatever_there_is_no_figure_rests_on_too_few(sizes: list[tuple[int, int, int]]) -> None:
    sets = [a_set(f"s{n}-", people, held, rates) for n, (people, held, rates) in enumerate(sizes)]
    sums = programme(sets)
    counted = [s for s in sets if s.held]
    everyone = {p for s in counted for p in s.people}
    assert (sums is not None) == (len(counted) >= 2 and len(everyone) >= 5)
    if sums is not None:
        assert sums.ratings.people % 5 == 0
        assert sums.people == len(everyone)
