"""Installing, rotating tokens and Socket Mode at the fake Slack."""

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.fake_client import (
    bolt,
    client_of,
    error_of,
    run,
)


def test_installing_by_a_code_that_works_once():
    async def story(slack, client):
        other = slack.add_team("other")
        eve = slack.installer = slack.person("eve", team=other)
        about = {"client_id": slack.client_id, "client_secret": slack.client_secret}
        where = "http://127.0.0.1/slack/oauth_redirect"
        async with aiohttp.ClientSession() as http:
            query = {"client_id": slack.client_id, "redirect_uri": where, "state": "s"}
            query["scope"] = "chat:write"
            url = f"{slack.origin}/oauth/v2/authorize"
            async with http.get(url, params=query, allow_redirects=False) as answer:
                assert answer.status == 302
                code = answer.headers["Location"].partition("code=")[2].partition("&")[0]
        anyone = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
        access = anyone.oauth_v2_access
        assert await error_of(access(**about, code="x")) == "invalid_code"
        assert await error_of(access(**about, code=code)) == "bad_redirect_uri"
        wrong = {**about, "client_secret": "x"}
        assert await error_of(access(**wrong, code=code)) == "bad_client_secret"
        given = await access(**about, code=code, redirect_uri=where)
        assert given["team"]["id"] == other.id
        assert given["authed_user"]["id"] == eve.id
        who = await anyone.auth_test(token=given["access_token"])
        assert who["team_id"] == other.id
        again = access(**about, code=code, redirect_uri=where)
        assert await error_of(again) == "code_already_used"

    run(story)


def test_an_org_wide_token_works_in_each_team_of_the_org():
    async def story(slack, client):
        one = slack.add_team("one", enterprise="E1")
        two = slack.add_team("two", enterprise="E1", installed=True)
        code = slack.authorize(slack.person("boss", team=one), org=True)
        anyone = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
        given = await anyone.oauth_v2_access(
            client_id=slack.client_id, client_secret=slack.client_secret, code=code
        )
        assert given["is_enterprise_install"]
        assert given["team"] is None
        client = client_of(slack, given["access_token"])
        for team in (one, two):
            person = slack.person(f"p-{team.name}", team=team)
            room = slack.channel(f"c-{team.name}", person, team=team)
            await client.chat_postMessage(channel=room.id, text="hi")
            assert person.sees() == ["hi"]
        outside = slack.channel("outside", slack.person("ana"))
        assert await error_of(client.chat_postMessage(channel=outside.id, text="x")) == (
            "channel_not_found"
        )

    run(story)


def test_rotating_tokens_expire_and_refresh_once():
    async def story(slack, client):
        ana = slack.person("ana")
        about = {"client_id": slack.client_id, "client_secret": slack.client_secret}
        anyone = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
        given = await anyone.oauth_v2_access(**about, code=slack.authorize(ana))
        assert given["expires_in"] == 43_200
        bot = Bot(
            team_id=slack.team.id,
            bot_token=given["access_token"],
            bot_id=slack.team.bot_id,
            bot_user_id=slack.team.bot_user,
            installed_at=0.0,
            bot_refresh_token=given["refresh_token"],
            bot_token_expires_at=1,
        )
        rotator = AsyncTokenRotator(**about, client=anyone)
        fresh = await rotator.perform_bot_token_rotation(bot=bot)
        slack.clock.wind(hours=11)
        await anyone.auth_test(token=fresh.bot_token)
        slack.clock.wind(hours=1, seconds=1)
        assert await error_of(anyone.auth_test(token=fresh.bot_token)) == "token_expired"
        again = anyone.oauth_v2_access(
            **about, grant_type="refresh_token", refresh_token=given["refresh_token"]
        )
        assert await error_of(again) == "invalid_refresh_token"

    run(story, rotation=True)


def test_socket_mode_delivers_to_one_connection_and_refreshes():
    async def story(slack, client):
        refused = client.apps_connections_open(app_token=slack.app_token)
        assert await error_of(refused) == "socket_mode_not_enabled"
        async with bolt(slack, socket=True) as app:

            @app.event("message")
            async def message():
                pass

            ana = slack.person("ana")
            room = slack.channel("set-1", ana)
            await ana.types(room, "hello")
            assert [b["event"]["text"] for b in app.heard] == ["hello"]
            assert slack.deliveries[0].acked
            second = AsyncSocketModeHandler(app, slack.app_token)
            await second.connect_async()
            await slack.sockets.connected(2)
            await ana.types(room, "once")
            assert len(app.heard) == 2
            await second.close_async()
            await slack.sockets.refresh()
            await slack.sockets.connected()
            await ana.types(room, "still there")
            assert app.heard[-1]["event"]["text"] == "still there"
        await ana.types(room, "nobody listens")
        assert slack.deliveries[-1].answers[0].reason == "connection_failed"

    run(story)
