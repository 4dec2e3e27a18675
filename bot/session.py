"""The session state machine: one presenter's issue, worked through stage by stage.

Rule 1: whatever decides what may happen next in a session is in this file (and, for what it
        shares with a meeting, in stages.py).
Rule 2: this file does not know which platform the set is on.
Rule 3: this file does not read the clock. Time arrives inside events.
Rule 4: no prose, and nothing per closed contribution: an event costs the same in a thread of
        ten messages and of a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot import effects as fx
from bot import events as ev
from bot import stages
from bot.formats import Stage
from bot.stages import Refusal, Staged
from bot.terms import (
    JUDGED,
    ActionId,
    ContributionId,
    Ending,
    MeetingId,
    OpenQuestion,
    PersonId,
    QuestionState,
    SessionId,
    Speech,
    Support,
)
from bot.worktime import NeverWorks, add_working

LADDER = ("full", "brief")  # the first nudge whole, the second in one line, then none
SEVERAL = 3  # so many people nudged in a round: one unnamed public question, once
NOT_QUESTIONS = frozenset({"exempt", "ack", "pass", "answer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Staged):
    """Everything the machine remembers about one session.

    `open` are the questions that wait, in the order the presenter sees them. `nudged` is the
    ladder of each person in this round, `insisted` how often "it is a question" was said
    (the facilitator sees the number, not the people).
    """

    id: SessionId
    meeting: MeetingId
    presenter: PersonId
    presented: bool = False
    support: Support = Support.questions
    more: bool = False
    strict: bool = False
    open: tuple[OpenQuestion, ...] = ()
    asked: int = 0
    answered: int = 0
    nudged: Mapping[PersonId, int] = field(default_factory=dict)
    tipped: frozenset[PersonId] = frozenset()
    insisted: int = 0
    noticed: bool = False
    kept: int = 0
    finishing: bool = False
    told_done: bool = False
    actions: tuple[ActionId, ...] = ()
    ending: Ending | None = None

    @property
    def key(self) -> str:
        """The key of the session's card: its thread hangs below it."""
        return f"session/{self.id}"

    @property
    def plan(self) -> tuple[Stage | None, ...]:
        return self.format.session

    @property
    def waiting(self) -> bool:
        """Presented or not, the set is still too small to begin."""
        return self.at < 0 and not self.over

    @property
    def missing(self) -> int:
        return max(self.format.size.least - len(self.people - {self.facilitator}), 0)

    @property
    def awaited(self) -> tuple[PersonId, ...]:
        stage = self.stage
        if stage is None:
            return ()
        if stage.awaits == "presenter":
            return (self.presenter,)
        others = (m.person for m in self.members)
        return tuple(p for p in others if p not in (self.presenter, self.facilitator))

    @property
    def contributors(self) -> int:
        return sum(1 for n in self.counts.values() if n > 0)


Outcome = tuple[Session, tuple[fx.Effect, ...]]
Rule = Callable[[Session, Any], Outcome]


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


# Beginning


def begin(session: Session, event: ev.SessionBegun) -> Outcome:
    """The meeting begins the session; a kept draft may have presented the issue already."""
    if session.at >= 0:
        return session, ()
    return _start(session, event) if not session.missing else _shown(session)


def give_issue(session: Session, event: ev.IssueGiven) -> Outcome:
    """Submitting the form is presenting. Given again, it is an edit of the issue."""
    if event.by != session.presenter:
        raise Refusal("only_presenter_edits")
    first = not session.presented
    session = replace(session, presented=True, support=event.support)
    if first:
        session = replace(session, more=event.more)
    if session.waiting:
        return _start(session, event) if not session.missing else _shown(session)
    if session.at == 0 and not session.more:
        return _go_on(session, event)
    return _shown(session)


def join(session: Session, event: ev.Joined) -> Outcome:
    if session.over:
        return session, ()
    session = stages.join(session, event)
    if session.waiting and not session.missing:
        return _start(session, event)
    return _shown(session)


def _start(session: Session, event: ev.Happening) -> Outcome:
    """Enough people are there. A presented issue goes straight to the questions."""
    ready = session.presented and not session.more
    return _enter(session, 1 if ready else 0, event)


