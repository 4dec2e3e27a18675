"""The session state machine: one presenter's issue, worked through stage by stage.

Rule 1: whatever decides what may happen next in a session is in this folder (and, for what it
        shares with a meeting, in stages.py); what is lawful where is the tables below.
Rule 2: nothing here knows which platform the set is on.
Rule 3: nothing here reads the clock. Time arrives inside events.
Rule 4: no prose, and nothing per closed contribution: an event costs the same in a thread of
        ten messages and of a thousand.
"""

from __future__ import annotations

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import stages
from bot.method.session import coaching, presenting, process, speaking
from bot.method.session.checks import counts
from bot.method.session.state import Outcome, Rule, Session
from bot.method.stages import Refusal
from bot.method.terms import Speech

__all__ = [
    "ANYTIME",
    "OVER",
    "RULES",
    "WAITING",
    "Outcome",
    "Rule",
    "Session",
    "counts",
    "step",
]


def step(session: Session, event: ev.Event) -> Outcome:
    """One event in; a new session and what to do about it out. Never raises for bad input."""
    try:
        if isinstance(event, ev.Deed):
            stages.in_time(session, event)
        return rule_for(session, event)(session, event)
    except Refusal as refusal:
        if not isinstance(event, ev.Deed):
            return session, ()
        return session, (fx.Refuse(event.by, refusal.code, refusal.values),)


def rule_for(session: Session, event: ev.Event) -> Rule:
    kind = type(event)
    if session.over:
        table = OVER
    elif session.stage is None:
        table = WAITING
    elif session.stage.judged:
        table = QUESTION_ROUND  # also where questions are welcome while the presenter speaks
    else:
        table = RULES[session.stage.speech]
    rule = table.get(kind) or (None if session.over else ANYTIME.get(kind))
    if rule is None:
        raise Refusal(_why_not(session))
    return rule


def _why_not(session: Session) -> str:
    if session.over:
        return "session_is_over"
    return "not_begun" if session.stage is None else "not_in_this_stage"


SPEAKING: dict[type[ev.Event], Rule] = {
    ev.ThinkingShown: process.think,
    ev.Passed: process.pass_,
    ev.StageEnded: process.end_stage,
    ev.StageExtended: process.extend,
    ev.StagePaused: process.pause,
    ev.StageResumed: process.resume,
}
PRESENTER_AND_QUESTIONS: dict[type[ev.Event], Rule] = {
    ev.Answered: presenting.answer,
    ev.Parked: presenting.park,
    ev.Declined: presenting.decline,
    ev.Landed: presenting.land,
}
QUESTION_ROUND: dict[type[ev.Event], Rule] = {
    **SPEAKING,
    **PRESENTER_AND_QUESTIONS,
    ev.Spoke: speaking.say_in_round,
    ev.QuestionInsisted: coaching.insist,
    ev.LeftAsIs: coaching.leave_as_is,
    ev.Reworded: coaching.reword,
    ev.PostedAnyway: coaching.post_anyway,
    ev.HeldAccepted: coaching.accept_held,
}

# What is lawful in each kind of stage.
RULES: dict[Speech, dict[type[ev.Event], Rule]] = {
    Speech.open: {**SPEAKING, ev.Spoke: speaking.say},
    Speech.presenter_only: {
        **PRESENTER_AND_QUESTIONS,  # what was left open before, where the word comes back
        ev.Spoke: speaking.say_too_early,
        ev.StageEnded: process.end_stage,
        ev.StageExtended: process.extend,
        ev.StagePaused: process.pause,
        ev.StageResumed: process.resume,
    },
    Speech.clarify: QUESTION_ROUND,
    Speech.questions: QUESTION_ROUND,
    Speech.reply_statements: QUESTION_ROUND,
    Speech.offers: {
        **SPEAKING,
        ev.Spoke: speaking.say_in_offers,
        ev.IdeasDecided: presenting.decide_ideas,
        ev.KeptOffered: coaching.offer_kept,
    },
    Speech.form: {
        **SPEAKING,
        **PRESENTER_AND_QUESTIONS,
        ev.Spoke: speaking.say,
        ev.ProblemStated: presenting.state_problem,
        ev.ProblemAgreed: presenting.agree_problem,
        ev.ActionNamed: presenting.name_action,
        ev.ActionDropped: presenting.drop_action,
        ev.ActionsSettled: presenting.settle_actions,
    },
}

# Before the set is large enough.
WAITING: dict[type[ev.Event], Rule] = {
    ev.Spoke: speaking.say,
    ev.StageEnded: process.end_waiting,
}

# Lawful in every stage and before it. Looked up only where the stage has no rule of its own.
ANYTIME: dict[type[ev.Event], Rule] = {
    ev.SessionBegun: process.begin,
    ev.IssueGiven: process.give_issue,
    ev.Joined: process.join,
    ev.Left: process.leave,
    ev.RolesChanged: process.change_roles,
    ev.HoursChanged: process.change_hours,
    ev.SpokeAgain: speaking.say_again,
    ev.Unsaid: speaking.unsay,
    ev.KeptForLater: coaching.keep_for_later,
    ev.UnaskedLeft: process.leave_unasked,
    ev.Withdrew: process.withdraw,
    ev.TimeRanOut: process.time_ran_out,
}

# After the end: messages are not judged or kept any more, and late timers are silent.
OVER: dict[type[ev.Event], Rule] = {
    ev.SessionBegun: process.nothing,
    ev.Spoke: speaking.say,
    ev.SpokeAgain: process.nothing,
    ev.Unsaid: speaking.unsay,
    ev.Joined: process.nothing,
    ev.Left: process.nothing,
    ev.RolesChanged: process.nothing,
    ev.HoursChanged: process.nothing,
    ev.TimeRanOut: process.nothing,
}
