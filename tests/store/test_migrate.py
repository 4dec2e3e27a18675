"""The migrations lead to the tables, there and back, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from store import SqlStore, StoreRefused, migrate, models
from store.engine import address, engine_for
from store.migrate import downgrade, upgrade


@contextmanager
def connection(url):
    engine = engine_for(address(url))
    try:
        with engine.begin() as found:
            yield found
    finally:
        engine.dispose()


def test_the_migrated_schema_is_the_tables(database_url):
    migrate(database_url)
    with connection(database_url) as found:
        context = MigrationContext.configure(found, opts={"compare_type": True})
        assert compare_metadata(context, models.metadata) == []


def test_the_migrated_indexes_have_the_same_conditions(database_url):
    migrate(database_url)
    created = {}
    with connection(database_url) as found:
        created["migrated"] = conditions(found)
        downgrade(found, "base")
        models.metadata.create_all(found)
        created["made"] = conditions(found)
    assert created["migrated"] == created["made"]


def conditions(found):
    if found.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        rows = found.execute(text(query)).all()
        return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}
    query = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    return {n: d for n, d in found.execute(text(query)).all() if "alembic" not in n}


def test_back_to_nothing_and_forth_again(database_url):
    migrate(database_url)
    with connection(database_url) as found:
        downgrade(found, "base")
        assert set(inspect(found).get_table_names()) <= {"alembic_version"}
        upgrade(found)
        assert set(inspect(found).get_table_names()) > set(models.metadata.tables)


def test_migrating_twice_changes_nothing(database_url):
    migrate(database_url)
    migrate(database_url)
    with SqlStore(database_url, plaintext=True) as store:
        assert store.maintenance.counts()["person"] == 0


def test_sqlite_is_migrated_when_it_is_opened(tmp_path):
    with SqlStore(f"sqlite:///{tmp_path / 'als.db'}", plaintext=True) as store:
        assert store.maintenance.counts()["person"] == 0


def test_postgresql_is_not_migrated_by_opening(postgres_database):
    with pytest.raises(StoreRefused, match="schema_behind"):
        SqlStore(postgres_database, plaintext=True).open()
    with connection(postgres_database) as found:
        assert inspect(found).get_table_names() == []


def test_a_schema_from_the_future_is_left_alone(database_url):
    migrate(database_url)
    with connection(database_url) as found:
        found.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreRefused, match="schema_ahead"):
        SqlStore(database_url, plaintext=True).open()
    with pytest.raises(StoreRefused, match="schema_ahead"):
        migrate(database_url)


def test_several_processes_migrate_at_once(database_url):
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate, [database_url] * 3))
    with SqlStore(database_url, plaintext=True) as store:
        assert store.maintenance.counts()["person"] == 0