# Speaking


def say(session: Session, event: ev.Spoke) -> Outcome:
    """A message where nothing is judged: it stands in the thread, nothing follows."""
    if _is_outsider(session, event.by):
        return _tell_outsider(session, event.by)
    _not_by_form(event)
    return session, (fx.Mark(event.contribution, kind="said"),)


def say_too_early(session: Session, event: ev.Spoke) -> Outcome:
    """While the presenter has the word, the others are offered to keep theirs for later."""
    _not_by_form(event)
    if event.by in (session.presenter, session.facilitator) or _is_outsider(session, event.by):
        return say(session, event)
    mark = fx.Mark(event.contribution, kind="said", state=QuestionState.not_counted)
    if event.by in session.told:
        return session, (mark,)
    session = replace(session, told=(*session.told, event.by)[-stages.TOLD_AT_MOST :])
    whisper = fx.Whisper(event.by, "too_early", event.contribution, session.key)
    return session, (mark, whisper)


def say_in_round(session: Session, event: ev.Spoke) -> Outcome:
    """A message in a question round: the questions-only rule (method.md §4)."""
    if _is_outsider(session, event.by):
        return _tell_outsider(session, event.by)
    if stages.is_late(session, event):
        return session, (fx.Mark(event.contribution, kind="said"),)
    if event.by == session.presenter:
        return _presenter_speaks(session, event)
    if event.by == session.facilitator:
        mark = fx.Mark(event.contribution, kind="said")
        return session, (mark, *_posted(session, event))
    if event.reason == "pass":
        session, effects = pass_(session, event)
        return session, (fx.Mark(event.contribution, kind="pass"), *effects)
    if not counts(event.verdict, event.reason):
        kind = "ack" if event.reason in NOT_QUESTIONS else "statement"
        mark = fx.Mark(event.contribution, kind=kind, state=QuestionState.not_counted)
        if event.verdict == "nudge" and event.ours and session.strict:
            return _hold(session, event)
        posted = _posted(session, event)
        if event.verdict != "nudge" or event.gentle:
            return session, (mark, *posted)
        session, coaching = _coach(session, event.by, event.contribution, event.reason)
        return session, (mark, *posted, *coaching)
    return _ask(session, event)


def say_in_offers(session: Session, event: ev.Spoke) -> Outcome:
    """Ideas and feedback; the presenter listens (method.md §3, Listening mode)."""
    if event.by == session.presenter:
        whisper = fx.Whisper(event.by, "listening", event.contribution, session.key)
        return session, (fx.Mark(event.contribution, kind="said"), whisper)
    if _is_outsider(session, event.by) or event.by == session.facilitator:
        return say(session, event)
    _within_quota(session, event.by)
    session = stages.count(session, event.by)
    mark = fx.Mark(event.contribution, kind="offer")
    return _settled(session, event, mark, *_posted(session, event))


def _ask(session: Session, event: ev.Spoke) -> Outcome:
    try:
        _within_quota(session, event.by)
    except Refusal as refusal:
        if event.ours:
            raise
        # A typed message already stands in the thread: it is not counted, and the author knows.
        mark = fx.Mark(event.contribution, kind="question", state=QuestionState.not_counted)
        return session, (mark, fx.Refuse(event.by, refusal.code, refusal.values))
    session = _opened(session, event.contribution, event.by)
    mark = fx.Mark(event.contribution, kind="question", state=QuestionState.open)
    effects: tuple[fx.Effect, ...] = (mark, *_posted(session, event))
    if event.verdict == "tip" and event.tips and event.by not in session.tipped:
        session = replace(session, tipped=session.tipped | {event.by})
        tip = fx.Whisper(event.by, "tip", event.contribution, session.key, {"reason": event.reason})
        effects = (*effects, tip)
    return _settled(session, event, *effects)


