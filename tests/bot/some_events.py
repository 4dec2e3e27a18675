"""Random events: any person, any entry and turn, anything known or unknown, early or late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.method import events as ev
from bot.method.formats import Size
from bot.method.overrides import Overrides
from bot.method.terms import (
    ActionId,
    Contribution,
    ContributionId,
    Ending,
    Outcome,
    QuestionState,
    SessionId,
    Support,
)
from bot.worktime import Hours
from tests.bot.factories import FOUR, ONE_PROBLEM, ZOE

PEOPLE = st.sampled_from([*FOUR, ZOE])
IDS = st.sampled_from([ContributionId(f"c{n}") for n in range(12)])
VERDICTS = st.sampled_from(
    [
        ("accept", "open"),
        ("accept", "exempt"),
        ("accept", "ack"),
        ("accept", "pass"),
        ("tip", "closed"),
        ("nudge", "advice"),
        ("nudge", "leading"),
    ]
)
CLOSED = [s for s in QuestionState if s is not QuestionState.open]
SMALL = replace(ONE_PROBLEM, name="small", size=Size(2, (2, 3), 3), every_days=28)
OVERRIDES = (
    Overrides(),
    Overrides({"questions": 480}, {"questions": (0, 2)}),
    Overrides({"questions": 0}),
    Overrides({"nonsense": 480}),
    Overrides({}, {"questions": (3, 2)}),
    Overrides({"questions": 9600}),
    Overrides({"questions": 30}, sealed=True, live=True),
)
TIMERS = (
    "close",
    "finish",
    "decide",
    "reveal",
    "resume",
    "nudge:bo",
    "nudge:ana",
    "meeting",
    "silent",
    "proposal",
    "nonsense",
)


def hours() -> st.SearchStrategy[Hours]:
    """Some zones and absences; one of them never works."""
    day = date(2026, 3, 2)
    return st.sampled_from(
        [
            Hours(),
            Hours("Pacific/Auckland"),
            Hours("America/Los_Angeles", days=(6, 0, 1, 2, 3)),
            Hours(away=((day, day + timedelta(days=3)),)),
            Hours(away=((day, day + timedelta(days=900)),)),
        ]
    )


def some_event(
    data: st.DataObject, kinds: tuple[type[Any], ...], state: Any, at: datetime, n: int
) -> Any:
    """One event of any kind, with whatever its fields may hold."""
    draw = data.draw
    kind = draw(st.sampled_from(kinds))
    makers = _makers(data, kind, state, at, n)
    return kind(**{f.name: makers[f.name]() for f in fields(kind)})


def _makers(
    data: st.DataObject, kind: type[Any], state: Any, at: datetime, n: int
) -> dict[str, Callable[[], Any]]:
    """How each field of an event is made; only what an event has is drawn."""
    draw = data.draw
    entry = getattr(state, "entry", 0)
    verdict = draw(VERDICTS) if "verdict" in kind.__dataclass_fields__ else ("", "")
    known = _known(data, state, at) if "known" in kind.__dataclass_fields__ else None
    # Words of a later form are new, or those that the bot posted itself (a wording in place).
    worded = known.id if known and known.ours else ContributionId(f"n{n}")
    new = worded if kind is ev.Reworded else ContributionId(f"c{n % 12}")
    return {
        "at": lambda: at - timedelta(minutes=draw(st.sampled_from([0, 0, 0, 120]))),
        "by": lambda: known.by if known and draw(st.booleans()) else draw(PEOPLE),
        "entry": lambda: draw(st.sampled_from([None, None, entry, entry, entry - 1, entry + 1])),
        "hours": lambda: draw(hours()),
        "people": lambda: (draw(PEOPLE), draw(PEOPLE)),
        "facilitator": lambda: draw(st.none() | PEOPLE),
        "proposal": lambda: draw(st.integers(0, 3)),
        "agrees": lambda: draw(st.booleans()),
        "host": lambda: draw(st.none() | PEOPLE),
        "support": lambda: draw(st.sampled_from(Support)),
        "more": lambda: draw(st.booleans()),
        "contribution": lambda: new,
        "verdict": lambda: verdict[0],
        "reason": lambda: verdict[1],
        "gentle": lambda: draw(st.booleans()),
        "quotes": lambda: draw(st.none() | IDS),
        "ours": lambda: draw(st.booleans()),
        "tips": lambda: draw(st.booleans()),
        "known": lambda: known,
        "questions": lambda: tuple(_question(data, state) for _ in range(draw(st.integers(0, 2)))),
        "question": lambda: _question(data, state),
        "posts": lambda: draw(st.booleans()),
        "action": lambda: ActionId(f"x{draw(st.integers(0, 3))}"),
        "reasoned": lambda: draw(st.booleans()),
        "wanted": lambda: draw(st.booleans()),
        "agreed": lambda: draw(st.booleans()),
        "bidder": lambda: draw(PEOPLE),
        "chosen": lambda: draw(st.booleans()),
        "committed": lambda: (draw(PEOPLE),),
        "until": lambda: _until(data, kind, at.date()),
        "format": lambda: draw(st.sampled_from([ONE_PROBLEM, SMALL])),
        "strict": lambda: draw(st.booleans()),
        "rotate": lambda: draw(st.booleans()),
        "sealed": lambda: draw(st.booleans()),
        "live": lambda: draw(st.booleans()),
        "language": lambda: draw(st.sampled_from(["", "de"])),
        "overrides": lambda: draw(st.sampled_from(OVERRIDES)),
        "days": lambda: draw(st.sampled_from([1, 7, 14, 92, 93])),
        "act_days": lambda: draw(st.sampled_from([0, 1, 5, 60])),
        "counted": lambda: draw(st.booleans()),
        "meetings": lambda: draw(st.sampled_from([0, 0, 1, 2, 101])),
        "lines": lambda: draw(st.integers(0, 7)),
        "version": lambda: draw(st.integers(0, 3)),
        "order": lambda: tuple(draw(st.lists(PEOPLE, max_size=3))),
        "name": lambda: draw(st.sampled_from(TIMERS)),
        "turn": lambda: draw(st.sampled_from([state.turn, state.turn, state.turn - 1])),
        "session": lambda: SessionId(draw(st.sampled_from(["m1-s1", "m1-s2", "s9"]))),
        "presenter": lambda: draw(PEOPLE),
        "ending": lambda: draw(st.sampled_from(Ending)),
        "owing": lambda: (draw(PEOPLE),) * draw(st.integers(0, 1)),
        "presenters": lambda: (draw(PEOPLE),) * draw(st.integers(0, 1)),
        "presented": lambda: (draw(PEOPLE),),
        "acted": lambda: (draw(PEOPLE),),
        "reported": lambda: (draw(PEOPLE),),
        "acting_from": lambda: at,
        "outcome": lambda: draw(st.sampled_from(Outcome)),
        "learned": lambda: draw(st.booleans()),
        "due": lambda: at.date() + timedelta(days=draw(st.integers(-2, 40))),
        "kind": lambda: draw(st.sampled_from(["half_way", "due", "plus_two", "other"])),
    }


def _until(data: st.DataObject, kind: type[Any], today: date) -> date | None:
    if kind is ev.Snoozed:
        return today + timedelta(days=data.draw(st.integers(-2, 40)))
    return data.draw(st.none() | st.just(today + timedelta(days=3)))


def _known(data: st.DataObject, state: Any, at: datetime) -> Contribution:
    """What the host read under the lock: a question that waits is known as open."""
    draw = data.draw
    waiting = {q.id: q.by for q in getattr(state, "open", ())}
    id = draw(st.sampled_from([*waiting])) if waiting and draw(st.booleans()) else draw(IDS)
    entry = getattr(state, "entry", 0)
    is_open = id in waiting
    by = waiting.get(id) or draw(PEOPLE)
    return Contribution(
        id=id,
        session=draw(st.sampled_from([state.id, state.id, "elsewhere"])),
        by=by,
        kind="question" if is_open else draw(st.sampled_from(["question", "statement", "answer"])),
        state=QuestionState.open if is_open else draw(st.sampled_from(CLOSED)),
        at=at,
        entry=draw(st.sampled_from([entry, entry, entry - 1])),
        nudged=draw(st.integers(0, 2)),
        ours=draw(st.booleans()),
        answers=(draw(IDS),),
    )


def _question(data: st.DataObject, state: Any) -> ContributionId:
    waiting = [q.id for q in getattr(state, "open", ())]
    return data.draw(st.sampled_from([*waiting, ContributionId("c0")]))
