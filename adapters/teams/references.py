"""Service URLs and chats, kept in the vault.

They are learnt from what Teams sends; a proactive message needs them days later, in any process.
"""

from __future__ import annotations

from bot.ports import Vault
from bot.ports.runner import Runner

SERVICE, CHAT = "teams/service/", "teams/chat/"
MOST = 20_000  # entries in the cache


class References:
    """What is known of a tenant and its people."""

    def __init__(self, vault: Vault, run: Runner) -> None:
        self._vault, self._run = vault, run
        self._known: dict[str, str] = {}

    async def service(self, tenant: str) -> str:
        """The connector's URL for this tenant; "" if it never called."""
        return await self._read(SERVICE + tenant)

    async def chat(self, tenant: str, user: str) -> str:
        """The bot's chat with a person; "" if there was none yet."""
        return await self._read(f"{CHAT}{tenant}/{user}")

    async def keep_service(self, tenant: str, url: str) -> None:
        """Save the URL that the newest activity names."""
        if tenant and url:
            await self._keep(SERVICE + tenant, url)

    async def keep_chat(self, tenant: str, user: str, chat: str) -> None:
        """Save the chat that Teams created, or that the person wrote in."""
        if user and chat:
            await self._keep(f"{CHAT}{tenant}/{user}", chat)

    async def _read(self, name: str) -> str:
        if name not in self._known:
            text = await self._run(self._vault.secret, name)
            if text is None:
                return ""
            self._remember(name, text)
        return self._known[name]

    async def _keep(self, name: str, text: str) -> None:
        if self._known.get(name) != text:
            await self._run(self._vault.keep_secret, name, text)
            self._remember(name, text)

    def _remember(self, name: str, text: str) -> None:
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[name] = text
