"""What the tests of the fake Teams share: a client, cards, and an app that checks tokens."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import msal
import pytest
from aiohttp import web
from botbuilder.schema import (
    Activity,
    Attachment,
    ChannelAccount,
    ConversationParameters,
    ErrorResponseException,
)
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import (
    ChannelValidation,
    JwtTokenExtractor,
    MicrosoftAppCredentials,
    SimpleCredentialProvider,
)

from tests.teams.fake import Clock, FakeTeams

CARD = "application/vnd.microsoft.card.adaptive"


def run(story, **settings):
    """Play an async story with a fake Teams."""

    async def played():
        async with FakeTeams(Clock(), **settings) as teams:
            await story(teams)

    asyncio.run(played())


def msal_app(teams, secret=None, tenant=None):
    return msal.ConfidentialClientApplication(
        teams.app_id,
        client_credential=secret or teams.app_password,
        authority=f"https://login.microsoftonline.com/{tenant or teams.tenant.id}",
        http_client=teams.login.transport(),
    )


def credentials(teams, **more):
    """The SDK's own credentials; only msal's way out is led to the fake."""
    made = MicrosoftAppCredentials(teams.app_id, teams.app_password, teams.tenant.id)
    made.app = msal_app(teams, **more)
    return made


def client_of(teams, **more):
    return ConnectorClient(credentials(teams, **more), teams.service_url)


def block(text, **more):
    return {"type": "TextBlock", "text": text, "wrap": True, **more}


def card(*body, actions=(), **more):
    made = {"type": "AdaptiveCard", "version": "1.5", "body": list(body), **more}
    return made | ({"actions": list(actions)} if actions else {})


def execute(title, verb=None, **more):
    return {"type": "Action.Execute", "title": title, "verb": verb or title.lower(), **more}


def submit(title, **data):
    return {"type": "Action.Submit", "title": title, "data": data}


def opens(title, **data):
    return submit(title, msteams={"type": "task/fetch"}, **data)


def field(label, id, **more):
    return {"type": "Input.Text", "label": label, "id": id, **more}


def says(text=None, *cards, **more):
    attached = [Attachment(content_type=CARD, content=c) for c in cards]
    return Activity(type="message", text=text, attachments=attached or None, **more)


def thread_in(channel, activity):
    data = {"channel": {"id": channel.id}}
    return ConversationParameters(is_group=True, channel_data=data, activity=activity)


def one_to_one(teams, person):
    return ConversationParameters(
        is_group=False,
        bot=ChannelAccount(id=teams.world.bot_id),
        members=[ChannelAccount(id=person.id)],
        tenant_id=person.user.tenant.id,
    )


async def error_of(call):
    """Status and body of a refused call."""
    with pytest.raises(ErrorResponseException) as refused:
        await call
    answer = refused.value.response
    return answer.status_code, json.loads(answer.text)


async def code_of(call):
    status, body = await error_of(call)
    return status, body["error"]["code"]


async def asks(teams, method, path, body=None, **query):
    """Call the connector without the SDK; status and answer."""
    token = credentials(teams).get_access_token()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        url = f"{teams.service_url}v3/{path}"
        async with http.request(method, url, params=query, json=body) as answer:
            return answer.status, await answer.json()


class App:
    """What an app does at least: it checks tokens with the SDK and answers by a table.

    answers: by the name of an invoke, or the type of an activity, what to answer with; a number is
    a status, a function is asked.
    """

    def __init__(self, teams):
        self.teams, self.heard, self.answers = teams, [], {}
        self.known = SimpleCredentialProvider(teams.app_id, teams.app_password)

    async def check(self, header, activity):
        # The SDK leaves garbage, other tenants and other channels to its user (platforms.md).
        identity = await ChannelValidation.authenticate_channel_token_with_service_url(
            header, self.known, activity.get("serviceUrl"), activity.get("channelId")
        )
        tenant = activity["channelData"]["tenant"]["id"]
        right = activity.get("channelId") == "msteams" and tenant == self.teams.tenant.id
        return right and identity.is_authenticated

    async def serve(self, request):
        activity = await request.json()
        try:
            good = await self.check(request.headers.get("Authorization"), activity)
        except Exception:
            good = False
        if not good:
            return web.Response(status=401)
        self.heard.append(activity)
        answer = self.answers.get(activity.get("name") or activity["type"])
        if callable(answer):
            answer = answer(activity)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.json_response(answer) if answer is not None else web.Response(status=200)

    def names(self):
        return [a.get("name") or a["type"] for a in self.heard]


@asynccontextmanager
async def app_of(teams):
    ChannelValidation.open_id_metadata_endpoint = teams.login.metadata_url
    JwtTokenExtractor.metadataCache.clear()
    app, site = App(teams), web.Application()
    site.router.add_post("/api/messages", app.serve)
    runner = web.AppRunner(site, shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    port = place._server.sockets[0].getsockname()[1]
    teams.app_url = f"http://127.0.0.1:{port}/api/messages"
    try:
        yield app
    finally:
        await runner.cleanup()
        ChannelValidation.open_id_metadata_endpoint = None
        JwtTokenExtractor.metadataCache.clear()