def _presenter_speaks(session: Session, event: ev.Spoke) -> Outcome:
    """A typed answer finds its question: the quoted one, else the only open one."""
    waiting = {q.id for q in session.open}
    found: tuple[ContributionId, ...]
    if event.quotes is not None and event.quotes in waiting:
        found = (event.quotes,)
    elif len(waiting) == 1:
        found = tuple(waiting)
    else:
        mark = fx.Mark(event.contribution, kind="said")
        if not waiting or event.reason == "ack":
            return session, (mark,)
        which = fx.Whisper(event.by, "which_question", event.contribution, session.key)
        return session, (mark, which)
    if event.reason == "ack" and event.quotes is None:
        return session, (fx.Mark(event.contribution, kind="said"),)
    return _answer(session, event, found, event.contribution)


def say_again(session: Session, event: ev.SpokeAgain) -> Outcome:
    """An edited message is judged again; a corrected one clears its nudge."""
    known = event.known
    if (
        known.entry != session.entry
        or session.stage is None
        or session.stage.speech not in JUDGED
        or event.by in (session.presenter, session.facilitator)
        or _is_outsider(session, event.by)
    ):
        return session, ()
    now = counts(event.verdict, event.reason)
    was = known.kind == "question" and known.state is not QuestionState.not_counted
    # What is no longer nudged has cleared its nudge, whether or not it counts.
    cleared = True if known.nudged and event.verdict != "nudge" else None
    mark = fx.Mark(known.id, verdict=event.verdict, reason=event.reason, acted=cleared)
    if now and not was:
        if not _has_quota(session, event.by):
            most = session.stage.quota[1]
            full = fx.Refuse(event.by, "quota_reached", {"most": most})
            return session, (replace(mark, acted=True), full)
        session = _opened(session, known.id, event.by)
        mark = replace(mark, kind="question", state=QuestionState.open)
        if known.nudged and not known.acted:
            thanks = fx.Whisper(event.by, "cleared", known.id, session.key)
            return _settled(session, event, mark, thanks)
        return _settled(session, event, mark)
    if was and not now and _is_waiting(session, known.id):
        session = _taken_back(session, known.id, event.by)
        mark = replace(mark, kind="statement", state=QuestionState.not_counted)
        if event.verdict != "nudge" or event.gentle:
            return _settled(session, event, mark)
        session, coaching = _coach(session, event.by, known.id, event.reason)
        return _settled(session, event, mark, *coaching)
    if not now and event.verdict == "nudge" and not event.gentle and not known.nudged:
        session, coaching = _coach(session, event.by, known.id, event.reason)
        return session, (mark, *coaching)
    return session, (mark,)


def unsay(session: Session, event: ev.Unsaid) -> Outcome:
    """A deleted message is withdrawn; a deleted answer opens its question again."""
    known = event.known
    gone = fx.Mark(known.id, state=QuestionState.withdrawn, acted=True)
    if known.entry != session.entry or known.by != event.by:
        return session, (gone,)
    if _is_waiting(session, known.id):
        return _settled(_taken_back(session, known.id, known.by), event, gone)
    if known.kind == "answer" and known.answers and session.stage is not None:
        back = tuple(q for q in known.answers if not _is_waiting(session, q))
        session = replace(
            session,
            open=(*session.open, *(OpenQuestion(q, PersonId("")) for q in back)),
            answered=max(session.answered - len(back), 0),
        )
        reopened = (fx.Mark(q, state=QuestionState.open) for q in back)
        return _settled(session, event, gone, *reopened)
    return session, (gone,)


# The nudge (method.md §4)


def _coach(session: Session, by: PersonId, contribution: ContributionId, reason: str) -> Outcome:
    """The ladder: in full, then one line, then silence; never a public correction."""
    rung = session.nudged.get(by, 0)
    nudged = {**session.nudged, by: rung + 1}
    session = replace(session, nudged=nudged)
    effects: tuple[fx.Effect, ...] = ()
    if rung < len(LADDER):
        values = {"reason": reason, "rung": LADDER[rung]}
        effects = (
            fx.Mark(contribution, nudged=1),
            fx.Whisper(by, "nudge", contribution, session.key, values),
        )
    if len(nudged) >= SEVERAL and not session.noticed:
        session = replace(session, noticed=True)
        key = f"noticing/{session.id}/{session.entry}"
        effects = (*effects, fx.Show("noticing", key, session.id, session.key))
    return session, effects


