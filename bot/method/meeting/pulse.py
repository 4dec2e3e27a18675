"""The anonymous pulse at the end of a meeting: averages only, and only above a threshold."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy, stages
from bot.method.meeting.state import Meeting, Outcome, show_card
from bot.method.stages import Refusal


def give_pulse(meeting: Meeting, event: ev.PulseGiven) -> Outcome:
    """Take one answer from each person; show the averages when no more can come (S3)."""
    stages.only_members(meeting, event)
    if not _closing(meeting):
        raise Refusal("not_in_this_stage")
    if event.by in meeting.pulse:
        raise Refusal("pulse_given")
    if meeting.settled:
        raise Refusal("pulse_is_over")
    meeting = replace(meeting, pulse=meeting.pulse | {event.by})
    if not meeting.over or not _all_pulses(meeting):
        return meeting, ()
    meeting, effects = _settle_pulse(meeting)
    return meeting, (fx.ClearTimer("pulse"), *effects)


def _closing(meeting: Meeting) -> bool:
    """Whether the meeting has come to its closing form, or gone past it."""
    after = meeting.format.after[: max(meeting.at - len(meeting.format.before), 0)]
    return bool(meeting.presented) and any(s.form == "close" for s in after)


def _all_pulses(meeting: Meeting) -> bool:
    return {m.person for m in meeting.members} <= meeting.pulse


def leave_time(meeting: Meeting, event: ev.Happening) -> Outcome:
    """Leave time for the pulse after the last person has looked back."""
    if not _closing(meeting) or _all_pulses(meeting):
        return replace(meeting, settled=True), ()
    due = stages.end_of(meeting, policy.PULSE_MINUTES, event.at)
    return meeting, (fx.SetTimer("pulse", meeting.turn, due),)


def _settle_pulse(meeting: Meeting) -> Outcome:
    """Show the averages. They never change, because a second average would reveal an answer."""
    meeting = replace(meeting, settled=True)
    return show_card(meeting) if len(meeting.pulse) >= policy.PULSE_PEOPLE_LEAST else (meeting, ())


def pulse_due(meeting: Meeting, event: ev.TimeRanOut) -> Outcome:
    if event.name != "pulse" or event.turn != meeting.turn or meeting.settled:
        return meeting, ()
    return _settle_pulse(meeting)
