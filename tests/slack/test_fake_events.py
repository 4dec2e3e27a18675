"""The fake Slack delivers events as documented, to a real Bolt app; and its faults as planned."""

import asyncio

import pytest
from aiohttp import web

from tests.slack.fake import FakeSlack, Refused
from tests.slack.fake_client import (
    BROKEN,
    bolt,
    client_of,
    error_of,
    run,
)


def test_every_kind_of_message_comes_as_slack_sends_it():
    async def story(slack, client):
        async with bolt(slack) as app:

            @app.event("message")
            async def message():
                pass

            @app.event("app_mention")
            async def mention():
                pass

            ana = slack.person("ana")
            room = slack.channel("set-1", ana)
            root = await ana.types(room, "a < b & https://example.com")
            reply = await ana.types(room, "reply", thread=root)
            await ana.edits(reply, "better")
            await slack.unfurls(root)
            await ana.deletes(reply)
            await ana.mentions(room, "next", thread=root)
            await ana.shares_file(room, "see")
            await ana.says_me(room, "waves")
            await ana.huddles(room)
            await slack.webhook(room, "a build")
            await client.chat_postMessage(channel=room.id, text="own")
            await slack.settle()
            events = [body["event"] for body in app.heard]
            kinds = [event.get("subtype") or event["type"] for event in events]
            assert kinds == [
                "message",
                "message",
                "message_changed",
                "message_changed",
                "message_deleted",
                "message",
                "app_mention",
                "file_share",
                "me_message",
                "huddle_thread",
                "bot_message",
            ]
            plainly, replied, edited, unfurled, deleted, *_ = events
            assert plainly["text"] == "a &lt; b &amp; <https://example.com>"
            assert (plainly["channel_type"], plainly["user"]) == ("channel", ana.id)
            assert (replied["thread_ts"], replied["parent_user_id"]) == (root.ts, ana.id)
            assert edited["message"]["text"] == "better"
            assert edited["previous_message"]["text"] == "reply"
            assert edited["message"]["edited"]["user"] == ana.id
            assert unfurled["message"]["text"] == unfurled["previous_message"]["text"]
            assert "edited" not in unfurled["message"]
            assert deleted["deleted_ts"] == reply.ts
            posted = slack.deliveries[-1]  # Bolt keeps the app's own messages from its listeners
            assert posted.event["bot_id"] == slack.team.bot_id
            assert posted.acked
            assert slack.troubles == []

    run(story)


def test_deleting_a_root_with_replies_leaves_a_tombstone():
    async def story(slack, client):
        ana = slack.person("ana")
        room = slack.channel("set-1", ana)
        root = await ana.types(room, "root")
        reply = await ana.types(room, "reply", thread=root)
        await ana.deletes(root)
        assert slack.deliveries[-1].event["message"]["subtype"] == "tombstone"
        assert "This message was deleted." in ana.sees()
        post = client.chat_postMessage(channel=room.id, text="x", thread_ts=root.ts)
        assert await error_of(post) == "thread_not_found"
        await ana.deletes(reply)
        assert slack.deliveries[-1].event["previous_message"]["subtype"] == "tombstone"
        assert ana.sees() == []

    run(story)


def test_events_need_membership_scope_and_subscription():
    async def story(slack, client):
        ana = slack.person("ana")
        await ana.types(slack.channel("elsewhere", ana, bot=False), "unheard")
        assert slack.deliveries == []
        room = slack.channel("set-1", ana)
        slack.world.tokens[slack.bot_token].scopes = "chat:write,app_mentions:read"
        await ana.mentions(room, "hi")
        assert [d.event["type"] for d in slack.deliveries] == ["app_mention"]
        slack.deliver.subscribed.discard("app_mention")
        await ana.mentions(room, "hi")
        assert len(slack.deliveries) == 1

    run(story)


def test_coming_going_and_the_end():
    async def story(slack, client):
        ana, ben = slack.person("ana"), slack.person("ben")
        room = slack.channel("set-1", ana, bot=False)
        await slack.invites(room, by=ana)
        await ben.joins(room)
        await ben.leaves(room)
        await slack.changes_id(room)
        await slack.archives(room, by=ana)
        with pytest.raises(Refused):
            await ana.types(room, "too late")
        await ana.opens_home()
        await slack.uninstalls()
        kinds = [d.event.get("subtype") or d.event["type"] for d in slack.deliveries]
        assert kinds == [
            "member_joined_channel",
            "channel_join",
            "member_joined_channel",
            "channel_join",
            "member_left_channel",
            "channel_id_changed",
            "channel_archive",
            "app_home_opened",
            "app_uninstalled",
            "tokens_revoked",
        ]
        assert await error_of(client.auth_test()) == "token_revoked"

    run(story)


