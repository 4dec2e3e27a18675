import pytest

import app
from store import SqlStore, StoreRefused
from store.engine import POOL, address, is_memory


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgres://als@db/als", "postgresql+psycopg"),
        ("postgresql://als@db/als", "postgresql+psycopg"),
        ("postgresql+psycopg://als@db/als", "postgresql+psycopg"),
        ("sqlite:///als.db", "sqlite"),
        ("sqlite+pysqlite:///als.db", "sqlite"),
    ],
)
def test_urls_as_hosts_hand_them_out(url, driver):
    assert address(url).drivername == driver


@pytest.mark.parametrize("url", ["", "als.db", "mysql://db/als", "postgresql+asyncpg://db/als"])
def test_other_urls_are_refused(url):
    with pytest.raises(StoreRefused, match="bad_url"):
        SqlStore(url, plaintext=True)


def test_which_databases_are_in_memory():
    assert is_memory(address("sqlite://"))
    assert is_memory(address("sqlite:///:memory:"))
    assert not is_memory(address("sqlite:///als.db"))
    assert not is_memory(address("postgresql:///als"))


def test_sqlite_is_set_up_to_be_safe(file):
    with file().engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "secure_delete": 1,
        "foreign_keys": 1,
    }


def test_in_memory_erases_too():
    with SqlStore("sqlite://", plaintext=True) as store, store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


def test_postgresql_waits_only_so_long(postgres_database):
    store = SqlStore(postgres_database, plaintext=True)
    with store.engine.connect() as connection:
        for name, value in (
            ("statement_timeout", "15s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "1min"),
            ("timezone", "UTC"),
            ("transaction_isolation", "read committed"),
        ):
            assert connection.exec_driver_sql(f"SHOW {name}").scalar() == value
    store.close()


def test_neither_echoes_and_both_hide_parameters(store):
    assert store.engine.hide_parameters
    assert not store.engine.echo


def test_no_thread_waits_for_a_connection():
    """The daily round holds two at once."""
    assert app.POOL + 1 < POOL
