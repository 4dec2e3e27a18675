"""Handing outbox messages to a courier, lane by lane (design.md, "The outbox has lanes").

Rule 1: a worker holds a lane, not messages: within a lane they go in the order of writing.
Rule 2: a deferred message lets later ones pass; a failed one holds its lane until it is due again.
Rule 3: a lease that has ended is anyone's. What a crashed worker was sending comes back marked so.
Rule 4: messages are locked before their lane, everywhere, so that no two transactions deadlock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.ports import Claim, NewerSchema, OutboxMessage, Posted, StoreBusy, Tx
from store import codec
from store.skip_list import SkipList
from store.sql import outbox_statements as sql
from store.sql.lists import as_json_list
from store.transaction import SqlTransaction, Transactions

TRIES = 5  # of a short write that met another process
LANES = 50  # tries in one claim to find a lane that has messages, before the next round


class OutboxQueue:
    """The port's `OutboxQueue`."""

    def __init__(self, transactions: Transactions, postgres: bool, skipped: SkipList) -> None:
        self._transactions, self._postgres, self._skipped = transactions, postgres, skipped

    def claim(self, worker: str, now: datetime, seconds: int, limit: int = 20) -> Claim | None:
        """Lease the lane whose first due message is oldest and that nobody else holds.

        `worker` must be unlike every other worker's name. A lane with a message that a newer
        process has written, and this one cannot read, is skipped.
        """
        return next(iter(self.claims(worker, now, seconds, 1, limit)), None)

    def claims(
        self, worker: str, now: datetime, seconds: int, lanes: int, limit: int = 20
    ) -> tuple[Claim, ...]:
        """The same for several lanes at once, the longest overdue first."""
        for _ in range(LANES):
            messages: dict[str, tuple[OutboxMessage, ...] | None] | None = None
            with self._transactions.transaction() as tx:
                leased = _lease(tx, worker, now, seconds, lanes, self._skipped.names(now))
                # On PostgreSQL the lanes' rows must be free again before messages are locked.
                if leased and not self._postgres:
                    messages = _take(tx, leased, now, limit)
            if not leased:
                return ()
            if messages is None:
                with self._transactions.transaction() as tx:
                    messages = _take(tx, leased, now, limit)
            claimed, empty = list[Claim](), list[Claim]()
            for lane in leased:
                due = messages.get(lane, ())
                if due is None:
                    self._skipped.add(lane, now)
                (claimed if due else empty).append(Claim(lane, worker, due or ()))
            if empty:  # the due message is gone meanwhile, or only a newer process can read it
                self.release(empty)
            if claimed:
                return tuple(claimed)
        return ()

    def defer_to_newer(self, claim: Claim, now: datetime) -> None:
        """Only a newer process can serve it: give it back, and skip it for a while."""
        self._skipped.add(claim.lane, now)
        self.release([claim])

    def next_due(self) -> datetime | None:
        """When the next waiting message of an unsuspended lane is due.

        A lane that is held is due when its lease ends, in case its worker is gone.
        """
        with self._transactions.reading() as tx:
            skipped = self._skipped.names()
            statement = sql.next_due(self._postgres, bool(skipped))
            row = tx.connection.fetch_one(statement, {"without": skipped} if skipped else {})
        due: datetime | None = row[0] if row else None
        return due

    def mark_sending(self, messages: Sequence[OutboxMessage]) -> None:
        """Committed before the platform is called, so that a crash leaves a trace."""
        ids = as_json_list(message.id for message in messages)
        with self._transactions.transaction() as tx:
            tx.connection.execute(sql.set_state(self._postgres), {"ids": ids, "as": "sending"})

    def mark_sent(
        self,
        messages: Sequence[OutboxMessage],
        at: datetime,
        posted: Sequence[Posted] = (),
        also: Callable[[Tx], None] | None = None,
    ) -> None:
        """Delivered; `also` is run in the same transaction (a nudge records itself there)."""
        ids = as_json_list(message.id for message in messages)

        def mark(tx: SqlTransaction) -> None:
            tx.connection.execute(sql.set_sent(self._postgres), {"ids": ids, "at": at})
            for one in posted:
                if one.key:
                    tx.cards.save(one)
            if also is not None:
                also(tx)

        self._retry(mark)  # already delivered, so retry rather than lose the record

    def postpone(
        self, message: OutboxMessage, not_before: datetime, failed: bool = False, sure: bool = False
    ) -> None:
        """Back to waiting; `failed` counts an attempt and holds the lane, a deferral does not.

        One that a crashed worker was sending, or that may have gone out (not `sure`), stays
        marked as being sent.
        """

        def put_back(tx: SqlTransaction) -> None:
            if failed:
                state = "waiting" if sure else "sending"
                values = {"id": message.id, "not_before": not_before, "as": state}
                tx.connection.execute(sql.COUNT_ATTEMPT, values)
                tx.connection.execute(sql.HOLD, {"the_lane": message.lane, "until": not_before})
            elif message.attempts or message.state == "sending":
                values = {"id": message.id, "not_before": not_before}
                tx.connection.execute(sql.UPDATE_PENDING, values)
            else:
                _untake(tx, message.id, message.lane, message.card, not_before)
            tx.outbox.wake(message.lane, not_before)

        self._retry(put_back)

    def pause(self, lane: str, until: datetime) -> None:
        """Nothing goes out in this lane before that moment; its order stays."""
        values = {"lanes": as_json_list([lane]), "until": until}

        def pause(tx: SqlTransaction) -> None:
            tx.connection.execute(sql.hold_lanes(self._postgres), values)

        self._retry(pause)

    def park(self, message: OutboxMessage, code: str) -> None:
        """This message cannot be delivered; the lane goes on. Doctor shows it."""
        self._end(message, "parked", code)

    def drop(self, message: OutboxMessage, why: str) -> None:
        """This message is no longer wanted."""
        self._end(message, "dropped", why)

    def _end(self, message: OutboxMessage, state: str, code: str) -> None:
        values = {"id": message.id, "state": state, "taken": False, "code": code[:100]}
        with self._transactions.transaction() as tx:
            tx.connection.execute(sql.UPDATE_PENDING, values)

    def release(self, claims: Sequence[Claim], held: datetime | None = None) -> None:
        """Give lanes of one worker back; nothing goes out in them before `held`.

        What was taken and not sent waits again, with its newest content. A claim without messages
        is one of which every message has been dealt with.
        """
        if not claims:
            return
        lanes, worker = sorted(claim.lane for claim in claims), claims[0].worker
        unsent = sorted(claim.lane for claim in claims if claim.outbox_messages)

        def give_back(tx: SqlTransaction) -> None:
            if unsent:
                _untake_all(tx, unsent, worker)
            # Locked first, counted then: a message that was being written is seen by the count.
            values = {"lanes": as_json_list(lanes)}
            rows = tx.connection.fetch_all(sql.lock_lanes(self._postgres), values)
            free = [row.lane for row in rows if row.worker == worker]
            if free:
                freed: dict[str, Any] = {"lanes": as_json_list(free)}
                if held is not None:
                    freed["until"] = held
                tx.connection.execute(sql.free_lanes(self._postgres, held is not None), freed)
            if held is not None and len(free) < len(lanes):
                tx.connection.execute(sql.hold_lanes(self._postgres), {**values, "until": held})

        self._retry(give_back)

    def suspend(self, lane: str, code: str) -> None:
        """Send nothing in this lane until it is resumed."""
        with self._transactions.transaction() as tx:
            values = {"lane": lane, "worker": "", "suspended": code}
            tx.connection.execute(sql.suspend(self._postgres), values)

    def resume(self, lane: str) -> None:
        """Send in this lane again, from the oldest message on."""
        with self._transactions.transaction() as tx:
            tx.outbox.resume(lane)

    def _retry(self, write: Callable[[SqlTransaction], None]) -> None:
        """Carry out a short write, again if another process was in the way."""
        for remaining in reversed(range(TRIES)):
            try:
                with self._transactions.transaction() as tx:
                    write(tx)
                return
            except StoreBusy:
                if not remaining:
                    raise


