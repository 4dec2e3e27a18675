"""Members and process in a session: joining, thinking, passing, and the clock."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import stages
from bot.method.card_key import CardKey, CardKind
from bot.method.session import checks, moving, sealing
from bot.method.session.state import Outcome, Session
from bot.method.stages import Refusal
from bot.method.terms import Ending, QuestionState


def begin(session: Session, event: ev.SessionBegun) -> Outcome:
    """Begin the session; a kept draft may have presented the issue already."""
    if session.at >= 0:
        return session, ()
    return moving.start(session, event) if not session.missing else moving.show_card(session)


def give_issue(session: Session, event: ev.IssueGiven) -> Outcome:
    """Present the issue; a second time it is an edit."""
    if event.by != session.presenter:
        raise Refusal("only_presenter_edits")
    first = not session.presented
    session = replace(session, presented=True, support=event.support)
    if first:
        session = replace(session, more=event.more)
    if session.waiting:
        return moving.start(session, event) if not session.missing else moving.show_card(session)
    if session.at == 0 and not session.more:
        return moving.go_on(session, event)
    return moving.show_card(session)


def join(session: Session, event: ev.Joined) -> Outcome:
    if session.over:
        return session, ()
    session = stages.join(session, event)
    if session.waiting and not session.missing:
        return moving.start(session, event)
    return moving.show_card(session)


def think(session: Session, event: ev.ThinkingShown) -> Outcome:
    stages.only_members(session, event)
    return moving.show_card(stages.think(session, event))


def pass_(session: Session, event: ev.Deed) -> Outcome:
    if event.by == session.presenter and event.by not in session.awaited:
        raise Refusal("presenter_does_not_pass")
    if event.by not in session.people:
        raise Refusal("members_only")
    if event.by in session.passed:
        return session, ()
    if session.unconfirmed:
        return moving.go_on(session, event)  # the presenter passes: no ideas this time
    return moving.check_complete(stages.pass_(session, event), event)


def end_stage(session: Session, event: ev.StageEnded) -> Outcome:
    """End the stage early; under quorum this is the decision."""
    stages.only_steering(session, event, session.presenter)
    must = session.stage is not None and session.stage.must
    if must and not session.deciding and not session.actions:
        # Only after more time may people decide to go on with neither action nor reason.
        raise Refusal("action_or_reason")
    if session.stage is not None and session.stage.form == "actions":
        session = replace(session, ending=Ending.actions if session.actions else Ending.unsettled)
    return moving.go_on(session, event)


def leave_unasked(session: Session, event: ev.UnaskedLeft) -> Outcome:
    """Post "the question I wish I had asked" in the thread; nobody has to answer it."""
    if event.by not in session.people or event.by == session.presenter:
        raise Refusal("members_only")
    asked_before = any(s is not None and s.judged for s in session.plan[: max(session.at, 0)])
    if not asked_before or (session.stage is not None and session.stage.judged):
        raise Refusal("not_in_this_stage")
    mark = fx.Mark(event.contribution, kind="unasked")
    return session, (mark, checks.post(session, event.contribution))


def end_waiting(session: Session, event: ev.StageEnded) -> Outcome:
    raise Refusal("too_few_to_begin", missing=session.missing)


def extend(session: Session, event: ev.StageExtended) -> Outcome:
    stages.only_steering(session, event)
    if session.paused:
        raise Refusal("is_paused")
    if session.extended and not session.deciding:
        raise Refusal("extended_once")
    if session.stage is not None and session.stage.minutes < 1:
        raise Refusal("not_in_this_stage")
    session, timers = stages.extend(session, event.at)
    session, wave = sealing.again(session, event.at)
    return moving.show_card(replace(session, finishing=False), *timers, *wave)


def pause(session: Session, event: ev.StagePaused) -> Outcome:
    stages.only_steering(session, event, session.presenter)
    if session.paused:
        raise Refusal("is_paused")
    session, timers = stages.pause(session, event.at, event.until)
    return moving.show_card(replace(session, finishing=False, deciding=False), *timers)


def resume(session: Session, event: ev.StageResumed) -> Outcome:
    stages.only_steering(session, event, session.presenter)
    return _resume(session, event)


def _resume(session: Session, event: ev.Happening) -> Outcome:
    if not session.paused:
        raise Refusal("not_paused")
    remaining = session.left or 0
    session, timers = stages.resume(session, event.at)
    session, wave = sealing.go_on(session, event.at, remaining)
    return moving.check_complete(session, event, *timers, *wave)


def withdraw(session: Session, event: ev.Withdrew) -> Outcome:
    checks.only_presenter(session, event)
    return moving.close(session, event, Ending.withdrawn)


def leave(session: Session, event: ev.Left) -> Outcome:
    """Remove a member; if it is the presenter, withdraw the issue."""
    if session.over or event.by not in session.people:
        return session, ()
    if event.by == session.presenter:
        return moving.close(stages.leave(session, event.by), event, Ending.withdrawn)
    gone = tuple(q.id for q in session.open if q.by == event.by)
    session, unread = sealing.withdraw(session, event.by)
    session = replace(
        stages.leave(session, event.by),
        open=tuple(q for q in session.open if q.by != event.by),
        nudged={p: n for p, n in session.nudged.items() if p != event.by},
        tipped=session.tipped - {event.by},
    )
    marks = (*unread, *(fx.Mark(q, state=QuestionState.withdrawn) for q in gone))
    if session.waiting:
        return moving.show_card(session)
    return moving.check_complete(session, event, *marks)


def change_roles(session: Session, event: ev.RolesChanged) -> Outcome:
    session = replace(session, facilitator=event.facilitator, host=event.host)
    return moving.show_card(session)


def change_hours(session: Session, event: ev.HoursChanged) -> Outcome:
    session = stages.change_hours(session, event)
    return moving.check_complete(session, event, *stages.retime_nudge(session, event.by, event.at))


def time_ran_out(session: Session, event: ev.TimeRanOut) -> Outcome:
    if event.turn != session.turn:
        return session, ()
    if event.name.startswith("nudge:"):
        return session, stages.nudge_due(session, session.id, event)
    if event.name == "resume" and session.paused:
        return _resume(session, event)
    if session.paused or session.stage is None:
        return session, ()
    if event.name == "reveal":
        session, wave = sealing.reveal(session)
        return moving.check_complete(session, event, *wave)
    if event.name == "finish":
        return moving.go_on(session, event) if moving.complete(session, event) else (session, ())
    if event.name == "decide":
        return end_by_clock(session, event)
    if event.name == "close":
        return _time_is_up(session, event)
    return session, ()


def _time_is_up(session: Session, event: ev.TimeRanOut) -> Outcome:
    """Close the stage. Under quorum extend it by a day, once; after that people decide."""
    stage = session.stage
    assert stage is not None
    if session.unconfirmed:
        return moving.go_on(session, event)
    if stage.form == "agree" and not session.revealed and session.done:
        return moving.reveal(session, event)
    short = session.contributors < stage.quorum or (session.at == 0 and not session.presented)
    short = short or (stage.must and not session.actions)
    if not short:
        return end_by_clock(session, event)
    if not session.extended:
        session, timers = stages.extend(session, event.at)
        key = CardKey.of(CardKind.EXTENDED, session.id, session.entry)
        post = fx.Show("extended", key, session.id, session.key)
        return moving.show_card(session, *timers, post)
    card = "decide_quorum" if session.presented else "decide_present"
    if stage.must:
        card = "decide_action"
    session, effects = stages.decide(
        session, event.at, card, session.id, session.steers, session.presenter
    )
    return moving.show_card(session, *effects)


def end_by_clock(session: Session, event: ev.Happening) -> Outcome:
    if session.stage is not None and session.stage.form == "actions":
        ending = Ending.actions if session.actions else Ending.unsettled
        session = replace(session, ending=ending)
    return moving.go_on(session, event)


def nothing(session: Session, event: ev.Event) -> Outcome:
    return session, ()
