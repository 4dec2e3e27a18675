"""Buttons: what each press means. A press is authorised by the machine, never by who saw it.

`PRESSES` is the vocabulary that cards draw from; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.handlers import (
    actions,
    closing,
    forms,
    intake,
    learning_sets,
    privacy,
    process_check,
    set_settings,
    stages,
    suggestions,
    votes,
)
from bot.handlers.inputs import Pressed
from bot.handlers.messages import unsaid_event
from bot.handlers.request_context import RequestContext
from bot.method import events as ev
from bot.method.meeting import Meeting
from bot.method.stages import Refusal
from bot.method.terms import Contribution, ContributionId, Outcome, PersonId

Press = Callable[[RequestContext, Pressed], None]


def handle_press(context: RequestContext, press: Pressed) -> None:
    """One press. An unknown one comes from an old card: refused kindly."""
    found = PRESSES.get(press.press)
    if found is None:
        raise Refusal("that_moment_has_passed")
    found(context, press)


def _event_press(event: Callable[..., ev.Event]) -> Press:
    """A press on a session or meeting that is an event and nothing more."""

    def press(context: RequestContext, press: Pressed) -> None:
        staged = context.staged(press.ref)
        context.work.tell(staged.id, event(at=context.at, by=context.me.id, entry=press.entry))

    return press


def _about_question(event: Callable[..., ev.Event]) -> Press:
    def press(context: RequestContext, press: Pressed) -> None:
        known = context.contribution(press.ref)
        made = event(at=context.at, by=context.me.id, entry=press.entry, question=known.id)
        context.work.tell(known.session, made)

    return press


def _about_contribution(event: Callable[..., ev.Event]) -> Press:
    def press(context: RequestContext, press: Pressed) -> None:
        known = context.contribution(press.ref)
        made = event(at=context.at, by=context.me.id, entry=press.entry, known=known)
        context.work.tell(known.session, made)

    return press


def ask(context: RequestContext, press: Pressed) -> None:
    """Open the form, unless it is already clear that it could not be handed in."""
    session = context.session(press.ref)
    if context.me.id not in (*session.people, session.facilitator):
        return learning_sets.join(context, session.set)
    if context.me.id == session.presenter:
        raise Refusal("presenter_does_not_ask")
    if press.entry not in (None, session.entry):
        raise Refusal("that_moment_has_passed")
    if session.stage is None or session.stage.judged is None:
        raise Refusal("not_in_this_stage")
    context.open("ask", session.id, session.entry, **suggestions.to_ask(context, session))


def answer(context: RequestContext, press: Pressed) -> None:
    known = context.contribution(press.ref)
    session = context.session(known.session)
    if context.me.id != session.presenter:
        raise Refusal("only_presenter")
    if not any(q.id == known.id for q in session.open):
        raise Refusal("question_is_closed")
    context.open("answer", known.id)


def which(context: RequestContext, press: Pressed) -> None:
    """ "Which was that for?": one of the open questions, all of them, or none."""
    answer_id, _, choice = press.ref.partition(":")
    known = context.contribution(answer_id)
    if known.by != context.me.id:
        raise Refusal("not_yours")
    session = context.session(known.session)
    if choice == "none":
        return context.say("noted")
    every = tuple(q.id for q in session.open)
    questions = every if choice == "all" else (ContributionId(choice),)
    event = ev.Answered(at=context.at, by=context.me.id, questions=questions, contribution=known.id)
    # The answer already stands in the thread in the presenter's own words: nothing is posted.
    if context.tell(session.id, event):
        context.say("noted")


def show_wording(context: RequestContext, press: Pressed) -> None:
    known = context.contribution(press.ref)
    if known.by != context.me.id:
        raise Refusal("not_yours")
    session = context.session(known.session)
    if known.entry != session.entry:
        raise Refusal("that_moment_has_passed")
    context.open("reword", known.id, session.entry)


def take_back(context: RequestContext, press: Pressed) -> None:
    """The author takes back what the bot posted for them."""
    known = context.contribution(press.ref)
    if known.by != context.me.id or not known.ours:
        raise Refusal("not_yours")
    context.tx.texts.erase("said", known.id)
    context.work.tell(known.session, unsaid_event(context, known))
    if not forms.show_again(context, known):
        context.say("noted")


def keep_message(context: RequestContext, press: Pressed) -> None:
    """The same from a message itself, where a platform offers that: `ref` is the message."""
    known = _message(context, press)
    context.work.tell(known.session, ev.KeptForLater(at=context.at, by=context.me.id, known=known))


def answers_message(context: RequestContext, press: Pressed) -> None:
    """ "This answers …": the presenter says which question a message of theirs was for."""
    known = _message(context, press)
    if context.session(known.session).presenter != context.me.id:
        raise Refusal("only_presenter")
    context.say("which_question", known.id)


def _message(context: RequestContext, press: Pressed) -> Contribution:
    """One's own message in a thread of ours."""
    found = context.tx.contributions.at_message(context.place, press.ref)
    if found is None:
        raise Refusal("no_longer_there")
    known = context.contribution(found.id)
    if known.by != context.me.id:
        raise Refusal("not_yours")
    return known


