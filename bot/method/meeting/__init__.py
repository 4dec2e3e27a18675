"""The meeting state machine: report back, then the sessions, then the review.

Rule 1: a meeting runs its format's `before` and `after`; each presenter's session runs
        `session` in a thread of its own, and tells the meeting how it ended.
Rule 2: the meeting hands on to its sessions whatever it hears about people and roles.
Rule 3: no clock, no platform, no prose (as in bot/method/session).
"""

from __future__ import annotations

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import stages
from bot.method.meeting import moving, process, pulse, speaking
from bot.method.meeting.moving import waves
from bot.method.meeting.state import PRESENTED, Meeting, Outcome, Rule
from bot.method.stages import Refusal
from bot.method.terms import Speech

__all__ = [
    "ANYTIME",
    "BETWEEN",
    "EVERYONE",
    "OVER",
    "PRESENTED",
    "RULES",
    "Meeting",
    "step",
    "waves",
]


def step(meeting: Meeting, event: ev.Event) -> Outcome:
    """One event in; a new meeting and what to do about it out. Never raises for bad input."""
    try:
        if isinstance(event, ev.Deed):
            stages.in_time(meeting, event)
        return rule_for(meeting, event)(meeting, event)
    except Refusal as refusal:
        if not isinstance(event, ev.Deed):
            return meeting, ()
        return meeting, (fx.Refuse(event.by, refusal.code, refusal.values),)


def rule_for(meeting: Meeting, event: ev.Event) -> Rule:
    kind = type(event)
    if meeting.over:
        table = OVER
    elif meeting.stage is None:
        table = BETWEEN
    else:
        table = RULES[meeting.stage.speech]
    rule = table.get(kind) or (None if meeting.over else ANYTIME.get(kind))
    if rule is None:
        raise Refusal("meeting_is_over" if meeting.over else "not_in_this_stage")
    return rule


EVERYONE: dict[type[ev.Event], Rule] = {
    ev.Spoke: speaking.say,
    ev.ReportedBack: speaking.report_back,
    ev.Reflected: speaking.reflect,
    ev.PulseGiven: pulse.give_pulse,
    ev.BidMade: speaking.bid,
    ev.BidBacked: speaking.back_bid,
    ev.SkillPicked: speaking.pick_skill,
    ev.Passed: speaking.pass_,
    ev.ThinkingShown: speaking.think,
    ev.StageEnded: process.end_stage,
    ev.StageExtended: process.extend,
    ev.StagePaused: process.pause,
    ev.StageResumed: process.resume,
}

# What is lawful in each kind of stage that a meeting may have (formats.py lets no other in).
RULES: dict[Speech, dict[type[ev.Event], Rule]] = {
    Speech.open: EVERYONE,
    Speech.form: EVERYONE,
}

# While the sessions run, the meeting itself only listens.
BETWEEN: dict[type[ev.Event], Rule] = {ev.Spoke: speaking.say}

ANYTIME: dict[type[ev.Event], Rule] = {
    ev.MeetingBegun: moving.begin,
    ev.SessionClosed: moving.close_session,
    ev.Joined: process.join,
    ev.Left: process.leave,
    ev.HoursChanged: process.change_hours,
    ev.RolesChanged: process.change_roles,
    ev.SpokeAgain: process.nothing,
    ev.Unsaid: speaking.unsay,
    ev.TimeRanOut: process.time_ran_out,
}

OVER: dict[type[ev.Event], Rule] = {
    ev.MeetingBegun: process.nothing,
    ev.SessionClosed: process.nothing,
    ev.Spoke: speaking.say,
    ev.SpokeAgain: process.nothing,
    ev.Unsaid: speaking.unsay,
    ev.Joined: process.nothing,
    ev.Left: process.nothing,
    ev.HoursChanged: process.nothing,
    ev.RolesChanged: process.nothing,
    ev.PulseGiven: pulse.give_pulse,
    ev.TimeRanOut: pulse.pulse_due,
}
