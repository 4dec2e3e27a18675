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
from bot.handlers.messages import unsaid
from bot.handlers.request_context import Desk
from bot.method import events as ev
from bot.method.meeting import Meeting
from bot.method.stages import Refusal
from bot.method.terms import Contribution, ContributionId, Outcome, PersonId

Press = Callable[[Desk, Pressed], None]


def pressed(desk: Desk, press: Pressed) -> None:
    """One press. An unknown one comes from an old card: refused kindly."""
    found = PRESSES.get(press.press)
    if found is None:
        raise Refusal("that_moment_has_passed")
    found(desk, press)


def _deed(event: Callable[..., ev.Event]) -> Press:
    """A press on a session or meeting that is an event and nothing more."""

    def press(desk: Desk, press: Pressed) -> None:
        staged = desk.staged(press.ref)
        desk.work.tell(staged.id, event(at=desk.at, by=desk.me.id, entry=press.entry))

    return press


def _about_question(event: Callable[..., ev.Event]) -> Press:
    def press(desk: Desk, press: Pressed) -> None:
        known = desk.contribution(press.ref)
        made = event(at=desk.at, by=desk.me.id, entry=press.entry, question=known.id)
        desk.work.tell(known.session, made)

    return press


def _about_contribution(event: Callable[..., ev.Event]) -> Press:
    def press(desk: Desk, press: Pressed) -> None:
        known = desk.contribution(press.ref)
        made = event(at=desk.at, by=desk.me.id, entry=press.entry, known=known)
        desk.work.tell(known.session, made)

    return press


def ask(desk: Desk, press: Pressed) -> None:
    """Open the form, unless it is already clear that it could not be handed in."""
    session = desk.session(press.ref)
    if desk.me.id not in (*session.people, session.facilitator):
        return learning_sets.join(desk, session.set)
    if desk.me.id == session.presenter:
        raise Refusal("presenter_does_not_ask")
    if press.entry not in (None, session.entry):
        raise Refusal("that_moment_has_passed")
    if session.stage is None or session.stage.judged is None:
        raise Refusal("not_in_this_stage")
    desk.open("ask", session.id, session.entry, **suggestions.to_ask(desk, session))


def answer(desk: Desk, press: Pressed) -> None:
    known = desk.contribution(press.ref)
    session = desk.session(known.session)
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter")
    if not any(q.id == known.id for q in session.open):
        raise Refusal("question_is_closed")
    desk.open("answer", known.id)


def which(desk: Desk, press: Pressed) -> None:
    """ "Which was that for?": one of the open questions, all of them, or none."""
    answer_id, _, choice = press.ref.partition(":")
    known = desk.contribution(answer_id)
    if known.by != desk.me.id:
        raise Refusal("not_yours")
    session = desk.session(known.session)
    if choice == "none":
        return desk.say("noted")
    every = tuple(q.id for q in session.open)
    questions = every if choice == "all" else (ContributionId(choice),)
    event = ev.Answered(at=desk.at, by=desk.me.id, questions=questions, contribution=known.id)
    # The answer already stands in the thread in the presenter's own words: nothing is posted.
    if desk.tell(session.id, event):
        desk.say("noted")


def show_wording(desk: Desk, press: Pressed) -> None:
    known = desk.contribution(press.ref)
    if known.by != desk.me.id:
        raise Refusal("not_yours")
    session = desk.session(known.session)
    if known.entry != session.entry:
        raise Refusal("that_moment_has_passed")
    desk.open("reword", known.id, session.entry)


def take_back(desk: Desk, press: Pressed) -> None:
    """The author takes back what the bot posted for them."""
    known = desk.contribution(press.ref)
    if known.by != desk.me.id or not known.ours:
        raise Refusal("not_yours")
    desk.tx.erase_words("said", known.id)
    desk.work.tell(known.session, unsaid(desk, known))
    if not forms.show_again(desk, known):
        desk.say("noted")


def keep_message(desk: Desk, press: Pressed) -> None:
    """The same from a message itself, where a platform offers that: `ref` is the message."""
    known = _message(desk, press)
    desk.work.tell(known.session, ev.KeptForLater(at=desk.at, by=desk.me.id, known=known))


def answers_message(desk: Desk, press: Pressed) -> None:
    """ "This answers …": the presenter says which question a message of theirs was for."""
    known = _message(desk, press)
    if desk.session(known.session).presenter != desk.me.id:
        raise Refusal("only_presenter")
    desk.say("which_question", known.id)


def _message(desk: Desk, press: Pressed) -> Contribution:
    """One's own message in a thread of ours."""
    found = desk.tx.contribution_said(desk.place, press.ref)
    if found is None:
        raise Refusal("no_longer_there")
    known = desk.contribution(found.id)
    if known.by != desk.me.id:
        raise Refusal("not_yours")
    return known


def tips_off(desk: Desk, press: Pressed) -> None:
    desk.tx.save_person(replace(desk.me, tips=False))
    desk.say("tips_are_off")


def withdraw(desk: Desk, press: Pressed) -> None:
    session = desk.session(press.ref)
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter")
    desk.say("sure_withdraw", session.id)


def see_kept(desk: Desk, press: Pressed) -> None:
    """What others kept for the presenter, if the presenter wants it."""
    session = desk.session(press.ref)
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter")
    if not session.over:
        raise Refusal("not_in_this_stage")
    desk.say("what_was_kept", session.id)


