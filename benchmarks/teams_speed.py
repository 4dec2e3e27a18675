"""Messages a second on one process: our Teams adapter against the SDK's own echo bot.

    python -m benchmarks.teams_speed [--messages 600] [--at-once 16]

Three bots, each in a process of its own, get the same messages and answer each with one message
to the same fake connector (a process of its own too):

- stock: CloudAdapter and an ActivityHandler that echoes, as the SDK comes, its authentication off
- patched: the same, with the one line that takes msrest's list of 999 entries out of the way
- als: our route, the token of each message checked, the SDK's handler and turn, the whole
  transaction on a SQLite file (who, seen before, what is meant, outbox, commit), and an Adaptive
  Card as the answer

The first two do less than ours: no token is checked and nothing is kept. They need
botbuilder-integration-aiohttp, which is in no lock: python -m pip install
"botbuilder-integration-aiohttp==4.17.1". Without it only ours is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

from tests.teams.fake.login import Key

APP = "6e8b1d9a-1f7c-4b0e-9d53-0c2f6a7b8c9d"
TENANT = "11111111-2222-3333-4444-555555555555"


async def _serve(app: web.Application, pipe: Any) -> None:
    """Serve on a free port, say which, and report the processor time when asked."""

    async def spent(_: web.Request) -> web.Response:
        return web.json_response({"cpu": time.process_time()})

    app.router.add_get("/spent", spent)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    await asyncio.Event().wait()


def connector(pipe: Any, key: dict[str, Any]) -> None:
    """Takes every post; also publishes the key that Teams would."""

    async def post(_: web.Request) -> web.Response:
        return web.json_response({"id": "1"}, status=201)

    async def metadata(request: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": f"http://{request.host}/keys"})

    async def keys(_: web.Request) -> web.Response:
        return web.json_response({"keys": [key]})

    app = web.Application()
    app.router.add_get("/metadata", metadata)
    app.router.add_get("/keys", keys)
    app.router.add_route("POST", "/{rest:.*}", post)
    asyncio.run(_serve(app, pipe))


def stock(pipe: Any, service: str, patched: bool = False) -> None:
    """The SDK's own way, as its samples show it."""
    from botbuilder.core import ActivityHandler, TurnContext
    from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
    from msrest.universal_http.requests import ClientRetryPolicy

    if patched:
        ClientRetryPolicy.safe_codes = frozenset(ClientRetryPolicy.safe_codes)

    class Config:
        APP_ID, APP_PASSWORD, APP_TYPE, APP_TENANTID = "", "", "MultiTenant", ""

    class Echo(ActivityHandler):
        async def on_message_activity(self, turn_context: TurnContext) -> None:
            await turn_context.send_activity(f"Echo: {turn_context.activity.text}")

    adapter, bot = CloudAdapter(ConfigurationBotFrameworkAuthentication(Config())), Echo()

    async def messages(request: web.Request) -> web.Response:
        return await adapter.process(request, bot) or web.Response(status=202)

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    asyncio.run(_serve(app, pipe))


def als(pipe: Any, service: str) -> None:
    """Ours, on a SQLite file, with one thread for the store as `als serve` has it."""
    from adapters.cli.system import RandomIds, RealClock
    from adapters.teams.serve import Teams
    from adapters.teams.settings import TeamsSettings
    from bot.handlers.host import Host
    from store import SqlStore, new_key

    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{Path(folder) / 'als.db'}", keys=(new_key(),)).open()
        pool = ThreadPoolExecutor(1)

        async def run(call: Callable[..., Any], *args: object) -> Any:
            return await asyncio.get_running_loop().run_in_executor(pool, partial(call, *args))

        settings = TeamsSettings(
            APP, "secret", TENANT, metadata=f"{service}metadata", transport=Login()
        )
        teams = Teams(settings, store.vault, RealClock(), run)
        app = web.Application()
        teams.attach(app, Host(store, RandomIds()), lambda: None)
        asyncio.run(_serve(app, pipe))