def tips_off(context: RequestContext, press: Pressed) -> None:
    context.tx.people.save(replace(context.me, tips=False))
    context.say("tips_are_off")


def withdraw(context: RequestContext, press: Pressed) -> None:
    session = context.session(press.ref)
    if context.me.id != session.presenter:
        raise Refusal("only_presenter")
    context.say("sure_withdraw", session.id)


def see_kept(context: RequestContext, press: Pressed) -> None:
    """What others kept for the presenter, if the presenter wants it."""
    session = context.session(press.ref)
    if context.me.id != session.presenter:
        raise Refusal("only_presenter")
    if not session.over:
        raise Refusal("not_in_this_stage")
    context.say("what_was_kept", session.id)


def report(context: RequestContext, press: Pressed) -> None:
    meeting = context.staged(press.ref)
    if not isinstance(meeting, Meeting) or context.me.id not in meeting.owing:
        raise Refusal("owes_no_report")
    if meeting.stage is None or meeting.stage.awaits != "owing":
        raise Refusal("that_moment_has_passed")
    context.open("report", meeting.id, meeting.entry, **suggestions.to_report(context, meeting))


def take_typed_report(context: RequestContext, press: Pressed) -> None:
    """ "That was my report": typed in the thread, in the person's own words."""
    meeting = context.staged(press.ref)
    event = ev.ReportedBack(at=context.at, by=context.me.id, entry=press.entry)
    if context.tell(meeting.id, event):
        actions.mark_reported(context, meeting.set)
        context.say("noted")


def reflect(context: RequestContext, press: Pressed) -> None:
    meeting = context.staged(press.ref)
    if context.me.id not in meeting.people:
        raise Refusal("members_only")
    closing = meeting.stage is not None and meeting.stage.form == "close"
    if not isinstance(meeting, Meeting) or not closing:
        raise Refusal("that_moment_has_passed")
    context.open("reflect", meeting.id, meeting.entry, **suggestions.to_look_back(context, meeting))


def new_action(context: RequestContext, press: Pressed) -> None:
    actions.new(context, context.session(press.ref))


def actions_done(context: RequestContext, press: Pressed) -> None:
    session = context.session(press.ref)
    if session.presenter == context.me.id and not session.actions:
        return context.open("no_action", session.id, session.entry)
    context.work.tell(
        session.id, ev.ActionsSettled(at=context.at, by=context.me.id, entry=press.entry)
    )


def present(context: RequestContext, press: Pressed) -> None:
    """Present in a set, or (a session's id) give the issue whose turn it is."""
    if not press.ref:
        return learning_sets.present(context, "")
    owner = context.tx.sets.owner_of(press.ref)
    if owner is None:
        context.my_set(press.ref)
        return context.open("present", press.ref)
    session = context.session(press.ref)
    if context.me.id != session.presenter:
        raise Refusal("only_presenter_edits")
    context.open("present", session.id)


def admit_member(context: RequestContext, press: Pressed) -> None:
    set_id, _, person = press.ref.partition(":")
    group = context.my_set(set_id)
    event = ev.Invited(at=context.at, by=context.me.id, people=(PersonId(person),))
    if context.tell(group.id, event):
        context.say("noted")


