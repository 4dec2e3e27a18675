"""`als serve`: what it answers, and what it does not."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer

import app
from adapters.cli.settings import Settings
from adapters.cli.web import make_app


@pytest.fixture
def house(tmp_path):
    made = app.build(
        Settings(database=f"sqlite:///{tmp_path / 'als.db'}", plaintext=True, _env_file=None)
    )
    yield made
    made.store.close()


def test_serve_has_these_routes_and_no_others(house):
    page = make_app(house)
    assert sorted({r.resource.canonical for r in page.router.routes()}) == [
        "/healthz",
        "/readyz",
    ]


def test_healthz_knows_whether_the_scheduler_lives(house):
    async def ask(worker):
        async with TestClient(TestServer(make_app(house, worker=worker))) as client:
            answer = await client.get("/healthz")
            return answer.status, await answer.json()

    assert asyncio.run(ask(worker=False)) == (503, {"scheduler": False})
    house.store.maintenance.heartbeat("scheduler", datetime.now(UTC) - timedelta(minutes=10))
    assert asyncio.run(ask(worker=False)) == (503, {"scheduler": False})
    house.store.maintenance.heartbeat("scheduler", datetime.now(UTC))
    assert asyncio.run(ask(worker=False)) == (200, {"scheduler": True})


def test_the_scheduler_beats_and_delivers_by_itself(house):
    """With `worker`, starting the web part starts the scheduler: its first beat comes at once."""

    async def until_it_beats():
        async with TestClient(TestServer(make_app(house))) as client:
            async with asyncio.timeout(300):
                while (await client.get("/healthz")).status != 200:
                    continue
            return True

    assert asyncio.run(until_it_beats())


def test_readyz_says_no_while_it_ends_and_healthz_stays(house):
    async def ask():
        async with TestClient(TestServer(make_app(house, worker=False))) as client:
            found = [(await client.get("/readyz")).status]
            house.courier.draining = True
            return [*found, *[(await client.get(at)).status for at in ("/readyz", "/healthz")]]

    house.store.maintenance.heartbeat("scheduler", datetime.now(UTC))
    assert asyncio.run(ask()) == [200, 503, 200]
