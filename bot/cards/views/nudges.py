"""The unprompted messages: one digest a day that merges everything, and the last call."""

from __future__ import annotations

from bot.cards.card import Card, Divider, Facts, Part, Words
from bot.cards.views import buttons
from bot.cards.views.coaching import held, nudge
from bot.cards.views.context import Look
from bot.cards.views.private import action_parts
from bot.delivery.digest import Waiting
from bot.method.actions import Action, CheckIn
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import PersonId, QuestionState, Speech
from bot.worktime import local_date

OF_MEETING = {
    "owing": "digest.report_back",
    "close": "digest.close",
    "bids": "digest.bids",
    "skill": "digest.skill",
}


def digest(look: Look, waiting: Waiting) -> Card:
    """All that waits for one person. Its notification text carries no one's words."""
    parts: list[Part] = []
    for action, check_in in waiting.check_ins:
        parts += _check_in(look, action, check_in)
    for session in waiting.to_present:
        parts += _to_present(look, session)
    for staged in waiting.stages:
        parts += _stage(look, staged)
    for contribution in waiting.nudges:
        view = held if contribution.state is QuestionState.held else nudge
        again = view(look, contribution.id, {"reason": contribution.reason, "rung": "brief"})
        parts += [*([Divider()] if parts else []), *again.parts, look.row(*again.buttons)]
    for group in waiting.invitations:
        said = look.label("digest.invited", host=look.name(group.host))
        parts += [Words(said), look.row(look.button("join", group.id, primary=True))]
    counts = {
        "name": look.viewer.name if look.viewer else "",
        "check_ins": len(waiting.check_ins),
        "others": len(waiting.stages) + len(waiting.to_present) + len(waiting.invitations),
    }
    return look.card("digest", counts, parts)


def last_call(look: Look, waiting: Waiting) -> Card:
    """One reminder for what closes before the next digest."""
    parts: list[Part] = []
    for staged in waiting.stages:
        parts += _stage(look, staged)
    for session in waiting.to_present:
        parts += _to_present(look, session)
    return look.card("last_call", {}, parts)


def _check_in(look: Look, action: Action, check_in: CheckIn) -> list[Part]:
    today = local_date(look.at, look.viewer.hours) if look.viewer else action.due
    later = check_in.kind == "due" and today > action.due
    key = "digest.due_later" if later else f"digest.{check_in.kind}"
    found: list[Part] = [Words(look.label(key)), *action_parts(look, action)]
    if check_in.kind in ("plus_two", "plus_five"):
        buttons = (look.button("move_due", action.id), look.button("let_go", action.id))
        found.append(look.row(*buttons))
    return found


def _to_present(look: Look, session: Session) -> list[Part]:
    said = Words(look.label("digest.your_turn"))
    button = look.button("present", session.id, session.entry, primary=True)
    return [said, *look.closes(session), look.row(button)]


def _stage(look: Look, staged: Session | Meeting) -> list[Part]:
    """What a running stage waits for from this person, with the button for it."""
    stage = staged.stage
    assert stage is not None
    me = look.me or PersonId("")
    if isinstance(staged, Session):
        said = look.label(_session_line(staged, me), presenter=look.name(staged.presenter))
        pressed = buttons.of_session(look, staged, process=staged.presenter == me)
    else:
        said = look.label(OF_MEETING.get(stage.form or stage.awaits, "digest.meeting"))
        pressed = buttons.of_meeting(look, staged)
    facts = Facts(((look.label("facts.stage"), look.stage_name(stage.name)),))
    return [Words(said), facts, *look.closes(staged), look.row(*pressed)]


def _session_line(session: Session, me: PersonId) -> str:
    stage = session.stage
    assert stage is not None
    if session.unconfirmed:
        return "digest.want_ideas"
    if stage.form == "agree":
        return "digest.agree"
    if session.presenter == me:
        return "digest.your_actions" if stage.form == "actions" else "digest.your_word"
    if stage.judged:
        return "digest.questions"
    return "digest.offers" if stage.speech is Speech.offers else "digest.other"
