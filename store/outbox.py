"""Handing letters to a courier, lane by lane (design.md, "The outbox has lanes").

Rule 1: a worker holds a lane, not letters: within a lane they go in the order of writing.
Rule 2: a deferred letter lets later ones pass; a failed one holds its lane until it is due again.
Rule 3: a lease that has ended is anyone's. What a crashed worker was sending comes back saying so.
Rule 4: letters are locked before their lane, everywhere, so that nobody waits in a circle.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, or_, select, text, update

from bot.ports import Claim, Letter, Posted, StoreBusy, Tx
from store import codec, tables
from store.columns import Instant
from store.letters import new_row

if TYPE_CHECKING:
    from store.transactions import SqlTx

AGAIN = 5  # tries of a short write that met another process
LANES = 50  # lanes looked at in one claim before it is left to the next round

_l, _n = tables.letter.c, tables.lane.c
_LETTER = (
    _l.number,
    _l.lane,
    _l.effect,
    _l.schema,
    _l.set_id,
    _l.card,
    _l.not_before,
    _l.state,
    _l.attempts,
    _l.created,
)
_READY = text("due IS NOT NULL AND suspended = ''")
_PENDING = text(tables.PENDING)


def _lease(postgres: bool) -> Any:
    now = bindparam("now", type_=Instant())
    free = (
        select(_n.lane)
        .where(
            _READY,
            _n.due <= now,
            or_(_n.held.is_(None), _n.held <= now),
            or_(_n.lease.is_(None), _n.lease <= now),
        )
        .order_by(_n.due, _n.lane)
        .limit(1)
    )
    if postgres:
        free = free.with_for_update(skip_locked=True)
    return (
        update(tables.lane)
        .where(_n.lane == free.scalar_subquery())
        .values(worker=bindparam("by"), lease=bindparam("until", type_=Instant()))
        .returning(_n.lane)
    )


_LEASE = {postgres: _lease(postgres) for postgres in (False, True)}
_TAKE = (
    update(tables.letter)
    .where(
        _l.number.in_(
            select(_l.number)
            .where(
                _PENDING,
                _l.lane == bindparam("the_lane"),
                _l.not_before <= bindparam("now", type_=Instant()),
            )
            .order_by(_l.number)
            .limit(bindparam("most"))
        )
    )
    .values(taken=True)
    .returning(*_LETTER)
)
_TAKEN = select(_l.number, _l.lane, _l.card, _l.not_before).where(
    _l.lane == bindparam("lane"),
    _PENDING,
    text("state = 'waiting' AND taken = true AND attempts = 0"),
)
_CONTENT = select(
    _l.number, _l.effect, _l.schema, _l.set_id, _l.created, _l.not_before
).with_for_update()
_FREE_OF_CARD = _CONTENT.where(
    _l.lane == bindparam("lane"), _l.card == bindparam("card"), text(tables.FREE)
)
_PENDING_CONTENT = _CONTENT.where(_l.number == bindparam("id"), _PENDING)
_GONE = delete(tables.letter).where(_l.number == bindparam("id"))
_LETTER_OF = update(tables.letter).where(_l.number == bindparam("id"))
_PENDING_LETTER = _LETTER_OF.where(_PENDING)
_TRIED = _PENDING_LETTER.values(
    state=bindparam("as"),
    taken=True,
    attempts=_l.attempts + 1,
    not_before=bindparam("not_before", type_=Instant()),
)
_LOCK_LANE = (
    select(_n.lane)
    .where(_n.lane == bindparam("the_lane"), _n.worker == bindparam("by"))
    .with_for_update()
)
_LET_GO = (
    update(tables.lane)
    .where(_n.lane == bindparam("the_lane"))
    .values(
        worker="",
        lease=None,
        due=select(func.min(_l.not_before))
        .where(_l.lane == bindparam("the_lane"), _PENDING)
        .scalar_subquery(),
    )
)
_HOLD = (
    update(tables.lane)
    .where(_n.lane == bindparam("the_lane"))
    .values(held=bindparam("until", type_=Instant()))
)


def _held(tx: SqlTx, lane: str, until: datetime) -> None:
    tx._change(_HOLD, {"the_lane": lane, "until": until})


class Outbox(ABC):
    """The part of the store that a courier works with."""

    postgres: bool

    @abstractmethod
    def transaction(self) -> AbstractContextManager[SqlTx]:
        """A write transaction."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[SqlTx]:
        """One for reading only."""

    def claim(self, worker: str, now: datetime, seconds: int, limit: int = 20) -> Claim | None:
        """Lease the lane whose first due letter is oldest and that nobody else holds.

        `worker` must be unlike every other worker's name. Raises NewerSchema when a newer process
        has written a letter that this one cannot read.
        """
        for _ in range(LANES):
            letters: tuple[Letter, ...] | None = None
            with self.transaction() as tx:
                lane = _leased(tx, worker, now, seconds)
                # On PostgreSQL the lane's row must be free again before letters are locked.
                if lane is not None and not self.postgres:
                    letters = _taken(tx, lane, now, limit)
            if lane is None:
                return None
            if letters is None:
                with self.transaction() as tx:
                    letters = _taken(tx, lane, now, limit)
            claim = Claim(lane, worker, letters)
            if letters:
                return claim
            self.release(claim)  # it was due for a letter that has gone meanwhile
        return None

    def next_letter(self) -> datetime | None:
        """When the next waiting letter of an unsuspended lane is due.

        A lane that is held is due when its lease ends, in case its worker is gone.
        """
        with self.reading() as tx:
            row = tx._one(_next(self.postgres), {})
        found: datetime | None = row[0] if row else None
        return found

    def sending(self, letter: Letter) -> None:
        """Committed before the platform is called, so that a crash leaves a trace."""
        with self.transaction() as tx:
            tx._change(_PENDING_LETTER, {"id": letter.id, "state": "sending"})

    def sent(
        self,
        letter: Letter,
        at: datetime,
        posted: Posted | None = None,
        also: Callable[[Tx], None] | None = None,
    ) -> None:
        """Delivered. `also` is run in the same transaction (a nudge notes itself there)."""
        with self.transaction() as tx:
            values = {"id": letter.id, "state": "sent", "taken": False, "sent_at": at}
            tx._change(_LETTER_OF, values)
            if posted is not None and posted.key:
                tx.save_posted(posted)
            if also is not None:
                also(tx)

    def later(
        self, letter: Letter, not_before: datetime, failed: bool = False, sure: bool = False
    ) -> None:
        """Back to waiting; `failed` counts an attempt and holds the lane, a deferral does not.

        One that a crashed worker was sending, or that may have gone out (not `sure`), stays
        marked as being sent.
        """

        def put_back(tx: SqlTx) -> None:
            if failed:
                state = "waiting" if sure else "sending"
                values = {"id": letter.id, "not_before": not_before, "as": state}
                tx._change(_TRIED, values)
                tx._change(_HOLD, {"the_lane": letter.lane, "until": not_before})
            elif letter.attempts or letter.state == "sending":
                tx._change(_PENDING_LETTER, {"id": letter.id, "not_before": not_before})
            else:
                _freed(tx, letter.id, letter.lane, letter.card, not_before)
            tx.wake(letter.lane, not_before)

        self._short(put_back)

    def hold(self, lane: str, until: datetime) -> None:
        """Nothing goes out in this lane before that moment; its order stays."""
        self._short(lambda tx: _held(tx, lane, until))

    def park(self, letter: Letter, code: str) -> None:
        """This letter cannot be delivered; the lane goes on. Doctor shows it."""
        self._end(letter, "parked", code)

    def drop(self, letter: Letter, why: str) -> None:
        """This letter is no longer wanted."""
        self._end(letter, "dropped", why)

    def _end(self, letter: Letter, state: str, code: str) -> None:
        values = {"id": letter.id, "state": state, "taken": False, "code": code[:100]}
        with self.transaction() as tx:
            tx._change(_PENDING_LETTER, values)

    def release(self, claim: Claim) -> None:
        """Give the lane back. What was taken and not sent waits again, with its newest content."""
        who = {"the_lane": claim.lane, "by": claim.worker}

        def give_back(tx: SqlTx) -> None:
            for row in tx._all(_TAKEN, {"lane": claim.lane}):
                _freed(tx, row.number, row.lane, row.card, row.not_before)
            # Locked first, counted then: a letter that was being written is seen by the count.
            if tx._one(_LOCK_LANE, who) is not None:
                tx._change(_LET_GO, {"the_lane": claim.lane})

        self._short(give_back)

    def suspend(self, lane: str, code: str) -> None:
        """Send nothing in this lane until it is resumed."""
        with self.transaction() as tx:
            values = {"lane": lane, "worker": "", "suspended": code}
            tx._change(_suspend(self.postgres), values)

    def resume(self, lane: str) -> None:
        """Send in this lane again, from the oldest letter on."""
        with self.transaction() as tx:
            tx.resume(lane)

    def _short(self, work: Callable[[SqlTx], None]) -> None:
        """Carry out a short write, again if another process was in the way."""
        for left in reversed(range(AGAIN)):
            try:
                with self.transaction() as tx:
                    work(tx)
                return
            except StoreBusy:
                if not left:
                    raise


