"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# SQLite has no type for an instant: whole microseconds since 1970 (store/columns.py).
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


TABLES = (
    "action",
    "contribution",
    "frozen_format",
    "heartbeat",
    "lane",
    "learning_set",
    "letter",
    "meeting",
    "membership",
    "nudge_sent",
    "person",
    "posted",
    "seen",
    "session",
    "timer",
    "words",
)


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "action",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("set_id", sa.String(200), nullable=False),
        sa.Column("session_id", sa.String(200), nullable=False),
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("wiped", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_action")),
        sa.UniqueConstraint("id", name=op.f("uq_action_id")),
    )
    op.create_index("ix_action_owner_id", "action", ["owner_id", "over"])
    op.create_index("ix_action_session_id", "action", ["session_id"])
    op.create_index("ix_action_set_id", "action", ["set_id"])
    op.create_index("ix_action_tidy", "action", ["over", "wiped", "closed_at"])
    op.create_table(
        "contribution",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("session_id", sa.String(200), nullable=False),
        sa.Column("by_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("nudged", sa.Integer(), nullable=False),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("platform", sa.String(40), nullable=True),
        sa.Column("installation", sa.String(400), nullable=True),
        sa.Column("conversation", sa.String(400), nullable=True),
        sa.Column("thread", sa.String(400), nullable=True),
        sa.Column("message", sa.String(400), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_contribution")),
        sa.UniqueConstraint("id", name=op.f("uq_contribution_id")),
    )
    op.create_index("ix_contribution_by", "contribution", ["session_id", "by_id", "at", "number"])
    op.create_index("ix_contribution_kind", "contribution", ["session_id", "kind", "at", "number"])
    op.create_index(
        "ix_contribution_nudged",
        "contribution",
        ["by_id"],
        **_where("nudged = 1 AND acted = false"),
    )
    op.create_index(
        "ix_contribution_said",
        "contribution",
        ["platform", "installation", "conversation", "message"],
        **_where("message IS NOT NULL"),
    )
    op.create_index("ix_contribution_session", "contribution", ["session_id", "at", "number"])
    op.create_index(
        "ix_contribution_state", "contribution", ["session_id", "state", "at", "number"]
    )
    op.create_table(
        "frozen_format",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_frozen_format")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "lane",
        sa.Column("lane", sa.String(800), nullable=False),
        sa.Column("due", INSTANT, nullable=True),
        sa.Column("held", INSTANT, nullable=True),
        sa.Column("worker", sa.String(200), nullable=False),
        sa.Column("lease", INSTANT, nullable=True),
        sa.Column("suspended", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_lane")),
    )
    op.create_index("ix_lane_due", "lane", ["due"], **_where("due IS NOT NULL AND suspended = ''"))
    op.create_table(
        "learning_set",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("platform", sa.String(40), nullable=True),
        sa.Column("installation", sa.String(400), nullable=True),
        sa.Column("conversation", sa.String(400), nullable=True),
        sa.Column("thread", sa.String(400), nullable=True),
        sa.Column("format_hash", sa.String(64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("wiped", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_learning_set")),
        sa.UniqueConstraint("id", name=op.f("uq_learning_set_id")),
    )
    op.create_index("ix_learning_set_tidy", "learning_set", ["over", "wiped", "closed_at"])
    op.create_index(
        "uq_learning_set_home",
        "learning_set",
        ["platform", "installation", "conversation"],
        unique=True,
        **_where("over = false AND conversation IS NOT NULL"),
    )
    op.create_table(
        "letter",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("lane", sa.String(800), nullable=False),
        sa.Column("card", sa.String(500), nullable=False),
        sa.Column("set_id", sa.String(200), nullable=True),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("code", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_letter")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_letter_pending",
        "letter",
        ["lane", "number"],
        **_where("state IN ('waiting', 'sending')"),
    )
    op.create_index("ix_letter_state", "letter", ["state", "created"])
    op.create_index(
        "uq_letter_free_card",
        "letter",
        ["lane", "card"],
        unique=True,
        **_where("state = 'waiting' AND taken = false AND card <> ''"),
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("set_id", sa.String(200), nullable=False),
        sa.Column("format_hash", sa.String(64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("wiped", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_index("ix_meeting_set_id", "meeting", ["set_id"])
    op.create_index("ix_meeting_tidy", "meeting", ["over", "wiped", "closed_at"])
    op.create_table(
        "membership",
        sa.Column("set_id", sa.String(200), nullable=False),
        sa.Column("person_id", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("set_id", "person_id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"])
    op.create_table(
        "nudge_sent",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("person_id", sa.String(200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_nudge_sent")),
    )
    op.create_index("ix_nudge_sent_day", "nudge_sent", ["day"])
    op.create_index("ix_nudge_sent_person", "nudge_sent", ["person_id", "day"])
    op.create_table(
        "person",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("platform", sa.String(40), nullable=False),
        sa.Column("installation", sa.String(400), nullable=False),
        sa.Column("user", sa.String(400), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(
        "uq_person_address", "person", ["platform", "installation", "user"], unique=True
    )
    op.create_table(
        "posted",
        sa.Column("key", sa.String(500), nullable=False),
        sa.Column("platform", sa.String(40), nullable=False),
        sa.Column("installation", sa.String(400), nullable=False),
        sa.Column("conversation", sa.String(400), nullable=False),
        sa.Column("thread", sa.String(400), nullable=False),
        sa.Column("message", sa.String(400), nullable=False),
        sa.Column("shown_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_posted")),
    )
    op.create_index(
        "ix_posted_message", "posted", ["platform", "installation", "conversation", "message"]
    )
    op.create_table(
        "seen",
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seen")),
    )
    op.create_index("ix_seen_at", "seen", ["at"])
    op.create_table(
        "session",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("set_id", sa.String(200), nullable=False),
        sa.Column("format_hash", sa.String(64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("wiped", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index("ix_session_set_id", "session", ["set_id"])
    op.create_index("ix_session_tidy", "session", ["over", "wiped", "closed_at"])
    op.create_table(
        "timer",
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("owner", "name", name=op.f("pk_timer")),
    )
    op.create_index("ix_timer_due", "timer", ["due"])
    op.create_table(
        "words",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("about", sa.String(500), nullable=False),
        sa.Column("owner", sa.String(500), nullable=False),
        sa.Column("set_id", sa.String(200), nullable=True),
        sa.Column("author_id", sa.String(200), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "about", name=op.f("pk_words")),
    )
    op.create_index("ix_words_author", "words", ["author_id", "kind", "at"])
    op.create_index("ix_words_owner", "words", ["owner"])
    op.create_index("ix_words_set", "words", ["set_id", "author_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
