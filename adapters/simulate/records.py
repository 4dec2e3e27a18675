"""Records each machine's committed events, and replays them at the end.

The machines are pure, so the same events must lead to the same states. If not, a state was changed
without an event, or a machine read something that is not in its events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from bot.method import actions, learning_set, meeting
from bot.method import session as session_machine
from bot.method.actions import Action
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.ports import Store

Step = Callable[..., Any]
MACHINES: tuple[tuple[Any, type[Any]], ...] = (
    (learning_set, LearningSet),
    (meeting, Meeting),
    (session_machine, Session),
    (actions, Action),
)


@contextmanager
def swapped(owner: Any, name: str, other: Any) -> Iterator[None]:
    """Replace `owner.name` for as long as this lasts."""
    was = getattr(owner, name)
    own = name in vars(owner)
    setattr(owner, name, other)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, was)
        else:
            delattr(owner, name)


class Records:
    """Events by machine and id, in their order."""

    def __init__(self) -> None:
        self._kept: dict[tuple[type[Any], str], list[tuple[Any, Any, tuple[Any, ...]]]] = {}
        self._now: list[tuple[type[Any], Any, Any, tuple[Any, ...]]] = []
        self._steps: dict[type[Any], Step] = {kind: room.step for room, kind in MACHINES}

    @property
    def events(self) -> int:
        """How many are recorded."""
        return sum(map(len, self._kept.values()))

    @contextmanager
    def around(self, store: Any) -> Iterator[None]:
        """Record what is committed for as long as this lasts."""
        transaction = store.transaction
        with ExitStack() as stack:
            for room, kind in MACHINES:
                stack.enter_context(swapped(room, "step", self._record_step(kind)))
            store.transaction = lambda: self._record_on_commit(transaction())
            try:
                yield
            finally:
                store.transaction = transaction

    def _record_step(self, kind: type[Any]) -> Step:
        def step(state: Any, event: Any, *more: Any) -> Any:
            self._now.append((kind, state, event, more))
            return self._steps[kind](state, event, *more)

        return step

    @contextmanager
    def _record_on_commit(self, transaction: AbstractContextManager[Any]) -> Iterator[Any]:
        self._now = []
        with transaction as tx:
            yield tx
        for kind, state, event, more in self._now:
            self._kept.setdefault((kind, state.id), []).append((state, event, more))
        self._now = []

    def differences(self, store: Store) -> list[str]:
        """Machines that do not arrive at the state that is kept."""
        wrong = []
        with store.reading() as tx:
            for (kind, id), happened in self._kept.items():
                state = happened[0][0]
                for _, event, more in happened:
                    state = self._steps[kind](state, event, *more)[0]
                if state != tx.machines.load(kind, id):
                    wrong.append(f"{kind.__name__} {id} after {len(happened)} events")
        return wrong
