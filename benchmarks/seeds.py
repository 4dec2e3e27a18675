"""Two meetings with every seed of a range, for every method; any violation is printed.

    python -m benchmarks.seeds [--format NAME] [--members 6] [--first 1] [--last 200]
    python -m benchmarks.seeds --edges --last 20
    python -m benchmarks.seeds --faults [--last 10000]

`als simulate` plays one seed; here start-up is paid once. With `--edges` each method is played
with the fewest and with the most members that it takes (and its coach), with `--faults` in bad
weather (adapters/simulate/weather.py). Prints the seconds of processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from typing import Any

from adapters.simulate.run import Plan, simulate
from bot.method import formats
from store import SqlStore

MEETINGS = 2


def play(plan: Plan) -> dict[str, Any]:
    """One report, as `als simulate --json` gives it."""
    store = SqlStore("sqlite://", plaintext=True).open()
    try:
        return asyncio.run(simulate(plan, store))
    finally:
        store.close()


def faults(plan: Plan) -> list[str]:
    """What went wrong with this seed; an exception is a fault like any other."""
    try:
        report = play(plan)
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    found = list(report["violations"])
    found += [f"{n}: {report[n]}" for n in ("lost", "duplicated") if report[n]]
    found += [
        f"{name}: {count['opened']} opened, {count['closed']} closed"
        for name, count in report["stages"].items()
        if count["opened"] != count["closed"]
    ]
    if report["meetings"] != MEETINGS:
        found.append(f"meetings: {report['meetings']}")
    return found


def played(name: str, members: int, seeds: range, bad: bool) -> int:
    """Play them all; how many seeds were not clean."""
    begun, wrong = time.process_time(), 0
    for seed in seeds:
        for fault in (found := faults(Plan(name, members, MEETINGS, 1, seed, bad))):
            sys.stdout.write(f"{name}, {members} members, seed {seed}: {fault}\n")
        wrong += bool(found)
    spent = time.process_time() - begun
    sys.stdout.write(
        f"{name}, {members} members, seeds {seeds[0]}-{seeds[-1]}: "
        f"{len(seeds) - wrong} clean, {wrong} not, {spent:.0f} s\n"
    )
    sys.stdout.flush()
    return wrong


def main() -> int:
    """Play, print, and fail if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", choices=formats.names())
    parser.add_argument("--members", type=int, default=6)
    parser.add_argument("--edges", action="store_true")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--last", type=int, default=200)
    given = parser.parse_args()
    seeds, wrong = range(given.first, given.last + 1), 0
    for name in [given.format] if given.format else formats.names():
        method = formats.load(name)
        edges = [n + method.coach for n in (method.size.least, method.size.most)]
        for members in edges if given.edges else (given.members,):
            wrong += played(name, members, seeds, given.faults)
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
