"""The log: one line for each thing, readable or as JSON, and never a word of anyone's.

Rule 1: an exception is named by its kind and place only; its text may quote what somebody wrote.
Rule 2: SDKs that write whole requests at debug are kept quiet, whatever the level.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot.handlers.host import describe_error

# At debug these write whole requests, and with them what people wrote.
QUIET = ("apscheduler", "slack_sdk", "msal", "urllib3", "requests_oauthlib", "alembic")
SILENT = ("slack_bolt",)  # its warnings quote payloads

Event = MutableMapping[str, Any]


def begin(level: str, *, as_json: bool = False, to: Any = None) -> None:
    """Send everything that is logged to standard error (or `to`), in one form."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_details,
    ]
    last: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(False)
    )
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
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
    """An exception's kind and place, in the place of its text and traceback."""
    found = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = describe_error(error)
    return event