def _hold(session: Session, event: ev.Spoke) -> Outcome:
    """Strict sets: what was handed in by form is held back and comes back to its author."""
    mark = fx.Mark(event.contribution, kind="question", state=QuestionState.held, nudged=1)
    whisper = fx.Whisper(
        event.by, "held", event.contribution, session.key, {"reason": event.reason}
    )
    return session, (mark, whisper)


def insist(session: Session, event: ev.QuestionInsisted) -> Outcome:
    """ "It is a question": it counts. The facilitator sees the total, not the person."""
    known = _own(session, event)
    if known.state is not QuestionState.not_counted:
        raise Refusal("already_done")
    _within_quota(session, event.by)
    session = replace(_opened(session, known.id, event.by), insisted=session.insisted + 1)
    mark = fx.Mark(known.id, kind="question", state=QuestionState.open, acted=True)
    return _settled(session, event, mark, fx.Whisper(event.by, "counted", known.id, session.key))


def keep_for_later(session: Session, event: ev.KeptForLater) -> Outcome:
    known = _own(session, event)
    if known.kind == "kept":
        raise Refusal("already_done")
    mark = fx.Mark(known.id, kind="kept", state=QuestionState.not_counted, acted=True)
    effects: tuple[fx.Effect, ...] = (mark, fx.Whisper(event.by, "kept", known.id, session.key))
    session = replace(session, kept=session.kept + 1)
    if _is_waiting(session, known.id):
        session = _taken_back(session, known.id, event.by)
        return _settled(session, event, *effects)
    return session, effects


def leave_as_is(session: Session, event: ev.LeftAsIs) -> Outcome:
    known = _own(session, event)
    return session, (fx.Mark(known.id, acted=True), fx.Whisper(event.by, "left_as_is", known.id))


def reword(session: Session, event: ev.Reworded) -> Outcome:
    """The new wording is posted; the author is asked to delete the first.

    What the bot posted or held keeps its id, so its post is changed in place.
    """
    known = _own(session, event)
    if not counts(event.verdict, event.reason):
        raise Refusal("still_not_a_question")
    if _is_waiting(session, known.id):
        session = _taken_back(session, known.id, event.by)
    _within_quota(session, event.by)
    session = _opened(session, event.contribution, event.by)
    effects: list[fx.Effect] = [_post(session, event.contribution)]
    if event.contribution != known.id:
        effects.append(fx.Mark(known.id, state=QuestionState.withdrawn, acted=True))
        effects.append(fx.Whisper(event.by, "delete_first", known.id, session.key))
    open_ = fx.Mark(
        event.contribution,
        kind="question",
        state=QuestionState.open,
        acted=True,
        verdict=event.verdict,
        reason=event.reason,
    )
    effects.insert(0, open_)
    return _settled(session, event, *effects)


def post_anyway(session: Session, event: ev.PostedAnyway) -> Outcome:
    """Strict sets: the author stands by it, so the facilitator (or host) reads it first."""
    known = _own(session, event)
    if known.state is not QuestionState.held:
        raise Refusal("already_done")
    reader = session.steers
    if reader is None or reader == event.by:
        return _let_through(session, event, known.id, event.by)
    return session, (
        fx.Mark(known.id, acted=True),
        fx.Whisper(reader, "held_for_you", known.id, session.key),
        fx.Whisper(event.by, "waits_for_facilitator", known.id, session.key),
    )


def accept_held(session: Session, event: ev.HeldAccepted) -> Outcome:
    stages.only_steering(session, event)
    if event.known.session != session.id or event.known.state is not QuestionState.held:
        raise Refusal("already_done")
    return _let_through(session, event, event.known.id, event.known.by)


def _let_through(
    session: Session, event: ev.Deed, question: ContributionId, author: PersonId
) -> Outcome:
    _within_quota(session, author)
    session = _opened(session, question, author)
    mark = fx.Mark(question, state=QuestionState.open, acted=True)
    return _settled(session, event, mark, _post(session, question))


# The presenter and the open questions


def answer(session: Session, event: ev.Answered) -> Outcome:
    _only_presenter(session, event)
    if not event.questions:
        return session, ()
    return _answer(session, event, event.questions, event.contribution)


