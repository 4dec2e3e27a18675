"""What the core needs from a store: transactions, the queues, maintenance.

Everything about the store is synchronous: one event is one transaction, and its body runs in one
hop off the event loop. An implementation raises only what is named here and in errors.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from bot.ports.transaction import Tx
from bot.ports.vocabulary import Claim, OutboxMessage, Posted, Timer


class TimerQueue(Protocol):
    """Timers that are due, for the scheduler."""

    def due(
        self, now: datetime, limit: int = 100, shared_prefix: str | None = None
    ) -> Sequence[Timer]:
        """The timers due at `now`, the earliest first; among many workers each goes to one.

        Whoever dies with some loses them to the others after a minute. Owners that begin with
        `shared_prefix` are only reported: whoever takes them (`Timers.take_due`) has them.
        """
        ...

    def give_back(self, timers: Sequence[Timer]) -> None:
        """Timers that were not fired: another worker may have them at once."""
        ...

    def defer_to_newer(self, timer: Timer, now: datetime) -> None:
        """Only a newer process can fire it: give it back, and skip it for a while."""
        ...

    def next_due(self) -> datetime | None:
        """When the next timer is due (UTC); None without any."""
        ...


class OutboxQueue(Protocol):
    """The outbox by lanes, for the courier."""

    def claim(self, worker: str, now: datetime, seconds: int, limit: int = 20) -> Claim | None:
        """Lease the lane whose first due message is oldest and that nobody else holds."""
        ...

    def claims(
        self, worker: str, now: datetime, seconds: int, lanes: int, limit: int = 20
    ) -> Sequence[Claim]:
        """The same for several lanes at once, the longest overdue first; () when none is due."""
        ...

    def next_due(self) -> datetime | None:
        """When the next waiting message of an unsuspended lane is due."""
        ...

    def mark_sending(self, messages: Sequence[OutboxMessage]) -> None:
        """Committed before the platform is called, so that a crash leaves a trace."""
        ...

    def mark_sent(
        self,
        messages: Sequence[OutboxMessage],
        at: datetime,
        posted: Sequence[Posted] = (),
        also: Callable[[Tx], None] | None = None,
    ) -> None:
        """Delivered. `also` is run in the same transaction (a nudge records itself there)."""
        ...

    def postpone(
        self, message: OutboxMessage, not_before: datetime, failed: bool = False, sure: bool = False
    ) -> None:
        """Back to waiting; `failed` counts an attempt, a deferral does not.

        `sure`: the attempt had no effect; without it the message stays marked as being sent.
        """
        ...

    def pause(self, lane: str, until: datetime) -> None:
        """Send nothing in this lane before that moment (its pace); its order stays."""
        ...

    def park(self, message: OutboxMessage, code: str) -> None:
        """This message cannot be delivered; the lane goes on. Doctor shows it."""
        ...

    def drop(self, message: OutboxMessage, why: str) -> None:
        """Not to be delivered at all; `why` is a code."""
        ...

    def release(self, claims: Sequence[Claim], held: datetime | None = None) -> None:
        """Give lanes back before their leases end; nothing goes out in them before `held`."""
        ...

    def defer_to_newer(self, claim: Claim, now: datetime) -> None:
        """Only a newer process can serve it: give it back, and skip it for a while."""
        ...

    def suspend(self, lane: str, code: str) -> None:
        """Deliver nothing to this lane until it is resumed; `code` says why."""
        ...

    def resume(self, lane: str) -> None:
        """The lane can be reached again; what waited goes out."""
        ...


class Maintenance(Protocol):
    """Heartbeats, retention and counts."""

    def heartbeat(self, name: str, at: datetime) -> None:
        """Record a heartbeat under this name."""
        ...

    def heartbeats(self) -> Mapping[str, datetime]:
        """The last heartbeat by name (UTC)."""
        ...

    def run_retention(self, now: datetime) -> Mapping[str, int]:
        """The daily round: erase what is kept only for a time (bot.method.policy)."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Rows by kind, parked messages, suspended lanes: for doctor and metrics. No words."""
        ...


class Store(Protocol):
    """What the host, the courier and the scheduler need."""

    def transaction(self) -> AbstractContextManager[Tx]:
        """A write transaction. Raises StoreBusy if it could not begin, StoreFull on a full disk."""
        ...

    def reading(self) -> AbstractContextManager[Tx]:
        """The same for reading only: it takes no lock and keeps nothing."""
        ...

    @property
    def timers(self) -> TimerQueue:
        """Timers that are due."""
        ...

    @property
    def outbox(self) -> OutboxQueue:
        """Messages that are due."""
        ...

    @property
    def maintenance(self) -> Maintenance:
        """Heartbeats, retention and counts."""
        ...


class RateLimiter(Protocol):
    """Call budgets that all processes share, where there are several."""

    def acquire(self, key: str, most: int, seconds: float, now: datetime) -> datetime:
        """Take one of `most` calls in any `seconds`; `now` if it may go, else when to ask again."""
        ...


class Vault(Protocol):
    """Where an adapter keeps its secrets: named, opaque, encrypted at rest."""

    def secret(self, name: str) -> str | None:
        """The secret of this name; None without one."""
        ...

    def keep_secret(self, name: str, text: str) -> None:
        """Insert or replace it."""
        ...

    def swap_secret(self, name: str, was: str, text: str) -> bool:
        """Replace it only if it still is `was`, so that one of two concurrent callers succeeds."""
        ...

    def take_secret(self, name: str) -> str | None:
        """Read and delete it, so that one of two concurrent callers gets it."""
        ...

    def forget_secret(self, name: str) -> None:
        """Erase it for good."""
        ...

    def secrets(self, beginning: str) -> tuple[str, ...]:
        """The names that begin so."""
        ...
