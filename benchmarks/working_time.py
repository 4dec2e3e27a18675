"""How long it takes to add two working days for somebody with holidays and an absence.

python -m benchmarks.working_time
"""

from __future__ import annotations

import sys
import timeit
from datetime import UTC, date, datetime

from bot.worktime import WORKING_DAY, Hours, add_working

EACH, ROUNDS = 500, 7


def main() -> int:
    """Print the best of a few rounds, in microseconds for one person."""
    hours = Hours("America/Los_Angeles", country="US", away=((date(2026, 1, 1), date(2026, 1, 9)),))
    opened = datetime(2026, 11, 2, 9, tzinfo=UTC)
    taken = timeit.repeat(
        lambda: add_working(opened, 2 * WORKING_DAY, hours), number=EACH, repeat=ROUNDS
    )
    sys.stdout.write(f"{min(taken) / EACH * 1e6:.1f} µs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
