"""Commands: what each `/als …` means, here and now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from bot.handlers import actions, learning_sets, privacy, set_settings, suggestions, votes
from bot.handlers.inputs import Commanded, Typed
from bot.handlers.messages import handle_message, post_question_from_form, thread_of
from bot.handlers.request_context import RequestContext
from bot.method import events as ev
from bot.method import policy
from bot.method.command_grammar import BY_NAME, Understood, understand
from bot.method.stages import Refusal
from bot.method.terms import Outcome


def handle_command(context: RequestContext, command: Commanded) -> None:
    """One command. What is not understood gets the nearest one that is."""
    if len(command.text) > policy.COMMAND_MOST:
        raise Refusal("too_long", most=policy.COMMAND_MOST)
    found = understand(command.text)
    if _to_the_set(context, command, found):
        return
    if found.name is None:
        context.work.codes.append("not_understood")
        return context.say("not_understood", nearest=found.nearest)
    try:
        COMMANDS[found.name](context, found.rest)
    except Refusal as refusal:
        if refusal.code != "which_set":
            raise
        context.say("which_set", command.text[: policy.COMMAND_KEPT_MOST])


def _to_the_set(context: RequestContext, command: Commanded, found: Understood) -> bool:
    """ "@als who else knows?" in a session's thread is a question, though `who` is a command.

    Where the bot may not read what is typed, naming it is the way to be read.
    """
    plain = found.name is not None and (not found.rest or bool(BY_NAME[found.name].rest))
    if plain or not command.message or thread_of(context, command.place.thread) is None:
        return False
    message = Typed(
        at=command.at,
        actor=command.actor,
        place=command.place,
        message=command.message,
        text=command.said,
    )
    if context.tx.processed.record_once(message.idempotency_key, command.at):
        handle_message(context, message)
    return True


def repeat_typed_command(context: RequestContext, text: str) -> None:
    """A command that was typed where no form can open: its button opens it, in the same place."""
    found = understand(text)
    if found.name is None:
        raise Refusal("that_moment_has_passed")
    COMMANDS[found.name](context, found.rest)


def again(context: RequestContext, set_id: str, text: str) -> None:
    """The same command, in the home of the set that was chosen."""
    group = context.my_set(set_id)
    home = context.tx.sets.home(group.id)
    assert home is not None
    context.place = home
    found = understand(text)
    if found.name is not None:
        COMMANDS[found.name](context, found.rest)


def show_overview(context: RequestContext, rest: str) -> None:
    context.say("hello", context.tx.sets.at(context.place) or "")


def ask(context: RequestContext, rest: str) -> None:
    session = context.session_here()
    if context.me.id not in (*session.people, session.facilitator):
        return learning_sets.join(context, session.set)
    if context.me.id == session.presenter:
        raise Refusal("presenter_does_not_ask")
    if not rest:
        return context.open(
            "ask", session.id, session.entry, **suggestions.to_ask(context, session)
        )
    post_question_from_form(context, session, rest, session.entry)


def answer(context: RequestContext, rest: str) -> None:
    """Answers the only open question; with several, the presenter chooses on the card."""
    session = context.session_here()
    if context.me.id != session.presenter:
        raise Refusal("only_presenter")
    if not session.open:
        raise Refusal("no_open_question")
    if len(session.open) > 1:
        return context.say("open_questions", session.id)
    context.open("answer", session.open[0].id, text=rest)


def park(context: RequestContext, rest: str) -> None:
    session = context.session_here()
    if context.me.id != session.presenter:
        raise Refusal("only_presenter")
    if not session.open:
        raise Refusal("no_open_question")
    if len(session.open) > 1:
        return context.say("open_questions", session.id)
    parked = ev.Parked(at=context.at, by=context.me.id, question=session.open[0].id)
    if context.tell(session.id, parked):
        context.say("noted")


def new_action(context: RequestContext, rest: str) -> None:
    actions.new(context, context.session_here(), rest)


def report(context: RequestContext, rest: str) -> None:
    meeting = context.running(context.here())
    if meeting is None or meeting.stage is None or meeting.stage.awaits != "owing":
        raise Refusal("no_report_now")
    if context.me.id not in meeting.owing:
        raise Refusal("owes_no_report")
    context.open("report", meeting.id, meeting.entry, **suggestions.to_report(context, meeting))


def reflect(context: RequestContext, rest: str) -> None:
    """In the closing stage: its form. At any other time: the learning log."""
    meeting = context.running(context.here())
    closing = meeting is not None and meeting.stage is not None and meeting.stage.form == "close"
    if meeting is not None and closing and context.me.id in meeting.people:
        more = suggestions.to_look_back(context, meeting)
        return context.open("reflect", meeting.id, meeting.entry, **more)
    context.open("log")


def log(context: RequestContext, rest: str) -> None:
    if rest:
        return context.open("log", text=rest)
    context.say("log")


def pause(context: RequestContext, rest: str) -> None:
    staged = context.staged_here()
    until = None
    if rest:
        try:
            until = actions.require_future_day(context, date.fromisoformat(rest))
        except ValueError:
            return context.open("pause", staged.id, staged.entry)
    event = ev.StagePaused(at=context.at, by=context.me.id, until=until)
    if context.tell(staged.id, event):
        context.say("noted")


def withdraw(context: RequestContext, rest: str) -> None:
    session = context.session_here()
    if context.me.id != session.presenter:
        raise Refusal("only_presenter")
    context.say("sure_withdraw", session.id)


def leave(context: RequestContext, rest: str) -> None:
    group = context.here()
    if context.me.id not in group.people:
        raise Refusal("members_only")
    context.say("sure_leave", group.id)


def new_set(context: RequestContext, rest: str) -> None:
    if context.tx.sets.at(context.place) is not None:
        raise Refusal("place_has_set")
    context.open("set_new", "", name=rest, public=context.public)


def _process(event: Callable[..., ev.Event]) -> Callable[[RequestContext, str], None]:
    """A command that is an event for the stage that runs, and nothing more."""

    def command(context: RequestContext, rest: str) -> None:
        staged = context.staged_here()
        if context.tell(staged.id, event(at=context.at, by=context.me.id)):
            context.say("noted")

    return command


def _shows(card: str) -> Callable[[RequestContext, str], None]:
    return lambda context, rest: context.say(card)


COMMANDS: dict[str, Callable[[RequestContext, str], None]] = {
    "": show_overview,
    "present": learning_sets.present,
    "ask": ask,
    "pass": _process(ev.Passed),
    "thinking": _process(ev.ThinkingShown),
    "answer": answer,
    "park": park,
    "action": new_action,
    "actions": _shows("my_actions"),
    "done": lambda context, rest: actions.handle_outcome_command(context, Outcome.done, rest),
    "partly": lambda context, rest: actions.handle_outcome_command(context, Outcome.partly, rest),
    "notyet": lambda context, rest: actions.handle_outcome_command(context, Outcome.not_yet, rest),
    "changed": lambda context, rest: actions.handle_outcome_command(context, Outcome.changed, rest),
    "snooze": actions.handle_snooze_command,
    "report": report,
    "reflect": reflect,
    "log": log,
    "next": _process(ev.StageEnded),
    "extend": _process(ev.StageExtended),
    "pause": pause,
    "resume": _process(ev.StageResumed),
    "withdraw": withdraw,
    "status": lambda context, rest: learning_sets.status(context, ""),
    "set new": new_set,
    "set join": lambda context, rest: learning_sets.join(context, context.here().id),
    "set leave": leave,
    "set members": lambda context, rest: context.say("members", context.here().id),
    "set status": lambda context, rest: learning_sets.status(context, ""),
    "set facilitator": votes.facilitator,
    **set_settings.COMMANDS,
    "settings": lambda context, rest: context.open("settings"),
    "export": privacy.export,
    "forget": privacy.offer_forget,
    "help": lambda context, rest: learning_sets.help_here(context),
}
