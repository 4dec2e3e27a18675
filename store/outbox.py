"""Handing letters to a courier, lane by lane (design.md, "The outbox has lanes").

Rule 1: a worker holds a lane, not letters: within a lane they go in the order of writing.
Rule 2: a deferred letter lets later ones pass; a failed one holds its lane until it is due again.
Rule 3: a lease that has ended is anyone's. What a crashed worker was sending comes back saying so.
Rule 4: letters are locked before their lane, everywhere, so that nobody waits in a circle.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, or_, select, text, update

from bot.ports import Claim, NewerSchema, OutboxMessage, Posted, StoreBusy, Tx
from store import codec, tables
from store.columns import Instant
from store.left import Left
from store.letters import new_row
from store.lists import among, listed

if TYPE_CHECKING:
    from store.transactions import SqlTx

AGAIN = 5  # tries of a short write that met another process
LANES = 50  # looks in one claim for lanes that have letters, before it is left to the next round

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
_BY_LANE = "INDEXED BY ix_letter_pending"  # SQLite would rather look at all that are waiting


def _wanted(statement: Any, without: bool) -> Any:
    """Leave lanes out, if there are any to leave out."""
    left: Any = bindparam("without", expanding=True)
    return statement.where(_n.lane.not_in(left)) if without else statement


@cache
def _lease(postgres: bool, without: bool) -> Any:
    now = bindparam("now", type_=Instant())
    free = (
        _wanted(select(_n.lane), without)
        .where(
            _READY,
            _n.due <= now,
            or_(_n.held.is_(None), _n.held <= now),
            or_(_n.lease.is_(None), _n.lease <= now),
        )
        .order_by(_n.due, _n.lane)
        .limit(bindparam("lanes"))
    )
    if postgres:
        free = free.with_for_update(skip_locked=True)
    return (
        update(tables.lane)
        .where(_n.lane.in_(free))
        .values(worker=bindparam("by"), lease=bindparam("until", type_=Instant()))
        .returning(_n.lane, _n.due)
    )


@cache
def _take(postgres: bool) -> Any:
    """Of each lane the first few letters that are due."""
    first = (
        select(
            _l.number,
            func.row_number().over(partition_by=_l.lane, order_by=_l.number).label("nth"),
        )
        .where(
            _PENDING,
            text(among("letter.lane", "lanes", "text", postgres)),
            _l.not_before <= bindparam("now", type_=Instant()),
        )
        .with_hint(tables.letter, _BY_LANE, "sqlite")
        .subquery("first")
    )
    these = select(first.c.number).where(first.c.nth <= bindparam("most"))
    return update(tables.letter).where(_l.number.in_(these)).values(taken=True).returning(*_LETTER)


@cache
def _taken_in(postgres: bool) -> Any:
    return (
        select(_l.number, _l.lane, _l.card, _l.not_before)
        .where(
            text(among("letter.lane", "lanes", "text", postgres)),
            _PENDING,
            text("state = 'waiting' AND taken = true AND attempts = 0"),
        )
        .order_by(_l.lane, _l.number)
        .with_hint(tables.letter, _BY_LANE, "sqlite")
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


@cache
def _holding(postgres: bool) -> Any:
    """Which of these lanes a worker still holds."""
    these = text(among("lane.lane", "lanes", "text", postgres))
    return select(_n.lane).where(these, _n.worker == bindparam("by"))


@cache
def _lock_lanes(postgres: bool) -> Any:
    # In the order in which a transaction that writes letters takes them (store/letters.py).
    order = _n.lane.collate("C") if postgres else _n.lane
    these = text(among("lane.lane", "lanes", "text", postgres))
    return select(_n.lane, _n.worker).where(these).order_by(order).with_for_update()


@cache
def _let_go(postgres: bool, held: bool) -> Any:
    due = select(func.min(_l.not_before)).where(_l.lane == _n.lane, _PENDING).scalar_subquery()
    free: dict[str, Any] = {"worker": "", "lease": None, "due": due}
    if held:
        free["held"] = _not_sooner(postgres)
    these = text(among("lane.lane", "lanes", "text", postgres))
    return update(tables.lane).where(these).values(**free)


@cache
def _state(postgres: bool) -> Any:
    """Letters that are pending get another state."""
    these = text(among("letter.number", "ids", "bigint", postgres))
    return update(tables.letter).where(these, _PENDING).values(state=bindparam("as"))


@cache
def _gone_out(postgres: bool) -> Any:
    these = text(among("letter.number", "ids", "bigint", postgres))
    sent = {"state": "sent", "taken": False, "sent_at": bindparam("at", type_=Instant())}
    return update(tables.letter).where(these).values(**sent)


_HOLD = (
    update(tables.lane)
    .where(_n.lane == bindparam("the_lane"))
    .values(held=bindparam("until", type_=Instant()))
)


def _not_sooner(postgres: bool) -> Any:
    """Held until then, and never shorter than it is held already."""
    until = bindparam("until", type_=Instant())
    latest = func.greatest if postgres else func.max
    return latest(func.coalesce(_n.held, until), until, type_=Instant())


@cache
def _hold(postgres: bool) -> Any:
    these = text(among("lane.lane", "lanes", "text", postgres))
    return update(tables.lane).where(these).values(held=_not_sooner(postgres))


class Outbox(ABC):
    """The part of the store that a courier works with."""

    postgres: bool
    left: Left

    @abstractmethod
    def transaction(self) -> AbstractContextManager[SqlTx]:
        """A write transaction."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[SqlTx]:
        """One for reading only."""

    def claim(self, worker: str, now: datetime, seconds: int, limit: int = 20) -> Claim | None:
        """Lease the lane whose first due letter is oldest and that nobody else holds.

        `worker` must be unlike every other worker's name. A lane with a letter that a newer
        process has written, and this one cannot read, is left to that.
        """
        return next(iter(self.claims(worker, now, seconds, 1, limit)), None)

    def claims(
        self, worker: str, now: datetime, seconds: int, lanes: int, limit: int = 20
    ) -> tuple[Claim, ...]:
        """The same for several lanes at once, the longest overdue first."""
        for _ in range(LANES):
            letters: dict[str, tuple[OutboxMessage, ...] | None] | None = None
            with self.transaction() as tx:
                leased = _leased(tx, worker, now, seconds, lanes, self.left.names(now))
                # On PostgreSQL the lanes' rows must be free again before letters are locked.
                if leased and not self.postgres:
                    letters = _taken(tx, leased, now, limit)
            if not leased:
                return ()
            if letters is None:
                with self.transaction() as tx:
                    letters = _taken(tx, leased, now, limit)
            found, empty = list[Claim](), list[Claim]()
            for lane in leased:
                those = letters.get(lane, ())
                if those is None:
                    self.left.leave(lane, now)
                (found if those else empty).append(Claim(lane, worker, those or ()))
            if empty:  # due for a letter that has gone meanwhile, or that a newer process can read
                self.release_all(empty)
            if found:
                return tuple(found)
        return ()

    def leave(self, claim: Claim, now: datetime) -> None:
        """Only a newer process can serve it: it is given back, and for a while not asked for."""
        self.left.leave(claim.lane, now)
        self.release(claim)

    def next_outbox_message(self) -> datetime | None:
        """When the next waiting letter of an unsuspended lane is due.

        A lane that is held is due when its lease ends, in case its worker is gone.
        """
        with self.reading() as tx:
            left = self.left.names()
            row = tx._one(_next(self.postgres, bool(left)), {"without": left} if left else {})
        found: datetime | None = row[0] if row else None
        return found

    def sending(self, letter: OutboxMessage) -> None:
        """Committed before the platform is called, so that a crash leaves a trace."""
        self.sending_all([letter])

    def sending_all(self, letters: Sequence[OutboxMessage]) -> None:
        """The same for several that are about to be called for at once."""
        ids = listed(letter.id for letter in letters)
        with self.transaction() as tx:
            tx._change(_state(self.postgres), {"ids": ids, "as": "sending"})

    def sent(
        self,
        letter: OutboxMessage,
        at: datetime,
        posted: Posted | None = None,
        also: Callable[[Tx], None] | None = None,
    ) -> None:
        """Delivered. `also` is run in the same transaction (a nudge notes itself there)."""
        self.sent_all([letter], at, [posted] if posted is not None else [], also)

    def sent_all(
        self,
        letters: Sequence[OutboxMessage],
        at: datetime,
        posted: Sequence[Posted] = (),
        also: Callable[[Tx], None] | None = None,
    ) -> None:
        """Several were delivered; all of it is one transaction."""
        ids = listed(letter.id for letter in letters)

        def note(tx: SqlTx) -> None:
            tx._change(_gone_out(self.postgres), {"ids": ids, "at": at})
            for one in posted:
                if one.key:
                    tx.save_posted(one)
            if also is not None:
                also(tx)

        self._short(note)  # it went out: not to note that is dearer than to try again

    def later(
        self, letter: OutboxMessage, not_before: datetime, failed: bool = False, sure: bool = False
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
        asked = {"lanes": listed([lane]), "until": until}

        def held(tx: SqlTx) -> None:
            tx._change(_hold(self.postgres), asked)

        self._short(held)

    def park(self, letter: OutboxMessage, code: str) -> None:
        """This letter cannot be delivered; the lane goes on. Doctor shows it."""
        self._end(letter, "parked", code)

    def drop(self, letter: OutboxMessage, why: str) -> None:
        """This letter is no longer wanted."""
        self._end(letter, "dropped", why)

    def _end(self, letter: OutboxMessage, state: str, code: str) -> None:
        values = {"id": letter.id, "state": state, "taken": False, "code": code[:100]}
        with self.transaction() as tx:
            tx._change(_PENDING_LETTER, values)

    def release(self, claim: Claim) -> None:
        """Give the lane back. What was taken and not sent waits again, with its newest content."""
        self.release_all([claim])

    def release_all(self, claims: Sequence[Claim], held: datetime | None = None) -> None:
        """Give several lanes of one worker back; nothing goes out in them before `held`.

        A claim without letters is one of which every letter has been dealt with.
        """
        if not claims:
            return
        lanes, by = sorted(claim.lane for claim in claims), claims[0].worker
        unsent = sorted(claim.lane for claim in claims if claim.outbox_messages)
        name = {"lanes": listed(lanes)}

        def give_back(tx: SqlTx) -> None:
            if unsent:
                # Where the lease has ended, another worker holds the lane now.
                held_by = {"lanes": listed(unsent), "by": by}
                ours = [row.lane for row in tx._all(_holding(self.postgres), held_by)]
                for row in tx._all(_taken_in(self.postgres), {"lanes": listed(ours)}):
                    _freed(tx, row.number, row.lane, row.card, row.not_before)
            # Locked first, counted then: a letter that was being written is seen by the count.
            rows = tx._all(_lock_lanes(self.postgres), name)
            free = [row.lane for row in rows if row.worker == by]
            if free:
                asked: dict[str, Any] = {"lanes": listed(free)}
                if held is not None:
                    asked["until"] = held
                tx._change(_let_go(self.postgres, held is not None), asked)
            if held is not None and len(free) < len(lanes):
                tx._change(_hold(self.postgres), {**name, "until": held})

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


def _leased(
    tx: SqlTx, worker: str, now: datetime, seconds: int, lanes: int, without: list[str]
) -> list[str]:
    asked = {"now": now, "by": worker, "until": now + timedelta(seconds=seconds), "lanes": lanes}
    if without:
        asked["without"] = without
    rows = tx._all(_lease(tx._postgres, bool(without)), asked)
    return [str(row.lane) for row in sorted(rows, key=lambda row: (row.due, row.lane))]


def _taken(
    tx: SqlTx, lanes: Sequence[str], now: datetime, limit: int
) -> dict[str, tuple[OutboxMessage, ...] | None]:
    """The letters of each lane in their order; None where one is of a newer schema."""
    asked = {"lanes": listed(lanes), "now": now, "most": limit}
    rows = tx._all(_take(tx._postgres), asked)
    found: dict[str, tuple[OutboxMessage, ...] | None] = {}
    for row in sorted(rows, key=lambda row: row.number):
        before = found.get(row.lane, ())
        if before is None:
            continue
        try:
            found[row.lane] = (*before, _letter(row))
        except NewerSchema:
            found[row.lane] = None
    return found


def _letter(row: Any) -> OutboxMessage:
    return OutboxMessage(
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
def _next(postgres: bool, without: bool) -> Any:
    latest = func.greatest if postgres else func.max
    when = latest(
        _n.due, func.coalesce(_n.held, _n.due), func.coalesce(_n.lease, _n.due), type_=Instant()
    )
    return _wanted(select(func.min(when, type_=Instant())).where(_READY), without)


@cache
def _suspend(postgres: bool) -> Any:
    new = new_row(tables.lane, postgres)
    return new.on_conflict_do_update(
        index_elements=["lane"], set_={"suspended": new.excluded.suspended}
    )
