"""`als doctor` on Teams, and the package that is uploaded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

import app
from adapters.teams import doctor
from adapters.teams.settings import TeamsSettings
from bot.cards.wording import wording
from bot.runtime.health import Check
from tests.teams.fake import FakeTeams

NOW = datetime.now(UTC)
APP = "6e8b1d9a-1f7c-4b0e-9d53-0c2f6a7b8c9d"
Change = Callable[[FakeTeams, TeamsSettings], TeamsSettings]


def looks(change: Change = lambda fake, s: s, heard: datetime | None = NOW) -> dict[str, Check]:
    """What doctor finds on the fake, with settings that fit or were changed."""

    async def look() -> list[Check]:
        async with FakeTeams() as fake:
            settings = TeamsSettings(
                fake.app_id,
                fake.app_password,
                fake.tenant.id,
                metadata=fake.login.metadata_url,
                transport=fake.login.transport(),
            )
            return await doctor.look(change(fake, settings), heard, NOW)

    return {finding.name: finding for finding in asyncio.run(look())}


def test_only_a_refusal_keeps_a_process_from_starting() -> None:
    async def refused(change: Change) -> list[str]:
        async with FakeTeams() as fake:
            settings = TeamsSettings(
                fake.app_id,
                fake.app_password,
                fake.tenant.id,
                transport=fake.login.transport(),
            )
            return [check.code for check in await doctor.refused(change(fake, settings))]

    assert asyncio.run(refused(lambda fake, s: s)) == []
    assert asyncio.run(refused(lambda fake, s: replace(s, password="nonsense"))) == [
        "teams_token_bad"
    ]
    assert asyncio.run(refused(lambda fake, s: TeamsSettings(development=True))) == []


def test_when_all_is_well_nothing_is_wrong() -> None:
    found = looks()
    assert set(found) == {"teams_token", "teams_keys", "teams_calls"}
    assert {f.code for f in found.values()} == {""}


def test_each_fault_is_named() -> None:
    assert looks(lambda fake, s: replace(s, password="nonsense"))["teams_token"].code == (
        "teams_token_bad"
    )
    nowhere = "http://127.0.0.1:9/keys"
    assert looks(lambda fake, s: replace(s, metadata=nowhere))["teams_keys"].code == (
        "teams_unreachable"
    )
    assert looks(lambda fake, s: replace(s, tenant=""))["teams"].code == "teams_missing"
    assert looks(lambda fake, s: TeamsSettings(development=True))["teams"].warns


def test_silence_is_worth_a_word_and_no_failure() -> None:
    for heard, code in ((None, "teams_never_heard"), (NOW - timedelta(days=9), "teams_quiet")):
        calls = looks(heard=heard)["teams_calls"]
        assert (calls.code, calls.warns) == (code, True)


def test_every_finding_has_its_words() -> None:
    for name in ("teams", "teams_token", "teams_keys", "teams_calls"):
        assert wording("en").label(f"cli.doctor.{name}")


def test_als_manifest_teams_writes_the_package(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    address = "https://als.example.org"
    made = CliRunner().invoke(app.cli, ["manifest", "teams", "--http", address, "--app-id", APP])
    assert made.exit_code == 0
    with ZipFile(Path("als.zip")) as package:
        assert sorted(package.namelist()) == ["color.png", "manifest.json", "outline.png"]
        assert json.loads(package.read("manifest.json"))["id"] == APP
    for wrong in (["--http", "http://x", "--app-id", APP], ["--http", address]):
        refused = CliRunner().invoke(app.cli, ["manifest", "teams", *wrong])
        assert refused.exit_code == 1
