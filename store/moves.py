"""A conversation that gets another id (Slack Connect, a move between organisations).

What stands there is edited by its place, and what waits is sent by its lane: both go along.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select, text, update

from bot.method.terms import Place
from store import tables
from store.letters import Letters

_l = tables.letter.c


def _moves(table: Any) -> Any:
    c = table.c
    return (
        update(table)
        .where(
            c.platform == bindparam("the_platform"),
            c.installation == bindparam("the_installation"),
            c.conversation == bindparam("was"),
        )
        .values(installation=bindparam("into"), conversation=bindparam("now"))
    )


_STANDS = tuple(_moves(table) for table in (tables.posted, tables.contribution))
_PENDING = text(tables.PENDING)
_WAITS = (
    update(tables.letter)
    .where(_l.lane == bindparam("the_lane"), _PENDING)
    .values(lane=bindparam("to"))
)
_FIRST = select(func.min(_l.not_before, type_=_l.not_before.type)).where(
    _l.lane == bindparam("the_lane"), _PENDING
)


class Moves(Letters):
    """The part of a transaction that follows a conversation to its new id."""

    def move_conversation(self, was: Place, now: Place, lane: str, to: str) -> None:
        """A conversation has another id: what stands and waits there, stands and waits here."""
        values = {
            "the_platform": was.platform,
            "the_installation": was.installation,
            "was": was.conversation,
            "into": now.installation,
            "now": now.conversation,
        }
        for stands in _STANDS:
            self._change(stands, values)
        self._change(_WAITS, {"the_lane": lane, "to": to})
        row = self._one(_FIRST, {"the_lane": to})
        if row is not None and row[0] is not None:
            self.wake(to, row[0])