class Login:
    """Microsoft's login as MSAL's HTTP client sees it: every request is granted a token."""

    def get(self, url: str, **_: Any) -> Answered:
        """Where a tenant's login is."""
        return Answered(
            {
                "issuer": url.partition("/.well-known")[0],
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
            }
        )

    def post(self, url: str, **_: Any) -> Answered:
        """A token."""
        return Answered({"access_token": "token", "token_type": "Bearer", "expires_in": 3600})

    def close(self) -> None:
        """Nothing is open."""


class Answered:
    """An answer of the login."""

    status_code = 200
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, body: dict[str, Any]) -> None:
        self.text = json.dumps(body)

    def raise_for_status(self) -> None:
        """It was granted."""


def activity(number: int, service: str) -> dict[str, Any]:
    """A message in the personal chat; ours is a command that is answered with a card."""
    return {
        "type": "message",
        "id": str(1_772_442_000_000 + number),
        "timestamp": "2026-03-02T09:00:00.000Z",
        "channelId": "msteams",
        "serviceUrl": service,
        "from": {"id": "29:1ana", "name": "Ana", "aadObjectId": "aad-ana"},
        "recipient": {"id": f"28:{APP}", "name": "als"},
        "conversation": {"id": "a:1personal", "conversationType": "personal", "tenantId": TENANT},
        "channelData": {"tenant": {"id": TENANT}},
        "text": "log",
        "localTimezone": "Europe/London",
        "locale": "en-GB",
    }


async def load(
    port: int, service: str, key: Key | None, messages: int, at_once: int
) -> tuple[float, float]:
    """Send them all; messages a second, and milliseconds of processor time for each."""
    now = int(time.time())
    claims = {"iss": "https://api.botframework.com", "aud": APP, "serviceurl": service}
    headers = {}
    if key is not None:
        token = key.sign({**claims, "nbf": now - 9, "exp": now + 3600})
        headers = {"Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{port}"
    waiting = iter(range(messages + at_once))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def send(number: int) -> None:
            given = activity(number, service)
            async with session.post(f"{url}/api/messages", json=given, headers=headers) as answer:
                assert answer.status < 300, (answer.status, await answer.text())

        async def sender() -> None:
            for number in waiting:
                await send(number)

        async def spent() -> float:
            async with session.get(f"{url}/spent") as answer:
                return float((await answer.json())["cpu"])

        for _ in range(at_once):  # warm: keys, imports, connections
            await send(next(waiting))
        cpu, begun = await spent(), time.perf_counter()
        await asyncio.gather(*(sender() for _ in range(at_once)))
        took, used = time.perf_counter() - begun, await spent() - cpu
    return messages / took, used / messages * 1000


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=600)
    parser.add_argument("--at-once", type=int, default=16)
    chosen = parser.parse_args()
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe()
    key = Key("one")
    public = key.public(endorsements=["msteams"])
    helper = fresh.Process(target=connector, args=(theirs, public), daemon=True)
    helper.start()
    service = f"http://127.0.0.1:{ours.recv()}/"
    bots: dict[str, Callable[..., None]] = {"als": als}
    if importlib.util.find_spec("botbuilder.integration.aiohttp") is not None:
        bots = {"stock": stock, "patched": partial(stock, patched=True), **bots}
    first = 0.0
    sys.stdout.write("| bot | messages a second | processor time each | against stock |\n")
    sys.stdout.write("|---|---|---|---|\n")
    for name, bot in bots.items():
        here, there = fresh.Pipe()
        process = fresh.Process(target=bot, args=(there, service), daemon=True)
        process.start()
        rate, cost = asyncio.run(
            load(
                here.recv(),
                service,
                key if name == "als" else None,
                chosen.messages,
                chosen.at_once,
            )
        )
        process.terminate()
        first = first or rate
        row = f"| {name} | {rate:.0f} | {cost:.1f} ms | {rate / first:.1f} × |\n"
        sys.stdout.write(row)
        sys.stdout.flush()
    helper.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
