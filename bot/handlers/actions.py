"""A person's own actions: choosing them, checking in, reporting back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import RequestContext
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.actions import Action, plan
from bot.method.learning_set import LearningSet, next_opening
from bot.method.policy import DATE_FURTHEST_DAYS
from bot.method.session import Session
from bot.method.session.presenting import may_commit
from bot.method.stages import Refusal
from bot.method.terms import ActionId, Outcome, SetId
from bot.ports import UserText
from bot.worktime import NeverWorks, add_working_days, local_date

DETAILS = ("first_step", "when_where", "sign", "obstacle", "helper")


def new(context: RequestContext, session: Session, what: str = "") -> None:
    """Open the action form, with the day before the next report back as its date."""
    volunteers = any(stage is not None and stage.volunteers for stage in session.plan)
    if context.me.id != session.presenter and not (volunteers and context.me.id in session.people):
        raise Refusal("only_presenter")
    if session.stage is None or session.stage.form != "actions":
        raise Refusal("no_actions_stage_now")
    if not may_commit(session, context.me.id):
        raise Refusal("only_presenter")
    due = default_due(context, context.the_set(session.set))
    context.open("action", session.id, session.entry, what=what, due=due.isoformat())


def default_due(context: RequestContext, group: LearningSet) -> date:
    """The working day before the next report back (method.md §3, Time to act)."""
    _, opens = next_opening(group, context.at)
    try:
        return add_working_days(local_date(opens, context.me.hours), -1, context.me.hours)
    except NeverWorks:
        return local_date(opens, context.me.hours) - timedelta(days=1)


def handle_action_form(context: RequestContext, sent: Sent) -> None:
    """The action form was handed in: what, and by when."""
    session = context.session(sent.ref)
    if not may_commit(session, context.me.id):
        raise Refusal("only_presenter")
    what = sent.values.get("what", "").strip()
    if not what:
        raise Refusal("nothing_written")
    due = day_in(sent, "due", context) or default_due(context, context.the_set(session.set))
    today = local_date(context.at, context.me.hours)
    id = ActionId(context.work.ids.new())
    action = Action(
        id=id,
        set=session.set,
        session=session.id,
        owner=context.me.id,
        made=today,
        due=due,
        check_ins=plan(today, due, context.me.hours),
    )
    parts = {"what": what, **{k: sent.values[k].strip() for k in DETAILS if sent.values.get(k)}}
    event = ev.ActionNamed(at=context.at, by=context.me.id, entry=sent.entry, action=id)
    context.tx.machines.save(action)
    context.tx.texts.put(UserText("action", id, session.set, context.me.id, parts, context.at))
    if context.tell(session.id, event):
        context.work.plan_digest(context.me)
        context.say("action_kept", id)
    else:
        context.tx.texts.erase("action", id)
        context.tx.machines.save(replace(action, settled=True, check_ins=()))


def day_in(sent: Sent, name: str, context: RequestContext) -> date | None:
    """A date from a form, in the person's own zone. Refuses what is none, or cannot be meant."""
    text = sent.values.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("not_a_date") from error
    return require_future_day(context, day)


def require_future_day(context: RequestContext, day: date) -> date:
    """A day after today and within a year. Refuses the past and the far future."""
    today = local_date(context.at, context.me.hours)
    if day <= today:
        raise Refusal("date_is_past")
    if (day - today).days > DATE_FURTHEST_DAYS:
        raise Refusal("date_is_far")
    return day


def open_details(context: RequestContext, press: Pressed) -> None:
    context.open("action_more", context.action(press.ref).id)


def handle_details_form(context: RequestContext, sent: Sent) -> None:
    """The second page: all of it by choice."""
    action = context.action(sent.ref)
    words = context.tx.texts.get("action", action.id)
    if words is None:
        raise Refusal("no_longer_there")
    parts = {k: sent.values[k].strip() for k in DETAILS if sent.values.get(k, "").strip()}
    context.tx.texts.put(replace(words, parts={**words.parts, **parts}, at=context.at))
    given = sent.values.get("confidence", "")
    confidence = int(given) if given.isdecimal() and int(given) <= 10 else action.confidence
    action = replace(
        action,
        confidence=confidence,
        visible=sent.values.get("visible", "set") != "me",
        kind="test" if sent.values.get("kind") == "test" else "do",
    )
    context.tx.machines.save(action)
    show_session(context, action)
    unsure = confidence is not None and confidence < 8
    context.say("raise_confidence" if unsure else "action_kept", action.id)


def drop(context: RequestContext, press: Pressed) -> None:
    """Take an action back, while the stage still runs."""
    action = context.action(press.ref)
    event = ev.ActionDropped(at=context.at, by=context.me.id, entry=press.entry, action=action.id)
    if context.tell(action.session, event):
        context.work.tell_action(action, ev.LetGo(at=context.at, by=context.me.id), context.me)
        context.tx.texts.erase("action", action.id)
        context.say("noted")


def check_in(outcome: Outcome) -> Callable[[RequestContext, Pressed], None]:
    """A check-in's button. The outcome is kept at once; the form after it may stay empty."""

    def press(context: RequestContext, press: Pressed) -> None:
        _check_in(context, context.action(press.ref), outcome)

    return press


