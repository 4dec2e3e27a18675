"""Contributions: what was said in threads, without the words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, text

from bot.method.terms import Contribution, ContributionId, PersonId, Place, QuestionState, Tally
from store import models
from store.cache import Cache
from store.sql.connection import SqlConnection
from store.sql.statements import chunks, message_columns, place_columns

_c = models.contribution.c
CONTRIBUTION = select(
    _c.id,
    _c.session_id,
    _c.by_id,
    _c.kind,
    _c.state,
    _c.at,
    _c.entry,
    _c.verdict,
    _c.reason,
    _c.nudged,
    _c.acted,
    _c.ours,
    _c.answers,
)
_COUNTED = (_c.by_id, _c.kind, _c.state, _c.verdict, _c.reason)
_BY_ID = CONTRIBUTION.where(_c.id == bindparam("id"))
_AT_MESSAGE = CONTRIBUTION.where(
    _c.platform == bindparam("platform"),
    _c.installation == bindparam("installation"),
    _c.conversation == bindparam("conversation"),
    _c.message == bindparam("message"),
    text("message IS NOT NULL"),
)
_IN_SESSION = (
    CONTRIBUTION.where(_c.session_id == bindparam("session"))
    .order_by(_c.at, _c.number)
    .limit(bindparam("most"))
)
_FILTERS = {
    name: column == bindparam(name)
    for name, column in {
        "kind": _c.kind,
        "state": _c.state,
        "by": _c.by_id,
        "entry": _c.entry,
    }.items()
}
_TALLY = (
    select(_c.session_id, *_COUNTED, func.count().label("n"))
    .where(_c.session_id.in_(bindparam("sessions", expanding=True)))
    .group_by(_c.session_id, *_COUNTED)
    .order_by(_c.session_id, *_COUNTED)
)
NUDGED = (
    CONTRIBUTION.join(models.session, models.session.c.id == _c.session_id)
    .where(
        text(models.NUDGED),
        ~models.session.c.over,
        models.session.c.entry == _c.entry,
    )
    .order_by(_c.at, _c.number)
)
_NUDGED_BY = NUDGED.where(_c.by_id == bindparam("by"))


@cache
def _filtered(*names: str) -> Select[Any]:
    """Those of a session that match these columns; built once, so that it is compiled once."""
    return _IN_SESSION.where(*(_FILTERS[name] for name in names))


class Contributions:
    """The port's `Contributions`."""

    def __init__(self, connection: SqlConnection, cache: Cache) -> None:
        self._connection, self._cache = connection, cache

    def get(self, id: ContributionId) -> Contribution | None:
        """A contribution by id."""
        if id in self._cache.contributions:
            return self._cache.contributions[id]
        row = self._connection.fetch_one(_BY_ID, {"id": id})
        return contribution_of(row) if row else None

    def at_message(self, place: Place, message: str) -> Contribution | None:
        """The contribution that is this message (the thread is not looked at)."""
        row = self._connection.fetch_one(_AT_MESSAGE, message_columns(place, message))
        return contribution_of(row) if row else None

    def save(
        self, contribution: Contribution, place: Place | None = None, message: str = ""
    ) -> None:
        """Insert or replace; without a place, the message that it is known to be stays."""
        self._cache.prefetched.nudged.pop(contribution.by, None)
        values: dict[str, Any] = {
            "id": contribution.id,
            "session_id": contribution.session,
            "by_id": contribution.by,
            "kind": contribution.kind,
            "state": contribution.state.value,
            "at": contribution.at,
            "entry": contribution.entry,
            "verdict": contribution.verdict,
            "reason": contribution.reason,
            "nudged": contribution.nudged,
            "acted": contribution.acted,
            "ours": contribution.ours,
            "answers": json.dumps(contribution.answers),
        }
        if place is not None:
            values |= {**place_columns(place), "message": message or None}
        self._connection.upsert(models.contribution, ("id",), values)
        self._cache.contributions[contribution.id] = contribution

    def in_session(
        self,
        session: str,
        *,
        kind: str | None = None,
        state: str | None = None,
        by: PersonId | None = None,
        entry: int | None = None,
        limit: int = 100,
    ) -> tuple[Contribution, ...]:
        """Those of a session or meeting that match, the oldest first."""
        filters = {"kind": kind, "state": state, "by": by, "entry": entry}
        wanted = {name: value for name, value in filters.items() if value is not None}
        values = {"session": session, "most": limit, **wanted}
        rows = self._connection.fetch_all(_filtered(*wanted), values)
        return tuple(contribution_of(row) for row in rows)

    def tally(self, sessions: Iterable[str]) -> tuple[Tally, ...]:
        """How many contributions of which kind each person has made in these sessions."""
        return tuple(
            Tally(
                row.session_id,
                row.by_id,
                row.kind,
                QuestionState(row.state),
                row.verdict,
                row.reason,
                int(row.n),
            )
            for part in chunks(list(dict.fromkeys(sessions)))
            for row in self._connection.fetch_all(_TALLY, {"sessions": part})
        )

    def unanswered_nudges(self, person: PersonId) -> tuple[Contribution, ...]:
        """Nudged once, not acted on, in a stage that is still open; the oldest first."""
        if person in self._cache.prefetched.nudged:
            return tuple(self._cache.prefetched.nudged[person])
        rows = self._connection.fetch_all(_NUDGED_BY, {"by": person})
        return tuple(contribution_of(row) for row in rows)


def contribution_of(row: Any) -> Contribution:
    """The contribution in a row with the columns of CONTRIBUTION."""
    return Contribution(
        id=row.id,
        session=row.session_id,
        by=row.by_id,
        kind=row.kind,
        state=QuestionState(row.state),
        at=row.at,
        entry=row.entry,
        verdict=row.verdict,
        reason=row.reason,
        nudged=row.nudged,
        acted=row.acted,
        ours=row.ours,
        answers=tuple(json.loads(row.answers)),
    )
