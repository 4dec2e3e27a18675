"""The session machine: its tables, its exceptions, and what no order of events can break."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import formats, policy
from bot.method import session as machine
from bot.method.overrides import Overrides, resolve
from bot.method.session import Session, step
from bot.method.terms import (
    JUDGED,
    ActionId,
    ContributionId,
    Ending,
    OpenQuestion,
    PersonId,
    QuestionState,
    Speech,
    Support,
)
from bot.worktime import Hours
from store import codec
from tests.bot.factories import ANA, BO, CEM, DEE, FOUR, MONDAY, ZOE, Machine, a_session, known
from tests.bot.some_events import some_event

EVENTS = get_args(ev.SessionEvent)
TABLES = (*machine.RULES.values(), machine.WAITING, machine.ANYTIME, machine.OVER)


@pytest.fixture
def it() -> Machine:
    """Ana has presented, questions are open."""
    made = Machine(a_session())(ev.IssueGiven, ANA, support=Support.questions)
    assert made.stage == "questions"
    return made


def test_every_kind_of_stage_has_rules() -> None:
    assert set(machine.RULES) == set(Speech)


def test_every_event_has_a_rule_somewhere() -> None:
    assert set().union(*TABLES) == set(EVENTS)


def test_every_rule_says_what_it_is_about() -> None:
    rules = {rule for table in TABLES for rule in table.values()}
    unnamed = {rule.__name__ for rule in rules if rule.__name__.startswith("<")}
    assert unnamed == set()


# Beginning


def test_a_session_waits_for_the_hard_minimum() -> None:
    it = Machine(a_session(members=()))(ev.SessionBegun)
    assert it.state.missing == 3
    assert it(ev.StageEnded, ANA).refused == ["too_few_to_begin"]
    it(ev.Joined, ANA, hours=Hours())(ev.Joined, BO, hours=Hours())
    assert it.stage == ""
    assert it(ev.Joined, CEM, hours=Hours()).stage == "present"


def test_submitting_the_form_is_presenting() -> None:
    it = Machine(a_session())(ev.SessionBegun)
    assert it.stage == "present"
    assert it(ev.IssueGiven, ANA, support=Support.ideas).stage == "questions"
    assert it.state.support is Support.ideas


def test_who_wants_to_add_more_opens_the_questions_themselves() -> None:
    it = Machine(a_session())(ev.IssueGiven, ANA, support=Support.questions, more=True)
    assert it.stage == "present"
    it(ev.IssueGiven, ANA, support=Support.questions)
    assert it.stage == "present"
    assert it(ev.StageEnded, ANA).stage == "questions"


def test_beginning_twice_begins_once(it: Machine) -> None:
    before = it.state
    assert it(ev.SessionBegun).state is before


def test_only_the_presenter_gives_the_issue(it: Machine) -> None:
    assert it(ev.IssueGiven, BO, support=Support.ideas).refused == ["only_presenter_edits"]


def test_what_others_say_while_the_presenter_has_the_word_is_offered_to_be_kept() -> None:
    it = Machine(a_session())(ev.IssueGiven, ANA, support=Support.questions, more=True)
    assert it.asks(BO, "q1").whispered == [("bo", "too_early")]
    assert it.asks(BO, "q2").whispered == []


def test_nobody_presents_and_the_session_closes() -> None:
    it = Machine(a_session())(ev.SessionBegun)
    it.time("close", hours=4)
    assert it.shown[0] == "extended"
    it.time("close", days=1)
    assert ("ana", "decide_present") in it.whispered
    it.time("decide", days=1)
    assert it.state.ending is Ending.not_presented
    [told] = it.kinds(fx.Tell)
    assert told.event.ending is Ending.not_presented


# Speaking


def test_a_question_counts_and_waits(it: Machine) -> None:
    it.asks(BO, "q1")
    assert it.state.open == (OpenQuestion(ContributionId("q1"), BO),)
    assert it.state.is_done(BO)
    assert it.kinds(fx.Mark) == [
        fx.Mark(ContributionId("q1"), kind="question", state=QuestionState.open)
    ]


def test_the_facilitator_is_never_judged() -> None:
    it = Machine(a_session(facilitator=DEE))(ev.IssueGiven, ANA, support=Support.questions)
    it.advises(DEE, "x1")
    assert it.whispered == []
    assert it.state.counts == {}
    assert it.advises(DEE, "x2", ours=True).shown == ["said"]


def test_a_presenter_who_facilitates_still_answers() -> None:
    it = Machine(a_session(facilitator=ANA))(ev.IssueGiven, ANA, support=Support.questions)
    it.asks(BO, "q1")(ev.Spoke, ANA, contribution="a1")
    assert it.state.answered == 1


def test_a_message_from_before_the_stage_is_kept_and_not_judged(it: Machine) -> None:
    it.advises(BO, "x1", at=MONDAY - timedelta(hours=1))
    assert it.whispered == []
    assert it.state.counts == {}


def test_strict_holds_back_what_the_judge_would_nudge() -> None:
    made = Machine(a_session(strict=True))(ev.IssueGiven, ANA, support=Support.questions)
    for gentle in (False, True):
        made.advises(BO, f"x{gentle}", ours=True, gentle=gentle)
        assert made.whispered == [("bo", "held")]
        assert made.shown == []


@pytest.mark.parametrize("speech", [s for s in Speech if s not in JUDGED])
def test_what_a_form_hands_in_is_posted_or_refused_never_swallowed(speech: Speech) -> None:
    stage = dataclasses.replace(a_session().format.session[1], speech=speech)
    format = dataclasses.replace(a_session().format, session=(stage,))
    it = Machine(a_session(format=format, at=0, entry=1, presented=True, closes=MONDAY))
    it.asks(BO, "q1", ours=True)
    assert it.refused == ["not_in_this_stage"] or "said" in it.shown


def test_in_offers_the_presenter_listens_and_the_others_have_their_quota() -> None:
    stage = dataclasses.replace(
        a_session().format.session[1], speech=Speech.offers, quota=(0, 1), name="offers"
    )
    format = dataclasses.replace(a_session().format, session=(stage,))
    it = Machine(a_session(format=format, at=0, entry=1, presented=True, closes=MONDAY))
    assert it(ev.Spoke, ANA, contribution="a").whispered == [("ana", "listening")]
    assert it(ev.Spoke, BO, contribution="b").state.counts == {BO: 1}
    assert it(ev.Spoke, BO, contribution="c").refused == ["offers_reached"]


def test_outsiders_are_remembered_up_to_a_number(it: Machine) -> None:
    for n in range(policy.OUTSIDERS_REMEMBERED + 20):
        it(ev.Spoke, PersonId(f"out{n}"), contribution="")
    assert len(it.state.told) == policy.OUTSIDERS_REMEMBERED


def test_deleting_an_answer_opens_its_question_again(it: Machine) -> None:
    it.asks(BO, "q1")(ev.Spoke, ANA, contribution="a1")
    assert it.state.open == ()
    answer = known(ANA, "a1", it.state, kind="answer", answers=(ContributionId("q1"),))
    it(ev.Unsaid, ANA, known=answer)
    assert [q.id for q in it.state.open] == ["q1"]
    assert it.state.answered == 0


# The process


def test_who_may_end_a_stage() -> None:
    for who, refused in ((ANA, []), (BO, ["only_facilitator"]), (ZOE, ["only_facilitator"])):
        it = Machine(a_session(host=CEM))(ev.IssueGiven, ANA, support=Support.questions)
        assert it(ev.StageEnded, who).refused == refused
    it = Machine(a_session(host=CEM, facilitator=DEE))(ev.IssueGiven, ANA, support=Support.ideas)
    assert it(ev.StageEnded, CEM).refused == ["only_facilitator"]
    assert it(ev.StageEnded, DEE).refused == []


def test_extend_then_the_old_timer_fires_and_the_stage_stays_open(it: Machine) -> None:
    it.asks(BO, "q1").asks(CEM, "q2")
    old = it.state.turn
    it(ev.StageExtended, ANA)
    before = it.state
    it.time("close", turn=old, days=2)
    assert it.state is before
    assert it.said == ()


def test_a_button_of_an_earlier_entry_is_refused(it: Machine) -> None:
    before = it.state
    it(ev.Passed, BO, entry=it.state.entry - 1)
    assert it.refused == ["that_moment_has_passed"]
    assert it.state is before


def test_a_paused_stage_closes_for_nobody(it: Machine) -> None:
    it(ev.StagePaused, ANA)
    assert it.state.closes is None
    assert it.time("close", days=5).stage == "questions"
    assert it(ev.StagePaused, ANA).refused == ["is_paused"]
    assert it(ev.StageExtended, ANA).refused == ["is_paused"]
    assert it(ev.StageResumed, ANA).state.closes is not None
    assert it(ev.StageResumed, ANA).refused == ["not_paused"]


def test_a_presenter_who_never_works_does_not_stop_the_session() -> None:
    away = Hours(away=((MONDAY.date(), MONDAY.date() + timedelta(days=900)),))
    it = Machine(a_session())(ev.HoursChanged, ANA, hours=away)
    it(ev.IssueGiven, ANA, support=Support.questions)
    it.asks(BO, "q1").asks(CEM, "q2")(ev.Passed, DEE)
    it(ev.Parked, ANA, question="q1")(ev.Parked, ANA, question="q2")
    assert it.state.finishing
    assert it(ev.StageEnded, ANA).state.closes is not None


def test_actions_or_a_reason(it: Machine) -> None:
    it(ev.StageEnded, ANA)
    assert it(ev.ActionsSettled, ANA).refused == ["action_or_reason"]
    it(ev.ActionNamed, ANA, action=ActionId("x"))(ev.ActionDropped, ANA, action=ActionId("x"))
    assert it(ev.ActionsSettled, ANA).refused == ["action_or_reason"]
    assert it(ev.ActionsSettled, ANA, reasoned=True).state.ending is Ending.no_action


def test_after_the_end_everything_is_refused_or_silent(it: Machine) -> None:
    it(ev.Withdrew, ANA)
    before = it.state
    for event in (ev.Passed, ev.StageEnded, ev.StageExtended, ev.Withdrew):
        assert it(event, ANA).refused == ["session_is_over"]
    it.time("close", days=1)(ev.Left, BO)(ev.Joined, ZOE, hours=Hours())
    assert it.state is before


# No order of events breaks it


def check(before: Session, event: ev.Event, after: Session, said: tuple[fx.Effect, ...]) -> None:
    """What holds after every step."""
    assert after.entry >= before.entry
    assert after.turn >= before.turn
    assert after.at >= before.at, "a session never goes back"
    assert after.at < len(after.plan)
    waiting = [q.id for q in after.open]
    assert len(waiting) == len(set(waiting))
    unread = [q.id for q in after.sealed]
    assert len(unread) == len(set(unread))
    assert not set(unread) & {*waiting, *after.wave}, "shown before all are"
    assert after.sealing or not unread, "handed in and never shown"
    shown = {e.ref for e in said if isinstance(e, fx.Show)}
    assert not shown & set(unread), "a sealed question was posted"
    most = after.stage.quota[1] if after.stage else 0
    assert all(n >= 0 for n in after.counts.values())
    if most:
        assert all(n <= most for n in after.counts.values()), after.counts
    if after.over:
        assert after.stage is None
        assert after.open == ()
        assert after.ending is not None
    else:
        assert (after.closes is None) == (after.stage is None or after.paused)
    refusals = [e for e in said if isinstance(e, fx.Refuse)]
    if isinstance(event, ev.Deed) and event.entry is not None and event.entry != before.entry:
        assert after == before, "a stale press changed something"
        assert [r.code for r in said if isinstance(r, fx.Refuse)] == ["that_moment_has_passed"]
        assert len(said) == 1
    elif refusals and not isinstance(event, ev.Spoke):
        assert after == before, "a refusal changed something"
    if isinstance(event, ev.TimeRanOut) and event.turn != before.turn:
        assert after == before
        assert said == ()
    assert step(before, event) == (after, said), "the same step, the same answer"


@given(st.data())
def test_no_order_of_events_breaks_a_session(data: st.DataObject) -> None:
    strict, facilitator = data.draw(st.booleans()), data.draw(st.sampled_from([None, DEE]))
    method = formats.load(data.draw(st.sampled_from(formats.names())))
    chosen = Overrides(
        sealed=data.draw(st.sampled_from([None, True])), live=data.draw(st.booleans())
    )
    method = resolve(method, chosen)
    state = a_session(strict=strict, facilitator=facilitator, format=method)
    at, asked = MONDAY, set[str]()
    for n in range(data.draw(st.integers(5, 40))):
        at += timedelta(minutes=data.draw(st.sampled_from([0, 1, 30, 600, 3000])))
        event: Any = some_event(data, EVENTS, state, at, n)
        after, said = step(state, event)
        asked |= {m.contribution for m in said if isinstance(m, fx.Mark) and m.kind == "question"}
        asked |= {m.contribution for m in said if isinstance(m, fx.Mark) and m.state == "open"}
        check(state, event, after, said)
        assert {q.id for q in after.open} <= asked, "an open question that nobody asked"
        state = after


def test_the_state_does_not_grow_with_what_is_closed(it: Machine) -> None:
    """A thread of 1,000 messages is as heavy as one of 10 (design.md, The machine)."""
    sizes = {}
    for n in range(1000):
        who = FOUR[1 + n % 3]
        if n % 2:
            it.advises(who, f"x{n:04}")
        else:
            it.asks(who, f"q{n:04}")
            if it.state.open:
                it(ev.Answered, ANA, questions=(it.state.open[0].id,), contribution=f"a{n:04}")
        if n in (9, 999):
            sizes[n] = len(codec.dump(it.state)[0])
    assert sizes[999] <= sizes[9] * 1.1, sizes


def test_what_was_written_before_the_stage_opened_counts_if_it_asks(it: Machine) -> None:
    """A message that was on its way while the stage changed; it is never nudged."""
    assert it.state.opened is not None
    early = it.state.opened - timedelta(seconds=1)
    first, second = ContributionId("c1"), ContributionId("c2")
    asks = ev.Spoke(at=early, by=BO, contribution=first, verdict="accept", reason="question")
    after, _ = step(it.state, asks)
    assert [q.id for q in after.open] == [first]
    advises = ev.Spoke(at=early, by=BO, contribution=second, verdict="nudge", reason="advice")
    after, said = step(it.state, advises)
    assert after.nudged == {}
    assert not any(isinstance(e, fx.Whisper) for e in said)
