"""Real processes of als, as somebody starts them: `als serve`, `als worker`, `als doctor`.

with als("serve", ALS_DATABASE=url, PORT="0") as serving:
    serving.ready()      # waits until it says that it serves; its address
    serving.kill()       # as by kill -9
    serving.asks_to_stop()
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
HANGS = 300  # seconds; only a process that hangs takes so long, however busy the machine is


def surroundings(**settings: str) -> dict[str, str]:
    """The environment of a process: nobody's settings but these."""
    ours = ("ALS_", "SLACK_", "TEAMS_", "HOST", "PORT")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return {**kept, "PYTHONPATH": str(HOUSE), "ALS_PLAINTEXT": "yes", "COLUMNS": "200", **settings}


class Als:
    """One process. What it says on standard error is in `said`."""

    def __init__(self, *words: str, folder: Path, **settings: str) -> None:
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import app; app.main()", *words],
            cwd=folder,
            env=surroundings(**settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert self.process.stderr is not None
        os.set_blocking(self.process.stderr.fileno(), False)

    def hear(self, seconds: float = 0.0) -> str:
        """Wait so long for more to be said; all that has been said."""
        pipe = self.process.stderr
        assert pipe is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(pipe, selectors.EVENT_READ)
            if waiting.select(seconds):
                self.said += (pipe.read() or b"").decode(errors="replace")
        return self.said

    def ready(self) -> str:
        """Wait until it serves or works; its address, if it has one."""
        until = time.monotonic() + HANGS
        while time.monotonic() < until:
            said = " ".join(self.hear(0.2).split())
            if found := re.search(r"als is (?:serving at (http://\S+)|working)", said):
                return found[1] or ""
            assert self.process.poll() is None, said
        raise AssertionError(f"it is not ready: {self.said}")

    def ended(self) -> int:
        """Wait until it has ended by itself; its exit code."""
        code = self.process.wait(HANGS)
        self.hear()
        return code

    def kill(self) -> None:
        """As by kill -9: nothing of it is tidied up."""
        self.process.kill()
        self.process.wait(HANGS)

    def close(self) -> None:
        """Nothing more is heard of it."""
        if self.process.stderr is not None:
            self.process.stderr.close()

    def asks_to_stop(self) -> None:
        """As an operating system, or an orchestrator, does."""
        self.process.send_signal(signal.SIGTERM)


@contextmanager
def als(*words: str, folder: Path, **settings: str) -> Iterator[Als]:
    """Start one; it is gone at the end of the block."""
    process = Als(*words, folder=folder, **settings)
    try:
        yield process
    finally:
        process.kill()
        process.close()
