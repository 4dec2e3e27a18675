"""The fake Slack's Web API behaves as documented, towards the real SDK."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.fake_client import (
    actions,
    button,
    client_of,
    error_of,
    run,
    section,
)


def test_a_post_is_seen_by_the_members_with_names_and_dates_drawn():
    async def story(slack, client):
        ana, ben = slack.person("ana", tz="Asia/Tokyo"), slack.person("ben")
        room = slack.channel("set-1", ana)
        text = f"{ana} &amp; you, <!date^1772442000^{{date_short_pretty}} {{time}}|later>"
        posted = await client.chat_postMessage(
            channel=room.id, text="short", blocks=[section(text), actions(button("Go"))]
        )
        assert posted["ts"] in room.messages
        assert ana.sees() == ["@ana & you, today 6:00 PM\n[Go]"]
        assert ben.sees() == []
        assert "short" not in ana.sees()

    run(story)


def test_the_bot_reads_and_writes_only_where_it_is():
    async def story(slack, client):
        ana = slack.person("ana")
        public = slack.channel("public", ana, bot=False)
        private = slack.channel("private", ana, bot=False, private=True)
        old = slack.channel("old", ana)
        old.archived = True
        post = client.chat_postMessage
        assert await error_of(post(channel="C404", text="x")) == "channel_not_found"
        assert await error_of(post(channel=private.id, text="x")) == "channel_not_found"
        assert await error_of(post(channel=public.id, text="x")) == "not_in_channel"
        assert await error_of(post(channel=old.id, text="x")) == "is_archived"
        assert await error_of(client.conversations_info(channel=private.id)) == "channel_not_found"
        assert (await client.conversations_info(channel=public.id))["channel"]["is_member"] is False
        assert await error_of(client.conversations_history(channel=public.id)) == "not_in_channel"

    run(story)


def test_tokens_are_checked():
    async def story(slack, client):
        assert await error_of(client_of(slack, "xoxb-no").auth_test()) == "invalid_auth"
        bare = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
        assert await error_of(bare.auth_test()) == "not_authed"
        few = client_of(slack, slack.token(scopes="chat:write"))
        with pytest.raises(SlackApiError) as refused:
            await few.users_info(user=slack.person("ana").id)
        assert refused.value.response["needed"] == "users:read"
        assert refused.value.response["provided"] == "chat:write"
        assert await error_of(client.api_call("chat.fly")) == "unknown_method"
        assert await error_of(client.apps_connections_open(app_token=slack.bot_token)) == (
            "not_allowed_token_type"
        )
        await slack.revokes()
        assert await error_of(client.auth_test()) == "token_revoked"

    run(story)


def test_what_a_message_may_hold():
    async def story(slack, client):
        room = slack.channel("set-1", slack.person("ana"))

        async def refused(**more):
            return await error_of(client.chat_postMessage(channel=room.id, **more))

        assert await refused(text="") == "no_text"
        assert await refused(text="x" * 40_001) == "msg_too_long"
        assert await refused(text="x", blocks=[section("x" * 3001)]) == "invalid_blocks"
        assert await refused(text="x", blocks=[section("x" * 2900)] * 5) == "msg_blocks_too_long"
        assert await refused(text="x", colour="red") == "invalid_arguments"
        assert await refused(text="x", thread_ts="1.1") == "thread_not_found"
        assert await refused(text="x", metadata={"event_type": "x"}) == "invalid_metadata_schema"
        with pytest.raises(SlackApiError) as said:
            await client.chat_postMessage(channel=room.id, text="x", blocks=[section("")])
        messages = said.value.response["response_metadata"]["messages"]
        assert messages == [
            "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
        ]

    run(story)


def test_the_bot_changes_only_what_it_wrote():
    async def story(slack, client):
        ana = slack.person("ana")
        room = slack.channel("set-1", ana)
        hers = await ana.types(room, "mine")
        own = await client.chat_postMessage(channel=room.id, text="t", blocks=[section("card")])
        update, delete = client.chat_update, client.chat_delete
        assert (
            await error_of(update(channel=room.id, ts=hers.ts, text="x")) == "cant_update_message"
        )
        assert await error_of(delete(channel=room.id, ts=hers.ts)) == "cant_delete_message"
        assert await error_of(update(channel=room.id, ts="1.1", text="x")) == "message_not_found"
        assert (
            await error_of(update(channel=room.id, ts=own["ts"], text="x" * 4001)) == "msg_too_long"
        )
        await update(channel=room.id, ts=own["ts"], text="t", blocks=[section("newer card")])
        assert ana.sees() == ["mine", "newer card"]
        await update(channel=room.id, ts=own["ts"], text="no card")
        assert ana.sees() == ["mine", "no card"]
        await delete(channel=room.id, ts=own["ts"])
        assert ana.sees() == ["mine"]
        assert await error_of(delete(channel=room.id, ts=own["ts"])) == "message_not_found"

    run(story)


def test_ephemerals_are_for_one_member_and_not_for_long():
    async def story(slack, client):
        ana, ben, eve = (slack.person(name) for name in ("ana", "ben", "eve"))
        room = slack.channel("set-1", ana, ben)
        await client.chat_postEphemeral(channel=room.id, user=ana.id, text="for you")
        assert ana.sees() == ["for you"]
        assert ben.sees() == []
        whisper = client.chat_postEphemeral
        assert (
            await error_of(whisper(channel=room.id, user=eve.id, text="x")) == "user_not_in_channel"
        )
        ben.user.deleted = True
        assert (
            await error_of(whisper(channel=room.id, user=ben.id, text="x")) == "user_not_in_channel"
        )
        root = await ana.types(room, "a topic")
        await whisper(channel=room.id, user=ana.id, text="unseen", thread_ts=root.ts)
        assert "unseen" not in ana.sees()
        await ana.types(room, "a reply", thread=root)
        sent = await whisper(channel=room.id, user=ana.id, text="seen", thread_ts=root.ts)
        assert "seen" in ana.sees()
        ts = sent["message_ts"]
        assert await error_of(client.chat_update(channel=room.id, ts=ts, text="x")) == (
            "message_not_found"
        )
        ana.reloads()
        assert ana.sees() == ["a topic", "a reply"]

    run(story)


def test_history_and_replies_with_metadata_and_pages():
    async def story(slack, client):
        ana = slack.person("ana")
        room = slack.channel("set-1", ana)
        root = await ana.types(room, "root")
        key = {"event_type": "als", "event_payload": {"key": "k1"}}
        await client.chat_postMessage(
            channel=room.id, text="reply", thread_ts=root.ts, metadata=key
        )
        read = await client.conversations_replies(
            channel=room.id, ts=root.ts, include_all_metadata=True
        )
        assert [m["text"] for m in read["messages"]] == ["root", "reply"]
        assert read["messages"][1]["metadata"] == key
        read = await client.conversations_replies(channel=room.id, ts=root.ts)
        assert "metadata" not in read["messages"][1]
        await ana.types(room, "second")
        page = await client.conversations_history(channel=room.id, limit=1)
        assert [m["text"] for m in page["messages"]] == ["second"]
        cursor = page["response_metadata"]["next_cursor"]
        page = await client.conversations_history(channel=room.id, limit=1, cursor=cursor)
        assert [m["text"] for m in page["messages"]] == ["root"]
        assert page["messages"][0]["reply_count"] == 1
        assert not page["has_more"]
        missing = client.conversations_replies(channel=room.id, ts="1.1")
        assert await error_of(missing) == "thread_not_found"

    run(story)


def test_people_are_found_with_their_zone_and_dms_opened_once():
    async def story(slack, client):
        ana = slack.person("ana", tz="Asia/Tokyo")
        user = (await client.users_info(user=ana.id, include_locale=True))["user"]
        assert (user["tz"], user["tz_offset"], user["locale"]) == ("Asia/Tokyo", 32400, "en-US")
        assert await error_of(client.users_info(user="U404")) == "user_not_found"
        first = await client.conversations_open(users=[ana.id])
        again = await client.conversations_open(users=ana.id)
        assert first["channel"]["id"] == again["channel"]["id"] == ana.dm.id
        await client.chat_postMessage(channel=ana.id, text="hello")
        assert ana.sees(ana.dm) == ["hello"]
        assert (
            await error_of(client.conversations_open(users=slack.team.bot_user)) == "cannot_dm_bot"
        )

    run(story)


def test_limits_on_the_pace_answer_429_until_the_clock_goes_on():
    async def story(slack, client):
        ana = slack.person("ana")
        room = slack.channel("set-1", ana)
        for _ in range(4):
            await client.chat_postMessage(channel=room.id, text="x")
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel=room.id, text="x")
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "1"
        slack.clock.wind(seconds=1)
        sent = await client.chat_postMessage(channel=room.id, text="x")
        for _ in range(50):
            await client.chat_update(channel=room.id, ts=sent["ts"], text="y")
        with pytest.raises(SlackApiError) as refused:
            await client.chat_update(channel=room.id, ts=sent["ts"], text="y")
        assert refused.value.response.headers["Retry-After"] == "60"
        slack.clock.wind(seconds=60)
        await client.chat_update(channel=room.id, ts=sent["ts"], text="y")

    run(story)