def _answer(
    session: Session,
    event: ev.Deed,
    questions: tuple[ContributionId, ...],
    words: ContributionId | None,
) -> Outcome:
    found = tuple(q for q in dict.fromkeys(questions) if _is_waiting(session, q))
    if not found:
        raise Refusal("question_is_closed")
    for question in found:
        session = _closed(session, question)
    session = replace(session, answered=session.answered + len(found))
    effects: list[fx.Effect] = [fx.Mark(q, state=QuestionState.answered) for q in found]
    if words is not None:
        effects.append(fx.Mark(words, kind="answer", answers=found))
        if isinstance(event, ev.Answered) and event.posts:
            effects.append(_post(session, words))
    return _settled(session, event, *effects)


def park(session: Session, event: ev.Parked) -> Outcome:
    return _put_aside(session, event, event.question, QuestionState.parked)


def decline(session: Session, event: ev.Declined) -> Outcome:
    return _put_aside(session, event, event.question, QuestionState.declined)


def _put_aside(
    session: Session, event: ev.Deed, question: ContributionId, state: QuestionState
) -> Outcome:
    _only_presenter(session, event)
    if not _is_waiting(session, question):
        raise Refusal("question_is_closed")
    return _settled(_closed(session, question), event, fx.Mark(question, state=state))


def land(session: Session, event: ev.Landed) -> Outcome:
    _only_presenter(session, event)
    known = event.known
    if known.session != session.id or known.kind != "question":
        raise Refusal("question_is_closed")
    if _is_waiting(session, known.id):
        session = replace(_closed(session, known.id), answered=session.answered + 1)
    return _settled(session, event, fx.Mark(known.id, state=QuestionState.landed))


# Done, thinking, pass


def think(session: Session, event: ev.ThinkingShown) -> Outcome:
    stages.only_members(session, event)
    return _shown(stages.think(session, event))


def pass_(session: Session, event: ev.Deed) -> Outcome:
    if event.by == session.presenter:
        raise Refusal("presenter_does_not_pass")
    if event.by not in session.people:
        raise Refusal("members_only")
    if event.by in session.passed:
        return session, ()
    return _settled(stages.pass_(session, event), event)


# Actions


def name_action(session: Session, event: ev.ActionNamed) -> Outcome:
    _only_presenter(session, event)
    if event.action in session.actions:
        return session, ()
    return _shown(replace(session, actions=(*session.actions, event.action)))


def drop_action(session: Session, event: ev.ActionDropped) -> Outcome:
    _only_presenter(session, event)
    left = tuple(a for a in session.actions if a != event.action)
    return _shown(replace(session, actions=left))


def settle_actions(session: Session, event: ev.ActionsSettled) -> Outcome:
    """The presenter is done choosing. No action is a result too, if they say so."""
    _only_presenter(session, event)
    if not session.actions and not event.reasoned:
        raise Refusal("action_or_reason")
    session = replace(session, done=session.done | {event.by})
    ending = Ending.actions if session.actions else Ending.no_action
    return _go_on(replace(session, ending=ending), event)


# The process


def end_stage(session: Session, event: ev.StageEnded) -> Outcome:
    """Presenter or facilitator ends a stage early; under quorum this is the decision."""
    stages.only_steering(session, event, session.presenter)
    if session.stage is not None and session.stage.form == "actions":
        session = replace(session, ending=Ending.actions if session.actions else Ending.unsettled)
    return _go_on(session, event)


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
    return _shown(replace(session, finishing=False), *timers)


def pause(session: Session, event: ev.StagePaused) -> Outcome:
    stages.only_steering(session, event, session.presenter)
    if session.paused:
        raise Refusal("is_paused")
    session, timers = stages.pause(session, event.at, event.until)
    return _shown(replace(session, finishing=False, deciding=False), *timers)


def resume(session: Session, event: ev.StageResumed) -> Outcome:
    stages.only_steering(session, event, session.presenter)
    return _resumed(session, event)


