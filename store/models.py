"""The rows, as SQLModel classes; the hot path uses the same tables with SQLAlchemy Core.

Rule 1: a machine's state is JSON in `state`, with its `schema`; the other columns are there only
        to look something up by them.
Rule 2: whatever the ports look up has an index, so that one event costs the same among a thousand
        rows and among a million.
Rule 3: prose stands in one column only, `words.data`, and is encrypted there.

A class is named by the glossary; a table keeps the name that it had when it was first released.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Index, MetaData, Table, Text
from sqlmodel import Field, SQLModel

from store.columns import Instant, number, partial, schema, wiped

ID = 200  # characters; ids are opaque
FOREIGN = 400  # a platform's ids; Teams' are long
KEY = 500  # of a card; made of ids
LANE = 800

PENDING = "state IN ('waiting', 'sending')"
FREE = "state = 'waiting' AND taken = false AND card <> ''"
NUDGED = "nudged = 1 AND acted = false"
# A query uses a partial index only if it says the condition in the same words, so the conditions
# are texts: here, and in the statements.


class _Row(SQLModel):
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        }
    )


metadata = _Row.metadata


class PersonRow(_Row, table=True):
    """A person. The same human of another installation is another person."""

    __tablename__ = "person"
    __table_args__ = (Index("uq_person_address", "platform", "installation", "user", unique=True),)
    id: str = Field(primary_key=True, max_length=ID)
    platform: str = Field(max_length=40)
    installation: str = Field(max_length=FOREIGN)
    user: str = Field(max_length=FOREIGN)
    state: str = Field(sa_type=Text)
    schema_: int = schema()


class FormatRow(_Row, table=True):
    """A format as a session opened with it, kept once by its hash."""

    __tablename__ = "frozen_format"
    hash: str = Field(primary_key=True, max_length=64)
    state: str = Field(sa_type=Text)
    schema_: int = schema()


class SetRow(_Row, table=True):
    """A set. Its row is the lock of all that happens in it."""

    __tablename__ = "learning_set"
    __table_args__ = (
        partial(
            "uq_learning_set_home",
            "platform",
            "installation",
            "conversation",
            where="over = false AND conversation IS NOT NULL",
            unique=True,
        ),
        Index("ix_learning_set_tidy", "over", "wiped", "closed_at"),
    )
    number: int | None = number()
    id: str = Field(max_length=ID, unique=True)
    platform: str | None = Field(default=None, max_length=40)
    installation: str | None = Field(default=None, max_length=FOREIGN)
    conversation: str | None = Field(default=None, max_length=FOREIGN)
    thread: str | None = Field(default=None, max_length=FOREIGN)
    format_hash: str = Field(max_length=64)
    state: str = Field(sa_type=Text)
    schema_: int = schema()
    over: bool = False
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    wiped: bool = wiped()


class MembershipRow(_Row, table=True):
    """Who belongs to a set or is invited to it: to find the sets of a person."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_person_id", "person_id"),)
    set_id: str = Field(primary_key=True, max_length=ID)
    person_id: str = Field(primary_key=True, max_length=ID)


class MeetingRow(_Row, table=True):
    """A meeting."""

    __tablename__ = "meeting"
    __table_args__ = (
        Index("ix_meeting_set_id", "set_id"),
        Index("ix_meeting_tidy", "over", "wiped", "closed_at"),
    )
    id: str = Field(primary_key=True, max_length=ID)
    set_id: str = Field(max_length=ID)
    format_hash: str = Field(max_length=64)
    state: str = Field(sa_type=Text)
    schema_: int = schema()
    over: bool = False
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    wiped: bool = wiped()


class SessionRow(_Row, table=True):
    """A session. `entry` is the stage entry that runs: a nudge belongs to one."""

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_set_id", "set_id"),
        Index("ix_session_tidy", "over", "wiped", "closed_at"),
    )
    id: str = Field(primary_key=True, max_length=ID)
    set_id: str = Field(max_length=ID)
    format_hash: str = Field(max_length=64)
    state: str = Field(sa_type=Text)
    schema_: int = schema()
    entry: int = 0
    over: bool = False
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    wiped: bool = wiped()