def _lease(
    tx: SqlTransaction, worker: str, now: datetime, seconds: int, lanes: int, skipped: list[str]
) -> list[str]:
    until = now + timedelta(seconds=seconds)
    values: dict[str, Any] = {"now": now, "by": worker, "until": until, "lanes": lanes}
    if skipped:
        values["without"] = skipped
    rows = tx.connection.fetch_all(sql.lease(tx.connection.postgres, bool(skipped)), values)
    return [str(row.lane) for row in sorted(rows, key=lambda row: (row.due, row.lane))]


def _take(
    tx: SqlTransaction, lanes: Sequence[str], now: datetime, limit: int
) -> dict[str, tuple[OutboxMessage, ...] | None]:
    """The messages of each lane in their order; None where one is of a newer schema."""
    values = {"lanes": as_json_list(lanes), "now": now, "most": limit}
    rows = tx.connection.fetch_all(sql.take(tx.connection.postgres), values)
    messages: dict[str, tuple[OutboxMessage, ...] | None] = {}
    for row in sorted(rows, key=lambda row: row.number):
        before = messages.get(row.lane, ())
        if before is None:
            continue
        try:
            messages[row.lane] = (*before, _message(row))
        except NewerSchema:
            messages[row.lane] = None
    return messages


def _message(row: Any) -> OutboxMessage:
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


def _untake_all(tx: SqlTransaction, lanes: list[str], worker: str) -> None:
    """Messages that the worker took in these lanes and did not try wait again."""
    connection = tx.connection
    # Where the lease has ended, another worker holds the lane now.
    values = {"lanes": as_json_list(lanes), "by": worker}
    ours = [row.lane for row in connection.fetch_all(sql.holding(connection.postgres), values)]
    taken = sql.taken_in(connection.postgres)
    for row in connection.fetch_all(taken, {"lanes": as_json_list(ours)}):
        _untake(tx, row.number, row.lane, row.card, row.not_before)


def _untake(tx: SqlTransaction, id: int, lane: str, card: str, not_before: datetime) -> None:
    """A taken message that was not tried waits again, until then.

    If its card was written anew meanwhile, the two become one: in the older's place, with the
    newest content.
    """
    connection = tx.connection
    newer = {"lane": lane, "card": card}
    other = connection.fetch_one(sql.FREE_OF_CARD, newer) if card else None
    mine = connection.fetch_one(sql.PENDING_CONTENT, {"id": id})
    if mine is None:
        return
    content = mine
    if other is not None and other.number != id:
        content = max(mine, other, key=lambda row: (row.created, row.number))
        connection.execute(sql.DELETE, {"id": max(id, other.number)})
        id = min(id, other.number)
    values = {name: getattr(content, name) for name in ("effect", "schema", "set_id", "created")}
    values |= {"state": "waiting", "taken": False, "not_before": not_before}
    connection.execute(sql.UPDATE_PENDING, {"id": id, **values})