def in_set(context: RequestContext, press: Pressed) -> None:
    """The set was asked for; the command goes on there."""
    from bot.handlers.commands import again

    set_id, _, text = press.ref.partition("|")
    context.my_set(set_id)
    again(context, set_id, text)


def command(context: RequestContext, press: Pressed) -> None:
    """The way on from a command that was typed where no form can open."""
    from bot.handlers.commands import repeat_typed_command

    repeat_typed_command(context, press.ref)


def leave(context: RequestContext, press: Pressed) -> None:
    group = context.the_set(press.ref)
    set_settings.keep_for_the_set(context, group)
    if context.tell(group.id, ev.Left(at=context.at, by=context.me.id)):
        context.say("left_the_set")


def go_to(card: str) -> Press:
    """A button that only shows something to whoever presses it."""

    def press(context: RequestContext, press: Pressed) -> None:
        context.say(card, press.ref)

    return press


def opens(form: str) -> Press:
    def press(context: RequestContext, press: Pressed) -> None:
        context.open(form, press.ref)

    return press


PRESSES: dict[str, Press] = {
    "present": present,
    "join": lambda context, press: learning_sets.join(context, press.ref),
    "let_in": admit_member,
    "leave_now": leave,
    "in_set": in_set,
    "command": command,
    "ask": ask,
    "thinking": _event_press(ev.ThinkingShown),
    "pass": _event_press(ev.Passed),
    "next": _event_press(ev.StageEnded),
    "extend": _event_press(ev.StageExtended),
    "pause": _event_press(ev.StagePaused),
    "resume": _event_press(ev.StageResumed),
    "withdraw": withdraw,
    "withdraw_now": _event_press(ev.Withdrew),
    "answer": answer,
    "park": _about_question(ev.Parked),
    "decline": _about_question(ev.Declined),
    "landed": _about_contribution(ev.Landed),
    "which": which,
    "show_wording": show_wording,
    "its_question": _about_contribution(ev.QuestionInsisted),
    "keep_later": _about_contribution(ev.KeptForLater),
    "leave_it": _about_contribution(ev.LeftAsIs),
    "take_back": take_back,
    "keep_message": keep_message,
    "answers_message": answers_message,
    "tips_off": tips_off,
    "ideas_yes": stages.decide_ideas(True),
    "ideas_no": stages.decide_ideas(False),
    "post_kept": stages.post_kept,
    "valuable": stages.opens("valuable"),
    "state_problem": stages.opens("problem"),
    "agree_yes": stages.agree(True),
    "agree_more": stages.agree(False),
    "unasked": stages.opens("unasked"),
    "bid": stages.opens("bid"),
    "back_bid": stages.back_bid,
    "skill": stages.opens("skill"),
    "post_anyway": _about_contribution(ev.PostedAnyway),
    "let_through": _about_contribution(ev.HeldAccepted),
    "see_kept": see_kept,
    "report": report,
    "typed_report": take_typed_report,
    "reflect": reflect,
    "rate": closing.rate,
    "pulse": closing.pulse,
    "new_action": new_action,
    "actions_done": actions_done,
    "more_action": actions.open_details,
    "drop_action": actions.drop,
    "done": actions.check_in(Outcome.done),
    "partly": actions.check_in(Outcome.partly),
    "not_yet": actions.check_in(Outcome.not_yet),
    "changed": actions.check_in(Outcome.changed),
    "snooze": actions.snooze,
    "move_due": actions.move_due,
    "let_go": actions.let_go_of_action,
    **set_settings.PRESSES,
    **votes.PRESSES,
    **intake.PRESSES,
    "post_check_in": process_check.post,
    "name_coach": opens("facilitator"),
    "settings": opens("settings"),
    "log": opens("log"),
    "forget": privacy.confirm_forget,
    "forget_now": privacy.forget,
    "figures": lambda context, press: context.say("figures", context.my_set(press.ref).id),
    "help": lambda context, press: learning_sets.help_here(context),
    "all_commands": go_to("all_commands"),
    "elements": lambda context, press: learning_sets.elements(context, press.ref),
    "my_actions": go_to("my_actions"),
    "status": lambda context, press: learning_sets.status(context, press.ref),
}
