"""What is a person's own: taking a copy along, and having ours erased (method.md §8)."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.table_writers import WRITTEN
from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import RequestContext
from bot.method import events as ev
from bot.method.card_key import CardKind
from bot.method.questionnaires import EXPORT_KINDS
from bot.method.session import Session
from bot.method.stages import Refusal
from bot.method.terms import SetId

ALL = "all"  # every set, and what belongs to none
SAME = {"action": "actions", "sessions": "session", "learning": "log", "markdown": "md"}
EVERYWHERE = (ALL, "everything")
MOST = 10_000  # entries of one person


def export(context: RequestContext, rest: str) -> None:
    """`/als export actions csv`; what is not said is asked."""
    words = [SAME.get(w, w) for w in rest.casefold().split()]
    kind = next((w for w in words if w in EXPORT_KINDS), "")
    written = next((w for w in words if w in WRITTEN), "")
    if not kind:
        return context.open("export", _session_of_thread(context), written=written)
    _hand_over(context, kind, written, _session_of_thread(context))


def handle_export_form(context: RequestContext, sent: Sent) -> None:
    """The form was handed in: what, and how it is to be written."""
    values = sent.values
    _hand_over(context, values.get("kind", ""), values.get("written", ""), sent.ref)


def _hand_over(context: RequestContext, kind: str, written: str, session: str) -> None:
    """Straight back to whoever asked; it never lies in the outbox."""
    kind = kind if kind in EXPORT_KINDS else EXPORT_KINDS[0]
    written = written if written in WRITTEN else WRITTEN[0]
    context.say("export", session if kind == "session" else "", kind=kind, written=written)


def _session_of_thread(context: RequestContext) -> str:
    """The session of this thread if it is my own; "" means every one of mine."""
    key = context.thread_key()
    if key is None or key.kind is not CardKind.SESSION:
        return ""
    session = context.tx.machines.load(Session, key.ref)
    return session.id if session is not None and session.presenter == context.me.id else ""


def offer_forget(context: RequestContext, rest: str) -> None:
    """Asks where, unless it was said; and in any case whether that is meant."""
    wanted = rest.casefold().strip()
    if wanted in EVERYWHERE:
        return context.say("sure_forget", ALL)
    for id in context.tx.sets.of_person(context.me.id) if wanted else ():
        named = context.tx.texts.get("set", id)
        if named and named.parts.get("name", "").casefold() == wanted:
            return context.say("sure_forget", id)
    context.say("forget_what")


def confirm_forget(context: RequestContext, press: Pressed) -> None:
    """A set was chosen, or all of them."""
    _require_kept(context, press.ref)
    context.say("sure_forget", press.ref)


def forget(context: RequestContext, press: Pressed) -> None:
    """Our copy goes, and our posts that showed it are drawn again without it."""
    written = _require_kept(context, press.ref)
    everywhere = press.ref == ALL
    sets = sorted(s for s in written if s is not None and press.ref in (ALL, s))
    for id in sets:
        context.work.hold(id)
        for action in context.tx.actions.of_owner(context.me.id):
            if action.set == id:
                # Nothing asks after what nobody can read any more.
                context.work.tell_action(
                    action, ev.LetGo(at=context.at, by=context.me.id), context.me
                )
        for nudged in context.tx.contributions.unanswered_nudges(context.me.id):
            if context.tx.sets.owner_of(nudged.session) == id:
                context.tx.contributions.save(replace(nudged, acted=True))
        context.work.erase(context.me.id)
    if everywhere:
        for entry in context.tx.texts.by_author(context.me.id, "log", MOST):
            context.tx.texts.erase("log", entry.about)
    count = sum(n for s, n in written.items() if everywhere or s == press.ref)
    context.say("forgotten", count=count)


def _require_kept(context: RequestContext, ref: str) -> dict[SetId | None, int]:
    """How much of mine is kept where. Refuses a place that nothing of mine and no set is."""
    written = dict(context.tx.texts.count_by_author(context.me.id))
    if ref != ALL and SetId(ref) not in {*written, *context.tx.sets.of_person(context.me.id)}:
        raise Refusal("no_longer_there")
    return written
