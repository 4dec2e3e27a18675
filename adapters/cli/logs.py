"""The log: one line for each event, readable or as JSON, without any text of a person.

Rule 1: an exception is logged by its kind and place only; its text may quote what somebody wrote.
Rule 2: SDKs that log whole requests at debug level stay at a higher level, whatever is set.
Rule 3: colours only on a terminal, so that a log file holds no escape codes.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot.ports.errors import describe_error

# At debug level these log whole requests, and so what people wrote.
QUIET = ("apscheduler", "slack_sdk", "msal", "urllib3", "requests_oauthlib", "alembic")
SILENT = ("slack_bolt",)  # even its warnings quote payloads

Event = MutableMapping[str, Any]


def begin(level: str, *, as_json: bool = False, to: Any = None) -> None:
    """Log to standard error (or the stream `to`), in one form for all loggers."""
    stream = to or sys.stderr
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_details,
    ]
    renderer: Any = structlog.processors.JSONRenderer()
    if not as_json:
        renderer = structlog.dev.ConsoleRenderer(pad_event_to=0, colors=stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel("WARNING")
    for name in SILENT:
        logging.getLogger(name).setLevel("ERROR")


def without_details(logger: Any, method: str, event: Event) -> Event:
    """Replace an exception's text and traceback by its kind and place."""
    info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = describe_error(error)
    return event