def _leased(tx: SqlTx, worker: str, now: datetime, seconds: int) -> str | None:
    until = now + timedelta(seconds=seconds)
    row = tx._one(_LEASE[tx._postgres], {"now": now, "by": worker, "until": until})
    return str(row.lane) if row else None


def _taken(tx: SqlTx, lane: str, now: datetime, limit: int) -> tuple[Letter, ...]:
    rows = tx._all(_TAKE, {"the_lane": lane, "now": now, "most": limit})
    letters = (
        Letter(
            id=row.number,
            lane=row.lane,
            effect=codec.load_effect(row.effect, row.schema),
            set=row.set_id,
            card=row.card,
            not_before=row.not_before,
            state=row.state,
            attempts=row.attempts,
            created=row.created,
        )
        for row in rows
    )
    return tuple(sorted(letters, key=lambda letter: letter.id))


def _freed(tx: SqlTx, id: int, lane: str, card: str, not_before: datetime) -> None:
    """A taken letter that was not tried waits again, until then.

    If its card was written anew meanwhile, the two become one: in the older's place, with the
    newest content.
    """
    other = tx._one(_FREE_OF_CARD, {"lane": lane, "card": card}) if card else None
    mine = tx._one(_PENDING_CONTENT, {"id": id})
    if mine is None:
        return
    content = mine
    if other is not None and other.number != id:
        content = max(mine, other, key=lambda row: (row.created, row.number))
        tx._change(_GONE, {"id": max(id, other.number)})
        id = min(id, other.number)
    values = {name: getattr(content, name) for name in ("effect", "schema", "set_id", "created")}
    values |= {"state": "waiting", "taken": False, "not_before": not_before}
    tx._change(_PENDING_LETTER, {"id": id, **values})


@cache
def _next(postgres: bool) -> Any:
    latest = func.greatest if postgres else func.max
    when = latest(
        _n.due, func.coalesce(_n.held, _n.due), func.coalesce(_n.lease, _n.due), type_=Instant()
    )
    return select(func.min(when, type_=Instant())).where(_READY)


@cache
def _suspend(postgres: bool) -> Any:
    new = new_row(tables.lane, postgres)
    return new.on_conflict_do_update(
        index_elements=["lane"], set_={"suspended": new.excluded.suspended}
    )
