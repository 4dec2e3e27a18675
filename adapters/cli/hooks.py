"""Hooks to what an organisation watches its services with: Sentry, OpenTelemetry. Off by default.

Rule: nothing that a person wrote, no request, no variable, no name leaves (method.md §8). An error
report says what kind of error, where in our code, and what our own log line said.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from bot.ports.metrics import Metrics


class Missing(Exception):
    """A hook is switched on, and its library is not installed; `extra` is the extra to install."""

    def __init__(self, extra: str) -> None:
        super().__init__(extra)
        self.extra = extra


def sentry(dsn: str, **more: Any) -> None:
    """Report what is logged as an error, bare of everything else. Raises Missing."""
    _needs("sentry_sdk", "sentry")
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=0.0,
        server_name="als",
        before_send=bare,
        **more,
    )


KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment")


def bare(event: Any, hint: Any = None) -> Any:
    """An error report with what is known to be harmless, and nothing else."""
    kept = {name: event[name] for name in KEPT if name in event}
    said = event.get("logentry") or {}
    if str(event.get("logger", "")).startswith("als."):
        kept["logentry"] = {"message": said.get("message"), "params": said.get("params")}
    frames = []
    for found in (event.get("exception") or {}).get("values") or ():
        where = [
            {
                "filename": f.get("filename"),
                "lineno": f.get("lineno"),
                "function": f.get("function"),
            }
            for f in (found.get("stacktrace") or {}).get("frames") or ()
        ]
        frames.append({"type": found.get("type"), "stacktrace": {"frames": where}})
    if frames:
        kept["exception"] = {"values": frames}
    return kept


class Traces(Metrics):
    """A span for each input: its kind, its outcome, how long. Made by `traces`."""

    def __init__(self, tracer: Any) -> None:
        self._tracer = tracer

    @contextmanager
    def handling(self, kind: str) -> Iterator[Callable[[str], None]]:
        """A span around it; an exception is not recorded, since its text may quote somebody."""
        span = self._tracer.start_as_current_span
        with span(f"als.{kind}", record_exception=False, set_status_on_exception=False) as now:
            yield lambda outcome: now.set_attribute("als.outcome", outcome)


def traces(endpoint: str) -> Metrics:
    """Spans to an OpenTelemetry collector (OTLP over HTTP). Raises Missing."""
    _needs("opentelemetry.exporter.otlp.proto.http", "otel")
    # Only an installation that wants it has this one (als[otel]).
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # type: ignore[import-not-found]
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource({"service.name": "als"}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Traces(provider.get_tracer("als"))


class Several(Metrics):
    """Tells several watches."""

    def __init__(self, *watches: Metrics) -> None:
        self._watches = watches

    @contextmanager
    def handling(self, kind: str) -> Iterator[Callable[[str], None]]:
        """All of them."""
        with ExitStack() as stack:
            told = [stack.enter_context(w.handling(kind)) for w in self._watches]

            def ended(outcome: str) -> None:
                for tell in told:
                    tell(outcome)

            yield ended

    def judged(self, stage: str, verdict: str, reason: str) -> None:
        """All of them."""
        for metrics in self._watches:
            metrics.judged(stage, verdict, reason)

    def fired(self, outcome: str) -> None:
        """All of them."""
        for metrics in self._watches:
            metrics.fired(outcome)

    def delivered(self, platform: str, outcome: str) -> None:
        """All of them."""
        for metrics in self._watches:
            metrics.delivered(platform, outcome)

    def due(self, what: str, at: datetime | None) -> None:
        """All of them."""
        for metrics in self._watches:
            metrics.due(what, at)


def _needs(module: str, extra: str) -> None:
    try:
        found = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        found = False
    if not found:
        raise Missing(extra)
