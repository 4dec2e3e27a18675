"""What the other methods' stages ask of people: bids, ideas, the problem, a skill, the unasked."""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers.inputs import Pressed, Sent
from bot.handlers.messages import save_contribution
from bot.handlers.request_context import RequestContext
from bot.judge import Judgement, Verdict
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.card_key import CardKey, CardKind
from bot.method.meeting import Meeting
from bot.method.questionnaires import SKILLS
from bot.method.session import Session
from bot.method.stages import Refusal
from bot.method.terms import PersonId
from bot.ports import UserText

EXEMPT = Judgement(Verdict.accept, "exempt")


def opens(form: str) -> Callable[[RequestContext, Pressed], None]:
    """A button that opens a form for the stage it was drawn for."""

    def press(context: RequestContext, press: Pressed) -> None:
        staged = context.staged(press.ref)
        if context.me.id not in staged.people:
            raise Refusal("members_only")
        if press.entry not in (None, staged.entry):
            raise Refusal("that_moment_has_passed")
        context.open(form, staged.id, staged.entry)

    return press


def decide_ideas(wanted: bool) -> Callable[[RequestContext, Pressed], None]:
    def press(context: RequestContext, press: Pressed) -> None:
        event = ev.IdeasDecided(at=context.at, by=context.me.id, entry=press.entry, wanted=wanted)
        context.work.tell(context.session(press.ref).id, event)

    return press


def agree(agreed: bool) -> Callable[[RequestContext, Pressed], None]:
    def press(context: RequestContext, press: Pressed) -> None:
        event = ev.ProblemAgreed(at=context.at, by=context.me.id, entry=press.entry, agreed=agreed)
        context.work.tell(context.session(press.ref).id, event)

    return press


def post_kept(context: RequestContext, press: Pressed) -> None:
    known = context.contribution(press.ref)
    event = ev.KeptOffered(at=context.at, by=context.me.id, known=known)
    if context.tell(known.session, event):
        context.say("noted")


def back_bid(context: RequestContext, press: Pressed) -> None:
    meeting_id, _, bidder = press.ref.rpartition(":")
    meeting = meeting_of(context, meeting_id)
    event = ev.BidBacked(
        at=context.at, by=context.me.id, entry=press.entry, bidder=PersonId(bidder)
    )
    backed = meeting.backing.get(context.me.id, "")
    if context.tell(meeting.id, event):
        for shown in dict.fromkeys((backed, bidder)):
            if shown in meeting.bids:
                _show_bid(context, meeting, shown)
        context.say("noted")


def bid(context: RequestContext, sent: Sent) -> None:
    meeting = meeting_of(context, sent.ref)
    line = _text(sent, "line")
    about = f"{meeting.id}:{context.me.id}"
    if not context.tell(meeting.id, ev.BidMade(at=context.at, by=context.me.id, entry=sent.entry)):
        return
    parts = {"line": line, "why": sent.values.get("why", "").strip()}
    context.tx.texts.put(UserText("bid", about, meeting.set, context.me.id, parts, context.at))
    _show_bid(context, meeting, context.me.id)


def problem(context: RequestContext, sent: Sent) -> None:
    """Kept before the machine is told: telling may be what shows all of them."""
    session = _my_session(context, sent)
    text = _text(sent, "text")
    about = f"{session.viewing}:{context.me.id}"
    before = context.tx.texts.get("problem", about)
    parts = {"text": text, "late": "yes" if session.revealed else ""}
    context.tx.texts.put(UserText("problem", about, session.set, context.me.id, parts, context.at))
    event = ev.ProblemStated(at=context.at, by=context.me.id, entry=sent.entry)
    if context.tell(session.id, event):
        context.say("noted")
    elif before is not None:
        context.tx.texts.put(before)
    else:
        context.tx.texts.erase("problem", about)


def handle_unasked_form(context: RequestContext, sent: Sent) -> None:
    session = _my_session(context, sent)
    text = _text(sent, "text")
    id = save_contribution(context, session, text, EXEMPT)
    event = ev.UnaskedLeft(at=context.at, by=context.me.id, contribution=id)
    if not context.tell(session.id, event):
        context.tx.texts.erase("said", id)


def valuable(context: RequestContext, sent: Sent) -> None:
    """The presenter, after listening: what was most valuable."""
    session = context.session(sent.ref)
    if context.me.id != session.presenter:
        raise Refusal("only_presenter")
    id = save_contribution(context, session, _text(sent, "text"), EXEMPT)
    context.work.show(fx.Show("said", CardKey.of(CardKind.POSTED_TEXT, id), id, session.key))


def skill(context: RequestContext, sent: Sent) -> None:
    meeting = meeting_of(context, sent.ref)
    chosen = sent.values.get("skill", "")
    if chosen not in SKILLS:
        raise Refusal("nothing_written")
    if context.tell(meeting.id, ev.SkillPicked(at=context.at, by=context.me.id, entry=sent.entry)):
        about = f"{meeting.id}:{context.me.id}"
        words = UserText("skill", about, meeting.set, context.me.id, {"skill": chosen}, context.at)
        context.tx.texts.put(words)
        context.say("noted")


def _my_session(context: RequestContext, sent: Sent) -> Session:
    """Looked at before any words are kept: a stranger's are not."""
    session = context.session(sent.ref)
    if context.me.id not in session.people:
        raise Refusal("members_only")
    return session


def meeting_of(context: RequestContext, id: str) -> Meeting:
    """A meeting by its id. Refuses what is something else."""
    found = context.staged(id)
    if not isinstance(found, Meeting):
        raise Refusal("no_longer_there")
    return found


def _show_bid(context: RequestContext, meeting: Meeting, person: str) -> None:
    about = f"{meeting.id}:{person}"
    context.work.show(fx.Show("bid", CardKey.of(CardKind.BID, about), about, meeting.key))


def _text(sent: Sent, name: str) -> str:
    text = sent.values.get(name, "").strip()
    if not text:
        raise Refusal("nothing_written")
    return text
