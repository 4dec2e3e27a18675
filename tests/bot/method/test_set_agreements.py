"""What a set agrees on: who facilitates, its method, its calendar, its rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.method import effects as fx
from bot.method import events as ev
from bot.method.formats import BadFormat, Size
from bot.method.learning_set import turns
from bot.method.overrides import Overrides, resolve
from bot.method.terms import Calendar, PersonId
from tests.bot.factories import (
    ANA,
    BO,
    CEM,
    DEE,
    MONDAY,
    ONE_PROBLEM,
    ZOE,
    Machine,
    a_set,
    closing,
)


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
