"""The fake login grants and refuses tokens as Entra does, towards the real MSAL."""

import aiohttp
import pytest
from botbuilder.schema import (
    ErrorResponseException,
)

from tests.teams.fake_client import (
    client_of,
    credentials,
    msal_app,
    run,
    says,
    thread_in,
)


def test_msal_gets_a_token_and_keeps_it():
    async def story(teams):
        app = msal_app(teams)
        first = app.acquire_token_for_client(["https://api.botframework.com/.default"])
        again = app.acquire_token_for_client(["https://api.botframework.com/.default"])
        assert first["access_token"] == again["access_token"]
        asked = [path for method, path in teams.login.asked if method == "POST"]
        assert asked == [f"/{teams.tenant.id}/oauth2/v2.0/token"]

    run(story)


def test_a_wrong_secret_is_refused_as_entra_does():
    async def story(teams):
        with pytest.raises(PermissionError, match="AADSTS7000215"):
            credentials(teams, secret="guess").get_access_token()

    run(story)


def test_the_login_may_be_out_of_order():
    async def story(teams):
        teams.login.broken = 503
        form = {"grant_type": "client_credentials", "client_id": teams.app_id}
        async with (
            aiohttp.ClientSession() as http,
            http.post(teams.login.token_url, data=form) as answer,
        ):
            assert (answer.status, (await answer.json())["error_codes"]) == (503, [90033])

    run(story)


def test_a_single_tenant_app_is_unknown_elsewhere():
    async def story(teams):
        scopes = ["https://api.botframework.com/.default"]
        other = msal_app(teams, tenant="botframework.com").acquire_token_for_client(scopes)
        assert other["error"] == "unauthorized_client"
        async with aiohttp.ClientSession() as http:
            form = {"grant_type": "client_credentials", "client_id": teams.app_id}
            form |= {"client_secret": teams.app_password, "scope": "api://else/.default"}
            async with http.post(teams.login.token_url, data=form) as answer:
                assert (answer.status, (await answer.json())["error"]) == (400, "invalid_scope")

    run(story)


def test_calls_need_a_token_that_lives():
    async def story(teams):
        channel = teams.channel("Learning", teams.person("Ana"))
        client = client_of(teams)
        await client.conversations.create_conversation(thread_in(channel, says("one")))
        teams.login.expire()
        with pytest.raises(ErrorResponseException) as refused:
            await client.conversations.create_conversation(thread_in(channel, says("two")))
        assert refused.value.response.status_code == 401
        async with aiohttp.ClientSession() as http:
            url = f"{teams.service_url}v3/conversations"
            async with http.post(url, json={}) as answer:
                assert answer.status == 401

    run(story)
