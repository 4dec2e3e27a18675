"""How blocking calls are run: off the event loop, or right here where there are no threads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

Runner = Callable[..., Awaitable[Any]]
Call = TypeVar("Call", bound=Callable[..., Any])
T = TypeVar("T")

_batchable: set[Callable[..., Any]] = set()


async def inline(call: Callable[..., T], *args: object) -> T:
    """Run the call right here: for a simulation, which has no threads."""
    return call(*args)


def batchable(call: Call) -> Call:
    """Mark a call that is short, so that it may share its commit with others.

    No side effects outside the transaction, so it is safe to retry.
    """
    _batchable.add(call)
    return call


def is_batchable(call: Callable[..., Any]) -> bool:
    """Whether a function or a bound method is marked."""
    return getattr(call, "__func__", call) in _batchable
