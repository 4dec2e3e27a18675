"""Thinking an issue through: by choice, once it is with the set, and never in the way.

Which part is mine to influence, does somebody know the answer, what makes it matter (method.md
§2, S1 and S4). It stays with the presenter until they tick that the set may read it.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers import suggestions
from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import Desk
from bot.method import effects as fx
from bot.method.session import Session
from bot.method.stages import Refusal
from bot.ports import Words

WRITTEN = ("influence", "matters")
KNOWN = ("no", "perhaps")  # does somebody know the answer already?


def think(desk: Desk, press: Pressed) -> None:
    """The form, with questions of the bank beside it."""
    session = _mine(desk, press.ref)
    desk.open("intake", session.id, None, **suggestions.to_think(desk, session))


def thought(desk: Desk, sent: Sent) -> None:
    """Kept, and shown to the set only if that was ticked; unticked, it is taken back."""
    session = _mine(desk, sent.ref)
    parts = {k: sent.values[k].strip() for k in WRITTEN if sent.values.get(k, "").strip()}
    if sent.values.get("known") in KNOWN:
        parts["known"] = sent.values["known"]
    if not parts:
        raise Refusal("nothing_written")
    shared = sent.values.get("share") == "yes"
    if shared:
        parts["share"] = "yes"
    desk.tx.put_words(Words("intake", session.id, session.set, desk.me.id, parts, desk.at))
    key = f"intake/{session.id}"
    if shared or desk.tx.posted(key):
        desk.work.show(fx.Show("intake", key, session.id, session.key))
    desk.say("thought_through", session.id)


def _mine(desk: Desk, id: str) -> Session:
    session = desk.session(id)
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter")
    if session.over:
        raise Refusal("session_is_over")
    return session


PRESSES: dict[str, Callable[[Desk, Pressed], None]] = {
    "think_through": think,
    "carry_on": lambda desk, press: desk.say("noted"),
}

FORMS: dict[str, Callable[[Desk, Sent], None]] = {"intake": thought}
