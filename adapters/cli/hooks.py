"""Error reports to Sentry and traces to OpenTelemetry. Both are off by default.

Rule: no text of a person, no request, no variable and no name is sent (method.md §8). An error
report holds the kind of error, the place in our code, and our own log line.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from adapters.cli.errors import CommandFailed
from bot.ports.metrics import Metrics


class Missing(CommandFailed):
    """A hook is switched on, and its library is not installed; `extra` is the extra to install."""

    def __init__(self, extra: str) -> None:
        super().__init__("hook_missing", extra=extra)
        self.extra = extra


def sentry(dsn: str, **more: Any) -> None:
    """Report logged errors, stripped of all other data. Raises Missing."""
    _require("sentry_sdk", "sentry")
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
        before_send=strip_report,
        **more,
    )


KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment")


def strip_report(event: Any, hint: Any = None) -> Any:
    """The parts of an error report that are known to hold no personal data."""
    kept = {name: event[name] for name in KEPT if name in event}
    entry = event.get("logentry") or {}
    if str(event.get("logger", "")).startswith("als."):
        kept["logentry"] = {"message": entry.get("message"), "params": entry.get("params")}
    frames = []
    for error in (event.get("exception") or {}).get("values") or ():
        places = [
            {
                "filename": f.get("filename"),
                "lineno": f.get("lineno"),
                "function": f.get("function"),
            }
            for f in (error.get("stacktrace") or {}).get("frames") or ()
        ]
        frames.append({"type": error.get("type"), "stacktrace": {"frames": places}})
    if frames:
        kept["exception"] = {"values": frames}
    return kept


class Traces(Metrics):
    """A span for each input: its kind, its outcome, how long. Made by `traces`."""

    def __init__(self, tracer: Any) -> None:
        self._tracer = tracer

    @contextmanager
    def handling(self, kind: str) -> Iterator[Callable[[str], None]]:
        """A span around one input. An exception is not recorded: its text may quote a person."""
        span = self._tracer.start_as_current_span
        options = {"record_exception": False, "set_status_on_exception": False}
        with span(f"als.{kind}", **options) as current:
            yield lambda outcome: current.set_attribute("als.outcome", outcome)


def traces(endpoint: str) -> Metrics:
    """Spans to an OpenTelemetry collector (OTLP over HTTP). Raises Missing."""
    _require("opentelemetry.exporter.otlp.proto.http", "otel")
    # Installed with als[otel] only.
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
    """Passes everything on to several sinks."""

    def __init__(self, *sinks: Metrics) -> None:
        self._sinks = sinks

    @contextmanager
    def handling(self, kind: str) -> Iterator[Callable[[str], None]]:
        """To all of them."""
        with ExitStack() as stack:
            reports = [stack.enter_context(sink.handling(kind)) for sink in self._sinks]

            def report(outcome: str) -> None:
                for each in reports:
                    each(outcome)

            yield report

    def judged(self, stage: str, verdict: str, reason: str) -> None:
        """To all of them."""
        for sink in self._sinks:
            sink.judged(stage, verdict, reason)

    def fired(self, outcome: str) -> None:
        """To all of them."""
        for sink in self._sinks:
            sink.fired(outcome)

    def delivered(self, platform: str, outcome: str) -> None:
        """To all of them."""
        for sink in self._sinks:
            sink.delivered(platform, outcome)

    def due(self, what: str, at: datetime | None) -> None:
        """To all of them."""
        for sink in self._sinks:
            sink.due(what, at)


def _require(module: str, extra: str) -> None:
    try:
        installed = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        installed = False
    if not installed:
        raise Missing(extra)
