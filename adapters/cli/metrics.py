"""What happens in a process, as figures for Prometheus, on a port of their own and loopback only.

Rule: labels are codes of ours or of a platform; no text, no name, no id (method.md §8).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from bot.ports.metrics import Metrics

HOST = "127.0.0.1"
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3)
_CODE = re.compile(r"[A-Za-z0-9_]{1,60}")


class PrometheusMetrics(Metrics):
    """Counts. `now` gives the time (UTC) against which what is due is late."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.registry = CollectorRegistry()
        self._now = now
        self._due: dict[str, datetime | None] = {}
        self._events = Histogram(
            "als_event_seconds",
            "One input, its whole transaction.",
            ("kind", "outcome"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._verdicts = Counter(
            "als_verdicts",
            "What the judge said of messages.",
            ("stage", "verdict", "reason"),
            registry=self.registry,
        )
        self._timers = Counter("als_timers", "Timers.", ("outcome",), registry=self.registry)
        self._letters = Counter(
            "als_letters",
            "Outbox messages: sent, deferred, dropped, or what a platform answered.",
            ("platform", "outcome"),
            registry=self.registry,
        )
        lag = Gauge(
            "als_lag_seconds",
            "How late the oldest due timer or lane is; 0 when nothing is late.",
            ("what",),
            registry=self.registry,
        )
        for what in ("timers", "lanes"):
            lag.labels(what).set_function(partial(self._late, what))

    def serve(self, port: int) -> Callable[[], None]:
        """Answer on the port until the answer is called; 0 lets the system choose."""
        server, thread = start_http_server(port, addr=HOST, registry=self.registry)
        self.port = server.server_port

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop

    # bot.ports.metrics.Metrics

    @contextmanager
    def handling(self, kind: str) -> Iterator[Callable[[str], None]]:
        """Time it."""
        outcomes = ["failed"]
        begun = time.perf_counter()
        try:
            yield lambda outcome: outcomes.append(outcome)
        finally:
            self._events.labels(kind, outcomes[-1]).observe(time.perf_counter() - begun)

    def judged(self, stage: str, verdict: str, reason: str) -> None:
        """Count it."""
        self._verdicts.labels(stage, verdict, reason).inc()

    def fired(self, outcome: str) -> None:
        """Count it."""
        self._timers.labels(outcome).inc()

    def delivered(self, platform: str, outcome: str) -> None:
        """Count it; what a platform calls its errors is taken if it looks like a code."""
        known = outcome if _CODE.fullmatch(outcome) else "other"
        self._letters.labels(platform, known).inc()

    def due(self, what: str, at: datetime | None) -> None:
        """Remember it; how late it is, is worked out when somebody asks."""
        self._due[what] = at

    def _late(self, what: str) -> float:
        at = self._due.get(what)
        return max(0.0, (self._now() - at).total_seconds()) if at is not None else 0.0
