"""A person's own actions: choosing them, checking in, reporting back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import Desk
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.actions import Action, plan
from bot.method.learning_set import LearningSet, next_opening
from bot.method.session import Session
from bot.method.session.presenting import may_commit
from bot.method.stages import Refusal
from bot.method.terms import ActionId, Outcome, SetId
from bot.ports import Words
from bot.worktime import NeverWorks, add_working_days, local_date

FURTHEST = 366  # days that an action's date may lie ahead
DETAILS = ("first_step", "when_where", "sign", "obstacle", "helper")


def new(desk: Desk, session: Session, what: str = "") -> None:
    """Open the action form, with the day before the next report back as its date."""
    volunteers = any(stage is not None and stage.volunteers for stage in session.plan)
    if desk.me.id != session.presenter and not (volunteers and desk.me.id in session.people):
        raise Refusal("only_presenter")
    if session.stage is None or session.stage.form != "actions":
        raise Refusal("no_actions_stage_now")
    if not may_commit(session, desk.me.id):
        raise Refusal("only_presenter")
    due = default_due(desk, desk.the_set(session.set))
    desk.open("action", session.id, session.entry, what=what, due=due.isoformat())


def default_due(desk: Desk, group: LearningSet) -> date:
    """The working day before the next report back (method.md §3, Time to act)."""
    _, opens = next_opening(group, desk.at)
    try:
        return add_working_days(local_date(opens, desk.me.hours), -1, desk.me.hours)
    except NeverWorks:
        return local_date(opens, desk.me.hours) - timedelta(days=1)


def named(desk: Desk, sent: Sent) -> None:
    """The action form was handed in: what, and by when."""
    session = desk.session(sent.ref)
    if not may_commit(session, desk.me.id):
        raise Refusal("only_presenter")
    what = sent.values.get("what", "").strip()
    if not what:
        raise Refusal("nothing_written")
    due = day_in(sent, "due", desk) or default_due(desk, desk.the_set(session.set))
    today = local_date(desk.at, desk.me.hours)
    id = ActionId(desk.work.ids.new())
    action = Action(
        id=id,
        set=session.set,
        session=session.id,
        owner=desk.me.id,
        made=today,
        due=due,
        check_ins=plan(today, due, desk.me.hours),
    )
    parts = {"what": what, **{k: sent.values[k].strip() for k in DETAILS if sent.values.get(k)}}
    event = ev.ActionNamed(at=desk.at, by=desk.me.id, entry=sent.entry, action=id)
    desk.tx.save(action)
    desk.tx.put_words(Words("action", id, session.set, desk.me.id, parts, desk.at))
    if desk.tell(session.id, event):
        desk.work.plan_digest(desk.me)
        desk.say("action_kept", id)
    else:
        desk.tx.erase_words("action", id)
        desk.tx.save(replace(action, settled=True, check_ins=()))


def day_in(sent: Sent, name: str, desk: Desk) -> date | None:
    """A date from a form, in the person's own zone. Refuses what is none, or cannot be meant."""
    text = sent.values.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("not_a_date") from error
    return ahead(desk, day)


def ahead(desk: Desk, day: date) -> date:
    """A day after today and within a year. Refuses the past and the far future."""
    today = local_date(desk.at, desk.me.hours)
    if day <= today:
        raise Refusal("date_is_past")
    if (day - today).days > FURTHEST:
        raise Refusal("date_is_far")
    return day


def more(desk: Desk, press: Pressed) -> None:
    desk.open("action_more", desk.action(press.ref).id)


def more_sent(desk: Desk, sent: Sent) -> None:
    """The second page: all of it by choice."""
    action = desk.action(sent.ref)
    words = desk.tx.words("action", action.id)
    if words is None:
        raise Refusal("no_longer_there")
    parts = {k: sent.values[k].strip() for k in DETAILS if sent.values.get(k, "").strip()}
    desk.tx.put_words(replace(words, parts={**words.parts, **parts}, at=desk.at))
    given = sent.values.get("confidence", "")
    confidence = int(given) if given.isdecimal() and int(given) <= 10 else action.confidence
    action = replace(
        action,
        confidence=confidence,
        visible=sent.values.get("visible", "set") != "me",
        kind="test" if sent.values.get("kind") == "test" else "do",
    )
    desk.tx.save(action)
    show_session(desk, action)
    unsure = confidence is not None and confidence < 8
    desk.say("raise_confidence" if unsure else "action_kept", action.id)


def drop(desk: Desk, press: Pressed) -> None:
    """Take an action back, while the stage still runs."""
    action = desk.action(press.ref)
    event = ev.ActionDropped(at=desk.at, by=desk.me.id, entry=press.entry, action=action.id)
    if desk.tell(action.session, event):
        desk.work.tell_action(action, ev.LetGo(at=desk.at, by=desk.me.id), desk.me)
        desk.tx.erase_words("action", action.id)
        desk.say("noted")


def check_in(outcome: Outcome) -> Callable[[Desk, Pressed], None]:
    """A check-in's button. The outcome is kept at once; the form after it may stay empty."""

    def press(desk: Desk, press: Pressed) -> None:
        _check_in(desk, desk.action(press.ref), outcome)

    return press


