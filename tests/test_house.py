"""The papers of the house agree with each other: locks, packages, licences, versions, commands."""

import json
import re
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")


def read(name):
    return (HOUSE / name).read_text(encoding="utf-8")


def names(requirements):
    return {re.split(r"[\s\[<>=~!;]", line)[0].lower() for line in requirements}


def entries(lock):
    """Return the lock's entries, each with its hashes, as {"name==version ; marker": hashes}."""
    text = re.sub(r"^#.*\n", "", read(lock), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.split("--hash=") for line in text.splitlines()]
    return {head.strip(): [h.strip() for h in hashes] for head, *hashes in lines}


def pins(lock):
    return {entry.split(" ;")[0] for entry in lock}


RUNTIME = names(PYPROJECT["project"]["dependencies"])
BUILD = names(PYPROJECT["dependency-groups"]["build"])
DEV = names(PYPROJECT["dependency-groups"]["dev"])


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_pinned_and_hashed_and_names_no_address(lock):
    assert "://" not in read(lock)
    assert "--index" not in read(lock)
    for entry, hashes in entries(lock).items():
        assert re.match(r"[a-z0-9-]+==\S+( ;|$)", entry), entry
        assert hashes, entry
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes), entry


def test_the_pictures_lock_is_hashed_and_names_no_address():
    """npm leaves out where things came from (.npmrc), but not `funding`: take that out by hand."""
    lock = read("docs/pictures/slack/package-lock.json")
    assert "://" not in lock
    packages = json.loads(lock)["packages"]
    assert all(about.get("integrity") for name, about in packages.items() if name)


def test_the_locks_hold_every_dependency_and_agree():
    runtime, dev = (entries(lock) for lock in LOCKS)
    assert names(runtime) >= RUNTIME | BUILD
    assert names(dev) >= DEV
    assert pins(runtime) <= pins(dev), "run: python3 dev.py lock"
    assert PYPROJECT["build-system"]["requires"] == PYPROJECT["dependency-groups"]["build"]


def test_each_dependency_is_explained_with_its_licence():
    rows = [line.strip("| ").split(" | ") for line in read("docs/dependencies.md").splitlines()]
    explained = {name: cells for name, *cells in rows if len(cells) == 3 and name != "Library"}
    assert set(explained) == RUNTIME | BUILD | DEV
    for name, (purpose, licence, why_not_ours) in explained.items():
        assert all(cell.strip() for cell in (purpose, licence, why_not_ours)), name


def test_the_packages_listed_are_the_packages_there():
    listed = PYPROJECT["tool"]["setuptools"]["packages"]
    tops = {path.parent for path in HOUSE.glob("*/__init__.py")}
    tops -= {HOUSE / "tests", HOUSE / "benchmarks"}  # for those who work on als, not in the wheel
    python = {path.parent for top in tops for path in top.rglob("*.py")}
    assert sorted(listed) == sorted(".".join(p.relative_to(HOUSE).parts) for p in python)
    assert all((folder / "__init__.py").exists() for folder in python)


def test_the_readme_names_two_commands_and_ci_runs_the_second():
    commands = re.findall(r"^```\w*\n(.+?)\n```$", read("README.md"), re.MULTILINE)
    assert commands[:2] == ["python3 dev.py demo", "python3 dev.py test"]
    assert read(".ci/run").rstrip().splitlines()[-1] == commands[1]


def test_the_changelog_starts_with_this_version():
    newest = re.search(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == PYPROJECT["project"]["version"]


@pytest.mark.parametrize(
    "paper", sorted([*HOUSE.glob("*.md"), *HOUSE.glob("docs/**/*.md")]), ids=lambda p: p.name
)
def test_links_between_papers_lead_somewhere(paper):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(paper)):
        assert (HOUSE / paper).parent.joinpath(target).exists(), target


def test_no_file_of_the_product_is_longer_than_one_sitting() -> None:
    files = [p for room in ("bot", "adapters", "store") for p in (HOUSE / room).rglob("*.py")]
    lines = {p.relative_to(HOUSE): len(p.read_text("utf-8").splitlines()) for p in files}
    assert {path: n for path, n in lines.items() if n > 400} == {}
