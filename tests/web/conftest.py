"""A playground of its own for a test: the real core, as `als demo` builds it, in a thread."""

import asyncio
import threading
from contextlib import contextmanager

import pytest
from aiohttp import web

import app
from adapters.web.app import make_app, start_path


@contextmanager
def served(pace):
    """Serve a new playground on a free loopback port; yield the address to open first."""
    found, ready, loop = {}, threading.Event(), asyncio.new_event_loop()

    async def serve(done):
        with app.open_demo(pace=pace) as ground:
            runner = web.AppRunner(make_app(ground), access_log=None, shutdown_timeout=1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            found["url"] = f"http://127.0.0.1:{runner.addresses[0][1]}{start_path(ground)}"
            ready.set()
            await done.wait()
            await runner.cleanup()

    done = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(done)), daemon=True)
    thread.start()
    assert ready.wait(300), "the playground did not start"
    yield found["url"]
    loop.call_soon_threadsafe(done.set)
    thread.join(20)
    assert not thread.is_alive()
    loop.close()


@pytest.fixture
def address():
    """A new playground; the play does not wait between its acts."""
    with served(pace=0) as url:
        yield url


@pytest.fixture
def slow_address():
    """A new playground in which the play can be watched, and stopped."""
    with served(pace=1) as url:
        yield url
