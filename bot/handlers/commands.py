"""Commands: what each `/als …` means, here and now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from bot.handlers import actions, learning_sets, privacy, set_settings, suggestions, votes
from bot.handlers.inputs import Commanded, Typed
from bot.handlers.messages import spoke_by_form, thread_of, typed
from bot.handlers.request_context import Desk
from bot.method import events as ev
from bot.method.command_grammar import BY_NAME, LONGEST, Understood, understand
from bot.method.stages import Refusal
from bot.method.terms import Outcome

LONGEST_KEPT = 200  # characters of a command that a "which set?" button carries on


def commanded(desk: Desk, command: Commanded) -> None:
    """One command. What is not understood gets the nearest one that is."""
    if len(command.text) > LONGEST:
        raise Refusal("too_long", most=LONGEST)
    found = understand(command.text)
    if _to_the_set(desk, command, found):
        return
    if found.name is None:
        desk.work.codes.append("not_understood")
        return desk.say("not_understood", nearest=found.nearest)
    try:
        COMMANDS[found.name](desk, found.rest)
    except Refusal as refusal:
        if refusal.code != "which_set":
            raise
        desk.say("which_set", command.text[:LONGEST_KEPT])


def _to_the_set(desk: Desk, command: Commanded, found: Understood) -> bool:
    """ "@als who else knows?" in a session's thread is a question, though `who` is a command.

    Where the bot may not read what is typed, naming it is the way to be read.
    """
    plain = found.name is not None and (not found.rest or bool(BY_NAME[found.name].rest))
    if plain or not command.message or thread_of(desk, command.place.thread) is None:
        return False
    message = Typed(
        at=command.at,
        actor=command.actor,
        place=command.place,
        message=command.message,
        text=command.said,
    )
    if desk.tx.first_time(message.seen, command.at):
        typed(desk, message)
    return True


def typed_again(desk: Desk, text: str) -> None:
    """A command that was typed where no form can open: its button opens it, in the same place."""
    found = understand(text)
    if found.name is None:
        raise Refusal("that_moment_has_passed")
    COMMANDS[found.name](desk, found.rest)


def again(desk: Desk, set_id: str, text: str) -> None:
    """The same command, in the home of the set that was chosen."""
    group = desk.my_set(set_id)
    home = desk.tx.home(group.id)
    assert home is not None
    desk.place = home
    found = understand(text)
    if found.name is not None:
        COMMANDS[found.name](desk, found.rest)


def bare(desk: Desk, rest: str) -> None:
    desk.say("hello", desk.tx.set_at(desk.place) or "")


def ask(desk: Desk, rest: str) -> None:
    session = desk.session_here()
    if desk.me.id not in (*session.people, session.facilitator):
        return learning_sets.join(desk, session.set)
    if desk.me.id == session.presenter:
        raise Refusal("presenter_does_not_ask")
    if not rest:
        return desk.open("ask", session.id, session.entry, **suggestions.to_ask(desk, session))
    spoke_by_form(desk, session, rest, session.entry)


def answer(desk: Desk, rest: str) -> None:
    """Answers the only open question; with several, the presenter chooses on the card."""
    session = desk.session_here()
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter")
    if not session.open:
        raise Refusal("no_open_question")
    if len(session.open) > 1:
        return desk.say("open_questions", session.id)
    desk.open("answer", session.open[0].id, text=rest)


def park(desk: Desk, rest: str) -> None:
    session = desk.session_here()
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter")
    if not session.open:
        raise Refusal("no_open_question")
    if len(session.open) > 1:
        return desk.say("open_questions", session.id)
    parked = ev.Parked(at=desk.at, by=desk.me.id, question=session.open[0].id)
    if desk.tell(session.id, parked):
        desk.say("noted")


def new_action(desk: Desk, rest: str) -> None:
    actions.new(desk, desk.session_here(), rest)


def report(desk: Desk, rest: str) -> None:
    meeting = desk.running(desk.here())
    if meeting is None or meeting.stage is None or meeting.stage.awaits != "owing":
        raise Refusal("no_report_now")
    if desk.me.id not in meeting.owing:
        raise Refusal("owes_no_report")
    desk.open("report", meeting.id, meeting.entry, **suggestions.to_report(desk, meeting))


def reflect(desk: Desk, rest: str) -> None:
    """In the closing stage: its form. At any other time: the learning log."""
    meeting = desk.running(desk.here())
    closing = meeting is not None and meeting.stage is not None and meeting.stage.form == "close"
    if meeting is not None and closing and desk.me.id in meeting.people:
        more = suggestions.to_look_back(desk, meeting)
        return desk.open("reflect", meeting.id, meeting.entry, **more)
    desk.open("log")


def log(desk: Desk, rest: str) -> None:
    if rest:
        return desk.open("log", text=rest)
    desk.say("log")


def pause(desk: Desk, rest: str) -> None:
    staged = desk.staged_here()
    until = None
    if rest:
        try:
            until = actions.ahead(desk, date.fromisoformat(rest))
        except ValueError:
            return desk.open("pause", staged.id, staged.entry)
    event = ev.StagePaused(at=desk.at, by=desk.me.id, until=until)
    if desk.tell(staged.id, event):
        desk.say("noted")


def withdraw(desk: Desk, rest: str) -> None:
    session = desk.session_here()
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter")
    desk.say("sure_withdraw", session.id)


def leave(desk: Desk, rest: str) -> None:
    group = desk.here()
    if desk.me.id not in group.people:
        raise Refusal("members_only")
    desk.say("sure_leave", group.id)


def new_set(desk: Desk, rest: str) -> None:
    if desk.tx.set_at(desk.place) is not None:
        raise Refusal("place_has_set")
    desk.open("set_new", "", name=rest, public=desk.public)


def _process(event: Callable[..., ev.Event]) -> Callable[[Desk, str], None]:
    """A command that is an event for the stage that runs, and nothing more."""

    def command(desk: Desk, rest: str) -> None:
        staged = desk.staged_here()
        if desk.tell(staged.id, event(at=desk.at, by=desk.me.id)):
            desk.say("noted")

    return command


def _shows(card: str) -> Callable[[Desk, str], None]:
    return lambda desk, rest: desk.say(card)


COMMANDS: dict[str, Callable[[Desk, str], None]] = {
    "": bare,
    "present": learning_sets.present,
    "ask": ask,
    "pass": _process(ev.Passed),
    "thinking": _process(ev.ThinkingShown),
    "answer": answer,
    "park": park,
    "action": new_action,
    "actions": _shows("my_actions"),
    "done": lambda desk, rest: actions.typed(desk, Outcome.done, rest),
    "partly": lambda desk, rest: actions.typed(desk, Outcome.partly, rest),
    "notyet": lambda desk, rest: actions.typed(desk, Outcome.not_yet, rest),
    "changed": lambda desk, rest: actions.typed(desk, Outcome.changed, rest),
    "snooze": actions.typed_snooze,
    "report": report,
    "reflect": reflect,
    "log": log,
    "next": _process(ev.StageEnded),
    "extend": _process(ev.StageExtended),
    "pause": pause,
    "resume": _process(ev.StageResumed),
    "withdraw": withdraw,
    "status": lambda desk, rest: learning_sets.status(desk, ""),
    "set new": new_set,
    "set join": lambda desk, rest: learning_sets.join(desk, desk.here().id),
    "set leave": leave,
    "set members": lambda desk, rest: desk.say("members", desk.here().id),
    "set status": lambda desk, rest: learning_sets.status(desk, ""),
    "set facilitator": votes.facilitator,
    **set_settings.COMMANDS,
    "settings": lambda desk, rest: desk.open("settings"),
    "export": privacy.export,
    "forget": privacy.forget,
    "help": lambda desk, rest: learning_sets.help_here(desk),
}
