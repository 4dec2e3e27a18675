"""Conversations that get another id (Slack Connect, a move between organisations).

Cards and contributions are looked up by their place, and waiting messages by their lane: all move.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select, text, update

from bot.method.terms import Place
from store import models
from store.outbox import Outbox
from store.sql.connection import SqlConnection

_o = models.outbox.c


def _move(table: Any) -> Any:
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


_MOVES = tuple(_move(table) for table in (models.posted, models.contribution))
_PENDING = text(models.PENDING)
_MOVE_MESSAGES = (
    update(models.outbox)
    .where(_o.lane == bindparam("the_lane"), _PENDING)
    .values(lane=bindparam("to"))
)
_FIRST_DUE = select(func.min(_o.not_before, type_=_o.not_before.type)).where(
    _o.lane == bindparam("the_lane"), _PENDING
)


class Conversations:
    """The port's `Conversations`."""

    def __init__(self, connection: SqlConnection, outbox: Outbox) -> None:
        self._connection, self._outbox = connection, outbox

    def move(self, was: Place, now: Place, lane: str, to: str) -> None:
        """Cards, contributions and waiting messages of one conversation go to another id."""
        values = {
            "the_platform": was.platform,
            "the_installation": was.installation,
            "was": was.conversation,
            "into": now.installation,
            "now": now.conversation,
        }
        for statement in _MOVES:
            self._connection.execute(statement, values)
        self._connection.execute(_MOVE_MESSAGES, {"the_lane": lane, "to": to})
        row = self._connection.fetch_one(_FIRST_DUE, {"the_lane": to})
        if row is not None and row[0] is not None:
            self._outbox.wake(to, row[0])
