"""What the other methods' stages ask of people: bids, ideas, the problem, a skill, the unasked."""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers.inputs import Pressed, Sent
from bot.handlers.messages import keep
from bot.handlers.request_context import Desk
from bot.judge import Judgement, Verdict
from bot.method import effects as fx
from bot.method import events as ev
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.stages import Refusal
from bot.method.terms import PersonId
from bot.ports import Words

SKILLS = ("listening", "asking", "patience", "courage", "challenging", "empathy", "humility")
EXEMPT = Judgement(Verdict.accept, "exempt")


def opens(form: str) -> Callable[[Desk, Pressed], None]:
    """A button that opens a form for the stage it was drawn for."""

    def press(desk: Desk, press: Pressed) -> None:
        staged = desk.staged(press.ref)
        if desk.me.id not in staged.people:
            raise Refusal("members_only")
        if press.entry not in (None, staged.entry):
            raise Refusal("that_moment_has_passed")
        desk.open(form, staged.id, staged.entry)

    return press


def decide_ideas(wanted: bool) -> Callable[[Desk, Pressed], None]:
    def press(desk: Desk, press: Pressed) -> None:
        event = ev.IdeasDecided(at=desk.at, by=desk.me.id, entry=press.entry, wanted=wanted)
        desk.work.tell(desk.session(press.ref).id, event)

    return press


def agree(agreed: bool) -> Callable[[Desk, Pressed], None]:
    def press(desk: Desk, press: Pressed) -> None:
        event = ev.ProblemAgreed(at=desk.at, by=desk.me.id, entry=press.entry, agreed=agreed)
        desk.work.tell(desk.session(press.ref).id, event)

    return press


def post_kept(desk: Desk, press: Pressed) -> None:
    known = desk.contribution(press.ref)
    event = ev.KeptOffered(at=desk.at, by=desk.me.id, known=known)
    if desk.tell(known.session, event):
        desk.say("noted")


def back_bid(desk: Desk, press: Pressed) -> None:
    meeting_id, _, bidder = press.ref.rpartition(":")
    meeting = meeting_of(desk, meeting_id)
    event = ev.BidBacked(at=desk.at, by=desk.me.id, entry=press.entry, bidder=PersonId(bidder))
    backed = meeting.backing.get(desk.me.id, "")
    if desk.tell(meeting.id, event):
        for shown in dict.fromkeys((backed, bidder)):
            if shown in meeting.bids:
                _show_bid(desk, meeting, shown)
        desk.say("noted")


def bid(desk: Desk, sent: Sent) -> None:
    meeting = meeting_of(desk, sent.ref)
    line = _text(sent, "line")
    about = f"{meeting.id}:{desk.me.id}"
    if not desk.tell(meeting.id, ev.BidMade(at=desk.at, by=desk.me.id, entry=sent.entry)):
        return
    parts = {"line": line, "why": sent.values.get("why", "").strip()}
    desk.tx.put_words(Words("bid", about, meeting.set, desk.me.id, parts, desk.at))
    _show_bid(desk, meeting, desk.me.id)


def problem(desk: Desk, sent: Sent) -> None:
    """Kept before the machine is told: telling may be what shows all of them."""
    session = _my_session(desk, sent)
    text = _text(sent, "text")
    about = f"{session.viewing}:{desk.me.id}"
    before = desk.tx.words("problem", about)
    parts = {"text": text, "late": "yes" if session.revealed else ""}
    desk.tx.put_words(Words("problem", about, session.set, desk.me.id, parts, desk.at))
    event = ev.ProblemStated(at=desk.at, by=desk.me.id, entry=sent.entry)
    if desk.tell(session.id, event):
        desk.say("noted")
    elif before is not None:
        desk.tx.put_words(before)
    else:
        desk.tx.erase_words("problem", about)


def unasked(desk: Desk, sent: Sent) -> None:
    session = _my_session(desk, sent)
    text = _text(sent, "text")
    id = keep(desk, session, text, EXEMPT)
    event = ev.UnaskedLeft(at=desk.at, by=desk.me.id, contribution=id)
    if not desk.tell(session.id, event):
        desk.tx.erase_words("said", id)


def valuable(desk: Desk, sent: Sent) -> None:
    """The presenter, after listening: what was most valuable."""
    session = desk.session(sent.ref)
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter")
    id = keep(desk, session, _text(sent, "text"), EXEMPT)
    desk.work.show(fx.Show("said", f"said/{id}", id, session.key))


def skill(desk: Desk, sent: Sent) -> None:
    meeting = meeting_of(desk, sent.ref)
    chosen = sent.values.get("skill", "")
    if chosen not in SKILLS:
        raise Refusal("nothing_written")
    if desk.tell(meeting.id, ev.SkillPicked(at=desk.at, by=desk.me.id, entry=sent.entry)):
        about = f"{meeting.id}:{desk.me.id}"
        words = Words("skill", about, meeting.set, desk.me.id, {"skill": chosen}, desk.at)
        desk.tx.put_words(words)
        desk.say("noted")


def _my_session(desk: Desk, sent: Sent) -> Session:
    """Looked at before any words are kept: a stranger's are not."""
    session = desk.session(sent.ref)
    if desk.me.id not in session.people:
        raise Refusal("members_only")
    return session


def meeting_of(desk: Desk, id: str) -> Meeting:
    """A meeting by its id. Refuses what is something else."""
    found = desk.staged(id)
    if not isinstance(found, Meeting):
        raise Refusal("no_longer_there")
    return found


def _show_bid(desk: Desk, meeting: Meeting, person: str) -> None:
    about = f"{meeting.id}:{person}"
    desk.work.show(fx.Show("bid", f"bid/{about}", about, meeting.key))


def _text(sent: Sent, name: str) -> str:
    text = sent.values.get(name, "").strip()
    if not text:
        raise Refusal("nothing_written")
    return text
