"""Commands load what they need, and no more: what keeps the start quick (benchmarks/start.py)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("aiohttp", "alembic", "asyncio", "botbuilder", "jinja2", "slack_sdk", "sqlalchemy")
HOUSE = Path(__file__).resolve().parents[2]


def loaded(*words: str) -> set[str]:
    """The heavy libraries that a command has loaded when it ends."""
    code = (
        "import sys, app\n"
        "try: app.main()\n"
        "except SystemExit: pass\n"
        f"print('loaded', *(name for name in {HEAVY} if name in sys.modules))"
    )
    command = [sys.executable, "-c", code, *words]
    ended = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=True)
    return set(ended.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("word", ["--help", "--version", "formats", "nonsense"])
def test_a_short_command_loads_no_heavy_library(word: str) -> None:
    assert loaded(word) == set()


def test_a_command_loads_only_its_own() -> None:
    assert loaded("manifest", "slack") <= {"jinja2"}
    assert not loaded("demo", "--format", "nonsense") & {"sqlalchemy", "botbuilder", "slack_sdk"}
