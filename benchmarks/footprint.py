"""How long als takes to be there, and how much memory it takes for sessions that are alive.

    python -m benchmarks.footprint [--sessions 1000] [--starts 7]

Cold start: from the start of the process until /readyz says yes, with Slack switched on, on a
SQLite file (its first start makes the schema; the others find it), against a bare Bolt app on
aiohttp until it answers at all. In turns, the median of several; and the memory each then holds.

Memory: a process on a database with 1,000 live sessions of four people. What it holds before it
has heard of any; after a message in each of them, with all that follows from it delivered; and
after three more rounds of that, which shows whether it grows with the events or only with what is
alive.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.thread_length import Numbers, Thread, Wall
from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.runtime.virtual_clock import ClockRunner, VirtualClock
from store import SqlStore

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HERE = Path(__file__).resolve().parent.parent
WARM = 10  # sessions that are touched before anything is measured: what is loaded once is loaded
ROUNDS = 4
PATIENCE = 60  # seconds for a start
SECRET = "shh"
BOLT = """
import os
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
bolt = AsyncApp(token="xoxb-1", signing_secret="shh")
async def ready(_): return web.json_response({})
async def events(r): return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(r)))
app = web.Application()
app.router.add_get("/readyz", ready)
app.router.add_post("/slack/events", events)
web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
"""  # noqa: E501 - a program of its own
ALS = "import app; app.main()"


class Slack(BaseHTTPRequestHandler):
    """As much of Slack's API as is asked at the start."""

    def do_POST(self) -> None:
        """Whatever is asked: yes."""
        body = b'{"ok": true, "team_id": "T1", "user_id": "U1", "bot_id": "B1", "url": ""}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def resident(pid: int | str = "self") -> float:
    """What a process holds in memory, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


# Cold start


def started(program: str, arguments: list[str], folder: Path, slack: str) -> tuple[float, float]:
    """Seconds until it is ready, and what it then holds in MB."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    wanted = {
        "ALS_DATABASE": f"sqlite:///{folder / 'start.db'}",
        "ALS_PLAINTEXT": "yes",
        "PORT": str(port),
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack,
        "PYTHONPATH": str(HERE),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),  # as an installed package has it
        "PYTHONDONTWRITEBYTECODE": "",
    }
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **wanted},
        cwd=folder,  # without anyone's .env
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - begun < PATIENCE:
            if process.poll() is not None:
                break
            with (
                suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer,
            ):
                if answer.status == 200:
                    return time.perf_counter() - begun, resident(process.pid)
            time.sleep(0.005)
        raise SystemExit(f"{' '.join(['als', *arguments])} did not become ready")
    finally:
        process.terminate()
        process.wait()


def cold(starts: int) -> str:
    """A row for each."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slack)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    slack = f"http://127.0.0.1:{server.server_address[1]}/api/"
    took: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        started(ALS, ["serve"], Path(folder), slack)  # compiles what is compiled once
        started(BOLT, [], Path(folder), slack)
        (Path(folder) / "start.db").unlink()
        first = started(ALS, ["serve"], Path(folder), slack)
        took["als serve, with a new database"] = [first]
        for _ in range(starts):
            for name, program, arguments in (
                ("als serve", ALS, ["serve"]),
                ("bare Bolt", BOLT, []),
            ):
                one = started(program, arguments, Path(folder), slack)
                took.setdefault(name, []).append(one)
    server.shutdown()
    bolt = statistics.median(t for t, _ in took["bare Bolt"])
    lines = ["| process | ready after | of Bolt | holds |", "|---|---|---|---|"]
    for name, runs in took.items():
        seconds, held = (statistics.median(x) for x in zip(*runs, strict=True))
        lines.append(f"| {name} | {seconds:.2f} s | {seconds / bolt:.1f} × | {held:.0f} MB |")
    return "\n".join(lines) + "\n"


# Live sessions


def open_them(url: str, sessions: int, pipe: Any) -> None:
    """Sessions whose questions are open; the roots of their threads."""
    with SqlStore(url, plaintext=True) as store:
        clock, wall = VirtualClock(NOW), Wall()
        host = Host(store, Numbers())
        clock_runner = ClockRunner(clock, host, Courier(store, {"bench": wall}, clock))
        threads = []
        for number in range(sessions):
            thread = Thread(host, clock, f"n{number}")
            wall.threads[thread.place.conversation] = thread
            thread.open()
            threads.append(thread)
            if number % 20 == 19 or number == sessions - 1:
                asyncio.run(clock_runner.settle())
        pipe.send([thread.root for thread in threads])


class More(Numbers):
    """Ids that do not meet those of the process before."""

    def new(self) -> str:
        """The next id."""
        return f"more-{super().new()}"


def touch(url: str, roots: list[str], pipe: Any) -> None:
    """What it holds: before, and after each round."""
    with SqlStore(url, plaintext=True) as store:
        clock, wall = VirtualClock(NOW + timedelta(minutes=10)), Wall()
        wall.count = itertools.count(10**6)
        host = Host(store, More())
        clock_runner = ClockRunner(clock, host, Courier(store, {"bench": wall}, clock))
        threads = []
        for number, root in enumerate(roots):
            thread = Thread(host, clock, f"n{number}")
            thread.root, thread.count = root, itertools.count(10**6)
            threads.append(thread)
            wall.threads[thread.place.conversation] = thread

        def one_round(some: list[Thread]) -> float:
            for number, thread in enumerate(some):
                thread.say()
                if number % 20 == 19 or number == len(some) - 1:
                    asyncio.run(clock_runner.settle())
            gc.collect()
            return resident()

        held = [one_round(threads[:WARM])]
        for _ in range(ROUNDS):
            held.append(one_round(threads[WARM:]))
        pipe.send(held)


def _asked(target: Any, *arguments: Any) -> Any:
    fresh = multiprocessing.get_context("spawn")
    here, there = fresh.Pipe()
    process = fresh.Process(target=target, args=(*arguments, there))
    process.start()
    there.close()
    found = here.recv()
    process.join()
    return found


def live(sessions: int) -> str:
    """What a process holds with so many live sessions."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'live.db'}"
        roots = _asked(open_them, url, sessions + WARM)
        held = _asked(touch, url, roots)
    lines = ["| the process has heard of | holds | more for 1,000 sessions |", "|---|---|---|"]
    for rounds, now in enumerate(held):
        what = f"{sessions:,} live sessions, {rounds} messages in each" if rounds else "none yet"
        more = f"{(now - held[0]) / sessions * 1000:.1f} MB" if rounds else ""
        lines.append(f"| {what} | {now:.0f} MB | {more} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--starts", type=int, default=7)
    given = parser.parse_args(arguments)
    if given.starts:
        sys.stdout.write(cold(given.starts) + "\n")
        sys.stdout.flush()
    if given.sessions:
        sys.stdout.write(live(given.sessions))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
