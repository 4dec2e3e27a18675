"""The checks of `als doctor` on the key, the scheduler and the outbox.

They are pure functions of what was read; the words stand in prompts/ (cli.doctor).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.runtime.health import Check

LATE_HEARTBEAT = 120  # seconds without a heartbeat until it is reported


def check_key(has_key: bool, plaintext: bool) -> Check:
    """Contributions are encrypted, or ALS_PLAINTEXT allows plain text."""
    if has_key:
        return Check("key")
    return Check("key", "key_plain", warns=True) if plaintext else Check("key", "key_missing")


def check_scheduler(beats: Mapping[str, datetime], now: datetime) -> Check:
    """The scheduler's last heartbeat is not too old."""
    last = beats.get("scheduler")
    if last is None:
        return Check("scheduler", "never_beat")
    late = (now - last).total_seconds()
    if late > LATE_HEARTBEAT:
        return Check("scheduler", "late_beat", {"minutes": int(late // 60)})
    return Check("scheduler")


def check_outbox(counts: Mapping[str, int]) -> Iterator[Check]:
    """No message is parked, no conversation is unreachable."""
    parked, suspended = counts.get("letters_parked", 0), counts.get("suspended", 0)
    if parked:
        yield Check("letters", "parked", {"count": parked})
    if suspended:
        yield Check("letters", "suspended", {"count": suspended})
    if not parked and not suspended:
        yield Check("letters")


def scheduler_is_alive(beats: Mapping[str, datetime], now: datetime) -> bool:
    """Whether the scheduler's heartbeat is recent, for /healthz."""
    return not check_scheduler(beats, now).failed
