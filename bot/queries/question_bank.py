"""Which questions of the bank were shown, and which one is suggested next. Reads only."""

from __future__ import annotations

from bot.method.question_bank import Item, bank, pick
from bot.method.session import Session
from bot.ports import Tx


def items_shown(tx: Tx, about: str) -> set[str]:
    """The ids of the questions that have been shown in this session or meeting."""
    row = tx.texts.get("shown", about)
    return set(row.parts) if row else set()


def suggested_check(tx: Tx, session: Session, language: str) -> Item | None:
    """The process check suggested for this stage; None once all of them have been asked.

    The suggestion stays the same until it was posted or the stage is over.
    """
    return pick(
        bank(language),
        stage="check_in",
        category="facilitator",
        format=session.format.name,
        used=items_shown(tx, session.id),
        seed=f"{session.id}/{session.entry}",
    )
