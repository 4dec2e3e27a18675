"""Messages in our threads: what was said, edited, taken back."""

from __future__ import annotations

from dataclasses import replace

from bot.handlers.inputs import Deleted, Edited, Typed
from bot.handlers.request_context import RequestContext
from bot.judge import Judgement, Verdict
from bot.method import events as ev
from bot.method import policy
from bot.method.card_key import CardKind
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Contribution, ContributionId, QuestionState, Speech
from bot.ports import UserText

ANSWERED = (QuestionState.answered, QuestionState.landed)


def handle_message(context: RequestContext, message: Typed) -> None:
    """A message in the thread of a session or meeting; anything else is not ours to read."""
    staged = thread_of(context, message.place.thread)
    if staged is None or staged.over:
        return
    if context.tx.processed.is_recorded(message.deletion_key):
        return
    outsider = context.me.id not in (*staged.people, staged.facilitator)
    if outsider:
        # Never judged, counted or kept (method.md §8): the machine only says so, once.
        context.work.tell(
            staged.id,
            _spoke_event(context, ContributionId(""), Judgement(Verdict.accept, "exempt")),
        )
        return
    judged = judge_text(context, staged, message.text)
    id = save_contribution(context, staged, message.text, judged, message.message)
    quotes = None
    if message.quotes:
        quoted = context.tx.contributions.at_message(message.place, message.quotes)
        quotes = quoted.id if quoted else _question_of_quoted_card(context, message)
    context.work.tell(staged.id, _spoke_event(context, id, judged, quotes))


def handle_edit(context: RequestContext, message: Edited) -> None:
    """Applied only if newer than what is kept and the text differs (unfurls look like edits)."""
    known = context.tx.contributions.at_message(message.place, message.message)
    if known is None:
        if _arrived_before_its_message(context, message):
            return
        # Its message is kept by now: another process was just doing that.
        known = context.tx.contributions.at_message(message.place, message.message)
    if known is None or known.by != context.me.id:
        return
    staged = context.staged(known.session)
    words = context.tx.texts.get("said", known.id)
    text = message.text[: policy.MESSAGE_MOST]
    if words is None or words.at > message.at or words.parts.get("text") == text:
        return
    context.tx.texts.put(
        UserText("said", known.id, staged.set, known.by, {"text": text}, message.at)
    )
    if staged.over:
        return
    judged = judge_text(context, staged, text)
    known = context.tx.contributions.get(known.id) or known
    again = ev.SpokeAgain(
        at=context.at,
        by=context.me.id,
        known=known,
        verdict=judged.verdict.value,
        reason=judged.reason,
        gentle=judged.gentle,
    )
    context.work.tell(staged.id, again)


def _arrived_before_its_message(context: RequestContext, edit: Edited) -> bool:
    """An edit that came before its message: it is the message, and the first text is not.

    Whether it did. If another process is just taking the message, this waits until that is done.
    """
    first = Typed(
        at=edit.at, actor=edit.actor, place=edit.place, message=edit.message, text=edit.text
    )
    if not context.tx.processed.record_once(first.idempotency_key, edit.at):
        return False
    handle_message(context, first)
    return True


def handle_deletion(context: RequestContext, message: Deleted) -> None:
    """Whoever deleted it, it is withdrawn for its author, and our copy goes."""
    # Another process may just be keeping it: under the set's lock, either it stands there by now,
    # or it will see that it is gone.
    thread_of(context, message.place.thread)
    known = context.tx.contributions.at_message(message.place, message.message)
    if known is None:
        return
    staged = context.staged(known.session)
    known = context.tx.contributions.get(known.id) or known
    context.tx.texts.erase("said", known.id)
    context.work.tell(staged.id, unsaid_event(context, known))


def unsaid_event(context: RequestContext, known: Contribution) -> ev.Unsaid:
    """It is gone; of the questions it answered, those still there wait again."""
    asked = (context.tx.contributions.get(question) for question in known.answers)
    still = tuple(q.id for q in asked if q is not None and q.state in ANSWERED)
    return ev.Unsaid(at=context.at, by=known.by, known=replace(known, answers=still))


def judge_text(context: RequestContext, staged: Session | Meeting, text: str) -> Judgement:
    """Judge words for the stage that now runs; where nothing is judged, they are exempt."""
    stage = staged.stage
    if not isinstance(staged, Session) or stage is None or stage.judged is None:
        return Judgement(Verdict.accept, "exempt")
    role, language = "member", context.work.group.judged_in(context.me.language)
    if context.me.id == staged.facilitator:
        # Never judged; but a question of the coach may be answered like anybody's.
        role = "facilitator"
        if stage.speech is Speech.reply_statements:
            read = context.judge(language)(text, stage=stage.judged.value)
            asks = read.reason == "question" or read.verdict is Verdict.tip
            return Judgement(Verdict.accept, "question" if asks else "exempt")
    elif context.me.id == staged.presenter:
        role = "presenter"
    judge = context.judge(language)
    found = judge(text, stage=stage.judged.value, role=role, open_question=bool(staged.open))
    context.work.judged.append((stage.judged.value, found.verdict.value, found.reason))
    return found


def save_contribution(
    context: RequestContext,
    staged: Session | Meeting,
    text: str,
    judged: Judgement,
    message: str = "",
) -> ContributionId:
    """Keep a contribution and its words; the machine then says what it counts as."""
    id = ContributionId(context.work.ids.new())
    contribution = Contribution(
        id=id,
        session=staged.id,
        by=context.me.id,
        kind="said",
        state=QuestionState.not_counted,
        at=context.at,
        entry=staged.entry,
        verdict=judged.verdict.value,
        reason=judged.reason,
        ours=not message,
    )
    place = context.place if message else None
    context.tx.contributions.save(contribution, place, message)
    words = {"text": text[: policy.MESSAGE_MOST]}
    context.tx.texts.put(UserText("said", id, staged.set, context.me.id, words, context.at))
    return id


def post_question_from_form(
    context: RequestContext, session: Session, text: str, entry: int | None
) -> bool:
    """A question handed in through *Ask a question*: the bot posts it for its author."""
    judged = judge_text(context, session, text)
    id = save_contribution(context, session, text, judged)
    event = ev.Spoke(
        at=context.at,
        by=context.me.id,
        entry=entry,
        contribution=id,
        verdict=judged.verdict.value,
        reason=judged.reason,
        gentle=judged.gentle,
        ours=True,
        tips=context.me.tips,
    )
    taken = context.tell(session.id, event)
    if not taken:
        context.tx.texts.erase("said", id)
    return taken


def _spoke_event(
    context: RequestContext,
    id: ContributionId,
    judged: Judgement,
    quotes: ContributionId | None = None,
) -> ev.Spoke:
    return ev.Spoke(
        at=context.at,
        by=context.me.id,
        contribution=id,
        verdict=judged.verdict.value,
        reason=judged.reason,
        gentle=judged.gentle,
        quotes=quotes,
        tips=context.me.tips,
    )


def thread_of(context: RequestContext, thread: str) -> Session | Meeting | None:
    """Whose thread it is; None where it is nobody's of ours."""
    if not thread:
        return None
    key = context.tx.cards.key_at(context.place, thread)
    if key is None or not key.begins_thread:
        return None
    return context.staged(key.ref)


def _question_of_quoted_card(context: RequestContext, message: Typed) -> ContributionId | None:
    """The question behind a post of ours (said/…) that was quoted."""
    key = context.tx.cards.key_at(message.place, message.quotes)
    return ContributionId(key.ref) if key and key.kind is CardKind.POSTED_TEXT else None
