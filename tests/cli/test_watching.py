"""What an operator sees of a process: figures, the log, error reports. Never a word of anyone's."""

from __future__ import annotations

import io
import json
import logging
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sentry_sdk
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest

from adapters.cli import hooks, logs
from adapters.cli.metrics import PrometheusMetrics
from bot.ports.metrics import Metrics
from tests.play import Play

SECRET = "Tom has been stealing paper clips"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def the_root_logger_stays_as_it_was():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before, level


def text_of(metrics: PrometheusMetrics) -> str:
    """What a scrape would read."""
    return generate_latest(metrics.registry).decode()


def watched(play: Play, metrics: Metrics) -> None:
    play.host.metrics = play.courier.metrics = metrics


def a_round(play: Play) -> None:
    """A question, advice, and a day."""
    play.begins()
    play.types("bo", f"What did you see? {SECRET}")
    play.types("cem", f"You should talk to them. {SECRET}")
    play.wind(days=1)


def played(metrics: Metrics) -> None:
    play = Play()
    watched(play, metrics)
    a_round(play)
    play.close()


# Figures


def test_what_happened_is_counted_by_kind_and_outcome():
    metrics = PrometheusMetrics(lambda: NOW)
    played(metrics)
    told = text_of(metrics)
    assert 'als_event_seconds_count{kind="Typed",outcome="taken"} 2.0' in told
    assert 'als_verdicts_total{reason="advice",stage="questions",verdict="nudge"} 1.0' in told
    assert 'als_timers_total{outcome="fired"}' in told
    assert 'outcome="sent",platform="memory"' in told
    assert "Tom" not in told
    assert "ana" not in told.lower().replace("analy", "")


def test_an_input_that_fails_is_counted_as_that():
    metrics = PrometheusMetrics(lambda: NOW)
    with pytest.raises(KeyError), metrics.handling("Typed"):
        raise KeyError(SECRET)
    assert 'als_event_seconds_count{kind="Typed",outcome="failed"} 1.0' in text_of(metrics)


def test_how_late_the_oldest_is():
    now = NOW
    metrics = PrometheusMetrics(lambda: now)
    metrics.due("timers", NOW + timedelta(seconds=5))
    metrics.due("lanes", None)
    assert 'als_lag_seconds{what="timers"} 0.0' in text_of(metrics)
    now = NOW + timedelta(seconds=65)
    assert 'als_lag_seconds{what="timers"} 60.0' in text_of(metrics)
    assert 'als_lag_seconds{what="lanes"} 0.0' in text_of(metrics)


def test_what_a_platform_calls_its_errors_is_taken_only_if_it_is_a_code():
    metrics = PrometheusMetrics(lambda: NOW)
    metrics.delivered("slack", "ratelimited")
    metrics.delivered("slack", SECRET)
    told = text_of(metrics)
    assert 'outcome="ratelimited"' in told
    assert 'outcome="other"' in told
    assert "Tom" not in told


def test_they_are_served_on_loopback_until_stopped():
    metrics = PrometheusMetrics(lambda: NOW)
    stop = metrics.serve(0)
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics") as answer:
        assert b"als_lag_seconds" in answer.read()
    stop()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics")


# The log


@pytest.mark.parametrize("as_json", [False, True])
def test_the_log_names_an_error_by_kind_and_place_only(as_json):
    to = io.StringIO()
    logs.begin("info", as_json=as_json, to=to)
    log = logging.getLogger("als.test")
    log.info("tidied %s", {"words": 3})
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("a letter could not be drawn")
    told = to.getvalue()
    assert "tidied {'words': 3}" in told
    assert "ValueError at test_watching.py" in told
    assert "Tom" not in told
    assert "Traceback" not in told
    if as_json:
        found = [json.loads(line) for line in told.splitlines()]
        assert [f["level"] for f in found] == ["info", "error"]
        assert {f["logger"] for f in found} == {"als.test"}


def test_sdks_that_quote_payloads_are_kept_quiet():
    to = io.StringIO()
    logs.begin("debug", to=to)
    logging.getLogger("slack_sdk.web").debug(SECRET)
    logging.getLogger("slack_bolt.App").warning(SECRET)
    logging.getLogger("als.host").debug("heard")
    assert "Tom" not in to.getvalue()
    assert "heard" in to.getvalue()


# Error reports and traces


def test_an_error_report_is_bare():
    sent: list[Any] = []
    hooks.sentry("http://key@127.0.0.1:9/1", transport=lambda event: sent.append(event))
    local = SECRET
    try:
        raise ValueError(local)
    except ValueError:
        logging.getLogger("als.host").exception("an input failed: %s", "ValueError at x.py:1")
    logging.getLogger("aiohttp").error("%s", SECRET)
    sentry_sdk.get_client().close()
    told = json.dumps(sent, default=str)
    assert len(sent) == 2
    assert "an input failed" in told
    assert "ValueError" in told
    assert "Tom" not in told


def test_a_trace_says_kind_and_outcome():
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    traces = hooks.Traces(provider.get_tracer("als"))
    played(hooks.Several(traces, Metrics()))
    names = {s.name for s in spans.get_finished_spans()}
    assert {"als.Typed", "als.Commanded", "als.Sent"} <= names
    assert {s.attributes["als.outcome"] for s in spans.get_finished_spans()} <= {"taken", "refused"}
    assert "Tom" not in "".join(s.to_json() for s in spans.get_finished_spans())


def test_an_exception_in_a_trace_leaves_no_text():
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    traces = hooks.Traces(provider.get_tracer("als"))
    with pytest.raises(ValueError, match="Tom"), traces.handling("Typed"):
        raise ValueError(SECRET)
    assert "Tom" not in "".join(s.to_json() for s in spans.get_finished_spans())


def test_a_hook_without_its_library_says_what_to_install():
    with pytest.raises(hooks.Missing) as missing:
        hooks.traces("http://127.0.0.1:4318")
    assert missing.value.extra == "otel"


def test_several_watches_are_all_told():
    first, second = PrometheusMetrics(lambda: NOW), PrometheusMetrics(lambda: NOW)
    both = hooks.Several(first, second)
    both.judged("questions", "tip", "closed")
    both.fired("failed")
    both.delivered("slack", "sent")
    both.due("timers", NOW - timedelta(seconds=9))
    with both.handling("Pressed") as ended:
        ended("taken")
    for metrics in (first, second):
        told = text_of(metrics)
        for part in ("closed", 'outcome="failed"', 'platform="slack"', "} 9.0", 'kind="Pressed"'):
            assert part in told
