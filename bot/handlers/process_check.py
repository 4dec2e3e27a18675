"""A question on how the set works, suggested to whoever facilitates; they press, or they do not.

The suggestion stands until it was posted or the stage is over; what was posted in a session is
never suggested there again.
"""

from __future__ import annotations

from bot.handlers import suggestions
from bot.handlers.inputs import Pressed
from bot.handlers.messages import post_question_from_form, save_contribution
from bot.handlers.request_context import RequestContext
from bot.judge import Judgement, Verdict
from bot.method import effects as fx
from bot.method.card_key import CardKey, CardKind
from bot.method.question_bank import bank
from bot.method.stages import Refusal
from bot.queries.question_bank import items_shown


def post(context: RequestContext, press: Pressed) -> None:
    """Into the thread, in the name of whoever facilitates and has pressed."""
    id, _, chosen = press.ref.rpartition(":")
    session = context.session(id)
    if context.me.id != session.facilitator:
        raise Refusal("only_who_facilitates")
    if session.over:
        raise Refusal("session_is_over")
    item = next((i for i in bank(context.me.language) if i.id == chosen), None)
    if item is None or press.entry not in (None, session.entry) or session.stage is None:
        raise Refusal("that_moment_has_passed")
    if item.id in items_shown(context.tx, session.id):
        raise Refusal("already_done")
    if session.stage.judged:
        # Never judged; where statements answer questions, the set may answer this one.
        if not post_question_from_form(context, session, item.text, session.entry):
            return
    else:
        said = save_contribution(context, session, item.text, Judgement(Verdict.accept, "exempt"))
        context.work.show(
            fx.Show("said", CardKey.of(CardKind.POSTED_TEXT, said), said, session.key)
        )
    suggestions.record_shown(context, session, [item])
    context.say("noted")
