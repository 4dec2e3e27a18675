"""Forms that were handed in. A refused one loses nothing: its text comes back to the person."""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers import (
    actions,
    closing,
    intake,
    learning_sets,
    privacy,
    set_settings,
    stages,
    votes,
)
from bot.handlers.inputs import Sent
from bot.handlers.messages import judge_text, post_question_from_form, save_contribution
from bot.handlers.request_context import RequestContext
from bot.judge import Judgement, Verdict
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.card_key import CardKey, CardKind
from bot.method.policy import FORM_TEXT_MOST
from bot.method.questionnaires import LOG_PROMPTS
from bot.method.stages import Refusal
from bot.method.terms import Contribution, Outcome
from bot.ports import UserText


def handle_form(context: RequestContext, form: Sent) -> None:
    """One form. An unknown name comes from an old version: refused kindly."""
    found = FORMS.get(form.form)
    if found is None:
        raise Refusal("that_moment_has_passed")
    if any(len(value) > FORM_TEXT_MOST for value in form.values.values()):
        raise Refusal("too_long", most=FORM_TEXT_MOST)
    found(context, form)


def ask(context: RequestContext, form: Sent) -> None:
    text = _text(form)
    session = context.session(form.ref)
    if context.me.id not in (*session.people, session.facilitator):
        raise Refusal("members_only")
    if context.me.id == session.presenter:
        raise Refusal("presenter_does_not_ask")
    post_question_from_form(context, session, text, form.entry)


def answer(context: RequestContext, form: Sent) -> None:
    """The presenter answers one question by form; the bot posts the answer in the thread."""
    text = _text(form)
    question = context.contribution(form.ref)
    session = context.session(question.session)
    if context.me.id != session.presenter:
        raise Refusal("only_presenter")
    id = save_contribution(context, session, text, Judgement(Verdict.accept, "exempt"))
    event = ev.Answered(
        at=context.at, by=context.me.id, questions=(question.id,), contribution=id, posts=True
    )
    if not context.tell(session.id, event):
        context.tx.texts.erase("said", id)


def reword(context: RequestContext, form: Sent) -> None:
    """Another wording for a nudged message. What the bot posted itself is changed in place."""
    text = _text(form)
    known = context.contribution(form.ref)
    session = context.session(known.session)
    if known.by != context.me.id:
        raise Refusal("not_yours")
    judged = judge_text(context, session, text)
    id = known.id if known.ours else save_contribution(context, session, text, judged)
    event = ev.Reworded(
        at=context.at,
        by=context.me.id,
        entry=form.entry,
        known=known,
        contribution=id,
        verdict=judged.verdict.value,
        reason=judged.reason,
    )
    taken = context.tell(session.id, event)
    if taken and known.ours:
        context.tx.texts.put(
            UserText("said", id, session.set, known.by, {"text": text}, context.at)
        )
    elif not taken and not known.ours:
        context.tx.texts.erase("said", id)


def show_again(context: RequestContext, known: Contribution) -> bool:
    """Draw a post of ours anew whose words have changed or gone; False if it never stood."""
    key = CardKey.of(CardKind.POSTED_TEXT, known.id)
    if not context.tx.cards.get(key):
        return False
    context.work.show(fx.Show("said", key, known.id, CardKey.of(CardKind.SESSION, known.session)))
    return True


def no_action(context: RequestContext, form: Sent) -> None:
    """No action is a result too; the reason is the presenter's, and may stay theirs."""
    session = context.session(form.ref)
    event = ev.ActionsSettled(at=context.at, by=context.me.id, entry=form.entry, reasoned=True)
    reason = form.values.get("reason", "").strip()
    if session.presenter == context.me.id and reason:
        words = UserText(
            "no_action", session.id, session.set, context.me.id, {"reason": reason}, context.at
        )
        context.tx.texts.put(words)
    context.work.tell(session.id, event)


def report(context: RequestContext, form: Sent) -> None:
    """What happened with each action, and what was learned: told to the set in its thread."""
    meeting = context.staged(form.ref)
    group = context.my_set(meeting.set)
    event = ev.ReportedBack(at=context.at, by=context.me.id, entry=form.entry)
    before = actions.actions_owed(context, group.id)
    if not context.tell(meeting.id, event):
        return
    parts: dict[str, str] = {}
    for action in before:
        outcome = form.values.get(f"outcome_{action.id}", "")
        happened = form.values.get(f"happened_{action.id}", "").strip()
        if outcome in set(Outcome):
            checked = ev.CheckedIn(at=context.at, by=context.me.id, outcome=Outcome(outcome))
            context.work.tell_action(action, checked, context.me)
            parts[f"outcome_{action.id}"] = outcome
        if happened:
            parts[f"happened_{action.id}"] = happened
    learned = form.values.get("learned", "").strip()
    if learned:
        parts["learned"] = learned
    actions.mark_reported(context, group.id)
    about = f"{meeting.id}:{context.me.id}"
    context.tx.texts.put(UserText("report", about, group.id, context.me.id, parts, context.at))
    context.work.show(fx.Show("report", CardKey.of(CardKind.REPORT, about), about, meeting.key))


def log(context: RequestContext, form: Sent) -> None:
    """One entry of the learning log: private, and nobody else's."""
    text = _text(form)
    prompt = form.values.get("prompt", "")
    parts = {"text": text, "prompt": prompt if prompt in LOG_PROMPTS else LOG_PROMPTS[0]}
    about = context.work.ids.new()
    context.tx.texts.put(UserText("log", about, None, context.me.id, parts, context.at))
    context.say("log")


def pause(context: RequestContext, form: Sent) -> None:
    staged = context.staged(form.ref)
    until = actions.day_in(form, "until", context)
    event = ev.StagePaused(at=context.at, by=context.me.id, entry=form.entry, until=until)
    context.work.tell(staged.id, event)


def _text(form: Sent) -> str:
    text = form.values.get("text", "").strip()
    if not text:
        raise Refusal("nothing_written")
    return text


FORMS: dict[str, Callable[[RequestContext, Sent], None]] = {
    "present": learning_sets.handle_present_form,
    "join": learning_sets.handle_join_form,
    "set_new": learning_sets.handle_new_set_form,
    "facilitator": learning_sets.facilitator,
    **set_settings.FORMS,
    **votes.FORMS,
    **intake.FORMS,
    "settings": learning_sets.settings,
    "ask": ask,
    "answer": answer,
    "reword": reword,
    "action": actions.handle_action_form,
    "action_more": actions.handle_details_form,
    "no_action": no_action,
    "check_in": actions.handle_check_in_form,
    "snooze": actions.handle_snooze_form,
    "move_due": actions.handle_due_form,
    "report": report,
    "reflect": closing.reflect,
    "rating": closing.handle_rating_form,
    "pulse": closing.handle_pulse_form,
    "bid": stages.bid,
    "problem": stages.problem,
    "unasked": stages.handle_unasked_form,
    "valuable": stages.valuable,
    "skill": stages.skill,
    "log": log,
    "pause": pause,
    "export": privacy.handle_export_form,
}
