"""Stores on a SQLite in memory, on a SQLite file and on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, create_engine, make_url

from store import SqlStore, migrate, models, new_key
from tests import machines

KEY = new_key()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a migrated database: a copy of it is cheaper than a migration."""
    with machines.fresh_database(postgres_url) as url:
        migrate(url)
        yield str(make_url(url).database)


@pytest.fixture(scope="session")
def postgres_shared(postgres_url: str, postgres_template: str) -> Iterator[Engine]:
    """One migrated database for many tests: to empty it is cheaper than to make another."""
    with machines.fresh_database(postgres_url, postgres_template) as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def _url(kind, request, tmp_path):
    if kind == "memory":
        return "sqlite://"
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'als.db'}"
    engine = request.getfixturevalue("postgres_shared")
    names = ", ".join(f'"{name}"' for name in models.metadata.tables)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request, tmp_path) -> Iterator[SqlStore]:
    """An empty store; the test runs once on each kind."""
    with ExitStack() as stack:
        url = _url(request.param, request, tmp_path)
        yield stack.enter_context(SqlStore(url, keys=[KEY]))


@pytest.fixture(params=["sqlite", "postgresql"])
def process(request, tmp_path) -> Iterator[Callable[..., SqlStore]]:
    """Opens one more store on the same database each time, as one more process would."""
    with ExitStack() as stack:
        url = _url(request.param, request, tmp_path)

        def open_one_more(**options):
            return stack.enter_context(SqlStore(url, **(options or {"keys": [KEY]})))

        yield open_one_more


@pytest.fixture
def workers(request, tmp_path) -> Iterator[Callable[..., SqlStore]]:
    """The same, on PostgreSQL alone: where several processes work."""
    with ExitStack() as stack:
        url = _url("postgresql", request, tmp_path)
        yield lambda **options: stack.enter_context(SqlStore(url, **(options or {"keys": [KEY]})))


@pytest.fixture
def file(tmp_path) -> Iterator[Callable[..., SqlStore]]:
    """The same, on a SQLite file alone."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'als.db'}"
        yield lambda **options: stack.enter_context(SqlStore(url, **(options or {"keys": [KEY]})))