def _check_in(desk: Desk, action: Action, outcome: Outcome) -> None:
    event = ev.CheckedIn(at=desk.at, by=desk.me.id, outcome=outcome)
    desk.work.tell_action(action, event, desk.me)
    desk.open("check_in", action.id, outcome=outcome.value)
    desk.say("checked_in", action.id, outcome=outcome.value)


def checked_in(desk: Desk, sent: Sent) -> None:
    """What happened and what was learned, in the owner's words; and what becomes of it."""
    action = desk.action(sent.ref)
    parts = {k: sent.values[k].strip() for k in ("happened", "learned") if sent.values.get(k)}
    if parts:
        about = action.id
        known = desk.tx.words("check_in", about)
        kept = {**(known.parts if known else {}), **parts}
        desk.tx.put_words(Words("check_in", about, action.set, desk.me.id, kept, desk.at))
    if parts.get("learned") and action.outcome is not None:
        event = ev.CheckedIn(at=desk.at, by=desk.me.id, outcome=action.outcome, learned=True)
        action = desk.work.tell_action(action, event, desk.me)
    then = sent.values.get("then", "")
    if then == "let_go":
        desk.work.tell_action(action, ev.LetGo(at=desk.at, by=desk.me.id), desk.me)
    due = day_in(sent, "due", desk)
    if then != "let_go" and due is not None:
        desk.work.tell_action(action, ev.DueMoved(at=desk.at, by=desk.me.id, due=due), desk.me)
    smaller = sent.values.get("what", "").strip()
    words = desk.tx.words("action", action.id)
    if smaller and words is not None and then in ("shrink", "change"):
        desk.tx.put_words(replace(words, parts={**words.parts, "what": smaller}, at=desk.at))
    desk.say("noted_thanks")


def snooze(desk: Desk, press: Pressed) -> None:
    """Put off by some days (the ref carries them), or ask until when."""
    id, _, days = press.ref.partition(":")
    action = desk.action(id)
    if not days:
        return desk.open("snooze", action.id)
    _snooze(desk, action, local_date(desk.at, desk.me.hours) + timedelta(days=_few(days)))


def _few(days: str) -> int:
    """A number of days from a button. Refuses what no button of ours says."""
    if not days.isdecimal() or len(days) > 3:
        raise Refusal("that_moment_has_passed")
    return int(days)


def snoozed(desk: Desk, sent: Sent) -> None:
    action = desk.action(sent.ref)
    until = day_in(sent, "until", desk)
    if until is None:
        raise Refusal("not_a_date")
    _snooze(desk, action, until)


def _snooze(desk: Desk, action: Action, until: date) -> None:
    before = len(desk.work.codes)
    event = ev.Snoozed(at=desk.at, by=desk.me.id, until=until)
    desk.work.tell_action(action, event, desk.me)
    if len(desk.work.codes) == before:
        desk.work.plan_digest(desk.me)
        desk.say("snoozed", action.id)


def move_due(desk: Desk, press: Pressed) -> None:
    desk.open("move_due", desk.action(press.ref).id)


def due_moved(desk: Desk, sent: Sent) -> None:
    action = desk.action(sent.ref)
    due = day_in(sent, "due", desk)
    if due is None:
        raise Refusal("not_a_date")
    desk.work.tell_action(action, ev.DueMoved(at=desk.at, by=desk.me.id, due=due), desk.me)
    desk.say("action_kept", action.id)


def let_go(desk: Desk, press: Pressed) -> None:
    action = desk.action(press.ref)
    desk.work.tell_action(action, ev.LetGo(at=desk.at, by=desk.me.id), desk.me)
    desk.say("noted_thanks")


def typed(desk: Desk, outcome: Outcome, rest: str) -> None:
    """`/als done`: the only action that waits, the numbered one, or a list to choose from."""
    waiting = desk.tx.actions_of(desk.me.id)
    if not waiting:
        raise Refusal("no_actions")
    number = int(rest) if rest.isdecimal() and len(rest) < 4 else 0
    if 0 < number <= len(waiting):
        return _check_in(desk, waiting[number - 1], outcome)
    if len(waiting) == 1 and not rest:
        return _check_in(desk, waiting[0], outcome)
    desk.say("my_actions")


def typed_snooze(desk: Desk, rest: str) -> None:
    waiting = desk.tx.actions_of(desk.me.id)
    if not waiting:
        raise Refusal("no_actions")
    if len(waiting) > 1:
        return desk.say("my_actions")
    days = int(rest) if rest.isdecimal() and len(rest) < 4 else 0
    if days:
        today = local_date(desk.at, desk.me.hours)
        return _snooze(desk, waiting[0], today + timedelta(days=days))
    desk.open("snooze", waiting[0].id)


def reported(desk: Desk, group: SetId) -> None:
    """After a report back the meeting has asked: the action's own nudges fall silent."""
    for action in desk.tx.actions_of(desk.me.id):
        if action.set == group and not action.reported:
            desk.work.tell_action(action, ev.ReportOpened(at=desk.at), desk.me)


def owed(desk: Desk, group: SetId) -> tuple[Action, ...]:
    """The person's actions in a set that have not been reported back yet."""
    mine = desk.tx.actions_of(desk.me.id, unsettled=False)
    return tuple(a for a in mine if a.set == group and not a.reported)


def show_session(desk: Desk, action: Action) -> None:
    session = desk.session(action.session)
    desk.work.show(fx.Show("session", session.key, session.id))
