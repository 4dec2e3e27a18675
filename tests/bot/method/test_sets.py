"""The set's machine: who belongs, whose turn it is, when it meets next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import learning_set
from bot.method.formats import BadFormat, Size
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
    members,
)
from tests.bot.some_events import some_event

EVENTS = get_args(ev.SetEvent)


def closing(**changes: Any) -> dict[str, Any]:
    return {"acting_from": MONDAY, "presented": (ANA,), "acted": (ANA,), **changes}


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


def proposing(it: Machine, facilitator: PersonId | None, by: PersonId = BO) -> Machine:
    return it(ev.FacilitatorProposed, by, facilitator=facilitator)


def voting(it: Machine, *people: PersonId, agrees: bool = True) -> Machine:
    for person in people:
        it(ev.ProposalAnswered, person, proposal=it.state.proposals, agrees=agrees)
    return it


def state_of(it: Machine) -> list[str]:
    return [s.values["state"] for s in it.kinds(fx.Show) if s.card == "proposal"]


def test_more_than_half_of_the_members_appoint_a_facilitator() -> None:
    it = proposing(Machine(a_set()), CEM)
    assert state_of(it) == ["open"]
    voting(it, CEM)
    assert it.state.facilitator is None, "two of four are not more than half"
    voting(it, DEE)
    assert it.state.facilitator == CEM
    assert it.state.proposal is None
    assert state_of(it) == ["agreed"]
    assert it.whispered == [("cem", "you_facilitate")]


def test_the_set_votes_to_go_on_without_a_facilitator_and_rotates_its_host() -> None:
    it = Machine(a_set(facilitator=DEE))(ev.PresentAsked, ANA)
    voting(proposing(it, None), ANA, CEM)
    assert it.state.facilitator is None
    assert it.state.rotate
    told = [t.event for t in it.kinds(fx.Tell)]
    assert [(e.facilitator, e.host) for e in told] == [(None, ANA)], "the meeting hears of it"


def test_half_against_it_is_enough_and_anybody_may_change_their_mind() -> None:
    it = proposing(Machine(a_set()), BO)
    voting(it, CEM)
    voting(it, CEM, ANA, agrees=False)
    assert it.state.proposal is None
    assert state_of(it) == ["declined"]
    assert it.state.facilitator is None


def test_a_new_proposal_takes_the_place_of_the_old_and_old_buttons_are_refused() -> None:
    it = proposing(Machine(a_set()), BO)
    proposing(it, CEM, by=DEE)
    assert state_of(it) == ["replaced", "open"]
    assert it(ev.ProposalAnswered, ANA, proposal=1, agrees=True).refused == ["proposal_is_settled"]
    assert it.state.proposal is not None
    assert it.state.proposal.yes == {DEE}


def test_a_proposal_lapses_after_ten_working_days_and_not_before() -> None:
    it = proposing(Machine(a_set()), BO)
    [due] = [t.due for t in it.kinds(fx.SetTimer) if t.name == "proposal"]
    assert due.date() == date(2026, 3, 16), "ten working days from Monday 2 March, 9:00"
    it.time("proposal")
    assert state_of(it) == ["lapsed"]
    assert "proposal" in [t.name for t in it.kinds(fx.ClearTimer)]


def test_a_leavers_vote_goes_and_the_rest_is_counted_again() -> None:
    it = voting(proposing(Machine(a_set()), BO), CEM)
    it(ev.Left, CEM)
    assert it.state.proposal is not None
    assert it.state.proposal.yes == {BO}
    voting(it, ANA, agrees=True)
    assert it.state.facilitator == BO, "two of three"
    it = voting(proposing(Machine(a_set()), BO), CEM)
    it(ev.Left, DEE)
    assert it.state.facilitator == BO, "two of the three who are left"
    it = proposing(Machine(a_set()), CEM)
    it(ev.Left, CEM)
    assert state_of(it) == ["void"]


def test_what_cannot_be_proposed() -> None:
    it = Machine(a_set())
    assert proposing(it, ZOE).refused == ["not_in_the_set"]
    assert proposing(it, BO, by=ZOE).refused == ["members_only"]
    assert proposing(Machine(a_set(facilitator=DEE)), DEE).refused == ["already_done"]
    assert proposing(Machine(a_set(rotate=True)), None).refused == ["already_done"]
    coached = replace(ONE_PROBLEM, coach=True)
    assert proposing(Machine(a_set(format=coached)), None).refused == ["not_without_coach"]


def test_who_has_the_power_may_do_at_once_what_was_proposed() -> None:
    it = proposing(Machine(a_set()), CEM)
    it(ev.FacilitatorNamed, ANA, facilitator=CEM)
    assert state_of(it) == ["agreed"]
    assert it.state.proposal is None


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


# What the set has agreed


def test_another_method_applies_from_the_next_meeting() -> None:
    longer = replace(ONE_PROBLEM, name="longer", every_days=42, act_days=8)
    it = Machine(a_set())(ev.PresentAsked, ANA)
    it(ev.FormatChosen, ANA, format=longer, rotate=True)
    assert (it.refused, it.state.format, it.state.rotate) == ([], longer, True)
    assert it.state.calendar == Calendar(42, 8), "a set that kept the old rhythm takes the new"
    it = Machine(a_set(calendar=Calendar(21, 5)))(ev.FormatChosen, ANA, format=longer)
    assert it.state.calendar == Calendar(21, 5)
    tight = Machine(a_set(calendar=Calendar(13, 5)))
    slow = replace(longer, before=(replace(longer.before[0], minutes=3 * 480),))
    assert tight(ev.FormatChosen, ANA, format=slow).refused == ["format_needs_days"]


@pytest.mark.parametrize(
    ("size", "code"),
    [(Size(2, (2, 3), 3), "format_too_many"), (Size(6, (6, 8), 8), "format_too_few")],
)
def test_a_method_that_does_not_fit_the_set_is_refused(size: Size, code: str) -> None:
    it = Machine(a_set())
    other = replace(ONE_PROBLEM, name="other", size=size)
    assert it(ev.FormatChosen, ANA, format=other).refused == [code]
    assert it(ev.FormatChosen, BO, format=other).refused == ["only_facilitator"]


def test_a_method_with_a_coach_waits_for_one() -> None:
    coached = replace(ONE_PROBLEM, name="coached", coach=True)
    it = Machine(a_set())(ev.FormatChosen, ANA, format=coached)
    assert it.refused == ["needs_coach"]
    it(ev.FacilitatorNamed, ANA, facilitator=DEE)
    assert it(ev.FormatChosen, DEE, format=coached).refused == []


def test_only_what_differs_from_the_method_is_kept() -> None:
    given = Overrides({"questions": 480, "actions": 480}, {"questions": (1, 3)})
    it = Machine(a_set())(ev.StagesChanged, ANA, overrides=given)
    assert it.state.overrides == Overrides({"questions": 480})
    assert it.state.runs.session[1].minutes == 480
    it(ev.FormatChosen, ANA, format=replace(ONE_PROBLEM, name="other"), strict=True)
    assert it.state.overrides == Overrides(strict=True)
    assert it.state.runs.strict


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        (Overrides({"nonsense": 480}), "unknown_key"),
        (Overrides({"questions": 0}), "bad_window"),
        (Overrides({"questions": 21 * 480}), "bad_window"),
        (Overrides({}, {"questions": (3, 2)}), "bad_quota"),
        (Overrides({}, {"questions": (0, 21)}), "bad_quota"),
        (Overrides({}, {"nonsense": (0, 1)}), "unknown_key"),
    ],
)
def test_what_a_session_cannot_run_is_refused(overrides: Overrides, code: str) -> None:
    with pytest.raises(BadFormat) as bad:
        resolve(ONE_PROBLEM, overrides)
    assert bad.value.code == code
    it = Machine(a_set())(ev.StagesChanged, ANA, overrides=overrides)
    assert it.refused == ["method_cannot_run"]
    assert it.kinds(fx.Refuse)[0].values["why"] == code


def test_without_overrides_a_method_is_itself() -> None:
    assert resolve(ONE_PROBLEM, Overrides()) == ONE_PROBLEM


def test_the_calendar_moves_the_next_meeting_and_its_timer() -> None:
    it = Machine(a_set())(ev.PresentAsked, ANA)(ev.MeetingClosed, **closing())
    it(ev.CalendarChosen, ANA, days=28, act_days=5)
    assert it.state.next_opens == datetime(2026, 3, 30, 9, tzinfo=MONDAY.tzinfo)
    due = {t.name: t.due for t in it.kinds(fx.SetTimer)}
    assert due["meeting"] == it.state.next_opens
    it(ev.CalendarChosen, ANA, days=7, act_days=5)
    assert it.refused == ["no_time_to_act"]
    assert it(ev.CalendarChosen, ANA, days=28, act_days=0).refused == ["days_out_of_range"]
    early = it(ev.CalendarChosen, ANA, days=14, act_days=5, at=MONDAY + timedelta(days=20))
    assert early.state.next_opens == MONDAY + timedelta(days=20), "never in the past"


def test_after_the_last_meeting_none_is_planned() -> None:
    it = Machine(a_set(calendar=Calendar(14, 5, 1), facilitator=DEE))(ev.PresentAsked, ANA)
    it(ev.MeetingClosed, **closing())
    assert it.state.finished
    assert it.state.next_opens is None
    assert it.whispered == [("dee", "programme_over")]
    assert it(ev.TurnOffered, BO).refused == ["programme_is_over"]
    assert it(ev.CalendarChosen, DEE, days=14, act_days=5, meetings=1).refused == [
        "programme_too_short"
    ]
    assert it(ev.WentOn, BO).refused == ["only_facilitator"]
    it(ev.WentOn, DEE)
    assert it.state.calendar.meetings == 0
    assert it.state.next_opens is not None


def test_an_offer_waits_in_line_and_opens_nothing_early() -> None:
    it = Machine(a_set())(ev.PresentAsked, ANA)(ev.MeetingClosed, **closing())
    it(ev.TurnOffered, DEE)(ev.TurnOffered, DEE)
    assert it.state.queue == (DEE,)
    it(ev.PresentAsked, BO)
    assert it.state.next_opens != it.state.earliest, "the first in line has no issue yet"
    it(ev.PresentAsked, DEE)
    assert it.state.next_opens == it.state.earliest
    assert it(ev.TurnsChosen, BO, order=(BO,)).refused == ["only_facilitator"]
    assert it(ev.TurnsChosen, ANA, order=(ZOE,)).refused == ["not_in_the_set"]
    it(ev.TurnsChosen, ANA, order=(CEM, BO))
    assert turns(it.state) == (CEM, BO, DEE, ANA)
    assert it(ev.TurnOffered, ZOE).refused == ["members_only"]


def test_new_rules_ask_everyone_again_and_an_old_yes_does_not_count() -> None:
    it = Machine(a_set())(ev.RulesChanged, ANA, lines=2)
    assert it.state.rules.version == 2
    assert it.whispered == [("bo", "rules"), ("cem", "rules"), ("dee", "rules")]
    it(ev.RulesAgreed, BO, version=2)
    assert it.state.rules.assented == {ANA, BO}
    assert it(ev.RulesAgreed, CEM, version=1).refused == ["rules_have_changed"]
    assert it(ev.RulesAgreed, ZOE, version=2).refused == ["members_only"]
    assert it(ev.RulesChanged, ANA, lines=7).refused == ["too_many_rules"]


def test_the_host_rotates_only_where_chosen_and_nobody_facilitates() -> None:
    for changes, host in (({}, ANA), ({"rotate": True}, BO)):
        it = Machine(a_set(**changes))(ev.PresentAsked, ANA)(ev.MeetingClosed, **closing())
        assert it.state.host == host
    it = Machine(a_set(rotate=True, facilitator=DEE))(ev.PresentAsked, ANA)
    assert it(ev.MeetingClosed, **closing()).state.host == ANA


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
