"""What is a person's own: taking a copy along, and having ours erased (method.md §8)."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.table_writers import WRITTEN
from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import Desk
from bot.method import events as ev
from bot.method.session import Session
from bot.method.stages import Refusal
from bot.method.terms import SetId

KINDS = ("actions", "log", "session")
ALL = "all"  # every set, and what belongs to none
SAME = {"action": "actions", "sessions": "session", "learning": "log", "markdown": "md"}
EVERYWHERE = (ALL, "everything")
MOST = 10_000  # entries of one person


def export(desk: Desk, rest: str) -> None:
    """`/als export actions csv`; what is not said is asked."""
    words = [SAME.get(w, w) for w in rest.casefold().split()]
    kind = next((w for w in words if w in KINDS), "")
    written = next((w for w in words if w in WRITTEN), "")
    if not kind:
        return desk.open("export", _own_thread(desk), written=written)
    _hand_over(desk, kind, written, _own_thread(desk))


def exported(desk: Desk, sent: Sent) -> None:
    """The form was handed in: what, and how it is to be written."""
    values = sent.values
    _hand_over(desk, values.get("kind", ""), values.get("written", ""), sent.ref)


def _hand_over(desk: Desk, kind: str, written: str, session: str) -> None:
    """Straight back to whoever asked; it never lies in the outbox."""
    kind = kind if kind in KINDS else KINDS[0]
    written = written if written in WRITTEN else WRITTEN[0]
    desk.say("export", session if kind == "session" else "", kind=kind, written=written)


def _own_thread(desk: Desk) -> str:
    """The session of this thread if it is my own; "" means every one of mine."""
    key = desk.tx.card_at(desk.place, desk.place.thread) if desk.place.thread else ""
    name, _, id = (key or "").partition("/")
    found = desk.tx.load(Session, id) if name == "session" else None
    return found.id if found is not None and found.presenter == desk.me.id else ""


def forget(desk: Desk, rest: str) -> None:
    """Asks where, unless it was said; and in any case whether that is meant."""
    wanted = rest.casefold().strip()
    if wanted in EVERYWHERE:
        return desk.say("sure_forget", ALL)
    for id in desk.tx.sets_of(desk.me.id) if wanted else ():
        named = desk.tx.words("set", id)
        if named and named.parts.get("name", "").casefold() == wanted:
            return desk.say("sure_forget", id)
    desk.say("forget_what")


def sure(desk: Desk, press: Pressed) -> None:
    """A set was chosen, or all of them."""
    _known(desk, press.ref)
    desk.say("sure_forget", press.ref)


def forget_now(desk: Desk, press: Pressed) -> None:
    """Our copy goes, and our posts that showed it are drawn again without it."""
    written = _known(desk, press.ref)
    everywhere = press.ref == ALL
    sets = sorted(s for s in written if s is not None and press.ref in (ALL, s))
    for id in sets:
        desk.work.hold(id)
        for action in desk.tx.actions_of(desk.me.id):
            if action.set == id:
                # Nothing asks after what nobody can read any more.
                desk.work.tell_action(action, ev.LetGo(at=desk.at, by=desk.me.id), desk.me)
        for nudged in desk.tx.unanswered_nudges(desk.me.id):
            if desk.tx.set_of(nudged.session) == id:
                desk.tx.save_contribution(replace(nudged, acted=True))
        desk.work.erase(desk.me.id)
    if everywhere:
        for entry in desk.tx.words_by(desk.me.id, "log", MOST):
            desk.tx.erase_words("log", entry.about)
    count = sum(n for s, n in written.items() if everywhere or s == press.ref)
    desk.say("forgotten", count=count)


def _known(desk: Desk, ref: str) -> dict[SetId | None, int]:
    """How much of mine is kept where. Refuses a place that nothing of mine and no set is."""
    written = dict(desk.tx.written_by(desk.me.id))
    if ref != ALL and SetId(ref) not in {*written, *desk.tx.sets_of(desk.me.id)}:
        raise Refusal("no_longer_there")
    return written
