"""`als doctor` on Slack, and the manifest that it measures against."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

import app
from adapters.slack import doctor
from adapters.slack.manifest import manifest, scopes
from adapters.slack.settings import SlackSettings
from bot.cards.wording import wording
from bot.runtime.health import Check
from tests.slack.fake import FakeSlack

NOW = datetime.now(UTC)
JUST = timedelta(0)


def looks(change=lambda fake, settings: settings, ago: timedelta | None = JUST) -> list[Check]:
    """What doctor finds on the fake, with settings that fit or were changed.

    The clock of this machine is compared with the server's, so both are the real ones.
    """

    async def look() -> list[Check]:
        now = datetime.now(UTC)
        async with FakeSlack(now=lambda: now) as fake:
            fake.socket_mode = True
            settings = SlackSettings(fake.bot_token, "secret", fake.app_token, api=fake.base_url)
            heard = None if ago is None else now - ago
            return await doctor.look(change(fake, settings), heard, now)

    return asyncio.run(look())


def codes(found: list[Check]) -> dict[str, str]:
    return {f.name: f.code for f in found}


def test_when_all_is_well_nothing_is_wrong() -> None:
    found = codes(looks())
    assert set(found) == {
        "slack_token",
        "slack_permissions",
        "slack_clock",
        "slack_socket",
        "slack_events",
    }
    assert set(found.values()) == {""}


def test_each_fault_is_named() -> None:
    found = looks(lambda fake, s: replace(s, bot_token="xoxb-nonsense"))
    assert codes(found)["slack_token"] == "slack_token_bad"
    found = looks(lambda fake, s: replace(s, app_token="xapp-nonsense"))
    assert codes(found)["slack_socket"] == "slack_socket_bad"
    found = looks(lambda fake, s: replace(s, bot_token=fake.token(scopes="chat:write")))
    [missing] = [f for f in found if f.name == "slack_permissions"]
    assert "channels:history" in str(missing.values["scopes"])
    assert "chat:write" not in str(missing.values["scopes"])
    found = looks(lambda fake, s: replace(s, api="http://127.0.0.1:9/api/"))
    assert codes(found)["slack_token"] == "slack_unreachable"


def test_without_history_fewer_scopes_are_needed() -> None:
    few = ",".join(scopes(history=False))
    found = looks(lambda fake, s: replace(s, bot_token=fake.token(scopes=few), history=False))
    assert codes(found)["slack_permissions"] == ""


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (SlackSettings(app_token="xapp-1"), "slack_no_token"),
        (SlackSettings("xoxp-1", "secret"), "slack_not_bot_token"),
        (SlackSettings("xoxb-1", "secret", "token"), "slack_not_app_token"),
        (SlackSettings("xoxb-1"), "slack_no_secret"),
        (SlackSettings(client_id="1.2", signing_secret="secret"), "slack_no_token"),
    ],
)
def test_what_is_missing_in_the_settings_is_said_first(settings: SlackSettings, code: str) -> None:
    found = asyncio.run(doctor.look(settings, None, NOW))
    assert [f.code for f in found] == [code]
    assert wording("en").label(f"cli.faults.{code}")


def test_silence_is_worth_a_word_and_no_failure() -> None:
    for ago, code in ((None, "slack_never_heard"), (timedelta(days=9), "slack_quiet")):
        [events] = [f for f in looks(ago=ago) if f.name == "slack_events"]
        assert (events.code, events.warns) == (code, True)


def test_every_finding_has_its_words() -> None:
    words = wording("en")
    names = {"slack", "slack_token", "slack_permissions", "slack_clock", "slack_socket"}
    for name in names | {"slack_events"}:
        assert words.label(f"cli.doctor.{name}")


# The manifest


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize("address", ["", "https://als.example.org"])
def test_the_manifest_is_within_slacks_limits(history: bool, address: str) -> None:
    made = manifest(history=history, socket=not address, address=address)
    about = made["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    for shortcut in made["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
    scopes_ = made["oauth_config"]["scopes"]["bot"]
    events = made["settings"]["event_subscriptions"]["bot_events"]
    assert ("channels:history" in scopes_) == history
    assert ("message.channels" in events) == history
    assert made["settings"]["socket_mode_enabled"] == (not address)
    assert ("url" in made["features"]["slash_commands"][0]) == bool(address)


def test_als_manifest_slack_prints_it() -> None:
    shown = CliRunner().invoke(app.cli, ["manifest", "slack", "--no-history"])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout) == manifest(history=False)
    refused = CliRunner().invoke(
        app.cli, ["manifest", "slack", "--http", "http://insecure.example"]
    )
    assert refused.exit_code != 0