def _resumed(session: Session, event: ev.Happening) -> Outcome:
    if not session.paused:
        raise Refusal("not_paused")
    session, timers = stages.resume(session, event.at)
    return _settled(session, event, *timers)


def withdraw(session: Session, event: ev.Withdrew) -> Outcome:
    _only_presenter(session, event)
    return _close(session, event, Ending.withdrawn)


def leave(session: Session, event: ev.Left) -> Outcome:
    """Someone left the set. The presenter's leaving withdraws the issue."""
    if session.over or event.by not in session.people:
        return session, ()
    if event.by == session.presenter:
        return _close(stages.leave(session, event.by), event, Ending.withdrawn)
    gone = tuple(q.id for q in session.open if q.by == event.by)
    session = replace(
        stages.leave(session, event.by),
        open=tuple(q for q in session.open if q.by != event.by),
        nudged={p: n for p, n in session.nudged.items() if p != event.by},
        tipped=session.tipped - {event.by},
    )
    marks = tuple(fx.Mark(q, state=QuestionState.withdrawn) for q in gone)
    if session.waiting:
        return _shown(session)
    return _settled(session, event, *marks)


def change_roles(session: Session, event: ev.RolesChanged) -> Outcome:
    session = replace(session, facilitator=event.facilitator, host=event.host)
    return _shown(session)


def change_hours(session: Session, event: ev.HoursChanged) -> Outcome:
    session = stages.change_hours(session, event)
    return _settled(session, event, *stages.retime_nudge(session, event.by, event.at))


def time_ran_out(session: Session, event: ev.TimeRanOut) -> Outcome:
    if event.turn != session.turn:
        return session, ()
    if event.name.startswith("nudge:"):
        return session, stages.nudge_due(session, session.id, event)
    if event.name == "resume" and session.paused:
        return _resumed(session, event)
    if session.paused or session.stage is None:
        return session, ()
    if event.name == "finish":
        return _go_on(session, event) if _complete(session, event) else (session, ())
    if event.name == "decide":
        return _go_on(session, event)
    if event.name == "close":
        return _time_is_up(session, event)
    return session, ()


def _time_is_up(session: Session, event: ev.TimeRanOut) -> Outcome:
    """The window is over. Under quorum it is given one more day, once; then people decide."""
    stage = session.stage
    assert stage is not None
    short = session.contributors < stage.quorum or (session.at == 0 and not session.presented)
    if not short:
        return end_by_clock(session, event)
    if not session.extended:
        session, timers = stages.extend(session, event.at)
        key = f"extended/{session.id}/{session.entry}"
        post = fx.Show("extended", key, session.id, session.key)
        return _shown(session, *timers, post)
    card = "decide_quorum" if session.presented else "decide_present"
    session, effects = stages.decide(
        session, event.at, card, session.id, session.steers, session.presenter
    )
    return _shown(session, *effects)


def end_by_clock(session: Session, event: ev.Happening) -> Outcome:
    if session.stage is not None and session.stage.form == "actions":
        ending = Ending.actions if session.actions else Ending.unsettled
        session = replace(session, ending=ending)
    return _go_on(session, event)


def nothing(session: Session, event: ev.Event) -> Outcome:
    return session, ()


# Moving on


def _go_on(session: Session, event: ev.Happening) -> Outcome:
    if not session.presented:
        return _close(session, event, Ending.not_presented)
    if session.at + 1 < len(session.plan):
        return _enter(session, session.at + 1, event)
    return _close(session, event, session.ending or Ending.unsettled)


def _enter(session: Session, place: int, event: ev.Happening) -> Outcome:
    """A new stage; questions still open stay with the presenter but no longer hold anything up."""
    session, timers = stages.enter(session, place, event.at)
    session = replace(
        session, nudged={}, tipped=frozenset(), noticed=False, finishing=False, told_done=False
    )
    session = replace(session, told=())
    stage = session.stage
    assert stage is not None
    key = f"stage/{session.id}/{session.entry}"
    post = fx.Show("stage_opens", key, session.id, session.key, {"stage": stage.name})
    effects: list[fx.Effect] = [*timers, fx.Show("session", session.key, session.id)]
    if session.entry > 1 or place > 0:
        effects.append(post)
    if stage.awaits == "presenter":
        effects.append(fx.Whisper(session.presenter, "your_part", session.id, session.key))
    return session, tuple(effects)


