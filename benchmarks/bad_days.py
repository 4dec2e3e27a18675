"""A session through Slack or Teams on a bad day, for each seed of a range; violations are printed.

    python -m benchmarks.bad_days slack|teams [--first 1] [--last 200]

What goes wrong, and how it is judged, stands in tests/faulty.py, tests/slack/faulty.py and
tests/teams/faulty.py.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.slack import faulty as slack
from tests.teams import faulty as teams

PLATFORMS: dict[str, Any] = {"slack": slack, "teams": teams}


def played(platform: str, seeds: range, folder: Path) -> int:
    """Play them all; how many seeds were not clean."""
    begun, wrong, deaths = time.process_time(), 0, 0
    happened: Counter[str] = Counter()
    for seed in seeds:
        found = judged(platform, seed, folder)
        for fault in found.violations:
            sys.stdout.write(f"seed {seed}: {fault}\n")
        wrong += bool(found.violations)
        deaths += found.deaths
        happened.update(kind for _, kind in found.fake.faults.happened)
    told = ", ".join(f"{n} {kind}" for kind, n in sorted(happened.items()))
    sys.stdout.write(f"{deaths} times killed; {told}\n")
    spent = time.process_time() - begun
    sys.stdout.write(
        f"seeds {seeds[0]}-{seeds[-1]}: {len(seeds) - wrong} clean, {wrong} not, {spent:.0f} s\n"
    )
    return wrong


def judged(platform: str, seed: int, folder: Path) -> Any:
    """One seed; an exception says which it was."""
    try:
        return PLATFORMS[platform].tried(seed, folder)
    except Exception:
        sys.stdout.write(f"seed {seed} failed\n")
        raise


def main() -> int:
    """Play, print, and fail if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platform", choices=PLATFORMS)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--last", type=int, default=200)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        return bool(played(given.platform, range(given.first, given.last + 1), Path(folder)))


if __name__ == "__main__":
    raise SystemExit(main())
