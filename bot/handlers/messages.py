"""Messages in our threads: what was said, edited, taken back."""

from __future__ import annotations

from dataclasses import replace

from bot.handlers.inputs import Deleted, Edited, Typed
from bot.handlers.request_context import THREADS, Desk
from bot.judge import Judgement, Verdict
from bot.method import events as ev
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Contribution, ContributionId, QuestionState, Speech
from bot.ports import Words

ANSWERED = (QuestionState.answered, QuestionState.landed)
LONGEST = 12_000  # characters of a message that are kept


def typed(desk: Desk, message: Typed) -> None:
    """A message in the thread of a session or meeting; anything else is not ours to read."""
    staged = thread_of(desk, message.place.thread)
    if staged is None or staged.over:
        return
    if desk.tx.was_seen(message.gone):
        return
    outsider = desk.me.id not in (*staged.people, staged.facilitator)
    if outsider:
        # Never judged, counted or kept (method.md §8): the machine only says so, once.
        desk.work.tell(
            staged.id, _spoke(desk, ContributionId(""), Judgement(Verdict.accept, "exempt"))
        )
        return
    judged = judge(desk, staged, message.text)
    id = keep(desk, staged, message.text, judged, message.message)
    quotes = None
    if message.quotes:
        quoted = desk.tx.contribution_said(message.place, message.quotes)
        quotes = quoted.id if quoted else _card_quoted(desk, message)
    desk.work.tell(staged.id, _spoke(desk, id, judged, quotes))


def edited(desk: Desk, message: Edited) -> None:
    """Applied only if newer than what is kept and the text differs (unfurls look like edits)."""
    known = desk.tx.contribution_said(message.place, message.message)
    if known is None:
        if _overtook(desk, message):
            return
        # Its message is kept by now: another process was just doing that.
        known = desk.tx.contribution_said(message.place, message.message)
    if known is None or known.by != desk.me.id:
        return
    staged = desk.staged(known.session)
    words = desk.tx.words("said", known.id)
    text = message.text[:LONGEST]
    if words is None or words.at > message.at or words.parts.get("text") == text:
        return
    desk.tx.put_words(Words("said", known.id, staged.set, known.by, {"text": text}, message.at))
    if staged.over:
        return
    judged = judge(desk, staged, text)
    known = desk.tx.contribution(known.id) or known
    again = ev.SpokeAgain(
        at=desk.at,
        by=desk.me.id,
        known=known,
        verdict=judged.verdict.value,
        reason=judged.reason,
        gentle=judged.gentle,
    )
    desk.work.tell(staged.id, again)


def _overtook(desk: Desk, edit: Edited) -> bool:
    """An edit that came before its message: it is the message, and the first text is not.

    Whether it did. If another process is just taking the message, this waits until that is done.
    """
    first = Typed(
        at=edit.at, actor=edit.actor, place=edit.place, message=edit.message, text=edit.text
    )
    if not desk.tx.first_time(first.seen, edit.at):
        return False
    typed(desk, first)
    return True


def deleted(desk: Desk, message: Deleted) -> None:
    """Whoever deleted it, it is withdrawn for its author, and our copy goes."""
    # Another process may just be keeping it: under the set's lock, either it stands there by now,
    # or it will see that it is gone.
    thread_of(desk, message.place.thread)
    known = desk.tx.contribution_said(message.place, message.message)
    if known is None:
        return
    staged = desk.staged(known.session)
    known = desk.tx.contribution(known.id) or known
    desk.tx.erase_words("said", known.id)
    desk.work.tell(staged.id, unsaid(desk, known))


def unsaid(desk: Desk, known: Contribution) -> ev.Unsaid:
    """It is gone; of the questions it answered, those still there wait again."""
    asked = (desk.tx.contribution(question) for question in known.answers)
    still = tuple(q.id for q in asked if q is not None and q.state in ANSWERED)
    return ev.Unsaid(at=desk.at, by=known.by, known=replace(known, answers=still))


def judge(desk: Desk, staged: Session | Meeting, text: str) -> Judgement:
    """Judge words for the stage that now runs; where nothing is judged, they are exempt."""
    stage = staged.stage
    if not isinstance(staged, Session) or stage is None or stage.judged is None:
        return Judgement(Verdict.accept, "exempt")
    role, language = "member", desk.work.group.judged_in(desk.me.language)
    if desk.me.id == staged.facilitator:
        # Never judged; but a question of the coach may be answered like anybody's.
        role = "facilitator"
        if stage.speech is Speech.reply_statements:
            read = desk.judge(language)(text, stage=stage.judged.value)
            asks = read.reason == "question" or read.verdict is Verdict.tip
            return Judgement(Verdict.accept, "question" if asks else "exempt")
    elif desk.me.id == staged.presenter:
        role = "presenter"
    judge = desk.judge(language)
    found = judge(text, stage=stage.judged.value, role=role, open_question=bool(staged.open))
    desk.work.judged.append((stage.judged.value, found.verdict.value, found.reason))
    return found


def keep(
    desk: Desk, staged: Session | Meeting, text: str, judged: Judgement, message: str = ""
) -> ContributionId:
    """Keep a contribution and its words; the machine then says what it counts as."""
    id = ContributionId(desk.work.ids.new())
    contribution = Contribution(
        id=id,
        session=staged.id,
        by=desk.me.id,
        kind="said",
        state=QuestionState.not_counted,
        at=desk.at,
        entry=staged.entry,
        verdict=judged.verdict.value,
        reason=judged.reason,
        ours=not message,
    )
    place = desk.place if message else None
    desk.tx.save_contribution(contribution, place, message)
    words = {"text": text[:LONGEST]}
    desk.tx.put_words(Words("said", id, staged.set, desk.me.id, words, desk.at))
    return id


def spoke_by_form(desk: Desk, session: Session, text: str, entry: int | None) -> bool:
    """A question handed in through *Ask a question*: the bot posts it for its author."""
    judged = judge(desk, session, text)
    id = keep(desk, session, text, judged)
    event = ev.Spoke(
        at=desk.at,
        by=desk.me.id,
        entry=entry,
        contribution=id,
        verdict=judged.verdict.value,
        reason=judged.reason,
        gentle=judged.gentle,
        ours=True,
        tips=desk.me.tips,
    )
    taken = desk.tell(session.id, event)
    if not taken:
        desk.tx.erase_words("said", id)
    return taken


def _spoke(
    desk: Desk, id: ContributionId, judged: Judgement, quotes: ContributionId | None = None
) -> ev.Spoke:
    return ev.Spoke(
        at=desk.at,
        by=desk.me.id,
        contribution=id,
        verdict=judged.verdict.value,
        reason=judged.reason,
        gentle=judged.gentle,
        quotes=quotes,
        tips=desk.me.tips,
    )


def thread_of(desk: Desk, thread: str) -> Session | Meeting | None:
    """Whose thread it is; None where it is nobody's of ours."""
    if not thread:
        return None
    key = desk.tx.card_at(desk.place, thread) or ""
    if not key.startswith(THREADS):
        return None
    return desk.staged(key.partition("/")[2])


def _card_quoted(desk: Desk, message: Typed) -> ContributionId | None:
    """The question behind a post of ours (said/…) that was quoted."""
    key = desk.tx.card_at(message.place, message.quotes) or ""
    return ContributionId(key.removeprefix("said/")) if key.startswith("said/") else None
