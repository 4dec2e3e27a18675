"""Members and process in a meeting: joining, pausing, and the clock."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import stages
from bot.method.meeting import moving
from bot.method.meeting.state import Meeting, Outcome, show_card
from bot.method.stages import Refusal


def join(meeting: Meeting, event: ev.Joined) -> Outcome:
    meeting = stages.join(meeting, event)
    return meeting, (*moving.show_if_shown(meeting), *_hand_on(meeting, event))


def leave(meeting: Meeting, event: ev.Left) -> Outcome:
    if event.by not in meeting.people:
        return meeting, ()
    meeting = replace(
        stages.leave(meeting, event.by),
        owing=tuple(p for p in meeting.owing if p != event.by),
        bids=tuple(p for p in meeting.bids if p != event.by),
        backing={p: b for p, b in meeting.backing.items() if event.by not in (p, b)},
        waves=(
            *meeting.waves[: meeting.wave],
            *(tuple(p for p in w if p != event.by) for w in meeting.waves[meeting.wave :]),
        ),
    )
    notices = _hand_on(meeting, event)
    if meeting.stage is None:
        return meeting, notices
    meeting, effects = moving.check_complete(meeting, event)
    return meeting, (*notices, *effects)


def change_hours(meeting: Meeting, event: ev.HoursChanged) -> Outcome:
    meeting = stages.change_hours(meeting, event)
    notices = (*stages.retime_nudge(meeting, event.by, event.at), *_hand_on(meeting, event))
    if meeting.stage is None:
        return meeting, notices
    meeting, effects = moving.check_complete(meeting, event)
    return meeting, (*notices, *effects)


def change_roles(meeting: Meeting, event: ev.RolesChanged) -> Outcome:
    meeting = replace(meeting, facilitator=event.facilitator, host=event.host)
    return meeting, _hand_on(meeting, event)


def _hand_on(meeting: Meeting, event: ev.Event) -> tuple[fx.Effect, ...]:
    """Pass an event about people or roles on to the sessions, in the order they began."""
    if isinstance(event, ev.Deed):
        event = replace(event, entry=None)
    return tuple(fx.Tell(s, event) for s in meeting.sessions if s in meeting.running)


def end_stage(meeting: Meeting, event: ev.StageEnded) -> Outcome:
    stages.only_steering(meeting, event)
    return moving.go_on(meeting, event)


def extend(meeting: Meeting, event: ev.StageExtended) -> Outcome:
    stages.only_steering(meeting, event)
    if meeting.paused:
        raise Refusal("is_paused")
    if meeting.extended:
        raise Refusal("extended_once")
    meeting, timers = stages.extend(meeting, event.at)
    return show_card(meeting, *timers)


def pause(meeting: Meeting, event: ev.StagePaused) -> Outcome:
    stages.only_steering(meeting, event)
    if meeting.paused:
        raise Refusal("is_paused")
    meeting, timers = stages.pause(meeting, event.at, event.until)
    return show_card(meeting, *timers)


def resume(meeting: Meeting, event: ev.StageResumed) -> Outcome:
    stages.only_steering(meeting, event)
    return _resume(meeting, event)


def _resume(meeting: Meeting, event: ev.Happening) -> Outcome:
    if not meeting.paused:
        raise Refusal("not_paused")
    meeting, timers = stages.resume(meeting, event.at)
    return moving.check_complete(meeting, event, *timers)


def time_ran_out(meeting: Meeting, event: ev.TimeRanOut) -> Outcome:
    if event.turn != meeting.turn:
        return meeting, ()
    if event.name.startswith("nudge:"):
        return meeting, stages.nudge_due(meeting, meeting.id, event)
    if event.name == "resume" and meeting.paused:
        return _resume(meeting, event)
    if event.name == "close" and not meeting.paused and meeting.stage is not None:
        return moving.go_on(meeting, event)
    return meeting, ()


def nothing(meeting: Meeting, event: ev.Event) -> Outcome:
    return meeting, ()
