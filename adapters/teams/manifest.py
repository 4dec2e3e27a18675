"""The app's package: what Teams is told once, when it is uploaded.

With history the app may read what is typed in the teams and chats that it is added to (it asks
their owners); without, it sees what mentions it. Each permission is explained in docs/teams.md.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from adapters.teams import limits
from bot.cards.wording import wording
from bot.method.policy import DEFAULT_LANGUAGE

SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v{}/MicrosoftTeams.schema.json"
PLAIN, TARGETED = "1.25", "1.29"  # the first with supportsChannelFeatures, supportsTargetedMessages
HISTORY = ("ChannelMessage.Read.Group", "ChatMessage.Read.Chat")
GREEN = "#1F6F5C"
COLOR, OUTLINE = "color.png", "outline.png"
SHARED = ("team", "groupChat")
# What is offered as one begins to type: what people do in a set's thread, and what for themselves.
IN_THREAD = (
    "present",
    "ask",
    "answer",
    "pass",
    "action",
    "next",
    "report",
    "status",
    "set new",
    "set join",
    "set members",
    "help",
)
ALONE = ("actions", "done", "snooze", "log", "status", "settings", "export", "forget", "help")
# Entry points on a message: the id that comes back, and the words.
MESSAGE_ACTIONS = (
    ("als_ask", "buttons.ask", "teams.ask_message"),
    ("als_keep", "buttons.keep_message", "teams.keep_message"),
    ("als_answers", "buttons.answers_message", "teams.answers_message"),
)
RESOURCE = "https://RscBasedStoreApp"  # [D] any address will do where nobody signs in
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VERSION = re.compile(r"\d+\.\d+\.\d+", re.ASCII)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a constant, so that the same app gives the same package


class BadPackage(ValueError):
    """Something that Teams would refuse: a code (no_app_id, no_https, no_version)."""


def package(
    app_id: str,
    address: str,
    *,
    version: str,
    name: str = "",
    history: bool = True,
    targeted: bool = False,
) -> bytes:
    """The zip that is uploaded: the manifest and both icons. Raises BadPackage."""
    content = manifest(
        app_id, address, version=version, name=name, history=history, targeted=targeted
    )
    drawn = files("adapters.teams") / "icons"
    parts = {"manifest.json": json.dumps(content, ensure_ascii=False, indent=2).encode()}
    parts |= {icon: (drawn / icon).read_bytes() for icon in (COLOR, OUTLINE)}
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as zip:
        for part, data in parts.items():
            zip.writestr(ZipInfo(part, _LONG_AGO), data, ZIP_DEFLATED)
    return out.getvalue()


def manifest(
    app_id: str,
    address: str,
    *,
    version: str,
    name: str = "",
    history: bool = True,
    targeted: bool = False,
) -> dict[str, Any]:
    """The manifest. `address` is where the process is reached, and where people read about it.

    `targeted`: notes in a channel that only one person sees. Raises BadPackage.
    """
    host = urlsplit(address).hostname
    if _GUID.fullmatch(app_id) is None:
        raise BadPackage("no_app_id")
    if not address.startswith("https://") or not host or len(address) > limits.URL:
        raise BadPackage("no_https")
    if _VERSION.fullmatch(version) is None:
        raise BadPackage("no_version")
    words, schema = wording(DEFAULT_LANGUAGE), TARGETED if targeted else PLAIN
    content: dict[str, Any] = {
        "$schema": SCHEMA.format(schema),
        "manifestVersion": schema,
        "version": version,
        "id": app_id.lower(),
        "developer": {
            "name": words.label("teams.maker")[: limits.DEVELOPER],
            "websiteUrl": address,
            "privacyUrl": address,
            "termsOfUseUrl": address,
        },
        "name": {
            "short": (name or words.label("teams.name"))[: limits.SHORT_NAME],
            "full": words.label("teams.full_name")[: limits.FULL_NAME],
        },
        "description": {
            "short": words.label("teams.description")[: limits.SHORT_DESCRIPTION],
            "full": words.label("teams.about")[: limits.FULL_DESCRIPTION],
        },
        "icons": {"color": COLOR, "outline": OUTLINE},
        "accentColor": GREEN,
        "bots": [_bot(app_id.lower(), targeted)],
        "composeExtensions": [_message_actions(app_id.lower())],
        "validDomains": [host],
        "defaultInstallScope": "team",
        "defaultGroupCapability": {"team": "bot", "groupchat": "bot"},
        "supportsChannelFeatures": "tier1",
        "webApplicationInfo": {"id": app_id.lower(), "resource": RESOURCE},
    }
    if history:
        read = [{"name": permission, "type": "Application"} for permission in HISTORY]
        content["authorization"] = {"permissions": {"resourceSpecific": read}}
    return content


def _bot(app_id: str, targeted: bool) -> dict[str, Any]:
    lists = [_commands(SHARED, IN_THREAD, targeted), _commands(("personal",), ALONE)]
    bot = {"botId": app_id, "scopes": ["personal", *SHARED], "commandLists": lists}
    return bot | ({"supportsTargetedMessages": True} if targeted else {})


def _commands(
    scopes: tuple[str, ...], names: tuple[str, ...], targeted: bool = False
) -> dict[str, Any]:
    words = wording(DEFAULT_LANGUAGE)
    listed = [
        {
            "title": name[: limits.COMMAND_TITLE],
            "description": words.label(f"commands.{name.replace(' ', '_')}"),
        }
        for name in names
    ]
    found: dict[str, Any] = {"scopes": list(scopes), "commands": listed}
    return found | ({"triggers": ["mention", "slash"]} if targeted else {})


def _message_actions(app_id: str) -> dict[str, Any]:
    words = wording(DEFAULT_LANGUAGE)
    commands = [
        {
            "id": id,
            "type": "action",
            "context": ["message"],
            "title": words.label(title)[: limits.ACTION_TITLE],
            "description": words.label(said)[: limits.ACTION_DESCRIPTION],
            "fetchTask": True,
        }
        for id, title, said in MESSAGE_ACTIONS
    ]
    return {"botId": app_id, "commands": commands}
