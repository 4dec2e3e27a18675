"""Who calls us, and with what we call: the Bot Framework's tokens, checked and fetched.

Rule 1: whatever is wrong with a credential is Unauthorized, never another error.
Rule 2: signing keys are fetched with a time limit, once a day, and again when a token names a key
        that is not known yet (at most once a minute), so a key rotation costs nothing.
Rule 3: only Teams itself may call: its issuer, our app id, the service URL of the activity, the
        channel msteams, and a tenant that is allowed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
from msal import ConfidentialClientApplication

from adapters.teams.settings import LOGIN, METADATA

ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com/.default"
ALGORITHMS = ("RS256",)
LEEWAY = 300  # seconds by which the clocks may differ
CHANNEL = "msteams"
DAY, MINUTE = 86_400.0, 60.0
TIMEOUT = aiohttp.ClientTimeout(total=10)
# No answer in time, or one that is not what Microsoft documents.
FETCH_FAILED = (
    aiohttp.ClientError,
    TimeoutError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    jwt.PyJWTError,
)


class Unauthorized(Exception):
    """The caller is not Teams, or not of a tenant that is allowed. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key, and the channels it may sign for."""

    key: jwt.PyJWK
    endorsements: frozenset[str]


class SigningKeys:
    """The keys that Microsoft publishes for the Bot Framework, cached (see rule 2)."""

    def __init__(self, metadata: str) -> None:
        self._metadata = metadata
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at: float | None = None  # by the monotonic clock
        self._lock = asyncio.Lock()

    async def get(self, key_id: str) -> SigningKey:
        """The key of this id. Raises Unauthorized for one that Microsoft does not publish."""
        if key_id not in self._keys:
            await self._fetch_unless_newer_than(MINUTE)
        else:
            await self._fetch_unless_newer_than(DAY)
        if key_id not in self._keys:
            raise Unauthorized("unknown_key")
        return self._keys[key_id]

    async def are_published(self) -> bool:
        """Whether any key could be fetched."""
        await self._fetch_unless_newer_than(MINUTE)
        return bool(self._keys)

    async def _fetch_unless_newer_than(self, age: float) -> None:
        if self._is_newer_than(age):
            return
        async with self._lock:
            if self._is_newer_than(age):
                return
            try:
                async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
                    metadata = await _get_json(session, self._metadata)
                    published = await _get_json(session, metadata["jwks_uri"])
                keys = [jwk for jwk in published["keys"] if jwk.get("kty") == "RSA"]
                self._keys = {str(jwk["kid"]): _signing_key(jwk) for jwk in keys}
            except FETCH_FAILED:
                pass  # the old keys serve on; without any, nobody is let in
            self._fetched_at = time.monotonic()

    def _is_newer_than(self, age: float) -> bool:
        return self._fetched_at is not None and time.monotonic() - self._fetched_at < age


async def _get_json(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        return await answer.json(content_type=None)


def _signing_key(jwk: Mapping[str, Any]) -> SigningKey:
    endorsements = frozenset(map(str, jwk.get("endorsements") or ()))
    return SigningKey(jwt.PyJWK.from_dict(dict(jwk), algorithm=ALGORITHMS[0]), endorsements)


class Gate:
    """Lets Teams in, and nobody else."""

    def __init__(self, app_id: str, tenants: frozenset[str], metadata: str = METADATA) -> None:
        self._app_id, self._tenants = app_id, tenants
        self._keys = SigningKeys(metadata)

    async def check(self, header: str, activity: Mapping[str, Any]) -> None:
        """Raises Unauthorized."""
        service = activity.get("serviceUrl")
        if activity.get("channelId") != CHANNEL or not isinstance(service, str) or not service:
            raise Unauthorized("not_teams")
        claims = await self._claims(header)
        if claims.get("serviceurl") != service:
            raise Unauthorized("service_url")
        if self._tenants and tenant_of(activity) not in self._tenants:
            raise Unauthorized("tenant")

    async def _claims(self, header: str) -> Mapping[str, Any]:
        """What a token says, once signature, issuer, audience and times are checked."""
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" or not token:
            raise Unauthorized("no_token")
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            signing_key = await self._keys.get(key_id if isinstance(key_id, str) else "")
            claims: Mapping[str, Any] = jwt.decode(
                token,
                signing_key.key,
                algorithms=list(ALGORITHMS),
                issuer=ISSUER,
                audience=self._app_id,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthorized(type(error).__name__) from None
        if CHANNEL not in signing_key.endorsements:
            raise Unauthorized("endorsement")
        return claims


def tenant_of(activity: Mapping[str, Any]) -> str:
    """The tenant an activity comes from. Teams says `tenantId`, the SDK would read `tenantID`."""
    channel = activity.get("channelData")
    tenant = channel.get("tenant") if isinstance(channel, Mapping) else None
    if isinstance(tenant, Mapping) and isinstance(tenant.get("id"), str):
        return str(tenant["id"])
    conversation = activity.get("conversation")
    tenant_id = conversation.get("tenantId") if isinstance(conversation, Mapping) else ""
    return tenant_id if isinstance(tenant_id, str) else ""


class Tokens:
    """Our own token for the connector. MSAL fetches and caches it; it blocks, so in a thread."""

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
        self._app_id, self._password = app_id, password
        self._authority = f"{login.rstrip('/')}/{tenant}"
        self._needed, self._transport = needed, transport
        self._app: Any = None
        self._token, self._expires_at = "", 0.0  # by the monotonic clock
        self._refused = False  # by the connector, though it should still serve
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """A token that serves; "" in development.

        Raises PermissionError if the login refuses us, else whatever MSAL raises.
        """
        if not self._needed or (self._token and time.monotonic() < self._expires_at):
            return self._token
        async with self._lock:
            if not self._token or time.monotonic() >= self._expires_at:
                self._token, lifetime = await asyncio.to_thread(self._acquire)
                self._expires_at = time.monotonic() + lifetime - LEEWAY
            return self._token

    def _acquire(self) -> tuple[str, float]:
        """A token, and for how many seconds it serves."""
        if self._app is None:
            self._app = ConfidentialClientApplication(
                self._app_id,
                client_credential=self._password,
                authority=self._authority,
                http_client=self._transport,
            )
        if self._refused:
            self._app.remove_tokens_for_client()  # from MSAL's own cache
            self._refused = False
        answer = self._app.acquire_token_for_client([SCOPE])
        if "access_token" not in answer:
            raise PermissionError(str(answer.get("error") or "no_token"))
        return str(answer["access_token"]), float(answer.get("expires_in") or 0)

    def forget(self) -> None:
        """The connector refused it: the next call fetches a new one."""
        self._token, self._refused = "", True
