"""Finds and starts what a test needs and Python does not bring: PostgreSQL and Chromium.

A machine that is not there is `Missing`, with a reason that a person can act on. Switches:
ALS_TEST_POSTGRES  URL of a server to use (its user may create databases), or "none"
ALS_TEST_CHROMIUM  path of the browser to use, or "none"
"""

import contextlib
import glob
import itertools
import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

POSTGRES_HOMES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Fedora, RHEL
    "/opt/homebrew/opt/postgresql*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_HOMES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
BROWSER_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"  # safe against nothing
_numbers = itertools.count(1)


Control = Callable[[str], None]  # "stop", "start" or "restart"


class Missing(Exception):
    """A machine is not there; the text is the end of a sentence that starts with "because"."""


# --- PostgreSQL ------------------------------------------------------------------------------


def find_postgres() -> Path:
    """Return the folder that holds initdb and pg_ctl, the newest when there are several."""
    initdb = shutil.which("initdb")
    if initdb and shutil.which("pg_ctl"):
        return Path(initdb).parent
    folders = [Path(home) for pattern in POSTGRES_HOMES for home in glob.glob(pattern)]  # noqa: PTH207 - Path.glob takes no absolute pattern
    folders = [folder for folder in folders if shutil.which("initdb", path=str(folder))]
    if not folders:
        raise Missing("initdb was not found: install PostgreSQL, or set ALS_TEST_POSTGRES")
    return max(folders, key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))])


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Yield the URL of a server: the one that ALS_TEST_POSTGRES names, or a throw-away one."""
    wish = os.environ.get("ALS_TEST_POSTGRES", "")
    if wish == "none":
        raise Missing("ALS_TEST_POSTGRES is none")
    if wish:
        yield make_url(wish).set(drivername="postgresql+psycopg").render_as_string(False)
        return
    with restartable_postgres(FAST) as (url, _):
        yield url


@contextlib.contextmanager
def restartable_postgres(safety: str = "-c fsync=off") -> Iterator[tuple[str, Control]]:
    """Yield the URL of a throw-away server, and what stops and restarts it, as a crash would.

    Without the disk's own safety (fsync), which only a power cut needs; all that it said was
    committed it still has when it is back.
    """
    if os.environ.get("ALS_TEST_POSTGRES") == "none":
        raise Missing("ALS_TEST_POSTGRES is none")
    programs = find_postgres()
    folder = Path(tempfile.mkdtemp(prefix="als-pg-"))
    try:
        with _server(programs, folder, safety) as found:
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(programs: Path, folder: Path, safety: str) -> Iterator[tuple[str, Control]]:
    """Run a server on a free loopback port, its data in `folder`."""
    data, word = folder / "data", folder / "password"
    password = secrets.token_hex(16)
    word.write_text(password)
    owner = _unprivileged(folder, word)
    initdb = [programs / "initdb", "-D", data, "-U", "als", "-A", "scram-sha-256"]
    _call([*initdb, "--pwfile", word, "-E", "UTF8", "--locale=C", "--no-sync"], folder, owner)

    for attempt in (1, 2, 3):  # someone else may take the port between our look and the start
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
        options += safety
        start = [programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options]
        try:
            _call([*start, "start"], folder, owner)
            break
        except Missing:
            if attempt == 3:
                raise
    try:
        url = URL.create("postgresql+psycopg", "als", password, "127.0.0.1", port, "postgres")

        def control(what: str) -> None:
            at_once = [] if what == "start" else ["-m", "immediate"]
            _call([*start[:-2], *at_once, "-o", options, what], folder, owner)

        yield url.render_as_string(hide_password=False), control
    finally:
        with contextlib.suppress(Missing):  # a test may have stopped it already
            _call([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], folder, owner)


def _unprivileged(*paths: Path) -> dict[str, object]:
    """Return how to start a process that is not root, for PostgreSQL refuses root; own `paths`."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd  # not there on Windows

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            break
    else:
        raise Missing("PostgreSQL does not run as root, and there is no user postgres or nobody")
    for path in paths:
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _call(command: list[str | Path], folder: Path, owner: dict[str, object]) -> None:
    # Into a file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with (folder / "said").open("w+b") as said:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            timeout=300,
            check=False,
            **owner,
        )
    if done.returncode != 0:
        lines = (folder / "said").read_text(errors="replace").split("\n")
        raise Missing(f"{Path(command[0]).name} failed: {' '.join(lines).strip()[-300:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def fresh_database(server: str, template: str = "template0") -> Iterator[str]:
    """Yield the URL of a new database on `server`, empty or a copy of `template`; drop it after."""
    name = f"als_test_{os.getpid()}_{next(_numbers)}"
    url = make_url(server)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


# --- Chromium --------------------------------------------------------------------------------


def find_chromium() -> str:
    """Return the path of a browser that Playwright can drive."""
    wish = os.environ.get("ALS_TEST_CHROMIUM", "")
    if wish == "none":
        raise Missing("ALS_TEST_CHROMIUM is none")
    for name in (wish,) if wish else (*BROWSERS, *BROWSER_HOMES):
        if found := shutil.which(name):
            return found
    if wish:
        raise Missing(f"ALS_TEST_CHROMIUM names {wish}, which is not a program")
    raise Missing("no chromium or google-chrome was found: install one, or set ALS_TEST_CHROMIUM")