def _check_in(context: RequestContext, action: Action, outcome: Outcome) -> None:
    event = ev.CheckedIn(at=context.at, by=context.me.id, outcome=outcome)
    context.work.tell_action(action, event, context.me)
    context.open("check_in", action.id, outcome=outcome.value)
    context.say("checked_in", action.id, outcome=outcome.value)


def handle_check_in_form(context: RequestContext, sent: Sent) -> None:
    """What happened and what was learned, in the owner's words; and what becomes of it."""
    action = context.action(sent.ref)
    parts = {k: sent.values[k].strip() for k in ("happened", "learned") if sent.values.get(k)}
    if parts:
        about = action.id
        known = context.tx.texts.get("check_in", about)
        kept = {**(known.parts if known else {}), **parts}
        context.tx.texts.put(
            UserText("check_in", about, action.set, context.me.id, kept, context.at)
        )
    if parts.get("learned") and action.outcome is not None:
        event = ev.CheckedIn(at=context.at, by=context.me.id, outcome=action.outcome, learned=True)
        action = context.work.tell_action(action, event, context.me)
    then = sent.values.get("then", "")
    if then == "let_go":
        context.work.tell_action(action, ev.LetGo(at=context.at, by=context.me.id), context.me)
    due = day_in(sent, "due", context)
    if then != "let_go" and due is not None:
        context.work.tell_action(
            action, ev.DueMoved(at=context.at, by=context.me.id, due=due), context.me
        )
    smaller = sent.values.get("what", "").strip()
    words = context.tx.texts.get("action", action.id)
    if smaller and words is not None and then in ("shrink", "change"):
        context.tx.texts.put(replace(words, parts={**words.parts, "what": smaller}, at=context.at))
    context.say("noted_thanks")


def snooze(context: RequestContext, press: Pressed) -> None:
    """Put off by some days (the ref carries them), or ask until when."""
    id, _, days = press.ref.partition(":")
    action = context.action(id)
    if not days:
        return context.open("snooze", action.id)
    _snooze(
        context,
        action,
        local_date(context.at, context.me.hours) + timedelta(days=_snooze_days(days)),
    )


def _snooze_days(days: str) -> int:
    """A number of days from a button. Refuses what no button of ours says."""
    if not days.isdecimal() or len(days) > 3:
        raise Refusal("that_moment_has_passed")
    return int(days)


def handle_snooze_form(context: RequestContext, sent: Sent) -> None:
    action = context.action(sent.ref)
    until = day_in(sent, "until", context)
    if until is None:
        raise Refusal("not_a_date")
    _snooze(context, action, until)


def _snooze(context: RequestContext, action: Action, until: date) -> None:
    before = len(context.work.codes)
    event = ev.Snoozed(at=context.at, by=context.me.id, until=until)
    context.work.tell_action(action, event, context.me)
    if len(context.work.codes) == before:
        context.work.plan_digest(context.me)
        context.say("snoozed", action.id)


def move_due(context: RequestContext, press: Pressed) -> None:
    context.open("move_due", context.action(press.ref).id)


def handle_due_form(context: RequestContext, sent: Sent) -> None:
    action = context.action(sent.ref)
    due = day_in(sent, "due", context)
    if due is None:
        raise Refusal("not_a_date")
    context.work.tell_action(
        action, ev.DueMoved(at=context.at, by=context.me.id, due=due), context.me
    )
    context.say("action_kept", action.id)


def let_go_of_action(context: RequestContext, press: Pressed) -> None:
    action = context.action(press.ref)
    context.work.tell_action(action, ev.LetGo(at=context.at, by=context.me.id), context.me)
    context.say("noted_thanks")


def handle_outcome_command(context: RequestContext, outcome: Outcome, rest: str) -> None:
    """`/als done`: the only action that waits, the numbered one, or a list to choose from."""
    waiting = context.tx.actions.of_owner(context.me.id)
    if not waiting:
        raise Refusal("no_actions")
    number = int(rest) if rest.isdecimal() and len(rest) < 4 else 0
    if 0 < number <= len(waiting):
        return _check_in(context, waiting[number - 1], outcome)
    if len(waiting) == 1 and not rest:
        return _check_in(context, waiting[0], outcome)
    context.say("my_actions")


def handle_snooze_command(context: RequestContext, rest: str) -> None:
    waiting = context.tx.actions.of_owner(context.me.id)
    if not waiting:
        raise Refusal("no_actions")
    if len(waiting) > 1:
        return context.say("my_actions")
    days = int(rest) if rest.isdecimal() and len(rest) < 4 else 0
    if days:
        today = local_date(context.at, context.me.hours)
        return _snooze(context, waiting[0], today + timedelta(days=days))
    context.open("snooze", waiting[0].id)


def mark_reported(context: RequestContext, group: SetId) -> None:
    """After a report back the meeting has asked: the action's own nudges fall silent."""
    for action in context.tx.actions.of_owner(context.me.id):
        if action.set == group and not action.reported:
            context.work.tell_action(action, ev.ReportOpened(at=context.at), context.me)


def actions_owed(context: RequestContext, group: SetId) -> tuple[Action, ...]:
    """The person's actions in a set that have not been reported back yet."""
    mine = context.tx.actions.of_owner(context.me.id, unsettled=False)
    return tuple(a for a in mine if a.set == group and not a.reported)


def show_session(context: RequestContext, action: Action) -> None:
    session = context.session(action.session)
    context.work.show(fx.Show("session", session.key, session.id))
