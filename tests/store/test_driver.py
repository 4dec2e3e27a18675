"""Statements that are compiled once answer as Core's own do, and fail as Core's do."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, exc, insert, select, text, union_all, update

from store import models
from store.sql.driver import Driver, prepared

NOON = datetime(2026, 3, 2, 12, 0, 0, 5, tzinfo=UTC)
WORDS = models.user_text.c
LANES = models.lane.c
ROWS = [
    {"lane": "a", "due": NOON, "worker": "", "suspended": ""},
    {"lane": "b", "due": None, "worker": "", "suspended": "x"},
]
BY_LANE = select(models.lane).where(LANES.lane == bindparam("lane"))
BOTH = union_all(
    select(LANES.lane, LANES.due).where(LANES.lane == bindparam("first")),
    select(LANES.suspended, LANES.due).where(LANES.lane == bindparam("second")),
)
PUT_OFF = (
    update(models.lane)
    .where(LANES.lane == bindparam("the_lane"))
    .values(due=bindparam("later"))
    .returning(LANES.due, LANES.worker)
)
SOME = select(LANES.lane).where(LANES.lane.in_(bindparam("lanes", expanding=True)))


@pytest.fixture
def connection(store):
    with store.engine.begin() as connection:
        Driver(connection).execute(insert(models.lane), ROWS)
        yield connection


@pytest.fixture
def driver(connection):
    return Driver(connection)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (BY_LANE, {"lane": "a"}),
        (BY_LANE, {"lane": "b"}),
        (BY_LANE, {"lane": "nowhere"}),
        (BOTH, {"first": "a", "second": "b"}),
        (PUT_OFF, {"the_lane": "a", "later": NOON}),
        (SOME, {"lanes": ["a", "b", "c"]}),
        (select(LANES.lane).order_by(LANES.lane).limit(bindparam("most")), {"most": 1}),
        (text("SELECT lane FROM lane ORDER BY lane"), {}),
    ],
)
def test_the_same_rows_come_back_as_through_core(connection, driver, statement, values):
    ours = driver.fetch(statement, values)
    core = connection.execute(statement, values).all()
    assert [tuple(row) for row in ours] == [tuple(row) for row in core]
    if not isinstance(statement, type(text(""))):
        assert [row._fields for row in ours] == [row._fields for row in core]


def test_many_rows_are_changed_at_once_and_counted(driver):
    due = update(models.lane).where(LANES.lane == bindparam("the_lane")).values(due=bindparam("at"))
    assert driver.execute(due, {"the_lane": "nowhere", "at": NOON}) == 0
    assert driver.execute(due, [{"the_lane": row["lane"], "at": NOON} for row in ROWS]) == 2
    assert [row.due for row in driver.fetch(select(LANES.due), {})] == [NOON, NOON]


def test_a_statement_is_compiled_once(driver):
    driver.fetch(BY_LANE, {"lane": "a"})
    before = prepared.cache_info()
    driver.fetch(BY_LANE, {"lane": "b"})
    after = prepared.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (1, 0)


def test_a_value_of_a_wrong_kind_never_reaches_the_driver(driver):
    naive = datetime(2026, 3, 2)  # noqa: DTZ001 (that is what is wrong with it)
    with pytest.raises(exc.StatementError) as caught:
        driver.execute(insert(models.lane), {**ROWS[0], "lane": "c", "due": naive})
    assert isinstance(caught.value.orig, ValueError)
    assert [row.lane for row in driver.fetch(BY_LANE, {"lane": "c"})] == []


def test_what_the_database_refuses_is_said_as_core_says_it_without_values(store):
    with store.engine.connect() as connection, connection.begin():
        with pytest.raises(exc.IntegrityError) as caught:
            Driver(connection).execute(
                insert(models.lane), {**ROWS[0], "lane": "c", "worker": None}
            )
        assert caught.value.hide_parameters
        assert caught.value.params is None


def test_a_lost_connection_is_not_used_again(postgres_database):
    from store import SqlStore, migrate

    migrate(postgres_database)
    with SqlStore(postgres_database, plaintext=True) as store, store.engine.connect() as connection:
        connection.begin()
        gone = text("SELECT pg_terminate_backend(pg_backend_pid())")
        with pytest.raises(exc.DBAPIError) as caught:
            Driver(connection).fetch(gone, {})
        assert caught.value.connection_invalidated
        assert connection.invalidated
        with store.engine.begin() as another:
            assert Driver(another).fetch(BY_LANE, {"lane": "a"}) == []


def test_writes_are_sent_together_in_their_order(driver):
    name = update(models.lane).where(LANES.lane == bindparam("the_lane"))
    name = name.values(worker=bindparam("by"))
    driver.send(
        [
            (name, {"the_lane": "a", "by": "first"}),
            (insert(models.lane), [{**ROWS[0], "lane": "c"}, {**ROWS[0], "lane": "d"}]),
            (name, {"the_lane": "c", "by": "third"}),
            (name, {"the_lane": "a", "by": "last"}),
        ]
    )
    rows = driver.fetch(select(LANES.lane, LANES.worker).order_by(LANES.lane), {})
    assert [tuple(row) for row in rows] == [("a", "last"), ("b", ""), ("c", "third"), ("d", "")]


def test_what_is_refused_among_others_leaves_nothing_of_them(store):
    writes = [
        (insert(models.lane), {**ROWS[0], "lane": "c"}),
        (insert(models.lane), {**ROWS[0], "lane": "d", "worker": None}),
        (insert(models.lane), {**ROWS[0], "lane": "e"}),
    ]
    with pytest.raises(exc.IntegrityError), store.engine.begin() as connection:
        Driver(connection).send(writes)
    with store.engine.begin() as connection:
        assert Driver(connection).fetch(select(LANES.lane), {}) == []
