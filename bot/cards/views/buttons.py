"""Which buttons fit a running stage: the same on its card and in a digest."""

from __future__ import annotations

from bot.cards.card import Button
from bot.cards.views.context import ViewContext
from bot.cards.views.stage_kinds import OTHERS, PRESENTER, PROCESS, WHO, kind_of
from bot.method.meeting import Meeting
from bot.method.session import Session


def is_for_viewer(context: ViewContext, session: Session, press: str) -> bool:
    """Whether a button of the session's card is for whoever looks; the set's card shows all.

    Only what a person sees is tidier for it: a press that does not fit is refused in any case.
    """
    if context.viewer is None:
        return True
    match WHO.get(press, ""):
        case who if who == PRESENTER:
            return context.me == session.presenter
        case who if who == OTHERS:
            return context.me != session.presenter
        case who if who == PROCESS:
            return context.me in (session.presenter, session.steers)
    return True


def of_session(context: ViewContext, session: Session, *, process: bool = True) -> list[Button]:
    """What the running stage asks for; with `process` also the way on."""
    stage, kind, id, entry = session.stage, kind_of(session), session.id, session.entry
    if stage is None or kind is None or session.over:
        return []
    if kind.needs_issue and not session.presented:
        return [context.button("present", id, entry, primary=True)]
    if session.unconfirmed and not stage.judged and kind.needs_issue:
        return [
            context.button("ideas_yes", id, entry, primary=True),
            context.button("ideas_no", id, entry),
        ]
    return [
        context.button(
            offer.press,
            id,
            None if offer.any_time else entry,
            primary=offer.primary,
            label=_way_on(context, session) if offer.press == "next" else "",
        )
        for offer in kind.offers
        if (process or not offer.process) and (offer.when is None or offer.when(session))
    ]


def _way_on(context: ViewContext, session: Session) -> str:
    """What going on means from here."""
    stage = session.stage
    after = session.plan[session.at + 1] if session.at + 1 < len(session.plan) else None
    if stage is not None and stage.judged and not stage.overlap:
        return context.label("buttons.next_from_questions")
    if after is not None and after.judged:
        return context.label("buttons.open_questions")
    return context.label("buttons.next")


def of_meeting(context: ViewContext, meeting: Meeting) -> list[Button]:
    """What the running stage of a meeting asks for, and passing."""
    kind = kind_of(meeting)
    if kind is None or meeting.over:
        return []
    return [
        context.button(offer.press, meeting.id, meeting.entry, primary=offer.primary)
        for offer in kind.offers
    ]