def _close(session: Session, event: ev.Happening, ending: Ending) -> Outcome:
    session = replace(
        session,
        over=True,
        ending=ending,
        turn=session.turn + 1,
        entry=session.entry + 1,
        closes=None,
        left=None,
        open=(),
        nudged={},
        counts={},
        told=(),
    )
    told = ev.SessionClosed(
        at=event.at, session=session.id, presenter=session.presenter, ending=ending
    )
    effects: list[fx.Effect] = [
        *stages.quiet(),
        fx.Show("session", session.key, session.id),
        fx.Tell(session.meeting, told),
    ]
    if session.kept and ending not in (Ending.withdrawn, Ending.not_presented):
        effects.append(fx.Whisper(session.presenter, "kept_for_you", session.id, session.key))
    return session, tuple(effects)


def _settled(session: Session, event: ev.Happening, *effects: fx.Effect) -> Outcome:
    """Show the card, and see whether the stage is complete (method.md §3, Early finish)."""
    stage = session.stage
    if stage is None or session.paused or stage.speech in (Speech.presenter_only, Speech.form):
        return _shown(session, *effects)
    complete = _complete(session, event)
    if complete and not session.finishing:
        due = _after_thinking(session, event)
        effects = (*effects, fx.SetTimer("finish", session.turn, due))
        if not session.told_done:
            done = fx.Whisper(session.presenter, "everyone_done", session.id, session.key)
            effects = (*effects, done)
        session = replace(session, finishing=True, told_done=True)
    elif session.finishing and not complete:
        session = replace(session, finishing=False)
        effects = (*effects, fx.ClearTimer("finish"))
    return _shown(session, *effects)


def _after_thinking(session: Session, event: ev.Happening) -> datetime:
    """Four working hours on, in the presenter's own time; at home if they never work."""
    try:
        return add_working(event.at, stages.THINKING_TIME, session.hours(session.presenter))
    except NeverWorks:
        return add_working(event.at, stages.THINKING_TIME, session.home)


def _complete(session: Session, event: ev.Happening) -> bool:
    """Everyone is done, each question is treated, and somebody did contribute."""
    stage = session.stage
    if stage is None or session.open or session.waiting_for(event.at):
        return False
    return session.contributors >= stage.quorum


def _shown(session: Session, *effects: fx.Effect) -> Outcome:
    return session, (*effects, fx.Show("session", session.key, session.id))


# Small checks


def counts(verdict: str, reason: str) -> bool:
    """Whether a judged message counts as a question. Unsure means accept (method.md §4)."""
    return verdict in ("accept", "tip") and reason not in NOT_QUESTIONS


def _not_by_form(event: ev.Spoke) -> None:
    """What was handed in by form is posted in a round; elsewhere it goes back to its author."""
    if event.ours:
        raise Refusal("not_in_this_stage")


def _is_outsider(session: Session, person: PersonId) -> bool:
    return person not in session.people and person not in (session.facilitator, session.presenter)


def _tell_outsider(session: Session, person: PersonId) -> Outcome:
    """Outsiders' messages are never judged, counted or kept; one private line, once."""
    if person in session.told:
        return session, ()
    session = replace(session, told=(*session.told, person)[-stages.TOLD_AT_MOST :])
    return session, (fx.Whisper(person, "outsider", session.id, session.key),)


def _only_presenter(session: Session, event: ev.Deed) -> None:
    if event.by != session.presenter:
        raise Refusal("only_presenter")


def _own(session: Session, event: Any) -> Any:
    """The contribution a nudge was about, if it is the presser's own and of this session."""
    known = event.known
    if known.by != event.by or known.session != session.id:
        raise Refusal("not_yours")
    if known.state is QuestionState.withdrawn:
        raise Refusal("already_done")
    return known


def _has_quota(session: Session, person: PersonId) -> bool:
    most = session.stage.quota[1] if session.stage else 0
    return not most or session.counts.get(person, 0) < most