def test_what_is_not_acknowledged_is_sent_three_times_more():
    async def story(slack, client):
        seen, well = [], False

        async def serve(request):
            seen.append((request.headers.get("X-Slack-Retry-Num"), await request.json()))
            return web.Response(status=200 if well else 500)

        server = web.Application()
        server.router.add_post("/slack/events", serve)
        runner = web.AppRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.app_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        ana = slack.person("ana")
        await ana.types(slack.channel("set-1", ana), "hello")
        await slack.retries()  # at once
        assert await slack.retries() == []  # not before a minute has passed
        slack.clock.wind(minutes=1)
        await slack.retries()
        well = True
        slack.clock.wind(minutes=5)
        await slack.retries()
        assert [num for num, _ in seen] == [None, "1", "2", "3"]
        assert len({body["event_id"] for _, body in seen}) == 1
        assert slack.deliveries[0].acked
        assert await slack.retries(anyway=True) == []
        await runner.cleanup()

    run(story)


def test_an_app_that_is_slow_counts_as_silent():
    async def story(slack, client):
        async with bolt(slack) as app:
            go_on = asyncio.Event()

            @app.event("message")
            async def message():
                await go_on.wait()

            ana = slack.person("ana")
            await ana.types(slack.channel("set-1", ana), "hello")
            assert slack.deliveries[0].answers[0].reason == "http_timeout"
            go_on.set()
            await slack.retries()
            assert slack.deliveries[0].acked

    run(story, patience=0.1)


def test_signatures_and_the_url_question():
    async def story(slack, client):
        async with bolt(slack):
            assert await slack.verifies_url()
            slack.deliver.secret = "another"
            assert not await slack.verifies_url()

    run(story)


def test_events_go_wrong_as_planned():
    async def story(slack, client):
        ana = slack.person("ana")
        room = slack.channel("set-1", ana)
        async with bolt(slack) as app:

            @app.event("message")
            async def message():
                pass

            slack.faults.next("message", "duplicate")
            await ana.types(room, "twice")
            first, second = app.heard
            assert first["event"] == second["event"]
            assert first["event_id"] != second["event_id"]
            app.heard.clear()
            slack.faults.next("message", "reorder")
            await ana.types(room, "one")
            await ana.types(room, "two")
            assert [b["event"]["text"] for b in app.heard] == ["two", "one"]
            app.heard.clear()
            slack.faults.next("message", "late")
            await ana.types(room, "late")
            assert app.heard == []
            await slack.release()
            assert len(app.heard) == 1

    run(story)


def test_calls_go_wrong_as_planned():
    async def story(slack, client):
        ana = slack.person("ana")
        room = slack.channel("set-1", ana)
        slack.faults.next("chat.postMessage", "refused")
        with pytest.raises(BROKEN):
            await client.chat_postMessage(channel=room.id, text="never")
        assert ana.sees() == []
        slack.faults.next("chat.postMessage", "lost")
        with pytest.raises(BROKEN):
            await client.chat_postMessage(channel=room.id, text="there")
        assert ana.sees() == ["there"]
        slack.faults.next("chat.postMessage", "429")
        assert await error_of(client.chat_postMessage(channel=room.id, text="x")) == "ratelimited"
        slack.faults.next("chat.postMessage", "500")
        assert await error_of(client.chat_postMessage(channel=room.id, text="x")) == (
            "internal_error"
        )
        slack.faults.hang = 30
        slack.faults.next("chat.postMessage", "lost")
        impatient = client_of(slack, timeout=0.2)
        with pytest.raises(TimeoutError):
            await impatient.chat_postMessage(channel=room.id, text="also there")
        assert ana.sees() == ["there", "also there"]

    run(story)


def test_faults_follow_their_seed():
    def fell(seed):
        slack = FakeSlack(seed=seed)
        slack.faults.calls = {"429": 0.3, "lost": 0.3}
        return [slack.faults.of_call("chat.update") for _ in range(20)]

    assert fell(1) == fell(1) != fell(2)
    assert {None, "429", "lost"} >= set(fell(1))
