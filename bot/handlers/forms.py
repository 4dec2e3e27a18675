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
from bot.handlers.messages import judge, keep, spoke_by_form
from bot.handlers.request_context import Desk
from bot.judge import Judgement, Verdict
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.stages import Refusal
from bot.method.terms import Contribution, Outcome
from bot.ports import Words

LOG_PROMPTS = ("less_sure", "a_question", "did_and_followed", "a_habit", "from_another")
LONGEST = 3000  # characters in one box: what every platform lets a person write there


def sent(desk: Desk, form: Sent) -> None:
    """One form. An unknown name comes from an old version: refused kindly."""
    found = FORMS.get(form.form)
    if found is None:
        raise Refusal("that_moment_has_passed")
    if any(len(value) > LONGEST for value in form.values.values()):
        raise Refusal("too_long", most=LONGEST)
    found(desk, form)


def ask(desk: Desk, form: Sent) -> None:
    text = _text(form)
    session = desk.session(form.ref)
    if desk.me.id not in (*session.people, session.facilitator):
        raise Refusal("members_only")
    if desk.me.id == session.presenter:
        raise Refusal("presenter_does_not_ask")
    spoke_by_form(desk, session, text, form.entry)


def answer(desk: Desk, form: Sent) -> None:
    """The presenter answers one question by form; the bot posts the answer in the thread."""
    text = _text(form)
    question = desk.contribution(form.ref)
    session = desk.session(question.session)
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter")
    id = keep(desk, session, text, Judgement(Verdict.accept, "exempt"))
    event = ev.Answered(
        at=desk.at, by=desk.me.id, questions=(question.id,), contribution=id, posts=True
    )
    if not desk.tell(session.id, event):
        desk.tx.erase_words("said", id)


def reword(desk: Desk, form: Sent) -> None:
    """Another wording for a nudged message. What the bot posted itself is changed in place."""
    text = _text(form)
    known = desk.contribution(form.ref)
    session = desk.session(known.session)
    if known.by != desk.me.id:
        raise Refusal("not_yours")
    judged = judge(desk, session, text)
    id = known.id if known.ours else keep(desk, session, text, judged)
    event = ev.Reworded(
        at=desk.at,
        by=desk.me.id,
        entry=form.entry,
        known=known,
        contribution=id,
        verdict=judged.verdict.value,
        reason=judged.reason,
    )
    taken = desk.tell(session.id, event)
    if taken and known.ours:
        desk.tx.put_words(Words("said", id, session.set, known.by, {"text": text}, desk.at))
    elif not taken and not known.ours:
        desk.tx.erase_words("said", id)


def show_again(desk: Desk, known: Contribution) -> bool:
    """Draw a post of ours anew whose words have changed or gone; False if it never stood."""
    key = f"said/{known.id}"
    if not desk.tx.posted(key):
        return False
    desk.work.show(fx.Show("said", key, known.id, f"session/{known.session}"))
    return True


def no_action(desk: Desk, form: Sent) -> None:
    """No action is a result too; the reason is the presenter's, and may stay theirs."""
    session = desk.session(form.ref)
    event = ev.ActionsSettled(at=desk.at, by=desk.me.id, entry=form.entry, reasoned=True)
    reason = form.values.get("reason", "").strip()
    if session.presenter == desk.me.id and reason:
        words = Words("no_action", session.id, session.set, desk.me.id, {"reason": reason}, desk.at)
        desk.tx.put_words(words)
    desk.work.tell(session.id, event)


def report(desk: Desk, form: Sent) -> None:
    """What happened with each action, and what was learned: told to the set in its thread."""
    meeting = desk.staged(form.ref)
    group = desk.my_set(meeting.set)
    event = ev.ReportedBack(at=desk.at, by=desk.me.id, entry=form.entry)
    before = actions.owed(desk, group.id)
    if not desk.tell(meeting.id, event):
        return
    parts: dict[str, str] = {}
    for action in before:
        outcome = form.values.get(f"outcome_{action.id}", "")
        happened = form.values.get(f"happened_{action.id}", "").strip()
        if outcome in set(Outcome):
            checked = ev.CheckedIn(at=desk.at, by=desk.me.id, outcome=Outcome(outcome))
            desk.work.tell_action(action, checked, desk.me)
            parts[f"outcome_{action.id}"] = outcome
        if happened:
            parts[f"happened_{action.id}"] = happened
    learned = form.values.get("learned", "").strip()
    if learned:
        parts["learned"] = learned
    actions.reported(desk, group.id)
    about = f"{meeting.id}:{desk.me.id}"
    desk.tx.put_words(Words("report", about, group.id, desk.me.id, parts, desk.at))
    desk.work.show(fx.Show("report", f"report/{about}", about, f"meeting/{meeting.id}"))


def log(desk: Desk, form: Sent) -> None:
    """One entry of the learning log: private, and nobody else's."""
    text = _text(form)
    prompt = form.values.get("prompt", "")
    parts = {"text": text, "prompt": prompt if prompt in LOG_PROMPTS else LOG_PROMPTS[0]}
    about = desk.work.ids.new()
    desk.tx.put_words(Words("log", about, None, desk.me.id, parts, desk.at))
    desk.say("log")


def pause(desk: Desk, form: Sent) -> None:
    staged = desk.staged(form.ref)
    until = actions.day_in(form, "until", desk)
    event = ev.StagePaused(at=desk.at, by=desk.me.id, entry=form.entry, until=until)
    desk.work.tell(staged.id, event)


def _text(form: Sent) -> str:
    text = form.values.get("text", "").strip()
    if not text:
        raise Refusal("nothing_written")
    return text


FORMS: dict[str, Callable[[Desk, Sent], None]] = {
    "present": learning_sets.presented,
    "join": learning_sets.joined,
    "set_new": learning_sets.made,
    "facilitator": learning_sets.facilitator,
    **set_settings.FORMS,
    **votes.FORMS,
    **intake.FORMS,
    "settings": learning_sets.settings,
    "ask": ask,
    "answer": answer,
    "reword": reword,
    "action": actions.named,
    "action_more": actions.more_sent,
    "no_action": no_action,
    "check_in": actions.checked_in,
    "snooze": actions.snoozed,
    "move_due": actions.due_moved,
    "report": report,
    "reflect": closing.reflect,
    "rating": closing.rated,
    "pulse": closing.pulse_sent,
    "bid": stages.bid,
    "problem": stages.problem,
    "unasked": stages.unasked,
    "valuable": stages.valuable,
    "skill": stages.skill,
    "log": log,
    "pause": pause,
    "export": privacy.exported,
}
