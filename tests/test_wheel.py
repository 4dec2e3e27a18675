"""The wheel works where the sources are not: in a clean venv, from an empty folder.

Locally the clean venv borrows the libraries of this one, so that the test is quick and needs no
network. With CI=true it gets the hashed lock instead: that proves that the lock is enough.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.processes import HANGS

HOUSE = Path(__file__).resolve().parent.parent
NOT_COPIED = (".*", "build", "dist", "*.egg-info", "__pycache__", "tests", "docs")
IN_CI = os.environ.get("CI", "").lower() == "true"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy so that nothing of the build stays in the house."""
    copy = tmp_path_factory.mktemp("source") / "als"
    shutil.copytree(HOUSE, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "out"], copy)
    (built,) = (copy / "out").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def als(wheel, tmp_path_factory):
    """The console script of a clean venv that holds the wheel."""
    place = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(place)
    scripts = place / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    if IN_CI:
        run([*pip, "--require-hashes", "--requirement", HOUSE / "requirements.lock"], place)
    else:
        # A path in a .pth file is searched, but .pth files there are not read: the editable als
        # of this venv stays invisible.
        borrow = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        site = run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], place)
        Path(site.strip(), "borrowed.pth").write_text("\n".join(borrow), encoding="utf-8")
    run([*pip, "--no-deps", "--no-index", "--force-reinstall", wheel], place)
    return scripts / ("als.exe" if os.name == "nt" else "als")


def run(command, folder):
    """Run a command as someone with an empty home would; return what it said."""
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG")
    kept += tuple(name for name in os.environ if name.startswith(("PIP_", "SSL_", "HTTP", "http")))
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**environment, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_all_words_and_migrations_and_nothing_else(wheel):
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    for folder in (
        "prompts",
        "store/migrations",
        "adapters/web/templates",
        "adapters/web/static",
        "adapters/cli/templates",
    ):
        for path in (HOUSE / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(HOUSE).as_posix() in inside
    tops = {name.split("/")[0] for name in inside}
    listed = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    listed = listed["tool"]["setuptools"]["packages"]
    assert tops == {"app.py", *(package.split(".")[0] for package in listed)}


def test_the_command_line_starts_in_an_empty_folder(als, tmp_path):
    assert run([als, "--version"], tmp_path).startswith("als 0.")
    assert "Usage: als" in run([als, "--help"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_whole_meeting_is_played_from_an_empty_folder(als, tmp_path):
    """The demo of the installed wheel plays to its end, and leaves nothing behind."""
    words = tomllib.loads((HOUSE / "prompts/en/web.toml").read_text(encoding="utf-8"))["web"]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    demo = subprocess.Popen(
        [str(als), "demo", "--no-browser", "--port", "0", "--play"],
        cwd=tmp_path,
        env={**environment, "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = iter(demo.stdout.readline, "")
        address = next(line.strip() for line in said if "http://" in line)
        opener = build_opener(HTTPCookieProcessor())
        opener.open(address, timeout=HANGS).read()
        origin = address.split("/?")[0]
        over = False
        # Each line of the news is a change (or a sign of life), so nobody waits in vain.
        with opener.open(f"{origin}/news", timeout=HANGS) as news:
            for _ in (line for line in news if line.startswith(b"data:")):
                page = opener.open(f"{origin}/view?as=ana", timeout=HANGS).read().decode()
                over = words["play_over"] in page
                if over:
                    break
        assert over
    finally:
        demo.terminate()
        demo.wait(timeout=HANGS)
        demo.stdout.close()
    assert list(tmp_path.iterdir()) == []
