"""Which buttons fit a running stage: the same on its card and in a digest."""

from __future__ import annotations

from bot.cards.card import Button
from bot.cards.views.context import ViewContext
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Speech

OF_FORM = {"close": "reflect", "bids": "bid", "skill": "skill"}


OF_PRESENTER = frozenset(
    {"answer", "park", "decline", "landed", "present", "ideas_yes", "ideas_no", "actions_done"}
)
OF_OTHERS = frozenset({"ask", "thinking", "pass"})
OF_PROCESS = frozenset({"next", "resume"})


def is_for_viewer(context: ViewContext, found: Session, press: str) -> bool:
    """Whether a button of the session's card is for whoever looks; the set's card shows all.

    Only what a person sees is tidier for it: a press that does not fit is refused in any case.
    """
    if context.viewer is None:
        return True
    if press in OF_PRESENTER:
        return context.me == found.presenter
    if press in OF_OTHERS:
        return context.me != found.presenter
    return press not in OF_PROCESS or context.me in (found.presenter, found.steers)


def of_session(context: ViewContext, found: Session, *, process: bool = True) -> list[Button]:
    """The deeds that the running stage asks for; with `process` also the way on."""
    stage, id, entry = found.stage, found.id, found.entry
    if stage is None or found.over:
        return []
    if stage.judged and found.presented:
        label = _way_on(context, found)
        return [
            context.button("ask", id, entry, primary=True),
            context.button("thinking", id, entry),
            context.button("pass", id, entry),
            *([context.button("next", id, entry, label=label)] if process else []),
        ]
    if stage.form == "actions":
        asked = [context.button("unasked", id)] if process and found.asked else []
        return [
            context.button("new_action", id, entry, primary=True),
            context.button("actions_done", id, entry),
            *asked,
        ]
    if not found.presented:
        return [context.button("present", id, entry, primary=True)]
    if found.unconfirmed:
        return [
            context.button("ideas_yes", id, entry, primary=True),
            context.button("ideas_no", id, entry),
        ]
    if stage.form == "agree":
        if not found.revealed:
            return [context.button("state_problem", id, entry, primary=True)]
        more = [] if found.looped else [context.button("agree_more", id, entry)]
        return [context.button("agree_yes", id, entry, primary=True), *more]
    if stage.speech is Speech.offers:
        return [context.button("pass", id, entry), context.button("next", id, entry)]
    return [context.button("next", id, entry, label=_way_on(context, found))]


def _way_on(context: ViewContext, found: Session) -> str:
    """What going on means from here."""
    stage = found.stage
    after = found.plan[found.at + 1] if found.at + 1 < len(found.plan) else None
    if stage is not None and stage.judged and not stage.overlap:
        return context.label("buttons.next_from_questions")
    if after is not None and after.judged:
        return context.label("buttons.open_questions")
    return context.label("buttons.next")


def of_meeting(context: ViewContext, found: Meeting) -> list[Button]:
    """The deed that the running stage of a meeting asks for, and passing."""
    stage, id, entry = found.stage, found.id, found.entry
    if stage is None or found.over:
        return []
    press = "report" if stage.awaits == "owing" else OF_FORM.get(stage.form, "")
    buttons = [context.button(press, id, entry, primary=True)] if press else []
    return [*buttons, context.button("pass", id, entry)]
