"""What the tests of the fake Slack share: a client, blocks, and a real Bolt app."""

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.fake import Clock, FakeSlack

# What an aiohttp client raises when the connection breaks before an answer.
BROKEN = (aiohttp.ClientError, ConnectionError)


def client_of(slack, token=None, timeout=300):
    return AsyncWebClient(
        token=token or slack.bot_token, base_url=slack.base_url, retry_handlers=[], timeout=timeout
    )


def run(story, **settings):
    """Play an async story with a fake Slack."""

    async def played():
        async with FakeSlack(Clock(), **settings) as slack:
            await story(slack, client_of(slack))

    asyncio.run(played())


async def error_of(call):
    with pytest.raises(SlackApiError) as refused:
        await call
    return refused.value.response["error"]


def section(text, **more):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def plain(text):
    return {"type": "plain_text", "text": text}


def button(text, **more):
    return {"type": "button", "text": plain(text), "action_id": text.lower(), **more}


def actions(*elements):
    return {"type": "actions", "block_id": "buttons", "elements": list(elements)}


def field(label, element, **more):
    return {"type": "input", "block_id": label, "label": plain(label), "element": element, **more}


def line(**more):
    return {"type": "plain_text_input", "action_id": "words", **more}


def choices(*texts):
    return [{"text": plain(text), "value": text.lower()} for text in texts]


TEN = choices(*(f"o{i}" for i in range(10)))


def modal(*blocks, **more):
    view = {"type": "modal", "title": plain("A form"), "submit": plain("Send"), "blocks": blocks}
    return {**view, "blocks": list(blocks), **more}


@asynccontextmanager
async def bolt(slack, socket=False):
    """Serve a real Bolt app to this Slack; by HTTP, or by Socket Mode."""
    app = AsyncApp(
        client=client_of(slack), signing_secret=slack.signing_secret, process_before_response=True
    )
    app.heard = []

    @app.middleware
    async def note(body, next_):
        app.heard.append(body)
        await next_()

    if socket:
        slack.socket_mode = True
        handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=0.5)
        await handler.connect_async()
        await slack.sockets.connected()
        try:
            yield app
        finally:
            await handler.close_async()
        return

    async def serve(request):
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", serve)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    slack.app_url = f"http://127.0.0.1:{port}/slack/events"
    try:
        yield app
    finally:
        await runner.cleanup()