class ActionRow(_Row, table=True):
    """An action, without its wording."""

    __tablename__ = "action"
    __table_args__ = (
        Index("ix_action_set_id", "set_id"),
        Index("ix_action_session_id", "session_id"),
        Index("ix_action_owner_id", "owner_id", "over"),
        Index("ix_action_tidy", "over", "wiped", "closed_at"),
    )
    number: int | None = number()
    id: str = Field(max_length=ID, unique=True)
    set_id: str = Field(max_length=ID)
    session_id: str = Field(max_length=ID)
    owner_id: str = Field(max_length=ID)
    state: str = Field(sa_type=Text)
    schema_: int = schema()
    over: bool = False  # settled
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    wiped: bool = wiped()


class ContributionRow(_Row, table=True):
    """A contribution in a thread, without its words."""

    __tablename__ = "contribution"
    __table_args__ = (
        Index("ix_contribution_session", "session_id", "at", "number"),
        Index("ix_contribution_kind", "session_id", "kind", "at", "number"),
        Index("ix_contribution_state", "session_id", "state", "at", "number"),
        Index("ix_contribution_by", "session_id", "by_id", "at", "number"),
        partial(
            "ix_contribution_said",
            "platform",
            "installation",
            "conversation",
            "message",
            where="message IS NOT NULL",
        ),
        partial("ix_contribution_nudged", "by_id", where=NUDGED),
    )
    number: int | None = number()
    id: str = Field(max_length=ID, unique=True)
    session_id: str = Field(max_length=ID)
    by_id: str = Field(max_length=ID)
    kind: str = Field(max_length=40)
    state: str = Field(max_length=40)
    at: datetime = Field(sa_type=Instant)
    entry: int = 0
    verdict: str = Field(max_length=40)
    reason: str = Field(max_length=40)
    nudged: int = 0
    acted: bool = False
    ours: bool = False
    answers: str = Field(sa_type=Text)
    platform: str | None = Field(default=None, max_length=40)
    installation: str | None = Field(default=None, max_length=FOREIGN)
    conversation: str | None = Field(default=None, max_length=FOREIGN)
    thread: str | None = Field(default=None, max_length=FOREIGN)
    message: str | None = Field(default=None, max_length=FOREIGN)


class UserTextRow(_Row, table=True):
    """What a person wrote. `owner` is what `about` belongs to (set, meeting, action …)."""

    __tablename__ = "words"
    __table_args__ = (
        Index("ix_words_author", "author_id", "kind", "at"),
        Index("ix_words_set", "set_id", "author_id"),
        Index("ix_words_owner", "owner"),
    )
    kind: str = Field(primary_key=True, max_length=40)
    about: str = Field(primary_key=True, max_length=KEY)
    owner: str = Field(max_length=KEY)
    set_id: str | None = Field(default=None, max_length=ID)
    author_id: str = Field(max_length=ID)
    at: datetime = Field(sa_type=Instant)
    data: str = Field(sa_type=Text)


class ErasedRow(_Row, table=True):
    """A text that somebody had erased, by its ids: a restored backup must lose it again.

    `written` is when the text was written, so that a later one of the same name stays; `at` is the
    first daily round that saw the row.
    """

    __tablename__ = "erased"
    __table_args__ = (Index("ix_erased_at", "at"),)
    number: int | None = number()
    kind: str = Field(max_length=40)
    about: str = Field(max_length=KEY)
    written: datetime = Field(sa_type=Instant)
    at: datetime | None = Field(default=None, sa_type=Instant)


class PostedRow(_Row, table=True):
    """Where a card stands, and when it was last drawn there."""

    __tablename__ = "posted"
    __table_args__ = (
        Index("ix_posted_message", "platform", "installation", "conversation", "message"),
    )
    key: str = Field(primary_key=True, max_length=KEY)
    platform: str = Field(max_length=40)
    installation: str = Field(max_length=FOREIGN)
    conversation: str = Field(max_length=FOREIGN)
    thread: str = Field(max_length=FOREIGN)
    message: str = Field(max_length=FOREIGN)
    shown_at: datetime = Field(sa_type=Instant)


