"""Who calls, and with what we call: the Bot Framework's tokens, checked and fetched.

Rule 1: whatever is wrong with a credential is Unauthorized, never an error: the stock check raises
        all sorts of things for a token that is garbage, expired or signed by a key it has not seen.
Rule 2: keys are fetched off the SDK's blocking path, with a time limit, and again when a token
        names a key that is not known yet (at most once a minute): a key rotation costs nothing.
Rule 3: only Teams itself may call: its issuer, our app id, the service URL of the activity, the
        channel msteams, and a tenant that is allowed.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from botbuilder.integration.aiohttp import ConfigurationServiceClientCredentialFactory
from botframework.connector.auth import (
    AuthenticationConfiguration,
    ChannelValidation,
    JwtTokenExtractor,
    SimpleCredentialProvider,
)
from jwt.algorithms import RSAAlgorithm
from msal import ConfidentialClientApplication

from adapters.teams.settings import LOGIN, METADATA

SCOPE = "https://api.botframework.com"
CHANNEL = "msteams"
DAY, MINUTE = 86_400.0, 60.0
TIMEOUT = aiohttp.ClientTimeout(total=10)
EARLY = 300  # seconds before its end at which a token is fetched anew


class Unauthorized(Exception):
    """The caller is not Teams, or not of a tenant that is allowed. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Key:
    """A public key and the channels it is endorsed for, as the SDK's check expects it."""

    def __init__(self, jwk: Mapping[str, Any]) -> None:
        self.public_key = RSAAlgorithm.from_jwk(json.dumps(dict(jwk)))
        self.endorsements = list(jwk.get("endorsements") or [])


class Keys:
    """The keys that Teams signs with. Takes the place of the SDK's own cache (see rule 2)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._keys: dict[str, Key] = {}
        self._fetched = 0.0
        self._lock = asyncio.Lock()

    async def get(self, key_id: str) -> Key:
        """The key of this id. Raises Unauthorized for one that Microsoft does not publish."""
        found = self._keys.get(key_id)
        old = time.monotonic() - self._fetched > DAY
        if found is None or old:
            await self._fetch(DAY if found is not None else MINUTE)
            found = self._keys.get(key_id, found)
        if found is None:
            raise Unauthorized("unknown_key")
        return found

    async def are_there(self) -> bool:
        """Whether any key could be fetched."""
        await self._fetch(MINUTE)
        return bool(self._keys)

    async def _fetch(self, rest: float) -> None:
        async with self._lock:
            if self._fetched and time.monotonic() - self._fetched < rest:
                return
            try:
                async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
                    async with session.get(self.url) as answer:
                        where = (await answer.json(content_type=None))["jwks_uri"]
                    async with session.get(where) as answer:
                        keys = (await answer.json(content_type=None))["keys"]
                self._keys = {str(k["kid"]): Key(k) for k in keys}
            except (aiohttp.ClientError, TimeoutError, KeyError, ValueError, TypeError):
                pass  # the old keys serve on; without any, nobody is let in
            self._fetched = time.monotonic()


class Gate:
    """Lets Teams in, and nobody else."""

    def __init__(self, app_id: str, tenants: frozenset[str], metadata: str = METADATA) -> None:
        self._provider = SimpleCredentialProvider(app_id, "")
        self._tenants = tenants
        ChannelValidation.open_id_metadata_endpoint = metadata
        JwtTokenExtractor.metadataCache[metadata] = Keys(metadata)

    async def check(self, header: str, activity: Mapping[str, Any]) -> None:
        """Raises Unauthorized."""
        service = activity.get("serviceUrl")
        if activity.get("channelId") != CHANNEL or not isinstance(service, str) or not service:
            raise Unauthorized("not_teams")
        try:
            await ChannelValidation.authenticate_channel_token_with_service_url(
                header, self._provider, service, CHANNEL, AuthenticationConfiguration()
            )
        except Unauthorized:
            raise
        except Exception as error:
            # The SDK raises whatever its parts raise: for us all of it means no.
            raise Unauthorized(type(error).__name__) from None
        if self._tenants and tenant_of(activity) not in self._tenants:
            raise Unauthorized("tenant")


def tenant_of(activity: Mapping[str, Any]) -> str:
    """The tenant an activity comes from. Teams says `tenantId`, the SDK would read `tenantID`."""
    channel = activity.get("channelData")
    tenant = channel.get("tenant") if isinstance(channel, Mapping) else None
    if isinstance(tenant, Mapping) and isinstance(tenant.get("id"), str):
        return str(tenant["id"])
    conversation = activity.get("conversation")
    found = conversation.get("tenantId") if isinstance(conversation, Mapping) else ""
    return found if isinstance(found, str) else ""


class _Config:
    """The SDK reads attributes of these names. An absent type would mean multi-tenant."""

    def __init__(self, app_id: str, password: str, tenant: str) -> None:
        self.APP_ID, self.APP_PASSWORD = app_id, password
        self.APP_TYPE, self.APP_TENANTID = "SingleTenant", tenant


class Tokens:
    """Our own token for the connector: fetched in a thread, because msal blocks, and kept."""

    def __init__(
        self,
        app_id: str,
        password: str,
        tenant: str,
        login: str = LOGIN,
        *,
        needed: bool = True,
        transport: Any = None,
    ) -> None:
        self._transport, self._password = transport, password
        self._app_id, self._authority = app_id, f"{login.rstrip('/')}/{tenant}"
        self._factory = None
        if needed:
            self._factory = ConfigurationServiceClientCredentialFactory(
                _Config(app_id, password, tenant)
            )
        self._token, self._until = "", 0.0
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """A token that serves; "" in development. Raises whatever msal raises."""
        if self._factory is None:
            return ""
        if self._token and time.monotonic() < self._until:
            return self._token
        async with self._lock:
            if not self._token or time.monotonic() >= self._until:
                credentials = await self._factory.create_credentials(
                    self._app_id, SCOPE, self._authority, False
                )
                if self._transport is not None:
                    # msal talks to Microsoft's hosts only; a test brings its own way there.
                    credentials.app = ConfidentialClientApplication(
                        self._app_id,
                        client_credential=self._password,
                        authority=self._authority,
                        http_client=self._transport,
                    )
                self._token = str(await asyncio.to_thread(credentials.get_access_token))
                self._until = time.monotonic() + 3600 - EARLY
            return self._token

    def forget(self) -> None:
        """The connector refused it."""
        self._token = ""
