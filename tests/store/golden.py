"""Golden states: one of each kind and schema, as a release has kept it, and the shape it had.

They are written once, with the release of a schema, and stay for ever:

    python -m tests.store.golden

writes those of the schemas in store/upgrades.py. To write one anew is right only while no
version with that schema has been released; after that the schema's number has to go up.
"""

import dataclasses
import enum
import json
import typing
from datetime import UTC, date, datetime
from pathlib import Path

from bot.method import effects as fx
from bot.method import formats
from bot.method.actions import Action, CheckIn
from bot.method.formats import Format
from bot.method.learning_set import LearningSet
from bot.method.learning_set.state import Proposal
from bot.method.meeting import Meeting
from bot.method.overrides import Overrides
from bot.method.session import Session
from bot.method.terms import (
    Address,
    Calendar,
    GroundRules,
    Member,
    OpenQuestion,
    Outcome,
    Person,
    Support,
)
from bot.worktime import Hours
from store import codec
from store.upgrades import SCHEMA

HERE = Path(__file__).parent / "golden"
AT = datetime(2026, 1, 5, 9, 30, 0, 250000, tzinfo=UTC)
CLOSES = datetime(2026, 1, 7, 17, 0, tzinfo=UTC)
AUCKLAND = Hours("Pacific/Auckland", 480, 960, (0, 1, 2, 3), "NZ", ((date(2026, 2, 1),) * 2,))
MEMBERS = (Member("ann"), Member("bob", AUCKLAND), Member("cyd"), Member("dan"))

PARTS: dict[str, tuple[type, ...]] = {
    "person": (Person,),
    "format": (Format,),
    "set": (LearningSet,),
    "meeting": (Meeting,),
    "session": (Session,),
    "action": (Action,),
    "letter": (fx.Show, fx.Whisper, fx.Nudge, fx.Refuse),
}


def samples() -> dict[str, object]:
    """One of each kind, in the middle of its life."""
    format = formats.load("one_problem")
    staged = {"set": "s1", "format": format, "members": MEMBERS, "facilitator": "dan"}
    staged |= {"host": "ann", "turn": 4, "opened": AT, "closes": CLOSES, "home": AUCKLAND}
    return {
        "person": Person(
            "ann",
            "Ann",
            Address("teams", "tenant", "aad", "29:x"),
            AUCKLAND,
            tips=False,
            paused_until=date(2026, 3, 1),
            guest=True,
        ),
        "format": format,
        "set": LearningSet(
            id="s1",
            format=format,
            calendar=Calendar(21, 6, 6),
            members=MEMBERS,
            invited=("eve",),
            host="ann",
            facilitator="dan",
            rules=GroundRules(2, frozenset({"ann"})),
            meeting="s1-m2",
            number=2,
            began=AT,
            queue=("bob",),
            ready=frozenset({"bob"}),
            overrides=Overrides({"questions": 720}, {"questions": (1, 4)}, True),
            rotate=True,
            heard=AT,
            last_turn={"ann": 1},
            proposal=Proposal(1, "bob", None, CLOSES, frozenset({"bob"})),
            proposals=1,
            language="de",
            owing=("ann",),
            turn=5,
        ),
        "meeting": Meeting(
            id="s1-m2",
            number=2,
            began=AT,
            at=0,
            entry=1,
            owing=("ann",),
            waves=(("bob",),),
            **staged,
        ),
        "session": Session(
            id="s1-m2-1",
            meeting="s1-m2",
            presenter="bob",
            presented=True,
            support=Support.ideas,
            at=1,
            entry=2,
            counts={"ann": 2},
            passed=frozenset({"cyd"}),
            open=(OpenQuestion("c1", "ann"),),
            asked=2,
            answered=1,
            nudged={"ann": 1},
            tipped=frozenset({"ann"}),
            **staged,
        ),
        "action": Action(
            id="a1",
            set="s1",
            session="s1-m1-1",
            owner="ann",
            made=date(2026, 1, 2),
            due=date(2026, 1, 9),
            kind="test",
            confidence=8,
            check_ins=(CheckIn("due", date(2026, 1, 9), "sent"), CheckIn("x", date(2026, 1, 13))),
            outcome=Outcome.partly,
            learned=True,
        ),
    }


def letters() -> list[fx.Effect]:
    """What stands in the outbox."""
    return [
        fx.Show("session", "session/s1-m2-1", "s1-m2-1", "", {"count": 2, "name": "x"}),
        fx.Whisper("ann", "nudge", "c1", "session/s1-m2-1", {"reason": "advice"}),
        fx.Nudge("ann", "last_call", "s1-m2-1", 2),
        fx.Refuse("ann", "set_is_full", {"most": 9}),
    ]


def shape(kind: type) -> dict[str, object]:
    """The fields and types of what is kept, down to the last enum, by name."""
    found: dict[str, object] = {}
    todo: list[object] = [kind]
    while todo:
        part = todo.pop()
        if dataclasses.is_dataclass(part):
            if part.__name__ not in found:
                hints = typing.get_type_hints(part)
                found[part.__name__] = {f.name: str(f.type) for f in dataclasses.fields(part)}
                todo += [hints[f.name] for f in dataclasses.fields(part)]
        elif isinstance(part, enum.EnumMeta):
            found[part.__name__] = sorted(str(member.value) for member in part)
        else:
            todo += typing.get_args(part)
    return dict(sorted(found.items()))


def shapes(kind: str) -> dict[str, object]:
    """The shape of everything of a kind; a format is a kind of its own."""
    found: dict[str, object] = {}
    for part in PARTS[kind]:
        found |= shape(part)
    if kind != "format":
        for name in ("Format", "Stage", "Size", "Speech"):
            found.pop(name, None)
    return found


def golden(kind: str) -> object:
    """What is written down for a kind today."""
    if kind == "letter":
        return [json.loads(codec.dump_effect(effect)[0]) for effect in letters()]
    return json.loads(codec.dump(samples()[kind])[0])


def path(kind: str, schema: int) -> Path:
    """Where the golden state of a kind and schema lies."""
    return HERE / f"{kind}.{schema}.json"


if __name__ == "__main__":
    for name, number in SCHEMA.items():
        content = {"shape": shapes(name), "state": golden(name)}
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
        path(name, number).write_text(text + "\n", encoding="utf-8")
