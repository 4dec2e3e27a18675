"""The tests' own machinery: fresh databases, a working browser, and honesty about the rest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

HOUSE = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_gets_an_empty_database(database_url, time):
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
        connection.exec_driver_sql("CREATE TABLE mark (n integer)")
    engine.dispose()


def test_the_page_runs_scripts_and_axe_sees(page, axe):
    page.set_content("<html lang=en><title>x</title><main><h1>Set</h1><img src=data:,></main>")
    assert page.evaluate("1 + 1") == 2
    assert "image-alt" in axe(page)
    page.set_content("<html lang=en><title>x</title><main><h1>Set</h1></main>")
    assert axe(page) == ""


def run_one_that_needs_machines(**environment):
    tests = [test_each_test_gets_an_empty_database, test_the_page_runs_scripts_and_axe_sees]
    names = [f"{Path(__file__).relative_to(HOUSE)}::{test.__name__}" for test in tests]
    none = {"ALS_TEST_POSTGRES": "none", "ALS_TEST_CHROMIUM": "none", "CI": ""}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names],
        cwd=HOUSE,
        env={**os.environ, **none, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_left_out_is_told_in_the_last_lines():
    done = run_one_that_needs_machines()
    assert done.returncode == 0, done.stdout
    assert [line.split(" (")[0] for line in done.stdout.splitlines()[-2:]] == [
        "NOT RUN: 2 tests with PostgreSQL",
        "NOT RUN: 1 test with Chromium",
    ]
    assert done.stdout.splitlines()[-1].endswith(" because ALS_TEST_CHROMIUM is none")


def test_in_ci_a_missing_machine_is_a_failure():
    done = run_one_that_needs_machines(CI="true")
    assert done.returncode == 1
    assert "with CI=true a missing machine is a failure" in done.stdout
    assert "NOT RUN" not in done.stdout
