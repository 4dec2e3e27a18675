"""The meeting state machine: report back, then the sessions, then the review.

Rule 1: a meeting runs its format's `before` and `after`; each presenter's session runs
        `session` in a thread of its own, and tells the meeting how it ended.
Rule 2: the meeting hands on to its sessions whatever it hears about people and roles.
Rule 3: no clock, no platform, no prose (as in session.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import stages
from bot.method.formats import Stage
from bot.method.stages import Refusal, Staged
from bot.method.terms import Ending, MeetingId, PersonId, QuestionState, SessionId, Speech
from bot.worktime import WORKING_DAY

PRESENTED = frozenset({Ending.actions, Ending.no_action, Ending.unsettled})
PULSE_LEAST = 4  # who knows their own answer still has three others behind the average
PULSE_MINUTES = WORKING_DAY  # working time that is left for the pulse when a meeting has closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting(Staged):
    """One turn of the set's cadence.

    `owing` are those who owe a report back; `waves` the groups of presenters whose sessions
    run side by side, `wave` how many of them have begun; `running` the sessions not yet over.
    `pulse` are those who have given theirs, `settled` that no more are taken.
    """

    id: MeetingId
    number: int = 1
    began: datetime | None = None
    owing: tuple[PersonId, ...] = ()
    reported: frozenset[PersonId] = frozenset()
    waves: tuple[tuple[PersonId, ...], ...] = ()
    wave: int = 0
    sessions: tuple[SessionId, ...] = ()
    running: frozenset[SessionId] = frozenset()
    presented: tuple[PersonId, ...] = ()
    acted: tuple[PersonId, ...] = ()
    acting_from: datetime | None = None
    presenters: tuple[PersonId, ...] = ()
    bids: tuple[PersonId, ...] = ()
    backing: Mapping[PersonId, PersonId] = field(default_factory=dict)
    chosen: bool = False
    pulse: frozenset[PersonId] = frozenset()
    settled: bool = False

    @property
    def key(self) -> str:
        """The key of the meeting's card: report back and review hang below it."""
        return f"meeting/{self.id}"

    @property
    def plan(self) -> tuple[Stage | None, ...]:
        return (*self.format.before, None, *self.format.after)

    @property
    def in_sessions(self) -> bool:
        return not self.over and self.at == len(self.format.before)

    def is_done(self, person: PersonId) -> bool:
        """Who has brought something is done once they back another, if there is another."""
        alone = person in self.bids and len(self.bids) == 1
        bidding = self.stage is not None and self.stage.form == "bids"
        return Staged.is_done(self, person) or (bidding and alone)

    @property
    def awaited(self) -> tuple[PersonId, ...]:
        stage = self.stage
        if stage is None:
            return ()
        if stage.awaits == "owing":
            return tuple(p for p in self.owing if p in self.people)
        return tuple(m.person for m in self.members if m.person != self.facilitator)


Outcome = tuple[Meeting, tuple[fx.Effect, ...]]
Rule = Callable[[Meeting, Any], Outcome]


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


# Beginning and moving on


def begin(meeting: Meeting, event: ev.MeetingBegun) -> Outcome:
    """The set opens the meeting. Report back comes first, and is skipped when nobody owes one."""
    meeting = replace(
        meeting,
        began=event.at,
        owing=event.owing,
        presenters=event.presenters,
        chosen=event.chosen,
        waves=waves(meeting.format.presenters, event.presenters),
    )
    return _enter(meeting, 0, event)


