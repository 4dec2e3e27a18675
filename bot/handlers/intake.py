"""Thinking an issue through: by choice, once it is with the set, and never in the way.

Which part is mine to influence, does somebody know the answer, what makes it matter (method.md
§2, S1 and S4). It stays with the presenter until they tick that the set may read it.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers import suggestions
from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import RequestContext
from bot.method import effects as fx
from bot.method.card_key import CardKey, CardKind
from bot.method.questionnaires import INTAKE_KNOWN, INTAKE_TEXTS
from bot.method.session import Session
from bot.method.stages import Refusal
from bot.ports import UserText


def think(context: RequestContext, press: Pressed) -> None:
    """The form, with questions of the bank beside it."""
    session = _own_session(context, press.ref)
    context.open("intake", session.id, None, **suggestions.to_think(context, session))


def handle_intake_form(context: RequestContext, sent: Sent) -> None:
    """Kept, and shown to the set only if that was ticked; unticked, it is taken back."""
    session = _own_session(context, sent.ref)
    parts = {k: sent.values[k].strip() for k in INTAKE_TEXTS if sent.values.get(k, "").strip()}
    if sent.values.get("known") in INTAKE_KNOWN:
        parts["known"] = sent.values["known"]
    if not parts:
        raise Refusal("nothing_written")
    shared = sent.values.get("share") == "yes"
    if shared:
        parts["share"] = "yes"
    context.tx.texts.put(
        UserText("intake", session.id, session.set, context.me.id, parts, context.at)
    )
    key = CardKey.of(CardKind.INTAKE, session.id)
    if shared or context.tx.cards.get(key):
        context.work.show(fx.Show("intake", key, session.id, session.key))
    context.say("thought_through", session.id)


def _own_session(context: RequestContext, id: str) -> Session:
    session = context.session(id)
    if context.me.id != session.presenter:
        raise Refusal("only_presenter")
    if session.over:
        raise Refusal("session_is_over")
    return session


PRESSES: dict[str, Callable[[RequestContext, Pressed], None]] = {
    "think_through": think,
    "carry_on": lambda context, press: context.say("noted"),
}

FORMS: dict[str, Callable[[RequestContext, Sent], None]] = {"intake": handle_intake_form}
