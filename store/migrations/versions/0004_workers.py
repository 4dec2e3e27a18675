"""Many workers: which of them fires a timer, and what they have used of a platform's budgets."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column("timer", sa.Column("lease", INSTANT, nullable=True))
    op.create_index(
        "ix_timer_lease",
        "timer",
        ["lease"],
        postgresql_where=sa.text("lease IS NOT NULL"),
        sqlite_where=sa.text("lease IS NOT NULL"),
    )
    op.create_table(
        "budget",
        sa.Column("key", sa.String(1000), nullable=False),
        sa.Column("began", INSTANT, nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_budget")),
    )


def downgrade() -> None:
    op.drop_table("budget")
    op.drop_index("ix_timer_lease", "timer")
    op.drop_column("timer", "lease")
