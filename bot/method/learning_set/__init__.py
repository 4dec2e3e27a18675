"""The set's own machine: who belongs to it, whose turn it is, when it meets next.

Rule 1: membership and roles are decided here and told to the meeting, which tells its sessions.
Rule 2: the calendar counts from the close of a meeting: at least `act_days` working days after
        the last actions stage, and the set's rhythm after the last opening (method.md §3).
Rule 3: no clock, no platform, no prose (as in bot/method/session).
"""

from __future__ import annotations

from bot.method import effects as fx
from bot.method import events as ev
from bot.method.learning_set import agreements, calendar, membership, votes
from bot.method.learning_set.calendar import missing
from bot.method.learning_set.state import (
    LearningSet,
    Outcome,
    Rule,
    mark_active,
    next_opening,
    timers,
    turns,
)
from bot.method.stages import Refusal

__all__ = ["RULES", "LearningSet", "missing", "next_opening", "step", "turns"]


def step(group: LearningSet, event: ev.Event) -> Outcome:
    """One event in; a new set and what to do about it out. Never raises for bad input."""
    try:
        rule = RULES.get(type(event))
        if rule is None or (group.over and type(event) not in AFTER_THE_END):
            raise Refusal("set_is_over" if group.over else "not_in_this_stage")
        after, effects = rule(group, event)
    except Refusal as refusal:
        if not isinstance(event, ev.Deed):
            return group, ()
        return group, (fx.Refuse(event.by, refusal.code, refusal.values),)
    refused = any(isinstance(e, fx.Refuse) for e in effects)
    if isinstance(event, ev.Deed) and type(event) not in UNHEARD and not refused:
        after = mark_active(after, event)
    if after.turn != group.turn:
        effects = (*timers(after), *effects)
    return after, effects


RULES: dict[type[ev.Event], Rule] = {
    ev.Invited: membership.invite,
    ev.Joined: membership.join,
    ev.Left: membership.leave,
    ev.HoursChanged: membership.change_hours,
    ev.FacilitatorNamed: membership.name_facilitator,
    ev.FacilitatorProposed: votes.propose,
    ev.ProposalAnswered: votes.answer,
    ev.SetMade: agreements.make_set,
    ev.FormatChosen: agreements.choose_format,
    ev.StagesChanged: agreements.change_stages,
    ev.CalendarChosen: agreements.choose_calendar,
    ev.RulesChanged: agreements.change_rules,
    ev.RulesAgreed: agreements.agree,
    ev.WentOn: agreements.go_on,
    ev.TurnOffered: agreements.offer_turn,
    ev.TurnsChosen: agreements.choose_turns,
    ev.PresentAsked: calendar.ask_to_present,
    ev.MeetingWanted: calendar.want_meeting,
    ev.SetPaused: calendar.pause,
    ev.SetResumed: calendar.resume,
    ev.SetEnded: agreements.end,
    ev.InstallationGone: agreements.end_uninstalled,
    ev.MeetingClosed: calendar.close_meeting,
    ev.TimeRanOut: calendar.time_ran_out,
}
AFTER_THE_END = frozenset({ev.MeetingClosed, ev.TimeRanOut, ev.HoursChanged, ev.InstallationGone})
UNHEARD = frozenset({ev.HoursChanged})  # deeds that the platform's profile does by itself