class OutboxRow(_Row, table=True):
    """An outbox message. `taken`: a worker has read or tried it, so it must not be overwritten.

    `created` is when its content was written, `number` its place in the order.
    """

    __tablename__ = "letter"
    __table_args__ = (
        partial("uq_letter_free_card", "lane", "card", where=FREE, unique=True),
        partial("ix_letter_pending", "lane", "number", where=PENDING),
        Index("ix_letter_state", "state", "created"),
        {"sqlite_autoincrement": True},  # an order must never be given twice
    )
    number: int | None = number()
    lane: str = Field(max_length=LANE)
    card: str = Field(max_length=KEY)
    set_id: str | None = Field(default=None, max_length=ID)
    effect: str = Field(sa_type=Text)
    schema_: int = schema()
    not_before: datetime = Field(sa_type=Instant)
    created: datetime = Field(sa_type=Instant)
    state: str = Field(default="waiting", max_length=20)
    taken: bool = False
    attempts: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    code: str = Field(default="", max_length=100)


class LaneRow(_Row, table=True):
    """One conversation's queue: when it is next due, who holds it, whether it is suspended.

    `due` is never later than the first waiting letter's `not_before`; `held` is set while a
    failed letter is waited for; `suspended` is a code, or empty.
    """

    __tablename__ = "lane"
    __table_args__ = (partial("ix_lane_due", "due", where="due IS NOT NULL AND suspended = ''"),)
    lane: str = Field(primary_key=True, max_length=LANE)
    due: datetime | None = Field(default=None, sa_type=Instant)
    held: datetime | None = Field(default=None, sa_type=Instant)
    worker: str = Field(default="", max_length=ID)
    lease: datetime | None = Field(default=None, sa_type=Instant)
    suspended: str = Field(default="", max_length=100)


class TimerRow(_Row, table=True):
    """A timer of a machine.

    `lease`: until then one worker alone fires it; only on PostgreSQL.
    """

    __tablename__ = "timer"
    __table_args__ = (
        Index("ix_timer_due", "due"),
        partial("ix_timer_lease", "lease", where="lease IS NOT NULL"),
    )
    owner: str = Field(primary_key=True, max_length=ID)
    name: str = Field(primary_key=True, max_length=ID)
    turn: int
    due: datetime = Field(sa_type=Instant)
    lease: datetime | None = Field(default=None, sa_type=Instant)


class RateLimitRow(_Row, table=True):
    """How many calls of a kind all workers together have been granted in a span of time.

    `began` is when the newest span began; of earlier ones nothing is kept.
    """

    __tablename__ = "budget"
    key: str = Field(primary_key=True, max_length=1000)
    began: datetime = Field(sa_type=Instant)
    used: int


class ProcessedEventRow(_Row, table=True):
    """The key of an event that was processed, so that it is not processed twice."""

    __tablename__ = "seen"
    __table_args__ = (Index("ix_seen_at", "at"),)
    key: str = Field(primary_key=True, max_length=FOREIGN)
    at: datetime = Field(sa_type=Instant)


class NudgeRow(_Row, table=True):
    """A nudge that was really sent, by the person's own day."""

    __tablename__ = "nudge_sent"
    __table_args__ = (
        Index("ix_nudge_sent_person", "person_id", "day"),
        Index("ix_nudge_sent_day", "day"),
    )
    number: int | None = number()
    person_id: str = Field(max_length=ID)
    day: date
    kind: str = Field(max_length=40)


class HeartbeatRow(_Row, table=True):
    """When a part of the process last gave a sign of life."""

    __tablename__ = "heartbeat"
    name: str = Field(primary_key=True, max_length=ID)
    at: datetime = Field(sa_type=Instant)


class VaultRow(_Row, table=True):
    """A secret of a platform (a token), encrypted like people's texts."""

    __tablename__ = "vault"
    name: str = Field(primary_key=True, max_length=FOREIGN)
    data: str = Field(sa_type=Text)


def _table(row: type[_Row]) -> Table:
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table


person = _table(PersonRow)
frozen_format = _table(FormatRow)
learning_set = _table(SetRow)
membership = _table(MembershipRow)
meeting = _table(MeetingRow)
session = _table(SessionRow)
action = _table(ActionRow)
contribution = _table(ContributionRow)
user_text = _table(UserTextRow)
erased = _table(ErasedRow)
posted = _table(PostedRow)
outbox = _table(OutboxRow)
lane = _table(LaneRow)
timer = _table(TimerRow)
rate_limit = _table(RateLimitRow)
processed_event = _table(ProcessedEventRow)
nudge_sent = _table(NudgeRow)
heartbeat = _table(HeartbeatRow)
vault = _table(VaultRow)
