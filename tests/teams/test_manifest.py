"""The app's package, by the rules of Microsoft's schema of the manifest (1.25 and 1.29)."""

from __future__ import annotations

import json
import re
import struct
import zlib
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from adapters.teams import limits
from adapters.teams.manifest import BadPackage, manifest, package
from bot.method.command_grammar import BY_NAME

APP = "11111111-2222-3333-4444-55555555AAAA"
HERE = "https://als.example.org"
ALWAYS = {"$schema", "manifestVersion", "version", "id", "developer", "name", "description"}
ALWAYS |= {"icons", "accentColor", "bots", "composeExtensions", "validDomains"}
ALWAYS |= {"defaultInstallScope", "defaultGroupCapability", "supportsChannelFeatures"}
ALWAYS |= {"webApplicationInfo"}


def made(**more: Any) -> dict[str, Any]:
    return manifest(APP, HERE, version="0.1.0", **more)


def opened(**more: Any) -> ZipFile:
    return ZipFile(BytesIO(package(APP, HERE, version="0.1.0", **more)))

    # def test_the_package_holds_the_manifest_and_both_icons_at_its_root() -> None:
    zip = opened()
    assert zip.namelist() == ["manifest.json", "color.png", "outline.png"]
    assert json.loads(zip.read("manifest.json")) == made()


def test_the_same_package_is_the_same_bytes() -> None:
    first = package(APP, HERE, version="0.1.0")
    assert first == package(APP, HERE, version="0.1.0")


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize("targeted", [True, False])
def test_nothing_is_there_that_the_schema_does_not_know(history: bool, targeted: bool) -> None:
    told = made(history=history, targeted=targeted)
    assert told.keys() == ALWAYS | ({"authorization"} if history else set())
    assert told["manifestVersion"] in told["$schema"]
    [bot] = told["bots"]
    assert bot.keys() - {"supportsTargetedMessages"} == {"botId", "scopes", "commandLists"}
    assert bot["scopes"] == ["personal", "team", "groupChat"]
    assert told["supportsChannelFeatures"] == "tier1"
    assert told["id"] == bot["botId"] == told["webApplicationInfo"]["id"] == APP.lower()
    assert told["validDomains"] == ["als.example.org"]


def test_with_history__the_owner_of_a_team_or_chat_is_asked_for_two_permissions() -> None:
    [(_, asked)] = made()["authorization"]["permissions"].items()
    assert [a["name"] for a in asked] == ["ChannelMessage.Read.Group", "ChatMessage.Read.Chat"]
    assert {a["type"] for a in asked} == {"Application"}
    assert len(asked) <= limits.PERMISSIONS


def test_targeted__messages_need_a_newer_schema_and_slash_commands_come_with_them() -> None:
    plain, targeted = made(), made(targeted=True)
    assert (plain["manifestVersion"], targeted["manifestVersion"]) == ("1.25", "1.29")
    assert "supportsTargetedMessages" not in plain["bots"][0]
    assert targeted["bots"][0]["supportsTargetedMessages"] is True
    triggers = [c.get("triggers") for c in targeted["bots"][0]["commandLists"]]
    assert triggers == [["mention", "slash"], None]
    assert all("triggers" not in c for c in plain["bots"][0]["commandLists"])


@pytest.mark.parametrize("name", ["", "Night", "n" * 99])
def test_all_texts_are_within_their_lengths(name: str) -> None:
    told = made(name=name)
    assert 1 <= len(told["name"]["short"]) <= limits.SHORT_NAME
    assert 1 <= len(told["name"]["full"]) <= limits.FULL_NAME
    assert 1 <= len(told["description"]["short"]) <= limits.SHORT_DESCRIPTION
    assert 1 <= len(told["description"]["full"]) <= limits.FULL_DESCRIPTION
    assert 1 <= len(told["developer"]["name"]) <= limits.DEVELOPER
    for address in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
        assert told["developer"][address].startswith("https://")
        assert len(told["developer"][address]) <= limits.URL
    assert re.fullmatch("#[0-9a-fA-F]{6}", told["accentColor"])


def test_no_text_of_ours_had_to_be_cut() -> None:
    told = json.dumps(made(), ensure_ascii=False)
    for text in ("in their own time.", "within the set.", "after the questions", "answers"):
        assert text in told


def test_commands_are_those_that_are_understood() -> None:
    lists = made()["bots"][0]["commandLists"]
    assert len(lists) <= limits.COMMAND_LISTS
    assert [c["scopes"] for c in lists] == [["team", "groupChat"], ["personal"]]
    for listed in lists:
        assert listed["scopes"]
        assert 1 <= len(listed["commands"]) <= limits.COMMANDS
        for command in listed["commands"]:
            assert command.keys() == {"title", "description"}
            assert command["title"] in BY_NAME
            assert len(command["title"]) <= limits.COMMAND_TITLE
            assert 1 <= len(command["description"]) <= limits.COMMAND_DESCRIPTION


def test_actions_of_a_message_open_a_dialog() -> None:
    [extension] = made()["composeExtensions"]
    commands = extension["commands"]
    assert [c["id"] for c in commands] == ["als_ask", "als_keep", "als_answers"]
    assert [c["title"] for c in commands][:2] == ["Ask a question", "Keep for later"]
    assert len(commands) <= limits.MESSAGE_ACTIONS
    for command in commands:
        assert (command["type"], command["context"]) == ("action", ["message"])
        assert command["fetchTask"] is True
        assert 1 <= len(command["title"]) <= limits.ACTION_TITLE
        assert 1 <= len(command["description"]) <= limits.ACTION_DESCRIPTION


@pytest.mark.parametrize(
    ("app_id", "address", "version", "code"),
    [
        ("", HERE, "1.0.0", "no_app_id"),
        ("als", HERE, "1.0.0", "no_app_id"),
        (f"{APP}0", HERE, "1.0.0", "no_app_id"),
        (APP, "", "1.0.0", "no_https"),
        (APP, "http://als.example.org", "1.0.0", "no_https"),
        (APP, "https://", "1.0.0", "no_https"),
        (APP, f"{HERE}/{'x' * 2048}", "1.0.0", "no_https"),
        (APP, HERE, "1.0", "no_version"),
        (APP, HERE, "", "no_version"),
    ],
)
def test_what_teams_would_refuse_is_not_made(
    app_id: str, address: str, version: str, code: str
) -> None:
    with pytest.raises(BadPackage, match=code):
        package(app_id, address, version=version)


# Icons


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and the RGBA bytes of a PNG whose rows are unfiltered."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, parts = 8, {}
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        content = png[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + content) == struct.unpack(">I", png[at + 8 + size :][:4])[0]
        parts[kind] = content
        at += 12 + size
    width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert (depth, colour) == (8, 6)
    rows, step = zlib.decompress(parts[b"IDAT"]), 4 * width + 1
    assert all(rows[row * step] == 0 for row in range(height))
    return width, height, b"".join(rows[r * step + 1 : (r + 1) * step] for r in range(height))


def test_the_colour_icon_is_of_the_size_and_nowhere_transparent() -> None:
    width, height, rgba = pixels(opened().read("color.png"))
    assert width == height == limits.COLOR_ICON
    assert set(rgba[3::4]) == {255}
    assert rgba[:3].hex() == made()["accentColor"].lstrip("#").lower()


def test_the_outline_is_of_the_size_white_and_transparent() -> None:
    width, height, rgba = pixels(opened().read("outline.png"))
    assert width == height == limits.OUTLINE_ICON
    assert {rgba[n::4].hex() for n in range(3)} == {"ff" * width * height}
    assert {0, 255} <= set(rgba[3::4])
