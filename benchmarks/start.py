"""How much processor time each command of als takes until it has answered or is ready.

    python -m benchmarks.start [--runs 7]

Processor time (user and system) of the process and its children, because it hardly depends on what
else the machine does; the median of several runs. Short commands are compared with
`python -c "import typer, rich.console"`, which a command line on these libraries takes at least.
`als demo` counts until its page has been read, `als serve` until /readyz says yes (Slack switched
on, a SQLite file that has its tables); both are then killed, so that the judge, which is built in
the background, counts only as far as it delayed that.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from http.cookiejar import CookieJar
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

from benchmarks.footprint import ALS, HERE, SECRET, Slack

BASE = [sys.executable, "-c", "import typer, rich.console"]
ALLOWED = 3.0  # times the base
SHORT = (["--help"], ["--version"], ["formats"], ["nonsense"])
SECONDS = {"demo": 2.0, "serve": 3.0}
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+\S*")


def spent(run: Callable[[], None]) -> float:
    """Processor seconds of the children that ended in the meantime."""

    def now() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = now()
    run()
    return now() - before


def short(command: list[str]) -> None:
    """Run a command to its end, whatever its exit status."""
    subprocess.run(command, env=environment(), capture_output=True, check=False)


def until_ready(words: list[str], folder: Path, path: str, **settings: str) -> None:
    """Run a command until the page at its address has been read, and kill it."""
    process = subprocess.Popen(
        [sys.executable, "-c", ALS, *words],
        cwd=folder,
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := ADDRESS.search(line):
                opener = build_opener(HTTPCookieProcessor(CookieJar()))
                opener.open(found[0] + path, timeout=60).read()
                return
        raise SystemExit(f"als {' '.join(words)} did not become ready")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def environment(**settings: str) -> dict[str, str]:
    """Nobody's settings but these."""
    ours = ("ALS_", "SLACK_", "TEAMS_", "HOST", "PORT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(HERE), "PYTHONUNBUFFERED": "1", "COLUMNS": "200", **settings}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 when one takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = range(parser.parse_args(arguments).runs)
    slack = ThreadingHTTPServer(("127.0.0.1", 0), Slack)
    threading.Thread(target=slack.serve_forever, daemon=True).start()
    serving = {
        "ALS_PLAINTEXT": "yes",
        "PORT": "0",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"http://127.0.0.1:{slack.server_address[1]}/api/",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands: dict[str, Callable[[], None]] = {
            "the libraries alone": lambda: short(BASE),
            **{f"als {w[0]}": lambda w=w: short([sys.executable, "-c", ALS, *w]) for w in SHORT},
            "als demo": lambda: until_ready(["demo", "--no-browser", "--port", "0"], folder, ""),
            "als serve": lambda: until_ready(["serve"], folder, "/readyz", **serving),
        }
        for run in commands.values():
            run()  # compiles, and makes the tables
        # In turns, so that a slow moment of the machine meets all of them.
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in runs:
            for name, run in commands.items():
                seconds[name].append(spent(run))
    slack.shutdown()
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    base, good = medians["the libraries alone"], True
    lines = ["| command | processor time | of the libraries | allowed |", "|---|---|---|---|"]
    for name, value in medians.items():
        limit = SECONDS.get(name.removeprefix("als "))
        allowed = f"{limit:g} s" if limit else f"{ALLOWED:g} ×"
        good = good and value <= (limit or ALLOWED * base)
        lines.append(f"| {name} | {value:.2f} s | {value / base:.1f} × | {allowed} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
