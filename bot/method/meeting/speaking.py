"""What members do in the stages of a meeting: report back, bid, look back, speak, pass."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy, stages
from bot.method.meeting import moving
from bot.method.meeting.state import Meeting, Outcome, mark_done, show_card
from bot.method.stages import Refusal
from bot.method.terms import QuestionState


def report_back(meeting: Meeting, event: ev.ReportedBack) -> Outcome:
    stages.only_members(meeting, event)
    if meeting.stage is None or meeting.stage.awaits != "owing":
        raise Refusal("not_in_this_stage")
    if event.by not in meeting.owing:
        raise Refusal("owes_no_report")
    meeting = replace(meeting, reported=meeting.reported | {event.by})
    return moving.check_complete(mark_done(meeting, event.by), event)


def reflect(meeting: Meeting, event: ev.Reflected) -> Outcome:
    stages.only_members(meeting, event)
    if meeting.stage is None or meeting.stage.form != "close":
        raise Refusal("not_in_this_stage")
    return moving.check_complete(mark_done(meeting, event.by), event)


def bid(meeting: Meeting, event: ev.BidMade) -> Outcome:
    """Take a bid for the turn: one line, and why it matters to the others."""
    _in_form(meeting, event, "bids")
    if event.by == meeting.facilitator:
        raise Refusal("facilitator_does_not_present")
    if event.by not in meeting.bids:
        meeting = replace(meeting, bids=(*meeting.bids, event.by))
    return moving.check_complete(meeting, event)


def back_bid(meeting: Meeting, event: ev.BidBacked) -> Outcome:
    _in_form(meeting, event, "bids")
    if event.bidder not in meeting.bids:
        raise Refusal("no_such_bid")
    if event.bidder == event.by:
        raise Refusal("back_another")
    backing = {**meeting.backing, event.by: event.bidder}
    return moving.check_complete(mark_done(replace(meeting, backing=backing), event.by), event)


def pick_skill(meeting: Meeting, event: ev.SkillPicked) -> Outcome:
    _in_form(meeting, event, "skill")
    return moving.check_complete(mark_done(meeting, event.by), event)


def _in_form(meeting: Meeting, event: ev.Deed, form: str) -> None:
    stages.only_members(meeting, event)
    if meeting.stage is None or meeting.stage.form != form:
        raise Refusal("not_in_this_stage")


def say(meeting: Meeting, event: ev.Spoke) -> Outcome:
    """Record a typed message; ask someone who owes a report once whether this was it."""
    if event.by not in meeting.people and event.by != meeting.facilitator:
        if event.by in meeting.told:
            return meeting, ()
        reminded = (*meeting.told, event.by)[-policy.OUTSIDERS_REMEMBERED :]
        whisper = fx.Whisper(event.by, "outsider", meeting.id, meeting.key)
        return replace(meeting, told=reminded), (whisper,)
    mark = fx.Mark(event.contribution, kind="said", state=QuestionState.not_counted)
    owes = (
        meeting.stage is not None
        and meeting.stage.awaits == "owing"
        and event.by in meeting.waiting_for(event.at)
        and event.by not in meeting.told
    )
    if not owes:
        return meeting, (mark,)
    meeting = replace(meeting, told=(*meeting.told, event.by)[-policy.OUTSIDERS_REMEMBERED :])
    return meeting, (mark, fx.Whisper(event.by, "was_that_your_report", meeting.id, meeting.key))


def pass_(meeting: Meeting, event: ev.Passed) -> Outcome:
    stages.only_members(meeting, event)
    if event.by in meeting.passed:
        return meeting, ()
    return moving.check_complete(stages.pass_(meeting, event), event)


def think(meeting: Meeting, event: ev.ThinkingShown) -> Outcome:
    stages.only_members(meeting, event)
    return show_card(stages.think(meeting, event))


def unsay(meeting: Meeting, event: ev.Unsaid) -> Outcome:
    return meeting, (fx.Mark(event.known.id, state=QuestionState.withdrawn),)