def waves(mode: str, presenters: tuple[PersonId, ...]) -> tuple[tuple[PersonId, ...], ...]:
    """Who presents side by side: one alone, two halves of the set, or one after another."""
    if mode == "one":
        return (presenters[:1],) if presenters else ()
    if mode == "sequence":
        return tuple((p,) for p in presenters)
    half = -(-len(presenters) // 2)
    return tuple(w for w in (presenters[:half], presenters[half:]) if w)


def _enter(meeting: Meeting, place: int, event: ev.Happening) -> Outcome:
    while place < len(meeting.plan):
        stage = meeting.plan[place]
        nobody = stage is not None and stage.awaits == "owing" and not meeting.owing
        unused = place > len(meeting.format.before) and not meeting.presented
        # Who has brought an issue already need not bid for the turn.
        settled = stage is not None and stage.form == "bids" and meeting.chosen
        if not nobody and not unused and not settled:
            break
        place += 1
    if place >= len(meeting.plan):
        return _close(meeting, event)
    meeting, timers = stages.enter(_give_turn(meeting, place), place, event.at)
    meeting = replace(meeting, told=())
    if meeting.stage is None:
        return _next_wave(meeting, event, *timers, *_show_if_shown(meeting))
    card = fx.Show("meeting", meeting.key, meeting.id)
    key = f"stage/{meeting.id}/{meeting.entry}"
    values = {"stage": meeting.stage.name}
    post = fx.Show("stage_opens", key, meeting.id, meeting.key, values)
    return meeting, (*timers, card, post)


def _next_wave(meeting: Meeting, event: ev.Happening, *effects: fx.Effect) -> Outcome:
    if meeting.wave >= len(meeting.waves):
        meeting, more = _enter(meeting, meeting.at + 1, event)
        return meeting, (*effects, *more)
    begun: list[fx.Effect] = []
    for presenter in meeting.waves[meeting.wave]:
        session = SessionId(f"{meeting.id}-s{len(meeting.sessions) + 1}")
        meeting = replace(
            meeting,
            sessions=(*meeting.sessions, session),
            running=meeting.running | {session},
        )
        begun += [
            fx.BeginSession(session, presenter),
            fx.Tell(session, ev.SessionBegun(at=event.at)),
        ]
    return replace(meeting, wave=meeting.wave + 1), (*effects, *begun)


def close_session(meeting: Meeting, event: ev.SessionClosed) -> Outcome:
    if event.session not in meeting.running:
        return meeting, ()
    meeting = replace(meeting, running=meeting.running - {event.session}, acting_from=event.at)
    if event.ending in PRESENTED:
        meeting = replace(meeting, presented=(*meeting.presented, event.presenter))
    if event.ending is Ending.actions:
        # Who committed to something owes a report, the presenter or a volunteer.
        acted = dict.fromkeys((*meeting.acted, *(event.committed or (event.presenter,))))
        meeting = replace(meeting, acted=tuple(acted))
    if meeting.running:
        return meeting, ()
    return _next_wave(meeting, event)


def _go_on(meeting: Meeting, event: ev.Happening) -> Outcome:
    return _enter(meeting, meeting.at + 1, event)


def _close(meeting: Meeting, event: ev.Happening) -> Outcome:
    shown = _was_shown(meeting)
    meeting = replace(
        meeting,
        over=True,
        entry=meeting.entry + 1,
        turn=meeting.turn + 1,
        closes=None,
        left=None,
        counts={},
        told=(),
    )
    closed = ev.MeetingClosed(
        at=event.at,
        acting_from=meeting.acting_from or event.at,
        presented=meeting.presented,
        acted=meeting.acted,
        reported=tuple(sorted(meeting.reported)),
    )
    meeting, timer = _leave_time_for_pulse(meeting, event)
    told = shown or bool(meeting.presented)  # when the set meets next is said in any case
    card = (fx.Show("meeting", meeting.key, meeting.id),) if told else ()
    return meeting, (*stages.quiet(), *timer, fx.Tell(meeting.set, closed), *card)


def _was_shown(meeting: Meeting) -> bool:
    """The card exists once a stage of the meeting's own has run."""
    return meeting.at > len(meeting.format.before) or (meeting.at >= 0 and bool(meeting.owing))


def _show_if_shown(meeting: Meeting) -> tuple[fx.Effect, ...]:
    return (fx.Show("meeting", meeting.key, meeting.id),) if _was_shown(meeting) else ()


# What people do


def report_back(meeting: Meeting, event: ev.ReportedBack) -> Outcome:
    stages.only_members(meeting, event)
    if meeting.stage is None or meeting.stage.awaits != "owing":
        raise Refusal("not_in_this_stage")
    if event.by not in meeting.owing:
        raise Refusal("owes_no_report")
    meeting = replace(meeting, reported=meeting.reported | {event.by})
    return _check_complete(_mark_done(meeting, event.by), event)


def reflect(meeting: Meeting, event: ev.Reflected) -> Outcome:
    stages.only_members(meeting, event)
    if meeting.stage is None or meeting.stage.form != "close":
        raise Refusal("not_in_this_stage")
    return _check_complete(_mark_done(meeting, event.by), event)


def give_pulse(meeting: Meeting, event: ev.PulseGiven) -> Outcome:
    """Once each, from the closing on; the averages are shown when no more can come (S3)."""
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


def _leave_time_for_pulse(meeting: Meeting, event: ev.Happening) -> Outcome:
    """The last to look back closes the meeting: they too have time for the pulse."""
    if not _closing(meeting) or _all_pulses(meeting):
        return replace(meeting, settled=True), ()
    due = stages.end_of(meeting, PULSE_MINUTES, event.at)
    return meeting, (fx.SetTimer("pulse", meeting.turn, due),)


def _settle_pulse(meeting: Meeting) -> Outcome:
    """What is shown now never changes: two averages would give away a single answer."""
    meeting = replace(meeting, settled=True)
    return _show(meeting) if len(meeting.pulse) >= PULSE_LEAST else (meeting, ())


def pulse_due(meeting: Meeting, event: ev.TimeRanOut) -> Outcome:
    if event.name != "pulse" or event.turn != meeting.turn or meeting.settled:
        return meeting, ()
    return _settle_pulse(meeting)


def bid(meeting: Meeting, event: ev.BidMade) -> Outcome:
    """One line, and why it matters to the rest: the set then agrees whose turn it is."""
    _in_form(meeting, event, "bids")
    if event.by == meeting.facilitator:
        raise Refusal("facilitator_does_not_present")
    if event.by not in meeting.bids:
        meeting = replace(meeting, bids=(*meeting.bids, event.by))
    return _check_complete(meeting, event)


def back_bid(meeting: Meeting, event: ev.BidBacked) -> Outcome:
    _in_form(meeting, event, "bids")
    if event.bidder not in meeting.bids:
        raise Refusal("no_such_bid")
    if event.bidder == event.by:
        raise Refusal("back_another")
    backing = {**meeting.backing, event.by: event.bidder}
    return _check_complete(_mark_done(replace(meeting, backing=backing), event.by), event)


def pick_skill(meeting: Meeting, event: ev.SkillPicked) -> Outcome:
    _in_form(meeting, event, "skill")
    return _check_complete(_mark_done(meeting, event.by), event)


def _in_form(meeting: Meeting, event: ev.Deed, form: str) -> None:
    stages.only_members(meeting, event)
    if meeting.stage is None or meeting.stage.form != form:
        raise Refusal("not_in_this_stage")


def _give_turn(meeting: Meeting, place: int) -> Meeting:
    """On the way to the sessions: most backing first; a tie is the turn list's to settle."""
    if place != len(meeting.format.before) or not meeting.bids:
        return meeting
    backers = [*meeting.backing.values()]
    order = [p for p in meeting.presenters if p in meeting.bids]
    order += [p for p in meeting.bids if p not in order]
    first = max(order, key=lambda p: backers.count(p))
    rest = tuple(p for p in meeting.presenters if p != first)
    return replace(meeting, waves=waves(meeting.format.presenters, (first, *rest)))


def say(meeting: Meeting, event: ev.Spoke) -> Outcome:
    """A typed message. Someone who owes a report is asked once whether that was it."""
    if event.by not in meeting.people and event.by != meeting.facilitator:
        if event.by in meeting.told:
            return meeting, ()
        told = (*meeting.told, event.by)[-stages.TOLD_AT_MOST :]
        whisper = fx.Whisper(event.by, "outsider", meeting.id, meeting.key)
        return replace(meeting, told=told), (whisper,)
    mark = fx.Mark(event.contribution, kind="said", state=QuestionState.not_counted)
    owes = (
        meeting.stage is not None
        and meeting.stage.awaits == "owing"
        and event.by in meeting.waiting_for(event.at)
        and event.by not in meeting.told
    )
    if not owes:
        return meeting, (mark,)
    meeting = replace(meeting, told=(*meeting.told, event.by)[-stages.TOLD_AT_MOST :])
    return meeting, (mark, fx.Whisper(event.by, "was_that_your_report", meeting.id, meeting.key))


def pass_(meeting: Meeting, event: ev.Passed) -> Outcome:
    stages.only_members(meeting, event)
    if event.by in meeting.passed:
        return meeting, ()
    return _check_complete(stages.pass_(meeting, event), event)


def think(meeting: Meeting, event: ev.ThinkingShown) -> Outcome:
    stages.only_members(meeting, event)
    return _show(stages.think(meeting, event))


def unsay(meeting: Meeting, event: ev.Unsaid) -> Outcome:
    return meeting, (fx.Mark(event.known.id, state=QuestionState.withdrawn),)


# Who is there


def join(meeting: Meeting, event: ev.Joined) -> Outcome:
    meeting = stages.join(meeting, event)
    return meeting, (*_show_if_shown(meeting), *_hand_on(meeting, event))


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
    told = _hand_on(meeting, event)
    if meeting.stage is None:
        return meeting, told
    meeting, effects = _check_complete(meeting, event)
    return meeting, (*told, *effects)


def change_hours(meeting: Meeting, event: ev.HoursChanged) -> Outcome:
    meeting = stages.change_hours(meeting, event)
    told = (*stages.retime_nudge(meeting, event.by, event.at), *_hand_on(meeting, event))
    if meeting.stage is None:
        return meeting, told
    meeting, effects = _check_complete(meeting, event)
    return meeting, (*told, *effects)


def change_roles(meeting: Meeting, event: ev.RolesChanged) -> Outcome:
    meeting = replace(meeting, facilitator=event.facilitator, host=event.host)
    return meeting, _hand_on(meeting, event)


def _hand_on(meeting: Meeting, event: ev.Event) -> tuple[fx.Effect, ...]:
    """Sessions hear of people and roles from their meeting, in the order they began."""
    if isinstance(event, ev.Deed):
        event = replace(event, entry=None)
    return tuple(fx.Tell(s, event) for s in meeting.sessions if s in meeting.running)


# The process


def end_stage(meeting: Meeting, event: ev.StageEnded) -> Outcome:
    stages.only_steering(meeting, event)
    return _go_on(meeting, event)


def extend(meeting: Meeting, event: ev.StageExtended) -> Outcome:
    stages.only_steering(meeting, event)
    if meeting.paused:
        raise Refusal("is_paused")
    if meeting.extended:
        raise Refusal("extended_once")
    meeting, timers = stages.extend(meeting, event.at)
    return _show(meeting, *timers)


def pause(meeting: Meeting, event: ev.StagePaused) -> Outcome:
    stages.only_steering(meeting, event)
    if meeting.paused:
        raise Refusal("is_paused")
    meeting, timers = stages.pause(meeting, event.at, event.until)
    return _show(meeting, *timers)


def resume(meeting: Meeting, event: ev.StageResumed) -> Outcome:
    stages.only_steering(meeting, event)
    return _resume(meeting, event)


def _resume(meeting: Meeting, event: ev.Happening) -> Outcome:
    if not meeting.paused:
        raise Refusal("not_paused")
    meeting, timers = stages.resume(meeting, event.at)
    return _check_complete(meeting, event, *timers)


def time_ran_out(meeting: Meeting, event: ev.TimeRanOut) -> Outcome:
    if event.turn != meeting.turn:
        return meeting, ()
    if event.name.startswith("nudge:"):
        return meeting, stages.nudge_due(meeting, meeting.id, event)
    if event.name == "resume" and meeting.paused:
        return _resume(meeting, event)
    if event.name == "close" and not meeting.paused and meeting.stage is not None:
        return _go_on(meeting, event)
    return meeting, ()


def nothing(meeting: Meeting, event: ev.Event) -> Outcome:
    return meeting, ()


def _mark_done(meeting: Meeting, person: PersonId) -> Meeting:
    return replace(
        meeting,
        done=meeting.done | {person},
        thinking=meeting.thinking - {person},
        passed=meeting.passed - {person},
    )


def _check_complete(meeting: Meeting, event: ev.Happening, *effects: fx.Effect) -> Outcome:
    if meeting.stage is not None and not meeting.paused and not meeting.waiting_for(event.at):
        meeting, more = _go_on(meeting, event)
        return meeting, (*effects, *more)
    return _show(meeting, *effects)


def _show(meeting: Meeting, *effects: fx.Effect) -> Outcome:
    return meeting, (*effects, fx.Show("meeting", meeting.key, meeting.id))


EVERYONE: dict[type[ev.Event], Rule] = {
    ev.Spoke: say,
    ev.ReportedBack: report_back,
    ev.Reflected: reflect,
    ev.PulseGiven: give_pulse,
    ev.BidMade: bid,
    ev.BidBacked: back_bid,
    ev.SkillPicked: pick_skill,
    ev.Passed: pass_,
    ev.ThinkingShown: think,
    ev.StageEnded: end_stage,
    ev.StageExtended: extend,
    ev.StagePaused: pause,
    ev.StageResumed: resume,
}

# What is lawful in each kind of stage that a meeting may have (formats.py lets no other in).
RULES: dict[Speech, dict[type[ev.Event], Rule]] = {
    Speech.open: EVERYONE,
    Speech.form: EVERYONE,
}

# While the sessions run, the meeting itself only listens.
BETWEEN: dict[type[ev.Event], Rule] = {ev.Spoke: say}

ANYTIME: dict[type[ev.Event], Rule] = {
    ev.MeetingBegun: begin,
    ev.SessionClosed: close_session,
    ev.Joined: join,
    ev.Left: leave,
    ev.HoursChanged: change_hours,
    ev.RolesChanged: change_roles,
    ev.SpokeAgain: nothing,
    ev.Unsaid: unsay,
    ev.TimeRanOut: time_ran_out,
}

OVER: dict[type[ev.Event], Rule] = {
    ev.MeetingBegun: nothing,
    ev.SessionClosed: nothing,
    ev.Spoke: say,
    ev.SpokeAgain: nothing,
    ev.Unsaid: unsay,
    ev.Joined: nothing,
    ev.Left: nothing,
    ev.HoursChanged: nothing,
    ev.RolesChanged: nothing,
    ev.PulseGiven: give_pulse,
    ev.TimeRanOut: pulse_due,
}
