"""Where people and conversations are reached: service URLs and chats, kept in the vault.

They are learnt from what Teams sends and refreshed with each change; a message that is not asked
for needs them days later, in any process.
"""

from __future__ import annotations

from bot.ports import Vault
from bot.runtime.runners import Runner

SERVICE, CHAT = "teams/service/", "teams/chat/"
MOST = 20_000  # remembered in memory


class References:
    """What was learnt of a tenant and its people."""

    def __init__(self, vault: Vault, run: Runner) -> None:
        self._vault, self._run = vault, run
        self._known: dict[str, str] = {}

    async def service(self, tenant: str) -> str:
        """Where the connector for this tenant is; "" if it was never heard of."""
        return await self._read(SERVICE + tenant)

    async def chat(self, tenant: str, user: str) -> str:
        """The bot's chat with a person; "" if there was none yet."""
        return await self._read(f"{CHAT}{tenant}/{user}")

    async def keep_service(self, tenant: str, url: str) -> None:
        """As the newest activity says."""
        if tenant and url:
            await self._keep(SERVICE + tenant, url)

    async def keep_chat(self, tenant: str, user: str, chat: str) -> None:
        """As Teams made it, or as the person wrote in it."""
        if user and chat:
            await self._keep(f"{CHAT}{tenant}/{user}", chat)

    async def _read(self, name: str) -> str:
        if name not in self._known:
            found = await self._run(self._vault.secret, name)
            if found is None:
                return ""
            self._remember(name, found)
        return self._known[name]

    async def _keep(self, name: str, text: str) -> None:
        if self._known.get(name) != text:
            await self._run(self._vault.keep_secret, name, text)
            self._remember(name, text)

    def _remember(self, name: str, text: str) -> None:
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[name] = text
