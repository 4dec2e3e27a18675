"""The set's machine: who belongs, whose turn it is, when it meets next."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import learning_set
from bot.method.learning_set import next_opening, step, turns
from bot.method.overrides import Overrides, resolve
from bot.method.terms import Calendar, PersonId
from bot.worktime import Hours
from tests.bot.factories import (
    ANA,
    BO,
    CEM,
    DEE,
    FOUR,
    MONDAY,
    ONE_PROBLEM,
    ZOE,
    Machine,
    a_set,
    closing,
    members,
)
from tests.bot.some_events import some_event

EVENTS = get_args(ev.SetEvent)


def test_every_event_has_a_rule() -> None:
    assert set(learning_set.RULES) == set(EVENTS)


def test_after_the_end_all_else_is_refused() -> None:
    it = Machine(a_set())(ev.SetEnded, ANA)
    rest: dict[type[Any], dict[str, Any]] = {
        ev.Joined: {"hours": Hours()},
        ev.Invited: {"people": ()},
        ev.FacilitatorNamed: {"facilitator": None},
        ev.FacilitatorProposed: {"facilitator": None},
        ev.ProposalAnswered: {"proposal": 1, "agrees": True},
        ev.FormatChosen: {"format": ONE_PROBLEM},
        ev.StagesChanged: {"overrides": Overrides()},
        ev.CalendarChosen: {"days": 14, "act_days": 5},
        ev.RulesChanged: {"lines": 1},
        ev.RulesAgreed: {"version": 1},
        ev.TurnsChosen: {"order": ()},
    }
    for kind in set(EVENTS) - learning_set.AFTER_THE_END:
        assert it(kind, ANA, **rest.get(kind, {})).refused == ["set_is_over"]


def test_joining_by_invitation_only() -> None:
    it = Machine(a_set())(ev.Joined, ZOE, hours=Hours())
    assert it.refused == ["not_invited"]
    assert it.whispered == [("ana", "asks_to_join")]
    it(ev.Invited, BO, people=(ZOE, ZOE))
    assert it.state.invited == (ZOE,)
    assert it.shown == ["invitation"]
    it(ev.Joined, ZOE, hours=Hours())
    assert ZOE in it.state.people
    assert ZOE in it.state.rules.assented
    assert it(ev.Invited, PersonId("eve"), people=(PersonId("pat"),)).refused == ["members_only"]


def test_each_invitation_is_a_post_of_its_own() -> None:
    it = Machine(a_set())(ev.Invited, ANA, people=(ZOE,))
    first = it.kinds(fx.Show)[0].key
    it(ev.Joined, ZOE, hours=Hours())(ev.Invited, ANA, people=(PersonId("eve"),))
    assert it.kinds(fx.Show)[0].key != first


def test_a_full_set_is_full() -> None:
    nine = tuple(PersonId(f"p{n}") for n in range(9))
    it = Machine(a_set(members=members(*nine), host=nine[0], invited=(ZOE,)))
    assert it(ev.Joined, ZOE, hours=Hours()).refused == ["set_is_full"]


def test_the_host_leaves_and_the_next_one_hosts() -> None:
    it = Machine(a_set())(ev.Left, ANA)
    assert it.state.host == BO
    assert it.kinds(fx.Erase) == [fx.Erase(ANA)]
    for who in (BO, CEM, DEE):
        it(ev.Left, who)
    assert it.state.over
    assert it.state.host is None


def test_the_facilitator_leaves_and_the_host_has_the_process() -> None:
    it = Machine(a_set(facilitator=DEE))(ev.Left, DEE)
    assert it.state.facilitator is None
    assert it(ev.SetPaused, ANA).refused == []


def test_facilitation_is_handed_on_by_who_has_it() -> None:
    it = Machine(a_set())(ev.FacilitatorNamed, BO, facilitator=BO)
    assert it.refused == ["only_facilitator"]
    assert it(ev.FacilitatorNamed, ANA, facilitator=ZOE).refused == ["not_in_the_set"]
    it(ev.FacilitatorNamed, ANA, facilitator=BO)
    assert it.whispered == [("bo", "you_facilitate")]
    assert it(ev.FacilitatorNamed, ANA, facilitator=ANA).refused == ["only_facilitator"]
    assert it(ev.PresentAsked, BO).refused == ["facilitator_does_not_present"]


def test_whose_turn_it_is() -> None:
    group = a_set(queue=(DEE,), last_turn={ANA: 3, BO: 1})
    assert turns(group) == (DEE, CEM, BO, ANA)
    assert BO not in turns(a_set(facilitator=BO))


def test_the_first_to_present_opens_the_first_meeting() -> None:
    it = Machine(a_set())(ev.PresentAsked, CEM)
    assert it.state.meeting == "set-m1"
    [begun] = it.kinds(fx.BeginMeeting)
    assert begun.presenters == (CEM,)
    it(ev.PresentAsked, BO)
    assert it.state.queue == (BO,)
    assert it.whispered == [("bo", "queued")]


def test_the_next_meeting_leaves_time_to_act_and_keeps_the_rhythm() -> None:
    it = Machine(a_set(calendar=Calendar(14, 5)))(ev.PresentAsked, ANA)
    it(ev.MeetingClosed, **closing())
    # Closed on Monday 2 March: five whole working days to act, then the 10th; rhythm the 16th.
    assert it.state.earliest == datetime(2026, 3, 10, 9, tzinfo=MONDAY.tzinfo)
    assert it.state.next_opens == datetime(2026, 3, 16, 9, tzinfo=MONDAY.tzinfo)
    assert it.state.owing == (ANA,)
    it(ev.PresentAsked, BO)
    assert it.state.next_opens == it.state.earliest
    assert it.state.meeting is None
    it.time("meeting", days=8)
    assert it.state.meeting == "set-m2"


def test_a_report_that_was_not_given_is_carried_over() -> None:
    it = Machine(a_set(owing=(BO,)))(ev.PresentAsked, ANA)
    it(ev.MeetingClosed, **closing())
    assert it.state.owing == (BO, ANA)
    it(ev.PresentAsked, CEM, at=MONDAY + timedelta(days=30))
    it(ev.MeetingClosed, **closing(acted=(), reported=(BO, ANA)))
    assert it.state.owing == ()


def test_too_few_to_meet_tries_again_in_a_week() -> None:
    it = Machine(a_set())(ev.PresentAsked, ANA)(ev.MeetingClosed, **closing())
    it(ev.Left, CEM)(ev.Left, DEE)
    it.time("meeting", days=20)
    assert it.state.meeting is None
    assert it.whispered == [("ana", "too_few_to_meet")]
    assert it.state.next_opens == it.at + timedelta(days=7)


def test_a_paused_set_opens_no_meeting() -> None:
    it = Machine(a_set())(ev.PresentAsked, ANA)(ev.MeetingClosed, **closing())
    it(ev.SetPaused, ANA)
    assert it.time("meeting", days=20).state.meeting is None
    assert it(ev.SetPaused, ANA).refused == ["is_paused"]
    it(ev.SetResumed, ANA)
    assert it.time("meeting", days=1).state.meeting == "set-m2"


def test_an_old_timer_is_silent() -> None:
    it = Machine(a_set())(ev.PresentAsked, ANA)(ev.MeetingClosed, **closing())
    old = it.state.turn
    it(ev.PresentAsked, BO)
    before = it.state
    assert it.time("meeting", turn=old, days=30).state is before


def test_holidays_of_the_home_count() -> None:
    good_friday = datetime(2026, 4, 3, 12, tzinfo=MONDAY.tzinfo)
    home = Hours("Europe/London", country="GB-ENG")
    group = a_set(home=home, calendar=Calendar(7, 1), began=good_friday - timedelta(days=1))
    earliest, _ = next_opening(group, good_friday - timedelta(days=1))
    assert earliest.date() == date(2026, 4, 8)


@pytest.mark.parametrize("people", [FOUR, (ANA,), ()])
def test_a_home_that_never_works_still_has_a_next_meeting(people: tuple[PersonId, ...]) -> None:
    never = Hours(away=((date(2020, 1, 1), date(2040, 1, 1)),))
    earliest, planned = next_opening(a_set(home=never, members=members(*people)), MONDAY)
    assert MONDAY < earliest <= planned


def test_silence_is_asked_about_at_60_days_and_ends_at_90() -> None:
    it = Machine(a_set())(ev.SetMade, ANA)
    assert [(t.name, (t.due - it.at).days) for t in it.kinds(fx.SetTimer)] == [("silent", 60)]
    it.time("silent", days=60)
    assert it.whispered == [("ana", "silent")]
    it.time("silent", days=29)
    assert not it.state.over
    it.time("silent", days=2)
    assert it.state.over
    assert it.shown == ["set_ended"]


def test_meetings_that_nobody_comes_to_are_silence() -> None:
    it = Machine(a_set())(ev.PresentAsked, ANA)(ev.MeetingClosed, **closing())
    it.time("meeting", days=14)
    it(ev.MeetingClosed, acting_from=it.at)
    [due] = [t.due for t in it.kinds(fx.SetTimer) if t.name == "silent"]
    assert (due - MONDAY).days == 60
    it(ev.TurnOffered, BO)
    later = it.time("silent", days=50).kinds(fx.SetTimer)
    assert [(t.name, t.due > due) for t in later] == [("silent", True)], "armed again, lazily"


def test_a_set_that_meets_rarely_is_not_silent_between_meetings() -> None:
    it = Machine(a_set(calendar=Calendar(92, 5)))(ev.SetMade, ANA)
    [timer] = it.kinds(fx.SetTimer)
    assert (timer.due - it.at).days == 122


def test_a_pause_with_a_date_is_no_silence_before_it_ends() -> None:
    it = Machine(a_set())(ev.SetMade, ANA)(ev.SetPaused, ANA, until=date(2026, 4, 1))
    due = {t.name: t.due for t in it.kinds(fx.SetTimer)}
    assert due["resume"].date() == date(2026, 4, 1)
    assert (due["silent"] - due["resume"]).days == 60
    assert it.time("resume", days=30).state.paused is False


@given(st.data())
def test_no_order_of_events_breaks_a_set(data: st.DataObject) -> None:
    state, at = a_set(), MONDAY
    for n in range(data.draw(st.integers(5, 40))):
        at += timedelta(minutes=data.draw(st.sampled_from([0, 1, 30, 600, 30_000])))
        event = some_event(data, EVENTS, state, at, n)
        after, said = step(state, event)
        assert step(state, event) == (after, said)
        assert after.turn >= state.turn
        assert after.number >= state.number
        assert set(after.queue) <= after.people
        assert after.ready <= set(after.queue)
        assert after.rules.assented <= after.people
        assert resolve(after.format, after.overrides) == after.runs
        assert after.next_opens is None or not after.finished
        assert after.people.isdisjoint(after.invited)
        assert len(after.peers) <= after.format.size.most
        assert after.over or after.host in after.people
        assert after.facilitator is None or after.facilitator in after.people
        if (vote := after.proposal) is not None and not after.over:
            assert vote.yes | vote.no <= after.people
            assert vote.yes.isdisjoint(vote.no)
            assert 2 * len(vote.yes) <= len(after.people)
            assert 2 * len(vote.no) < len(after.people)
        if isinstance(event, ev.TimeRanOut) and event.turn != state.turn:
            assert (after, said) == (state, ())
        if any(isinstance(e, fx.Refuse) for e in said):
            assert after == state
        state = after
