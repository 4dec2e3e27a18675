"""The fake Slack behaves as Slack is documented to, towards the real SDK and a real Bolt app."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import date

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.fake import Clock, FakeSlack, Refused, problems, view_problems
from tests.slack.fake.person import TROUBLE

# What an aiohttp client raises when the connection breaks before an answer.
BROKEN = (aiohttp.ClientError, ConnectionError)


def client_of(slack, token=None, timeout=5):
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


# --- the Web API ---


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


# --- what blocks and views may be ---

TEN = choices(*(f"o{i}" for i in range(10)))
REFUSED_BLOCKS = {
    "51 blocks": [{"type": "divider"}] * 51,
    "unknown block": [{"type": "banner"}],
    "unknown key": [{"type": "divider", "color": "red"}],
    "section 3001": [section("x" * 3001)],
    "section without text": [{"type": "section"}],
    "11 fields": [{"type": "section", "fields": [plain("x")] * 11}],
    "field 2001": [{"type": "section", "fields": [plain("x" * 2001)]}],
    "header 151": [{"type": "header", "text": plain("x" * 151)}],
    "header in mrkdwn": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "11 in a context": [{"type": "context", "elements": [plain("x")] * 11}],
    "button in a context": [{"type": "context", "elements": [button("x")]}],
    "26 actions": [actions(*(button(f"b{i}") for i in range(26)))],
    "same action_id": [actions(button("b"), button("b"))],
    "same block_id": [section("x", block_id="b"), section("y", block_id="b")],
    "block_id 256": [section("x", block_id="b" * 256)],
    "action_id 256": [actions(button("x", action_id="a" * 256))],
    "button text 76": [actions(button("x" * 76, action_id="a"))],
    "button value 2001": [actions(button("x", value="v" * 2001))],
    "button url 3001": [actions(button("x", url="u" * 3001))],
    "button style": [actions(button("x", style="green"))],
    "button in mrkdwn": [actions({"type": "button", "text": {"type": "mrkdwn", "text": "x"}})],
    "input in actions": [actions(line())],
    "multi-select in actions": [actions({"type": "multi_users_select", "action_id": "a"})],
    "label 2001": [field("x" * 2001, line(), block_id="b")],
    "input without label": [{"type": "input", "element": line()}],
    "placeholder 151": [field("x", line(placeholder=plain("x" * 151)))],
    "min over max": [field("x", line(min_length=5, max_length=4))],
    "11 radio buttons": [
        field("x", {"type": "radio_buttons", "options": choices(*map(str, range(11)))})
    ],
    "6 in an overflow": [section("x", accessory={"type": "overflow", "options": TEN[:6]})],
    "101 options": [
        field("x", {"type": "static_select", "options": choices(*map(str, range(101)))})
    ],
    "no options": [field("x", {"type": "static_select"})],
    "option text 76": [field("x", {"type": "static_select", "options": choices("x" * 76)})],
    "option value 151": [
        field("x", {"type": "static_select", "options": [{"text": plain("x"), "value": "v" * 151}]})
    ],
    "initial option not offered": [
        field("x", {"type": "static_select", "options": TEN[:2], "initial_option": TEN[2]})
    ],
    "initial date": [field("x", {"type": "datepicker", "initial_date": "6.3.2026"})],
    "verbatim plain text": [{"type": "section", "text": {**plain("x"), "verbatim": True}}],
    "confirm text 301": [
        actions(
            button(
                "x",
                confirm={
                    "title": plain("x"),
                    "text": plain("x" * 301),
                    "confirm": plain("y"),
                    "deny": plain("n"),
                },
            )
        )
    ],
    "markdown 12001": [{"type": "markdown", "text": "x" * 12_001}],
    "image without words": [{"type": "image", "image_url": "https://example.com/a.png"}],
}


@pytest.mark.parametrize("name", REFUSED_BLOCKS)
def test_blocks_beyond_a_limit_are_refused(name):
    assert problems(REFUSED_BLOCKS[name])


EACH_ELEMENT = [
    {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"},
    {"type": "email_text_input"},
    {"type": "url_text_input"},
    {"type": "datepicker", "initial_date": "2026-03-06"},
    {"type": "timepicker", "initial_time": "09:30"},
    {"type": "datetimepicker", "initial_date_time": 1772442000},
    {"type": "users_select", "initial_user": "U1"},
    {"type": "multi_users_select", "initial_users": ["U1"]},
    {"type": "conversations_select", "default_to_current_conversation": True},
    {"type": "channels_select"},
    {"type": "multi_channels_select"},
    {"type": "multi_conversations_select"},
    {"type": "multi_static_select", "options": TEN, "initial_options": TEN[:2]},
    {"type": "static_select", "option_groups": [{"label": plain("x"), "options": TEN}]},
    {"type": "checkboxes", "options": TEN, "initial_options": TEN[:1]},
    {
        "type": "checkboxes",
        "options": [{"text": {"type": "mrkdwn", "text": "*x*"}, "value": "x"}],
    },
    {"type": "radio_buttons", "options": TEN, "initial_option": TEN[0]},
    line(multiline=True, focus_on_load=True, placeholder=plain("x"), initial_value="y"),
]


@pytest.mark.parametrize("element", EACH_ELEMENT, ids=lambda element: element["type"])
@pytest.mark.parametrize("surface", ["modal", "home"])
def test_each_input_is_taken(element, surface):
    assert problems([field("x", {"action_id": "a", **element})], surface) == []


def test_blocks_at_their_limits_are_taken():
    blocks = [
        section("x" * 3000, accessory={"type": "overflow", "options": TEN[:5]}),
        {"type": "section", "fields": [plain("x" * 2000)] * 10},
        {"type": "header", "text": plain("x" * 150)},
        {"type": "context", "elements": [plain("x")] * 10},
        actions(*(button(f"b{i}") for i in range(24)), button("x" * 75, value="v" * 2000)),
        field("x" * 2000, line(max_length=3000, multiline=True), block_id="b"),
        field("y", {"type": "radio_buttons", "options": TEN, "initial_option": TEN[9]}),
        field("z", {"type": "multi_users_select", "max_selected_items": 3}),
        *[{"type": "divider"}] * 42,
    ]
    assert problems(blocks) == []
    assert problems([{"type": "markdown", "text": "x"}], "modal")
    assert problems([{"type": "divider"}] * 100, "home") == []


REFUSED_VIEWS = {
    "no title": {"type": "modal", "blocks": []},
    "title 25": modal(title=plain("x" * 25)),
    "submit 25": modal(submit=plain("x" * 25)),
    "close 25": modal(close=plain("x" * 25)),
    "private_metadata 3001": modal(private_metadata="x" * 3001),
    "callback_id 256": modal(callback_id="x" * 256),
    "101 blocks": modal(*[{"type": "divider"}] * 101),
    "inputs without submit": {"type": "modal", "title": plain("x"), "blocks": [field("x", line())]},
    "unknown key": modal(colour="red"),
    "home with a title": {"type": "home", "title": plain("x"), "blocks": []},
    "a message": {"type": "message", "blocks": []},
}


@pytest.mark.parametrize("name", REFUSED_VIEWS)
def test_views_beyond_a_limit_are_refused(name):
    assert view_problems(REFUSED_VIEWS[name])


# --- events ---


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


# --- commands, presses, forms ---


@pytest.mark.parametrize("socket", [False, True])
def test_a_command_a_form_and_a_press(socket):
    async def story(slack, client):
        async with bolt(slack, socket) as app:

            @app.command("/als")
            async def als(ack, body, client):
                await client.views_open(
                    trigger_id=body["trigger_id"],
                    view=modal(
                        field("Title", line(max_length=20)),
                        field("Who", {"type": "multi_users_select", "action_id": "who"}),
                        field("Until", {"type": "datepicker", "action_id": "until"}),
                        field(
                            "Pace",
                            {"type": "radio_buttons", "action_id": "p", "options": TEN[:2]},
                            optional=True,
                        ),
                        field(
                            "Agreed",
                            {"type": "checkboxes", "action_id": "c", "options": choices("Yes")},
                            optional=True,
                        ),
                        callback_id="present",
                        private_metadata=body["channel_id"],
                    ),
                )
                await ack()

            @app.view("present")
            async def present(ack, view, client):
                values = view["state"]["values"]
                title = values["Title"]["words"]["value"]
                if title == "bad":
                    await ack(response_action="errors", errors={"Title": "Say more."})
                    return
                people = " ".join(f"<@{u}>" for u in values["Who"]["who"]["selected_users"])
                text = f"{title} with {people} until {values['Until']['until']['selected_date']}"
                await client.chat_postMessage(
                    channel=view["private_metadata"],
                    text="news",
                    blocks=[section(text), actions(button("Join", value="v1"))],
                )
                await ack()

            @app.action("join")
            async def join(ack, body, client, respond, action):
                assert action["value"] == "v1"
                message = body["message"]
                await client.chat_update(
                    channel=body["channel"]["id"],
                    ts=message["ts"],
                    text="joined",
                    blocks=[section(f"{body['user']['name']} joined")],
                )
                await respond("Thanks.", response_type="ephemeral", replace_original=False)
                await ack()

            @app.event("message")
            async def message():
                pass

            ana, ben = slack.person("ana"), slack.person("ben")
            room = slack.channel("set-1", ana, ben)
            root = await ana.types(room, "root")
            with pytest.raises(Refused, match="not supported in threads"):
                await ana.command(room, "/als present", thread=root)
            with pytest.raises(Refused, match="not a valid command"):
                await ana.command(room, "/also present")
            await ana.command(room, "/als present")
            assert ana.view.data["callback_id"] == "present"
            with pytest.raises(Refused, match="no button"):
                await ana.presses("Join")  # a form covers the rest
            with pytest.raises(Refused, match="required field: Who"):
                await ana.submits(title="Hiring", until=date(2026, 3, 6))
            with pytest.raises(Refused, match="20 allowed"):
                ana.fills(title="x" * 21)
            with pytest.raises(Refused, match="offered 0 times"):
                ana.fills(pace="Never")
            await ana.submits(title="bad", who=[ben], pace="o1", agreed=True)
            assert ana.errors == {"Title": "Say more."}
            await ana.submits(title="Hiring")
            assert ana.view is None
            assert "Hiring with @ben until 2026-03-06" in ben.sees()
            stale = ben.finds("Join", on="Hiring")
            await ben.presses("Join", on="Hiring")
            assert ben.sees() == ["root", "ben joined", "Thanks."]
            assert "Thanks." not in ana.sees()
            await ana.presses(stale)
            assert slack.troubles == []

    run(story)


def test_triggers_are_for_once_and_three_seconds():
    async def story(slack, client):
        triggers = []
        async with bolt(slack) as app:

            @app.command("/als")
            async def als(ack, body):
                triggers.append(body["trigger_id"])
                await ack("Noted.")

            ana = slack.person("ana")
            room = slack.channel("set-1", ana)
            await ana.command(room, "/als help")
            assert ana.sees() == ["Noted."]
            await client.views_open(trigger_id=triggers[0], view=modal())
            again = client.views_open(trigger_id=triggers[0], view=modal())
            assert await error_of(again) == "exchanged_trigger_id"
            await ana.closes()
            await ana.command(room, "/als help")
            slack.clock.wind(seconds=4)
            late = client.views_open(trigger_id=triggers[1], view=modal())
            assert await error_of(late) == "expired_trigger_id"
            bad = client.views_open(trigger_id="x", view=modal(title=plain("x" * 25)))
            assert await error_of(bad) == "invalid_arguments"

    run(story)


def test_a_command_without_an_answer_says_so():
    async def story(slack, client):
        async with bolt(slack):
            ana = slack.person("ana")
            await ana.command(slack.channel("set-1", ana), "/als help")
            assert "/als failed with the error “dispatch_failed”" in ana.sees()
            assert slack.troubles == [("/als", "http_error", 404)]

    run(story)


def test_forms_are_pushed_updated_cleared_and_closed():
    async def story(slack, client):
        async with bolt(slack) as app:
            closed = []

            @app.shortcut("keep")
            async def keep(ack, body, client):
                view = modal(
                    actions(button("More")), title=plain(body["message"]["text"]), callback_id="v"
                )
                await client.views_open(trigger_id=body["trigger_id"], view=view)
                await ack()

            @app.action("more")
            async def more(ack, body, client):
                view = modal(field("Why", line()), callback_id="w", notify_on_close=True)
                await client.views_push(trigger_id=body["trigger_id"], view=view)
                await ack()

            @app.view("w")
            async def submitted(ack, view):
                if view["state"]["values"]["Why"]["words"]["value"] == "all":
                    await ack(response_action="clear")
                else:
                    done = modal(section("Done"), title=plain("Done"), callback_id="w")
                    await ack(response_action="update", view=done)

            @app.view_closed("w")
            async def gone(ack, view):
                closed.append(view["id"])
                await ack()

            @app.event("message")
            async def message():
                pass

            slack.shortcuts = {"Keep for later": "keep"}
            ana = slack.person("ana")
            note = await ana.types(slack.channel("set-1", ana), "a thought")
            await ana.shortcut("Keep for later", note)
            assert "a thought" in ana.sees()
            await ana.presses("More")
            await ana.closes()
            assert len(closed) == 1
            await ana.presses("More")
            await ana.submits(why="some")
            assert ana.view.data["title"]["text"] == "Done"
            await ana.submits()
            assert ana.errors == {"": TROUBLE}  # this app looks for a field that is gone
            assert slack.troubles == [("view_submission", "http_error", 500)]
            await ana.closes()
            await ana.presses("More")
            await ana.submits(why="all")
            assert ana.view is None

    run(story)


def test_menus_and_pickers_tell_the_app_at_once():
    async def story(slack, client):
        async with bolt(slack) as app:
            told = []

            async def take(ack, body, action):
                told.append((action, body["state"]["values"]))
                await ack()

            for name in ("more", "who", "day", "yes"):
                app.action(name)(take)
            ana, ben = slack.person("ana"), slack.person("ben")
            room = slack.channel("set-1", ana)
            menu = {"type": "overflow", "action_id": "more", "options": choices("Edit", "Leave")}
            who = {"type": "users_select", "action_id": "who", "placeholder": plain("Next")}
            day = {"type": "datepicker", "action_id": "day", "placeholder": plain("Until")}
            sure = {key: plain(key) for key in ("title", "text", "confirm", "deny")}
            blocks = [
                section("A < B & C", accessory=menu),
                actions(who, day, button("Yes", confirm=sure), button("No & no", action_id="n")),
                actions(button("Twice"), button("Twice", action_id="t2")) | {"block_id": "b2"},
            ]
            await client.chat_postMessage(channel=room.id, text="x", blocks=blocks)
            await ana.presses("Leave")
            await ana.chooses("Next", ben)
            await ana.chooses("until", date(2026, 3, 6))
            assert await ana.presses("Yes", confirms=False) is None
            await ana.presses("Yes")
            leave, chose, until, yes = (action for action, _ in told)
            assert leave["selected_option"]["value"] == "leave"
            assert chose["selected_user"] == ben.id
            assert until["selected_date"] == "2026-03-06"
            assert told[-1][1]["buttons"]["who"]["selected_user"] == ben.id
            assert yes["action_id"] == "yes"
            # Payloads show the control characters escaped, screens do not (bolt-python#513).
            kept = ana.finds("No & no")
            assert kept.element["text"]["text"] == "No &amp; no"
            with pytest.raises(Refused, match="2 buttons"):
                await ana.presses("Twice")
            assert ana.finds("Twice", nth=1).element["action_id"] == "t2"
            assert slack.troubles == []

    run(story)


def test_words_in_a_dm_and_an_app_that_is_gone():
    async def story(slack, client):
        ana = slack.person("ana")
        room = slack.channel("set-1", ana)
        await ana.types(ana.dm, f"<@{slack.team.bot_user}> hello")
        (told,) = slack.deliveries  # no app_mention in a direct conversation
        assert told.event["channel_type"] == "im"
        blocks = [actions(button("Go"))]
        await client.chat_postMessage(channel=ana.dm.id, text="x", blocks=blocks)
        await slack.uninstalls()
        for act in (ana.presses("Go"), ana.command(room, "/als help")):
            with pytest.raises(Refused, match="not installed"):
                await act
        count = len(slack.deliveries)
        await ana.types(room, "alone")
        assert len(slack.deliveries) == count

    run(story)


def test_alerts_for_a_whole_channel_are_noticed():
    async def story(slack, client):
        room = slack.channel("set-1", slack.person("ana"))
        await client.chat_postMessage(channel=room.id, text="x", blocks=[section("&lt;!here&gt;")])
        assert slack.pings == []
        loud = {"type": "section", "text": plain("<!here>")}
        await client.chat_postMessage(channel=room.id, text="x", blocks=[loud])
        assert slack.pings == []  # plain_text alerts nobody
        await client.chat_postMessage(channel=room.id, text="x", blocks=[section("<!here>")])
        assert len(slack.pings) == 1

    run(story)


def test_external_ids_are_for_one_open_view():
    async def story(slack, client):
        triggers = []
        async with bolt(slack) as app:

            @app.command("/als")
            async def als(ack, body):
                triggers.append(body["trigger_id"])
                await ack()

            ana, ben = slack.person("ana"), slack.person("ben")
            room = slack.channel("set-1", ana, ben)
            for person in (ana, ben, ben):
                await person.command(room, "/als x")
            view = modal(external_id="same")
            first = await client.views_open(trigger_id=triggers[0], view=view)
            second = client.views_open(trigger_id=triggers[1], view=view)
            assert await error_of(second) == "duplicate_external_id"
            changed = modal(section("Newer"), external_id="same")
            await client.views_update(external_id="same", view=changed)
            conflict = client.views_update(external_id="same", view=view, hash="old")
            assert await error_of(conflict) == "hash_conflict"
            assert "Newer" in ana.sees()
            await ana.closes()
            gone = client.views_update(view_id=first["view"]["id"], view=view)
            assert await error_of(gone) == "not_found"
            await client.views_open(trigger_id=triggers[2], view=view)

    run(story)


def test_home_is_published_and_guarded_by_its_hash():
    async def story(slack, client):
        async with bolt(slack) as app:

            @app.event("app_home_opened")
            async def opened(event, client):
                view = {"type": "home", "blocks": [section("Your sets"), actions(button("New"))]}
                await client.views_publish(user_id=event["user"], view=view)

            @app.action("new")
            async def new(ack, body):
                assert body["container"]["type"] == "view"
                await ack()

            ana = slack.person("ana")
            await ana.opens_home()
            assert "Your sets" in ana.sees()
            await ana.presses("New")
            view = {"type": "home", "blocks": [section("Newer")]}
            old = ana.home.hash
            await client.views_publish(user_id=ana.id, view=view, hash=old)
            conflict = client.views_publish(user_id=ana.id, view=view, hash=old)
            assert await error_of(conflict) == "hash_conflict"
            assert "Newer" in ana.sees()
            assert slack.troubles == []

    run(story)


def test_response_urls_replace_delete_and_run_out():
    async def story(slack, client):
        async with bolt(slack) as app, aiohttp.ClientSession() as http:
            urls = []

            @app.action("go")
            async def go(ack, body):
                assert "message" not in body
                urls.append(body["response_url"])
                await ack()

            ana = slack.person("ana")
            room = slack.channel("set-1", ana)
            blocks = [section("Only you"), actions(button("Go"))]
            await client.chat_postEphemeral(channel=room.id, user=ana.id, text="x", blocks=blocks)
            await ana.presses("Go")

            async def respond(**body):
                async with http.post(urls[0], data=json.dumps(body)) as answer:
                    return answer.status, await answer.text()

            assert await respond(replace_original=True, text="Newer") == (200, "ok")
            assert ana.sees() == ["Newer"]
            assert await respond(delete_original=True) == (200, "ok")
            assert ana.sees() == []
            for _ in range(3):
                assert await respond(text="more") == (200, "ok")
            assert await respond(text="x") == (404, "used_url")
            slack.clock.wind(minutes=31)
            assert await respond(text="x") == (404, "expired_url")

    run(story)


def test_people_of_other_organisations_press_but_command_nothing():
    async def story(slack, client):
        async with bolt(slack) as app:

            @app.action("go")
            async def go(ack, body):
                assert body["team"]["id"] == slack.team.id
                assert body["user"]["team_id"] != slack.team.id
                await ack()

            other = slack.add_team("other")
            ana, guest = slack.person("ana"), slack.person("guest", team=other)
            room = slack.channel("set-1", ana, guest, shared_with=[other])
            user = (await client.users_info(user=guest.id))["user"]
            assert user["is_stranger"]
            assert "tz" not in user
            assert (
                await error_of(client.users_info(user=slack.person("far", team=other).id))
                == "user_not_visible"
            )
            await client.chat_postMessage(channel=room.id, text="x", blocks=[actions(button("Go"))])
            await guest.presses("Go")
            with pytest.raises(Refused):
                await guest.command(room, "/als help")
            assert slack.deliveries[-1].body["is_ext_shared_channel"]
            assert slack.troubles == []

    run(story)


# --- installing, rotating, Socket Mode ---


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
