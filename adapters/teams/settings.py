"""What an installation decides about Teams. It imports no SDK, so that it can be read first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
LOGIN = "https://login.microsoftonline.com"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """The settings of Teams; `on` when any of its credentials is set.

    `development`: no credentials at all, and therefore on loopback only.
    """

    app_id: str = ""
    password: str = ""
    tenant: str = ""
    tenants: frozenset[str] = frozenset()
    development: bool = False
    targeted: bool = False
    typed: bool = True
    host: str = "127.0.0.1"
    login: str = LOGIN
    transport: Any = None  # for tests: how msal reaches the login service
    metadata: str = METADATA

    @property
    def on(self) -> bool:
        """Whether Teams is to be served at all."""
        return bool(self.app_id or self.password or self.tenant or self.development)

    @property
    def faults(self) -> Sequence[tuple[str, str]]:
        """What is missing: pairs of a setting and a code."""
        if not self.on:
            return ()
        if self.development:
            loopback = self.host in LOOPBACK
            return () if loopback else (("TEAMS_DEVELOPMENT", "teams_only_loopback"),)
        needed = {
            "TEAMS_APP_ID": self.app_id,
            "TEAMS_APP_PASSWORD": self.password,
            "TEAMS_TENANT_ID": self.tenant,
        }
        return [(name, "teams_missing") for name, value in needed.items() if not value]
