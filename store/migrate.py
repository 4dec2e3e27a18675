"""Migrations by Alembic, read from packages, so that a wheel carries them along.

Rule: expand, deploy, contract. A process never works on a schema that it does not know.
"""

from __future__ import annotations

import io

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from store import models
from store.engine import BEGIN, address, engine_for
from store.errors import StoreRefused, opening_error

LOCK = 0x616C73  # "als": only one process migrates a PostgreSQL at a time


def migrate(url: str) -> None:
    """Bring a database up to date. Raises StoreRefused (bad_url, schema_ahead), StoreFailed."""
    engine = engine_for(address(url))
    failed: Exception | None = None
    try:
        with engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
            upgrade(connection)
    except SQLAlchemyError as error:
        failed = opening_error(error)
    finally:
        engine.dispose()
    if failed is not None:
        raise failed


def upgrade(connection: Connection, target: str = "head") -> None:
    """The same on a connection, in its transaction. Raises StoreRefused("schema_ahead")."""
    if connection.dialect.name == "postgresql":
        # A large table may take longer than one event's statement may; waiting for another too.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    config = _config(connection)
    if _state(connection, config) == "schema_behind" or target != "head":
        command.upgrade(config, target)


def downgrade(connection: Connection, target: str) -> None:
    """Back to an earlier schema ("base" is the empty one); only for tests and emergencies."""
    command.downgrade(_config(connection), target)


def check(connection: Connection) -> None:
    """Raise StoreRefused (schema_behind, schema_ahead) unless the schema is today's."""
    code = _state(connection, _config(connection))
    if code:
        raise StoreRefused(code)


def _state(connection: Connection, config: Config) -> str:
    """Empty when the schema is today's. Raises StoreRefused("schema_ahead")."""
    scripts = ScriptDirectory.from_config(config)
    now = set(MigrationContext.configure(connection).get_current_heads())
    if now == set(scripts.get_heads()):
        return ""
    if not now <= {script.revision for script in scripts.walk_revisions()}:
        raise StoreRefused("schema_ahead")
    return "schema_behind"


def _config(connection: Connection) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", "store:migrations")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = models.metadata
    return config
