"""An action's life and its check-ins, as dates in the owner's own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.method import actions
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.actions import Action, due_now, plan, step, waits
from bot.method.terms import ActionId, Outcome, SessionId, SetId
from bot.worktime import Hours
from tests.bot.factories import ANA, BO
from tests.bot.some_events import hours, some_event

MADE, DUE = date(2026, 3, 2), date(2026, 3, 13)
EVENTS = get_args(ev.ActionEvent)


def action(due: date = DUE, own: Hours | None = None) -> Action:
    """An action of Ana's, with its check-ins planned."""
    return Action(
        id=ActionId("a"),
        set=SetId("set"),
        session=SessionId("s"),
        owner=ANA,
        made=MADE,
        due=due,
        check_ins=plan(MADE, due, own or Hours()),
    )


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def took(known: Action, event: type[Any], day: date, **rest: Any) -> Action:
    by = {"by": ANA} if issubclass(event, ev.Deed) else {}
    return step(known, event(at=on(day), **by, **rest))[0]


def test_every_event_has_a_rule() -> None:
    assert set(actions.RULES) == set(EVENTS)


def test_half_way_on_the_day_two_and_five_days_after() -> None:
    assert [(c.kind, c.day) for c in plan(MADE, DUE, Hours())] == [
        ("half_way", date(2026, 3, 6)),
        ("due", date(2026, 3, 13)),
        ("plus_two", date(2026, 3, 17)),
        ("plus_five", date(2026, 3, 20)),
    ]


def test_a_short_action_is_not_asked_after_half_way() -> None:
    kinds = [c.kind for c in plan(MADE, MADE + timedelta(days=3), Hours())]
    assert kinds == ["due", "plus_two", "plus_five"]


def test_holidays_and_absences_are_skipped() -> None:
    own = Hours("Europe/London", country="GB-ENG", away=((date(2026, 4, 7), date(2026, 4, 8)),))
    found = {c.kind: c.day for c in plan(date(2026, 3, 27), date(2026, 4, 2), own)}
    # Good Friday 3 April, the weekend, Easter Monday, two days away: the next day is the 9th.
    assert found["plus_two"] == date(2026, 4, 10)


def test_who_never_works_is_asked_on_the_day_only() -> None:
    never = Hours(away=((date(2020, 1, 1), date(2040, 1, 1)),))
    assert [c.kind for c in plan(MADE, DUE, never)] == ["due"]
    known = action(own=never)
    moved, said = step(known, ev.Snoozed(at=on(DUE), by=ANA, until=DUE + timedelta(days=2)), never)
    assert said == ()
    assert moved.check_ins[0].day == DUE + timedelta(days=2)
    assert step(known, ev.DueMoved(at=on(DUE), by=ANA, due=date(2026, 4, 1)), never)[1] == ()


def test_after_a_gap_only_the_newest_is_asked() -> None:
    known = action()
    assert due_now(known, MADE) is None
    found = due_now(known, date(2026, 3, 18))
    assert found is not None
    assert found.kind == "plus_two"
    sent = took(known, ev.CheckInSent, date(2026, 3, 18), kind="plus_two")
    assert [c.state for c in sent.check_ins] == ["dropped", "dropped", "sent", "planned"]
    assert due_now(sent, date(2026, 3, 19)) is None


@pytest.mark.parametrize("outcome", [Outcome.done, Outcome.changed])
def test_done_and_changed_my_mind_settle_it(outcome: Outcome) -> None:
    known = took(action(), ev.CheckedIn, MADE, outcome=outcome)
    assert known.settled
    assert not waits(known)


@pytest.mark.parametrize("outcome", [Outcome.partly, Outcome.not_yet])
def test_partly_and_not_yet_are_asked_again(outcome: Outcome) -> None:
    assert waits(took(action(), ev.CheckedIn, MADE, outcome=outcome))


def test_another_date_plans_afresh_without_half_way() -> None:
    known = took(action(), ev.CheckInSent, DUE, kind="due")
    moved = took(known, ev.DueMoved, DUE, due=date(2026, 3, 27))
    assert [c.kind for c in moved.check_ins if c.state == "planned"] == [
        "due",
        "plus_two",
        "plus_five",
    ]
    _, [refused] = step(moved, ev.DueMoved(at=on(DUE), by=ANA, due=DUE))
    assert isinstance(refused, fx.Refuse)
    assert refused.code == "date_is_past"


def test_snoozing_puts_off_one_and_those_after_stay_behind_it() -> None:
    known = took(action(), ev.CheckInSent, DUE, kind="due")
    later = took(known, ev.Snoozed, DUE, until=date(2026, 3, 18))
    days = {c.kind: c.day for c in later.check_ins}
    assert days["due"] == date(2026, 3, 18)
    assert days["due"] < days["plus_two"] < days["plus_five"]


@pytest.mark.parametrize(
    ("until", "code"), [(DUE, "date_is_past"), (date(2026, 5, 1), "snooze_too_long")]
)
def test_a_snooze_has_its_bounds(until: date, code: str) -> None:
    _, [refused] = step(action(), ev.Snoozed(at=on(DUE), by=ANA, until=until))
    assert isinstance(refused, fx.Refuse)
    assert refused.code == code


def test_only_the_owner_changes_it() -> None:
    known = action()
    same, [refused] = step(known, ev.LetGo(at=on(DUE), by=BO))
    assert same is known
    assert isinstance(refused, fx.Refuse)
    assert refused.code == "only_owner"


def test_once_the_report_has_begun_the_nudges_fall_silent() -> None:
    known = took(action(), ev.ReportOpened, DUE)
    assert due_now(known, DUE) is None
    assert not waits(known)


@given(st.data())
def test_no_order_of_events_breaks_an_action(data: st.DataObject) -> None:
    own = data.draw(hours())
    state, at = action(own=own), on(MADE)
    holder = _Holder()
    for n in range(data.draw(st.integers(1, 25))):
        at += timedelta(days=data.draw(st.integers(0, 4)))
        event = some_event(data, EVENTS, holder, at, n)
        after, said = step(state, event, own)
        assert step(state, event, own) == (after, said)
        if any(isinstance(e, fx.Refuse) for e in said):
            assert after == state
        sent = sum(c.state == "sent" for c in after.check_ins)
        assert sent <= sum(c.state == "sent" for c in state.check_ins) + 1
        assert len(after.check_ins) <= len(state.check_ins) + 3
        today = at.date()
        found = due_now(after, today)
        assert found is None or found.day <= today
        state = after


class _Holder:
    """An action has no entries and turns."""

    id, entry, turn = "a", 0, 0
