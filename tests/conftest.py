"""What every test may ask for. A machine that is missing leaves tests out, and says so at the end.

The browser's fixtures live as long as a module, not the session: while Playwright's synchronous
API runs, asyncio.run() does not work in the same thread. So a test file drives a browser or uses
asyncio, never both.
"""

import gc
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import hypothesis
import pytest

from tests import machines, quick

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IN_CI = os.environ.get("CI", "").lower() == "true"
PATIENCE = 300_000  # milliseconds; only a page that hangs takes so long
NOT_RUN: dict[tuple[str, str], list[str]] = {}  # (machine, reason): the tests left out

LEFT: dict[str, int] = {}  # file: how many of its tests are left for --all

# No deadline: a busy machine is not a bug. The blob lets a failure be played again elsewhere.
hypothesis.settings.register_profile("quick", deadline=None, print_blob=True, max_examples=20)
hypothesis.settings.register_profile("all", deadline=None, print_blob=True, max_examples=200)


# --- the quick run and all -------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--all`."""
    parser.addoption(
        "--all", action="store_true", help="run every test there is (see docs/testing.md)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Decide how many examples Hypothesis makes, before a test file is read."""
    for marker in quick.MARKERS:
        config.addinivalue_line("markers", marker)
    hypothesis.settings.load_profile("all" if config.getoption("--all") else "quick")


def pytest_report_header(config: pytest.Config) -> str:
    """Say how much is run."""
    if quick.is_thorough(config):
        return "als: every case"
    return f"als: the quick run; its samples are those of commit {quick.commit():08x}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `--all` runs."""
    if quick.is_thorough(config):
        return
    items[:], left = quick.split(items, quick.commit())
    if left:
        config.hook.pytest_deselected(items=left)
    for item in left:
        file = item.nodeid.split("::")[0]
        LEFT[file] = LEFT.get(file, 0) + 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that reports what this worker has left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left"] = LEFT


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker has left out; each worker collects the same."""
    LEFT.update(getattr(node, "workeroutput", {}).get("left", {}))


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether this run is `--all`: a test that does one long thing does more of it then."""
    return bool(request.config.getoption("--all"))


# --- databases -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server, started once and thrown away; the URL may create databases."""
    server = machines.postgres()
    try:
        url = server.__enter__()
    except machines.Missing as reason:
        _missing("PostgreSQL", reason)
    yield url
    server.__exit__(None, None, None)


@pytest.fixture
def postgres_to_restart() -> Iterator[tuple[str, machines.Control]]:
    """A PostgreSQL server of one's own, and what stops and starts it."""
    server = machines.restartable_postgres()
    try:
        found = server.__enter__()
    except machines.Missing as reason:
        _missing("PostgreSQL", reason)
    yield found
    server.__exit__(None, None, None)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A new, empty PostgreSQL database."""
    with machines.fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'als.db'}"
    return str(request.getfixturevalue("postgres_database"))


# --- the browser -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    try:
        return machines.find_chromium()
    except machines.Missing as reason:
        _missing("Chromium", reason)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator["Browser"]:
    """A running browser for one test file."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=list(machines.BROWSER_FLAGS)
        )
        yield browser
        browser.close()
    # The greenlets that Playwright leaves are collected here: if that happened while another test
    # parses Python, its parser would count its depth wrongly (a SystemError in Python 3.11).
    gc.collect()


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A page of its own. A script error, or a request to another machine, fails the test."""
    context = browser.new_context()
    errors: list[str] = []
    elsewhere = re.compile(r"(https?|wss?)://(?!127\.0\.0\.1[:/]|localhost[:/]|\[::1\][:/])")

    def refuse(route: Any) -> None:
        errors.append(f"asked for {route.request.url}")
        route.abort()

    context.route(elsewhere, refuse)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(f"script error: {error}"))
    yield page
    context.close()
    assert not errors, errors


@pytest.fixture
def axe() -> Callable[["Page"], str]:
    """Judge a page by axe-core: returns the violations as text, empty when there are none."""
    from axe_playwright_python.sync_playwright import Axe

    def violations(page: "Page") -> str:
        result = Axe().run(page)
        return result.generate_report() if result.violations_count else ""

    return violations


# --- what was not run ------------------------------------------------------------------------


def _missing(machine: str, reason: Exception) -> NoReturn:
    words = f"needs {machine}: {reason}"
    if IN_CI:
        pytest.fail(f"{words} (with CI=true a missing machine is a failure)", pytrace=False)
    pytest.skip(words)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember each test that was left out because a machine is missing."""
    if report.skipped and isinstance(report.longrepr, tuple):
        found = re.fullmatch(r"Skipped: needs (\w+): (.+)", report.longrepr[2], re.DOTALL)
        if found:
            NOT_RUN.setdefault((found[1], found[2]), []).append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Say it as the very last thing, after pytest's own last line."""
    for (machine, reason), tests in NOT_RUN.items():
        files = ", ".join(sorted({test.split("::")[0] for test in tests}))
        count = f"{len(tests)} test{'s' if len(tests) > 1 else ''}"
        print(f"NOT RUN: {count} with {machine} ({files}) because {reason}")  # noqa: T201 - later than pytest's own reporter
    if LEFT:
        print(f"LEFT FOR --all: {sum(LEFT.values())} tests of {len(LEFT)} files")  # noqa: T201
