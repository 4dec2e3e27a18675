"""The image and the compose file are read by linters; they cannot be run here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
HADOLINT = shutil.which("hadolint", path=str(BIN))


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=HOUSE, capture_output=True, text=True, check=False)


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is packaged for Linux on x86-64 only")
def test_the_dockerfile_is_well_formed() -> None:
    found = run(str(HADOLINT), "Dockerfile")
    assert found.returncode == 0, found.stdout


def test_the_compose_file_is_well_formed() -> None:
    found = run(
        str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "compose.yaml"
    )
    assert found.returncode == 0, found.stdout


def test_every_room_goes_into_the_image() -> None:
    """What the wheel is made of is copied, and let through by .dockerignore."""
    copied = (HOUSE / "Dockerfile").read_text("utf-8")
    let_in = (HOUSE / ".dockerignore").read_text("utf-8").splitlines()
    for room in ("bot", "adapters", "store", "prompts", "app.py", "pyproject.toml"):
        assert f" {room} " in copied or f"COPY {room}" in copied
        assert f"!{room}" in let_in
