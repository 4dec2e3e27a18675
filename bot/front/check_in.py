"""A question on how the set works, suggested to whoever facilitates; they press, or they do not.

The suggestion stands until it was posted or the stage is over; what was posted in a session is
never suggested there again.
"""

from __future__ import annotations

from bot import effects as fx
from bot.bank import Item, bank, pick
from bot.front import stuck
from bot.front.desk import Desk
from bot.front.typed import keep, spoke_by_form
from bot.inputs import Pressed
from bot.ports import Tx
from bot.rule import Judgement, Verdict
from bot.session import Session
from bot.stages import Refusal


def suggested(tx: Tx, session: Session, language: str) -> Item | None:
    """The question that stands for this stage; None once all of them have been asked."""
    return pick(
        bank(language),
        stage="check_in",
        category="facilitator",
        format=session.format.name,
        used=stuck.shown(tx, session.id),
        seed=f"{session.id}/{session.entry}",
    )


def post(desk: Desk, press: Pressed) -> None:
    """Into the thread, in the name of whoever facilitates and has pressed."""
    id, _, chosen = press.ref.rpartition(":")
    session = desk.session(id)
    if desk.me.id != session.facilitator:
        raise Refusal("only_who_facilitates")
    if session.over:
        raise Refusal("session_is_over")
    item = next((i for i in bank(desk.me.language) if i.id == chosen), None)
    if item is None or press.entry not in (None, session.entry) or session.stage is None:
        raise Refusal("that_moment_has_passed")
    if item.id in stuck.shown(desk.tx, session.id):
        raise Refusal("already_done")
    if session.stage.judged:
        # Never judged; where statements answer questions, the set may answer this one.
        if not spoke_by_form(desk, session, item.text, session.entry):
            return
    else:
        said = keep(desk, session, item.text, Judgement(Verdict.accept, "exempt"))
        desk.work.show(fx.Show("said", f"said/{said}", said, session.key))
    stuck.note(desk, session, [item])
    desk.say("noted")
