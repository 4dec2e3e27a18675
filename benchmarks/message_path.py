"""The way of one message into the core: each function of ours that it passes, in order.

    python -m benchmarks.message_path [--part adapters bot]

A session is prepared at the fake Slack; then a question is typed in its thread, and every call of a
function in the given parts of the product is noted, once for each call (a coroutine that goes on
after waiting is not called again). Prints the calls as a tree, and how many files and calls.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from tests.slack.house import houses

ROOT = Path(__file__).resolve().parent.parent
RESUMED = 10  # bytecode offset: a frame that is called again beyond it goes on, it does not begin


class Trace:
    """Notes calls while it is on, in whatever thread they happen."""

    def __init__(self, parts: tuple[str, ...]) -> None:
        self.prefixes = tuple(f"{ROOT / part}/" for part in parts)
        self.calls: list[tuple[int, str, str]] = []

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """The profiler's hook."""
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(self.prefixes):
            return
        if code.co_name.startswith("<") or frame.f_lasti > RESUMED:
            return
        depth, caller = 0, frame.f_back
        while caller is not None:
            depth += caller.f_code.co_filename.startswith(self.prefixes)
            caller = caller.f_back
        file = Path(code.co_filename).relative_to(ROOT).as_posix()
        self.calls.append((depth, file, code.co_qualname))


async def traced(trace: Trace) -> None:
    """Type one question in a session's thread."""
    async with houses() as (slack, house):
        ana, bo, cem = (slack.person(name) for name in ("Ana", "Bo", "Cem"))
        channel = slack.channel("night-shift", ana, bo, cem, private=True)
        await house.presents(ana, channel, bo, cem)
        root = ana.message("Ana presents", channel)
        await house.after(bo.types(channel, "What have you tried so far?", thread=root))
        threading.setprofile(trace)
        sys.setprofile(trace)
        try:
            await bo.types(channel, "Who else sees it that way?", thread=root)
            await slack.settle()
        finally:
            sys.setprofile(None)
            threading.setprofile(None)


def main(arguments: list[str] | None = None) -> int:
    """Trace and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", nargs="+", default=["adapters", "bot"])
    trace = Trace(tuple(parser.parse_args(arguments).part))
    asyncio.run(traced(trace))
    for depth, file, name in trace.calls:
        sys.stdout.write(f"{'  ' * depth}{name}  ({file})\n")
    files = {file for _, file, _ in trace.calls}
    sys.stdout.write(f"\n{len(files)} files, {len(trace.calls)} calls\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
