"""The unprompted messages: one digest a day that merges everything, and the last call."""

from __future__ import annotations

from bot.cards.card import Card, Divider, Facts, Part, Words
from bot.cards.views import buttons
from bot.cards.views.actions import action_parts
from bot.cards.views.coaching import held_back, nudge
from bot.cards.views.context import ViewContext
from bot.cards.views.stage_kinds import kind_of
from bot.method.actions import Action, CheckIn
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import PersonId, QuestionState
from bot.queries.waiting import Waiting
from bot.worktime import local_date


def digest(context: ViewContext, waiting: Waiting) -> Card:
    """All that waits for one person. Its notification text carries no one's words."""
    parts: list[Part] = []
    for action, check_in in waiting.check_ins:
        parts += _check_in(context, action, check_in)
    for session in waiting.to_present:
        parts += _to_present(context, session)
    for staged in waiting.stages:
        parts += _stage(context, staged)
    for contribution in waiting.nudges:
        view = held_back if contribution.state is QuestionState.held else nudge
        again = view(context, contribution.id, {"reason": contribution.reason, "rung": "brief"})
        parts += [*([Divider()] if parts else []), *again.parts, context.row(*again.buttons)]
    for group in waiting.invitations:
        line = context.label("digest.invited", host=context.name(group.host))
        parts += [Words(line), context.row(context.button("join", group.id, primary=True))]
    counts = {
        "name": context.viewer.name if context.viewer else "",
        "check_ins": len(waiting.check_ins),
        "others": len(waiting.stages) + len(waiting.to_present) + len(waiting.invitations),
    }
    return context.card("digest", counts, parts)


def last_call(context: ViewContext, waiting: Waiting) -> Card:
    """One reminder for what closes before the next digest."""
    parts: list[Part] = []
    for staged in waiting.stages:
        parts += _stage(context, staged)
    for session in waiting.to_present:
        parts += _to_present(context, session)
    return context.card("last_call", {}, parts)


def _check_in(context: ViewContext, action: Action, check_in: CheckIn) -> list[Part]:
    today = local_date(context.at, context.viewer.hours) if context.viewer else action.due
    later = check_in.kind == "due" and today > action.due
    key = "digest.due_later" if later else f"digest.{check_in.kind}"
    parts: list[Part] = [Words(context.label(key)), *action_parts(context, action)]
    if check_in.kind in ("plus_two", "plus_five"):
        buttons = (context.button("move_due", action.id), context.button("let_go", action.id))
        parts.append(context.row(*buttons))
    return parts


def _to_present(context: ViewContext, session: Session) -> list[Part]:
    line = Words(context.label("digest.your_turn"))
    button = context.button("present", session.id, session.entry, primary=True)
    return [line, *context.closes(session), context.row(button)]


def _stage(context: ViewContext, staged: Session | Meeting) -> list[Part]:
    """What a running stage waits for from this person, with the button for it."""
    stage, kind = staged.stage, kind_of(staged)
    assert stage is not None
    assert kind is not None
    me = context.me or PersonId("")
    if isinstance(staged, Session):
        line = context.label(_session_line(staged, me), presenter=context.name(staged.presenter))
        pressed = buttons.of_session(context, staged, process=staged.presenter == me)
    else:
        line = context.label(kind.digest)
        pressed = buttons.of_meeting(context, staged)
    facts = Facts(((context.label("facts.stage"), context.stage_name(stage.name)),))
    return [Words(line), facts, *context.closes(staged), context.row(*pressed)]


def _session_line(session: Session, me: PersonId) -> str:
    kind = kind_of(session)
    assert kind is not None
    if session.unconfirmed:
        return "digest.want_ideas"
    return kind.digest_presenter if session.presenter == me else kind.digest
