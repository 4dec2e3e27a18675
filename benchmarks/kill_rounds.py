"""Real processes killed at random on a real PostgreSQL, round after round.

    python -m benchmarks.kill_rounds [--rounds 10] [--first 1] [--events 2000] [--sets 4]

What happens in a round, and how it is judged, stands in tests/slack/killing.py.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests import machines
from tests.slack.killing import killed


def main() -> int:
    """Play, print, and fail if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--sets", type=int, default=4)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    total: Counter[str] = Counter()
    wrong = 0
    with machines.restartable_postgres() as (server, control):
        for seed in range(given.first, given.first + given.rounds):
            with tempfile.TemporaryDirectory() as folder, machines.fresh_database(server) as url:
                found = killed(seed, url, control, Path(folder), given.events, given.sets)
            told = ", ".join(f"{n} {what}" for what, n in sorted(found.counts.items()))
            sys.stdout.write(f"round {seed}: {told}\n")
            for fault in found.wrong:
                sys.stdout.write(f"round {seed}: {fault}\n")
            sys.stdout.flush()
            total.update(found.counts)
            wrong += bool(found.wrong)
    told = ", ".join(f"{n} {what}" for what, n in sorted(total.items()))
    sys.stdout.write(f"{given.rounds} rounds, {wrong} with something wrong: {told}\n")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
