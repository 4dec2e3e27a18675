"""The meeting machine: report back, sessions in turn or in waves, review."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import formats
from bot.method import meeting as machine
from bot.method.meeting import step, waves
from bot.method.terms import Ending, SessionId, Speech
from tests.bot.factories import ANA, BO, CEM, DEE, FOUR, MONDAY, ZOE, Machine, a_meeting
from tests.bot.some_events import some_event

EVENTS = get_args(ev.MeetingEvent)
TABLES = (*machine.RULES.values(), machine.BETWEEN, machine.ANYTIME, machine.OVER)
FIRST = SessionId("m1-s1")


def begun(owing: Any = (), presenters: Any = (ANA,), **changes: Any) -> Machine:
    it = Machine(a_meeting(**changes))
    return it(ev.MeetingBegun, owing=owing, presenters=presenters)


def closed(it: Machine, session: str = FIRST, ending: Ending = Ending.actions) -> Machine:
    return it(ev.SessionClosed, session=SessionId(session), presenter=ANA, ending=ending)


def test_every_event_has_a_rule_somewhere() -> None:
    assert set().union(*TABLES) == set(EVENTS)


def test_its_stages_are_open_or_forms_as_formats_demand() -> None:
    assert set(machine.RULES) == {Speech.open, Speech.form}


def test_report_back_comes_first_and_is_skipped_when_nobody_owes_one() -> None:
    assert begun(owing=(BO,)).stage == "report_back"
    it = begun()
    assert it.stage == ""
    assert it.state.in_sessions
    assert [e.id for e in it.kinds(fx.BeginSession)] == [FIRST]


def test_who_presents_side_by_side() -> None:
    assert waves("one", (ANA, BO)) == ((ANA,),)
    assert waves("sequence", (ANA, BO)) == ((ANA,), (BO,))
    assert waves("waves", (ANA, BO, CEM)) == ((ANA, BO), (CEM,))
    assert waves("one", ()) == waves("waves", ()) == ()


def test_all_who_owe_have_reported_and_it_goes_on() -> None:
    it = begun(owing=(BO, CEM))
    it(ev.ReportedBack, BO)
    assert it.stage == "report_back"
    assert it(ev.ReportedBack, DEE).refused == ["owes_no_report"]
    assert it(ev.ReportedBack, CEM).state.in_sessions


def test_report_back_closes_on_time_and_blocks_nobody() -> None:
    it = begun(owing=(BO,)).time("close", hours=4)
    assert it.state.in_sessions
    assert it.state.reported == frozenset()


def test_the_next_wave_begins_when_the_last_of_this_one_is_over() -> None:
    format = dataclasses.replace(a_meeting().format, presenters="waves")
    it = begun(presenters=(ANA, BO, CEM), format=format)
    assert len(it.kinds(fx.BeginSession)) == 2
    closed(it, "m1-s1")
    assert it.kinds(fx.BeginSession) == []
    closed(it, "m1-s2")
    assert [e.id for e in it.kinds(fx.BeginSession)] == ["m1-s3"]


def test_a_session_that_closes_twice_closes_once() -> None:
    it = closed(begun())
    before = it.state
    assert closed(it).state is before


def test_the_review_is_left_out_when_nobody_presented() -> None:
    it = closed(begun(), ending=Ending.withdrawn)
    assert it.state.over
    [told] = it.kinds(fx.Tell)
    assert told.event.presented == ()


def test_it_tells_the_set_who_presented_acted_and_reported() -> None:
    it = closed(begun(owing=(BO,))(ev.ReportedBack, BO))
    for who in FOUR:
        it(ev.Reflected, who)
    [told] = it.kinds(fx.Tell)
    assert told.to == "set"
    assert (told.event.presented, told.event.acted, told.event.reported) == ((ANA,), (ANA,), (BO,))


def test_a_typed_message_of_who_owes_is_asked_about_once() -> None:
    it = begun(owing=(BO,))
    said: dict[str, Any] = {"contribution": "c1"}
    assert it(ev.Spoke, BO, **said).whispered == [("bo", "was_that_your_report")]
    assert it(ev.Spoke, BO, **said).whispered == []
    assert it(ev.Spoke, CEM, **said).whispered == []
    assert it(ev.Spoke, ZOE, **said).whispered == [("zoe", "outsider")]


def test_sessions_hear_of_people_and_roles() -> None:
    it = begun()
    it(ev.Left, BO, entry=None)
    assert [e.to for e in it.kinds(fx.Tell)] == [FIRST]
    it(ev.RolesChanged, facilitator=DEE, host=ANA)
    assert [e.to for e in it.kinds(fx.Tell)] == [FIRST]


def test_a_leaver_owes_nothing_and_takes_no_turn() -> None:
    format = dataclasses.replace(a_meeting().format, presenters="sequence")
    it = begun(owing=(BO,), presenters=(ANA, BO), format=format)
    it(ev.Left, BO)
    assert it.state.in_sessions
    assert it.state.waves == ((ANA,), ())


@pytest.mark.parametrize("event", [ev.StageEnded, ev.StageExtended, ev.StagePaused])
def test_only_who_steers_moves_the_process(event: type[ev.Event]) -> None:
    it = begun(owing=(BO,), facilitator=DEE)
    assert it(event, ANA).refused == ["only_facilitator"]
    assert it(event, DEE).refused == []


@given(st.data())
def test_no_order_of_events_breaks_a_meeting(data: st.DataObject) -> None:
    state = a_meeting(format=formats.load(data.draw(st.sampled_from(formats.names()))))
    at = MONDAY
    begin = ev.MeetingBegun(at=at, owing=(BO, CEM), presenters=FOUR)
    state, _ = step(state, begin)
    kinds = tuple(k for k in EVENTS if k is not ev.MeetingBegun)
    for n in range(data.draw(st.integers(5, 40))):
        at += timedelta(minutes=data.draw(st.sampled_from([0, 1, 30, 600, 3000])))
        event = some_event(data, kinds, state, at, n)
        after, said = step(state, event)
        assert step(state, event) == (after, said)
        assert after.entry >= state.entry
        assert after.turn >= state.turn
        assert after.at >= state.at
        assert after.over or after.at < len(after.plan)
        assert (after.closes is None) == (after.stage is None or after.paused)
        assert set(after.running) <= set(after.sessions)
        assert len(set(after.sessions)) == len(after.sessions)
        if isinstance(event, ev.Deed) and event.entry not in (None, state.entry):
            assert after == state
            assert [e.code for e in said if isinstance(e, fx.Refuse)] == ["that_moment_has_passed"]
        if isinstance(event, ev.TimeRanOut) and event.turn != state.turn:
            assert (after, said) == (state, ())
        state = after
