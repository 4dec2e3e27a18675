"""The app's manifest: what Slack is told once, when the app is created.

Scopes belong to the app, so there are two manifests: with history (people type into the thread)
and without (forms and mentions only). Each scope is explained in docs/slack.md.
"""

from __future__ import annotations

from typing import Any

from bot.cards.wording import wording
from bot.method.policy import DEFAULT_LANGUAGE

SCOPES = (
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "commands",
    "groups:read",
    "im:history",
    "im:write",
    "users:read",
)
HISTORY = ("channels:history", "groups:history", "mpim:history")
EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_id_changed",
    "channel_unarchive",
    "group_unarchive",
    "member_joined_channel",
    "message.im",
    "tokens_revoked",
)
HISTORY_EVENTS = ("message.channels", "message.groups", "message.mpim")


def scopes(*, history: bool) -> tuple[str, ...]:
    """The bot's scopes, in order."""
    return tuple(sorted((*SCOPES, *(HISTORY if history else ()))))


def manifest(
    *, history: bool = True, socket: bool = True, address: str = "", name: str = ""
) -> dict[str, Any]:
    """The manifest as Slack takes it. `address` is where the process is reached (HTTP only)."""
    words = wording(DEFAULT_LANGUAGE)
    called = (name or words.label("slack.name"))[:35]
    url = f"{address.rstrip('/')}/slack/events"
    settings: dict[str, Any] = {
        "event_subscriptions": {
            "bot_events": sorted((*EVENTS, *(HISTORY_EVENTS if history else ())))
        },
        "interactivity": {"is_enabled": True},
        "org_deploy_enabled": not socket,
        "socket_mode_enabled": socket,
        "token_rotation_enabled": False,
    }
    command: dict[str, Any] = {
        "command": "/als",
        "description": words.label("slack.command"),
        "usage_hint": words.label("slack.usage"),
        "should_escape": True,
    }
    if not socket:
        settings["event_subscriptions"]["request_url"] = url
        settings["interactivity"]["request_url"] = url
        command["url"] = url
    oauth: dict[str, Any] = {"scopes": {"bot": list(scopes(history=history))}}
    if address:
        oauth["redirect_urls"] = [f"{address.rstrip('/')}/slack/oauth_redirect"]
    shortcuts = [
        {
            "name": words.label(name)[:24],
            "type": "message",
            "callback_id": callback,
            "description": words.label(said)[:150],
        }
        for callback, name, said in (
            ("als_keep", "buttons.keep_message", "slack.keep_message"),
            ("als_answers", "buttons.answers_message", "slack.answers_message"),
        )
    ]
    return {
        "display_information": {
            "name": called,
            "description": words.label("slack.description"),
            "background_color": "#2f4858",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": called, "always_online": True},
            "slash_commands": [command],
            "shortcuts": shortcuts if history else shortcuts[:0],
        },
        "oauth_config": oauth,
        "settings": settings,
    }