def _within_quota(session: Session, person: PersonId) -> None:
    if not _has_quota(session, person):
        assert session.stage is not None
        raise Refusal("quota_reached", most=session.stage.quota[1])


def _is_waiting(session: Session, question: ContributionId) -> bool:
    return any(q.id == question for q in session.open)


def _opened(session: Session, question: ContributionId, by: PersonId) -> Session:
    session = stages.count(session, by)
    return replace(
        session, open=(*session.open, OpenQuestion(question, by)), asked=session.asked + 1
    )


def _closed(session: Session, question: ContributionId) -> Session:
    return replace(session, open=tuple(q for q in session.open if q.id != question))


def _taken_back(session: Session, question: ContributionId, by: PersonId) -> Session:
    session = stages.count(_closed(session, question), by, -1)
    return replace(session, asked=max(session.asked - 1, 0))


def _post(session: Session, contribution: ContributionId) -> fx.Show:
    return fx.Show("said", f"said/{contribution}", contribution, session.key)


def _posted(session: Session, event: ev.Spoke) -> tuple[fx.Effect, ...]:
    return (_post(session, event.contribution),) if event.ours else ()


SPEAKING: dict[type[ev.Event], Rule] = {
    ev.ThinkingShown: think,
    ev.Passed: pass_,
    ev.StageEnded: end_stage,
    ev.StageExtended: extend,
    ev.StagePaused: pause,
    ev.StageResumed: resume,
}
PRESENTER_AND_QUESTIONS: dict[type[ev.Event], Rule] = {
    ev.Answered: answer,
    ev.Parked: park,
    ev.Declined: decline,
    ev.Landed: land,
}
QUESTION_ROUND: dict[type[ev.Event], Rule] = {
    **SPEAKING,
    **PRESENTER_AND_QUESTIONS,
    ev.Spoke: say_in_round,
    ev.QuestionInsisted: insist,
    ev.LeftAsIs: leave_as_is,
    ev.Reworded: reword,
    ev.PostedAnyway: post_anyway,
    ev.HeldAccepted: accept_held,
}

# What is lawful in each kind of stage.
RULES: dict[Speech, dict[type[ev.Event], Rule]] = {
    Speech.open: {**SPEAKING, ev.Spoke: say},
    Speech.presenter_only: {
        ev.Spoke: say_too_early,
        ev.StageEnded: end_stage,
        ev.StageExtended: extend,
        ev.StagePaused: pause,
        ev.StageResumed: resume,
    },
    Speech.clarify: QUESTION_ROUND,
    Speech.questions: QUESTION_ROUND,
    Speech.reply_statements: QUESTION_ROUND,
    Speech.offers: {**SPEAKING, ev.Spoke: say_in_offers},
    Speech.form: {
        **SPEAKING,
        **PRESENTER_AND_QUESTIONS,
        ev.Spoke: say,
        ev.ActionNamed: name_action,
        ev.ActionDropped: drop_action,
        ev.ActionsSettled: settle_actions,
    },
}

# Before the set is large enough.
WAITING: dict[type[ev.Event], Rule] = {
    ev.Spoke: say,
    ev.StageEnded: end_waiting,
}

# Lawful in every stage and before it. Looked up only where the stage has no rule of its own.
ANYTIME: dict[type[ev.Event], Rule] = {
    ev.SessionBegun: begin,
    ev.IssueGiven: give_issue,
    ev.Joined: join,
    ev.Left: leave,
    ev.RolesChanged: change_roles,
    ev.HoursChanged: change_hours,
    ev.SpokeAgain: say_again,
    ev.Unsaid: unsay,
    ev.KeptForLater: keep_for_later,
    ev.Withdrew: withdraw,
    ev.TimeRanOut: time_ran_out,
}

# After the end: messages are not judged or kept any more, and late timers are silent.
OVER: dict[type[ev.Event], Rule] = {
    ev.SessionBegun: nothing,
    ev.Spoke: say,
    ev.SpokeAgain: nothing,
    ev.Unsaid: unsay,
    ev.Joined: nothing,
    ev.Left: nothing,
    ev.RolesChanged: nothing,
    ev.HoursChanged: nothing,
    ev.TimeRanOut: nothing,
}
