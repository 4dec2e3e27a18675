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

import pytest

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
    for folder in ("prompts", "store/migrations", "adapters/web/templates", "adapters/web/static"):
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


# Here comes: the demo is played from the wheel, in the same empty folder (with slice A).
