"""Small things to keep, for the tests of the store."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.method import formats
from bot.method.actions import Action
from bot.method.effects import Show
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Address, Contribution, Member, Person, Place, QuestionState
from bot.ports import UserText

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
FORMAT = formats.load("one_problem")
HOME = Place("web", "one", "general")
THREAD = replace(HOME, thread="t1")
LANE = "web/one/general"


def later(**delta):
    return NOW + timedelta(**delta)


def person(id="ann", user=None, installation="one", **more):
    return Person(id, id.title(), Address("web", installation, user or id, "reach"), **more)


def group(id="set", people=("ann", "bob"), **more):
    return LearningSet(id=id, format=FORMAT, members=tuple(Member(p) for p in people), **more)


def meeting(id="meeting", set="set", **more):
    return Meeting(id=id, set=set, format=FORMAT, **more)


def session(id="session", set="set", **more):
    return Session(id=id, set=set, meeting="meeting", presenter="ann", format=FORMAT, **more)


def action(id="action", owner="ann", **more):
    values = {"made": date(2026, 1, 5), "due": date(2026, 1, 9), "session": "session", **more}
    return Action(id=id, set="set", owner=owner, **values)


def said(id="c1", by="ann", at=NOW, session="session", **more):
    values = {"kind": "question", "state": QuestionState.open, **more}
    return Contribution(id=id, session=session, by=by, at=at, **values)


def words(kind="said", about="c1", text="How so?", at=NOW, set="set", author="ann"):
    return UserText(kind, about, set, author, {"text": text}, at)


def show(key="session/session", **values):
    return Show("session", key, "session", values=values)


def put(tx, card="session/session", lane=LANE, at=NOW, not_before=None, **values):
    tx.outbox.enqueue(show(card, **values), lane, "set", card, not_before or at, at)
