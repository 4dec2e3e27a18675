"""`als doctor`: what it looks at, and what to do where something is wrong.

Each check is a pure reading of what was found; the words stand in prompts/ (cli.doctor).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.runtime.health import Check

BEAT_LATE = 120  # seconds without a heartbeat before it is said
CLOCK_OFF = 30  # seconds that two clocks may differ


def key(has_key: bool, plaintext: bool) -> Check:
    """Words are encrypted, or somebody has decided otherwise by name."""
    if has_key:
        return Check("key")
    return Check("key", "key_plain", warns=True) if plaintext else Check("key", "key_missing")


def beats(beats: Mapping[str, datetime], now: datetime) -> Check:
    """The scheduler has been seen lately."""
    last = beats.get("scheduler")
    if last is None:
        return Check("scheduler", "never_beat")
    late = (now - last).total_seconds()
    if late > BEAT_LATE:
        return Check("scheduler", "late_beat", {"minutes": int(late // 60)})
    return Check("scheduler")


def letters(counts: Mapping[str, int]) -> Iterator[Check]:
    """Nothing is parked, no conversation is out of reach."""
    parked, suspended = counts.get("letters_parked", 0), counts.get("suspended", 0)
    if parked:
        yield Check("letters", "parked", {"count": parked})
    if suspended:
        yield Check("letters", "suspended", {"count": suspended})
    if not parked and not suspended:
        yield Check("letters")


def healthy(beats_: Mapping[str, datetime], now: datetime) -> bool:
    """For /healthz: the scheduler's heartbeat is fresh."""
    return not beats(beats_, now).failed
