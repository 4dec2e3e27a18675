"""The statements of the outbox queue (store/outbox_queue.py)."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, text, update

from store import models
from store.columns import Instant
from store.sql.lists import among
from store.sql.statements import new_row

_o, _n = models.outbox.c, models.lane.c
_MESSAGE = (
    _o.number,
    _o.lane,
    _o.effect,
    _o.schema,
    _o.set_id,
    _o.card,
    _o.not_before,
    _o.state,
    _o.attempts,
    _o.created,
)
_READY = text("due IS NOT NULL AND suspended = ''")
_PENDING = text(models.PENDING)
_BY_LANE = "INDEXED BY ix_letter_pending"  # SQLite would rather scan all that are waiting
_CONTENT = select(
    _o.number, _o.effect, _o.schema, _o.set_id, _o.created, _o.not_before
).with_for_update()
_BY_ID = update(models.outbox).where(_o.number == bindparam("id"))

FREE_OF_CARD = _CONTENT.where(
    _o.lane == bindparam("lane"), _o.card == bindparam("card"), text(models.FREE)
)
PENDING_CONTENT = _CONTENT.where(_o.number == bindparam("id"), _PENDING)
DELETE = delete(models.outbox).where(_o.number == bindparam("id"))
UPDATE_PENDING = _BY_ID.where(_PENDING)
COUNT_ATTEMPT = UPDATE_PENDING.values(
    state=bindparam("as"),
    taken=True,
    attempts=_o.attempts + 1,
    not_before=bindparam("not_before", type_=Instant()),
)
HOLD = (
    update(models.lane)
    .where(_n.lane == bindparam("the_lane"))
    .values(held=bindparam("until", type_=Instant()))
)


def _except_skipped(statement: Any, without: bool) -> Any:
    """Leave lanes out, if there are any to leave out."""
    skipped: Any = bindparam("without", expanding=True)
    return statement.where(_n.lane.not_in(skipped)) if without else statement


def _lanes(postgres: bool) -> Any:
    return text(among("lane.lane", "lanes", "text", postgres))


def _in_lanes(postgres: bool) -> Any:
    return text(among("letter.lane", "lanes", "text", postgres))


@cache
def lease(postgres: bool, without: bool) -> Any:
    """Lease the lanes that are the longest overdue."""
    now = bindparam("now", type_=Instant())
    free = (
        _except_skipped(select(_n.lane), without)
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
        update(models.lane)
        .where(_n.lane.in_(free))
        .values(worker=bindparam("by"), lease=bindparam("until", type_=Instant()))
        .returning(_n.lane, _n.due)
    )


@cache
def take(postgres: bool) -> Any:
    """Of each lane the first few messages that are due."""
    first = (
        select(
            _o.number,
            func.row_number().over(partition_by=_o.lane, order_by=_o.number).label("nth"),
        )
        .where(_PENDING, _in_lanes(postgres), _o.not_before <= bindparam("now", type_=Instant()))
        .with_hint(models.outbox, _BY_LANE, "sqlite")
        .subquery("first")
    )
    these = select(first.c.number).where(first.c.nth <= bindparam("most"))
    return update(models.outbox).where(_o.number.in_(these)).values(taken=True).returning(*_MESSAGE)


@cache
def taken_in(postgres: bool) -> Any:
    """Messages of these lanes that were taken and not tried."""
    return (
        select(_o.number, _o.lane, _o.card, _o.not_before)
        .where(
            _in_lanes(postgres),
            _PENDING,
            text("state = 'waiting' AND taken = true AND attempts = 0"),
        )
        .order_by(_o.lane, _o.number)
        .with_hint(models.outbox, _BY_LANE, "sqlite")
    )


@cache
def holding(postgres: bool) -> Any:
    """Which of these lanes a worker still holds."""
    return select(_n.lane).where(_lanes(postgres), _n.worker == bindparam("by"))


@cache
def lock_lanes(postgres: bool) -> Any:
    """Lock lanes in the order in which a transaction that enqueues writes them."""
    order = _n.lane.collate("C") if postgres else _n.lane
    return select(_n.lane, _n.worker).where(_lanes(postgres)).order_by(order).with_for_update()


@cache
def free_lanes(postgres: bool, held: bool) -> Any:
    """End the leases; each lane is due when its first pending message is."""
    due = select(func.min(_o.not_before)).where(_o.lane == _n.lane, _PENDING).scalar_subquery()
    free: dict[str, Any] = {"worker": "", "lease": None, "due": due}
    if held:
        free["held"] = _not_sooner(postgres)
    return update(models.lane).where(_lanes(postgres)).values(**free)


@cache
def set_state(postgres: bool) -> Any:
    """Pending messages get another state."""
    these = text(among("letter.number", "ids", "bigint", postgres))
    return update(models.outbox).where(these, _PENDING).values(state=bindparam("as"))


@cache
def set_sent(postgres: bool) -> Any:
    """These messages were delivered."""
    these = text(among("letter.number", "ids", "bigint", postgres))
    sent = {"state": "sent", "taken": False, "sent_at": bindparam("at", type_=Instant())}
    return update(models.outbox).where(these).values(**sent)


@cache
def hold_lanes(postgres: bool) -> Any:
    """Nothing goes out in these lanes before `until`."""
    return update(models.lane).where(_lanes(postgres)).values(held=_not_sooner(postgres))


def _not_sooner(postgres: bool) -> Any:
    """Held until then, and never shorter than it is held already."""
    until = bindparam("until", type_=Instant())
    latest = func.greatest if postgres else func.max
    return latest(func.coalesce(_n.held, until), until, type_=Instant())


@cache
def next_due(postgres: bool, without: bool) -> Any:
    """When the next lane can be claimed."""
    latest = func.greatest if postgres else func.max
    when = latest(
        _n.due, func.coalesce(_n.held, _n.due), func.coalesce(_n.lease, _n.due), type_=Instant()
    )
    return _except_skipped(select(func.min(when, type_=Instant())).where(_READY), without)


@cache
def suspend(postgres: bool) -> Any:
    """Suspend a lane, whether or not it has a row."""
    new = new_row(models.lane, postgres)
    return new.on_conflict_do_update(
        index_elements=["lane"], set_={"suspended": new.excluded.suspended}
    )
