"""What an installation decides about Slack. It imports no SDK, so that it can be read first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

API = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """The settings of Slack; `on` when any of its credentials is set."""

    bot_token: str = ""
    signing_secret: str = ""
    app_token: str = ""
    client_id: str = ""
    client_secret: str = ""
    api: str = API
    authorize: str = ""
    teams: frozenset[str] = frozenset()
    history: bool = True

    @property
    def on(self) -> bool:
        """Whether Slack is to be served at all."""
        return bool(self.bot_token or self.client_id or self.app_token)

    @property
    def faults(self) -> Sequence[tuple[str, str]]:
        """What is missing: pairs of a setting and a code."""
        if not self.on:
            return ()
        faults = []
        if not self.bot_token and not (self.client_id and self.client_secret):
            faults.append(("SLACK_BOT_TOKEN", "slack_no_token"))
        if self.bot_token and not self.bot_token.startswith("xoxb-"):
            faults.append(("SLACK_BOT_TOKEN", "slack_not_bot_token"))
        if self.app_token and not self.app_token.startswith("xapp-"):
            faults.append(("SLACK_APP_TOKEN", "slack_not_app_token"))
        if not self.app_token and not self.signing_secret:
            # Without it anybody could pretend to be Slack.
            faults.append(("SLACK_SIGNING_SECRET", "slack_no_secret"))
        return faults