def report(desk: Desk, press: Pressed) -> None:
    meeting = desk.staged(press.ref)
    if not isinstance(meeting, Meeting) or desk.me.id not in meeting.owing:
        raise Refusal("owes_no_report")
    if meeting.stage is None or meeting.stage.awaits != "owing":
        raise Refusal("that_moment_has_passed")
    desk.open("report", meeting.id, meeting.entry, **suggestions.to_report(desk, meeting))


def typed_report(desk: Desk, press: Pressed) -> None:
    """ "That was my report": typed in the thread, in the person's own words."""
    meeting = desk.staged(press.ref)
    event = ev.ReportedBack(at=desk.at, by=desk.me.id, entry=press.entry)
    if desk.tell(meeting.id, event):
        actions.reported(desk, meeting.set)
        desk.say("noted")


def reflect(desk: Desk, press: Pressed) -> None:
    meeting = desk.staged(press.ref)
    if desk.me.id not in meeting.people:
        raise Refusal("members_only")
    closing = meeting.stage is not None and meeting.stage.form == "close"
    if not isinstance(meeting, Meeting) or not closing:
        raise Refusal("that_moment_has_passed")
    desk.open("reflect", meeting.id, meeting.entry, **suggestions.to_look_back(desk, meeting))


def new_action(desk: Desk, press: Pressed) -> None:
    actions.new(desk, desk.session(press.ref))


def actions_done(desk: Desk, press: Pressed) -> None:
    session = desk.session(press.ref)
    if session.presenter == desk.me.id and not session.actions:
        return desk.open("no_action", session.id, session.entry)
    desk.work.tell(session.id, ev.ActionsSettled(at=desk.at, by=desk.me.id, entry=press.entry))


def present(desk: Desk, press: Pressed) -> None:
    """Present in a set, or (a session's id) give the issue whose turn it is."""
    if not press.ref:
        return learning_sets.present(desk, "")
    owner = desk.tx.set_of(press.ref)
    if owner is None:
        desk.my_set(press.ref)
        return desk.open("present", press.ref)
    session = desk.session(press.ref)
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter_edits")
    desk.open("present", session.id)


def let_in(desk: Desk, press: Pressed) -> None:
    set_id, _, person = press.ref.partition(":")
    group = desk.my_set(set_id)
    event = ev.Invited(at=desk.at, by=desk.me.id, people=(PersonId(person),))
    if desk.tell(group.id, event):
        desk.say("noted")


def in_set(desk: Desk, press: Pressed) -> None:
    """The set was asked for; the command goes on there."""
    from bot.handlers.commands import again

    set_id, _, text = press.ref.partition("|")
    desk.my_set(set_id)
    again(desk, set_id, text)


def command(desk: Desk, press: Pressed) -> None:
    """The way on from a command that was typed where no form can open."""
    from bot.handlers.commands import typed_again

    typed_again(desk, press.ref)


def leave(desk: Desk, press: Pressed) -> None:
    group = desk.the_set(press.ref)
    set_settings.keep_for_the_set(desk, group)
    if desk.tell(group.id, ev.Left(at=desk.at, by=desk.me.id)):
        desk.say("left_the_set")


def go_to(card: str) -> Press:
    """A button that only shows something to whoever presses it."""

    def press(desk: Desk, press: Pressed) -> None:
        desk.say(card, press.ref)

    return press


def opens(form: str) -> Press:
    def press(desk: Desk, press: Pressed) -> None:
        desk.open(form, press.ref)

    return press


PRESSES: dict[str, Press] = {
    "present": present,
    "join": lambda desk, press: learning_sets.join(desk, press.ref),
    "let_in": let_in,
    "leave_now": leave,
    "in_set": in_set,
    "command": command,
    "ask": ask,
    "thinking": _deed(ev.ThinkingShown),
    "pass": _deed(ev.Passed),
    "next": _deed(ev.StageEnded),
    "extend": _deed(ev.StageExtended),
    "pause": _deed(ev.StagePaused),
    "resume": _deed(ev.StageResumed),
    "withdraw": withdraw,
    "withdraw_now": _deed(ev.Withdrew),
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
    "typed_report": typed_report,
    "reflect": reflect,
    "rate": closing.rate,
    "pulse": closing.pulse,
    "new_action": new_action,
    "actions_done": actions_done,
    "more_action": actions.more,
    "drop_action": actions.drop,
    "done": actions.check_in(Outcome.done),
    "partly": actions.check_in(Outcome.partly),
    "not_yet": actions.check_in(Outcome.not_yet),
    "changed": actions.check_in(Outcome.changed),
    "snooze": actions.snooze,
    "move_due": actions.move_due,
    "let_go": actions.let_go,
    **set_settings.PRESSES,
    **votes.PRESSES,
    **intake.PRESSES,
    "post_check_in": process_check.post,
    "name_coach": opens("facilitator"),
    "settings": opens("settings"),
    "log": opens("log"),
    "forget": privacy.sure,
    "forget_now": privacy.forget_now,
    "figures": lambda desk, press: desk.say("figures", desk.my_set(press.ref).id),
    "help": lambda desk, press: learning_sets.help_here(desk),
    "all_commands": go_to("all_commands"),
    "elements": lambda desk, press: learning_sets.elements(desk, press.ref),
    "my_actions": go_to("my_actions"),
    "status": lambda desk, press: learning_sets.status(desk, press.ref),
}
