"""The fake connector behaves as documented, towards the real SDK."""

import asyncio
import json

import pytest
from botbuilder.schema import (
    Activity,
    ErrorResponseException,
)

from tests.teams.fake import Refused
from tests.teams.fake.connector import LARGEST
from tests.teams.fake_client import (
    asks,
    block,
    card,
    client_of,
    code_of,
    error_of,
    one_to_one,
    run,
    says,
    thread_in,
)


def test_a_thread_in_a_channel_is_begun_answered_changed_and_deleted():
    async def story(teams):
        ana = teams.person("Ana")
        channel, calls = teams.channel("Learning", ana), client_of(teams).conversations
        made = await calls.create_conversation(thread_in(channel, says(None, card(block("Hi")))))
        assert made.id == f"{channel.id};messageid={made.activity_id}"
        reply = await calls.send_to_conversation(made.id, says("in the thread"))
        second = await calls.reply_to_activity(channel.id, made.activity_id, says("also"))
        assert {channel.messages[i].thread for i in (reply.id, second.id)} == {made.activity_id}
        await calls.update_activity(made.id, made.activity_id, says(None, card(block("Changed"))))
        await calls.delete_activity(made.id, second.id)
        assert list(ana.sees()) == ["Changed", "in the thread"]
        assert await code_of(calls.update_activity(made.id, second.id, says("x"))) == (
            404,
            "ActivityNotFoundInConversation",
        )

    run(story)


def test_only_the_bots_own_messages_can_be_changed():
    async def story(teams):
        ana = teams.person("Ana")
        chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
        said = await ana.types(chat, "mine")
        assert (await code_of(calls.update_activity(chat.id, said.id, says("x"))))[0] == 403
        assert (await code_of(calls.delete_activity(chat.id, said.id)))[0] == 403

    run(story)


def test_text_and_a_card_in_one_message_are_split_and_no_id_comes_back():
    async def story(teams):
        ana = teams.person("Ana")
        chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
        answer = await calls.send_to_conversation(chat.id, says("words", card(block("a card"))))
        assert answer.id is None
        assert list(ana.sees(chat)) == ["words", "a card"]
        with_summary = says(None, card(block("b")), summary="for the notification")
        assert (await calls.send_to_conversation(chat.id, with_summary)).id

    run(story)


def test_whom_the_app_may_write_to():
    async def story(teams):
        ana, ben, eva = (teams.person(n) for n in ("Ana", "Ben", "Eva"))
        calls = client_of(teams).conversations
        refused = await code_of(calls.create_conversation(one_to_one(teams, ana)))
        assert refused == (403, "ForbiddenOperationException")
        await ana.installs()
        made = await calls.create_conversation(one_to_one(teams, ana))
        assert made.id == ana.personal.id
        await calls.send_to_conversation(made.id, says("hello"))
        assert "hello" in ana.sees()
        # A member of a team in which the app is may be written to first.
        teams.channel("Learning", ben)
        await calls.create_conversation(one_to_one(teams, ben))
        # A stranger's tenant is none of theirs.
        wish = one_to_one(teams, ana)
        wish.tenant_id = "elsewhere"
        assert (await code_of(calls.create_conversation(wish)))[0] == 400
        assert eva.sees() == []

    run(story)


@pytest.mark.parametrize("how", ["blocks", "uninstalls"])
def test_who_blocked_or_uninstalled_is_told_by_a_403(how):
    async def story(teams):
        ana, calls = teams.person("Ana"), client_of(teams).conversations
        await ana.installs()
        made = await calls.create_conversation(one_to_one(teams, ana))
        if how == "blocks":
            ana.blocks()
        else:
            await ana.uninstalls()
        status, body = await error_of(calls.send_to_conversation(made.id, says("hello")))
        assert (status, body["errorCode"]) == (403, 209)
        assert json.loads(body["message"])["subCode"] == "MessageWritesBlocked"
        with pytest.raises(Refused):
            await ana.types(ana.personal, "hello?")

    run(story)


def test_conversations_that_are_not_there_or_not_ours():
    async def story(teams):
        ana = teams.person("Ana")
        calls = client_of(teams).conversations
        gone = calls.send_to_conversation("19:nowhere@thread.v2", says("x"))
        assert await code_of(gone) == (404, "ConversationNotFound")
        chat = teams.chat("Without", ana, installed=False)
        refused = await code_of(calls.send_to_conversation(chat.id, says("x")))
        assert refused == (403, "BotNotInConversationRoster")
        channel = teams.channel("Learning", ana)
        lost = calls.send_to_conversation(f"{channel.id};messageid=1", says("x"))
        assert await code_of(lost) == (404, "ConversationNotFound")
        await teams.removes(channel, ana)
        assert (await code_of(calls.send_to_conversation(channel.id, says("x"))))[0] == 404

    run(story)


def test_too_large_is_413_counted_in_utf_16():
    async def story(teams):
        chat, calls = teams.chat("Pair", teams.person("Ana")), client_of(teams).conversations
        await calls.send_to_conversation(chat.id, says("x" * (LARGEST // 2 - 500)))
        large = calls.send_to_conversation(chat.id, says("x" * (LARGEST // 2)))
        assert await code_of(large) == (413, "MessageSizeTooBig")

    run(story)


def test_the_budget_of_a_conversation_and_of_a_tenant():
    async def story(teams):
        ana = teams.person("Ana")
        chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
        for _ in range(7):
            await calls.send_to_conversation(chat.id, says("x"))
        with pytest.raises(ErrorResponseException) as refused:
            await calls.send_to_conversation(chat.id, says("x"))
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "1"
        teams.clock.wind(seconds=1)
        await calls.send_to_conversation(chat.id, says("x"))  # the eighth in two seconds
        assert (await code_of(calls.send_to_conversation(chat.id, says("x"))))[0] == 429
        chats = [teams.chat(f"Chat {n}", ana) for n in range(60)]
        sent = [calls.send_to_conversation(other.id, says("x")) for other in chats]
        came = await asyncio.gather(*sent, return_exceptions=True)
        refused = [e for e in came if isinstance(e, ErrorResponseException)]
        # Two were asked for in this second before, the refused one counts.
        assert len(refused) == 60 - (50 - 2)
        assert {e.response.status_code for e in refused} == {429}

    run(story)


def test_the_threads_of_a_channel_share_its_budget_for_an_hour():
    async def story(teams):
        channel, pace = teams.channel("Learning", teams.person("Ana")), teams.pace
        left = []
        for _ in range(1801):
            teams.clock.wind(milliseconds=1900)
            left.append(pace.of_call("send", teams.tenant.id, channel.id))
        assert sum(1 for wait in left if wait) == 1  # 60 in 30 s are more than 1.9 s apart
        assert 0 < left[-1] < 3600 - 1800

    run(story)


def test_who_is_in_a_conversation():
    async def story(teams):
        people = [teams.person(f"Person {n}") for n in range(120)]
        channel, client = teams.channel("Learning", *people), client_of(teams)
        calls = client.conversations
        page = await calls.get_conversation_paged_members(channel.id, page_size=50)
        seen = list(page.members)
        while page.continuation_token:
            page = await calls.get_conversation_paged_members(
                channel.id, page_size=50, continuation_token=page.continuation_token
            )
            seen += page.members
        assert [m.id for m in seen] == [p.id for p in people]
        one = await calls.get_conversation_member(channel.id, people[3].user.aad)
        assert one.id == people[3].id
        stranger = calls.get_conversation_member(channel.id, teams.person("Eva").id)
        assert (await code_of(stranger))[0] == 404
        status, answer = await asks(teams, "GET", f"teams/{channel.team.id}/conversations")
        assert status == 200
        assert answer["conversations"] == [
            {"id": channel.team.id, "name": None},
            {"id": channel.id, "name": "Learning"},
        ]

    run(story)


def test_the_roster_of_old_has_a_small_budget():
    async def story(teams):
        ana = teams.person("Ana")
        chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
        for _ in range(5):
            [one] = await calls.get_conversation_members(chat.id)
            assert (one.id, one.name) == (ana.id, "Ana")
        # Not by the SDK: msrest repeats a GET three times and sleeps for Retry-After each time.
        assert (await asks(teams, "GET", f"conversations/{chat.id}/members"))[0] == 429
        await calls.get_conversation_paged_members(chat.id)

    run(story)


def test_a_targeted_message_is_for_one_member_and_for_a_day():
    async def story(teams):
        ana, ben, eva = (teams.person(n) for n in ("Ana", "Ben", "Eva"))
        chat = teams.chat("Pair", ana, ben)

        async def sends(body):
            path = f"conversations/{chat.id}/activities"
            status, _ = await asks(teams, "POST", path, body, isTargetedActivity="true")
            return status

        nudge = {"type": "message", "text": "only for you"}
        assert await sends(nudge | {"recipient": {"id": ana.id}}) == 201
        assert await sends(nudge) == 400
        assert await sends(nudge | {"recipient": {"id": eva.id}}) == 404
        assert "only for you" in ana.sees()
        assert ben.sees() == []
        teams.clock.wind(hours=24)
        assert ana.sees() == []

    run(story)


def test_two_ids_in_utf_16_for_a_letter_outside_the_plane():
    async def story(teams):
        chat, calls = teams.chat("Pair", teams.person("Ana")), client_of(teams).conversations
        large = calls.send_to_conversation(chat.id, says("🙂" * (LARGEST // 4)))
        assert (await code_of(large))[0] == 413

    run(story)


def test_typing_is_taken_and_leaves_nothing():
    async def story(teams):
        chat, calls = teams.chat("Pair", teams.person("Ana")), client_of(teams).conversations
        await calls.send_to_conversation(chat.id, Activity(type="typing"))
        assert teams.posted == []

    run(story)


def test_a_message_to_everybody_is_noticed():
    async def story(teams):
        channel = teams.channel("Learning", teams.person("Ana"))
        everyone = {"id": channel.id, "name": "Learning"}
        at = {"type": "mention", "text": "<at>Learning</at>", "mentioned": everyone}
        loud = {"type": "message", "text": "<at>Learning</at> hello", "entities": [at]}
        path = f"conversations/{channel.id}/activities"
        assert (await asks(teams, "POST", path, loud))[0] == 201
        assert (await asks(teams, "POST", path, {"type": "message", "text": "hi"}))[0] == 201
        assert (await asks(teams, "POST", path, loud | {"text": "hello"}))[0] == 400
        assert [m.text for m in teams.alerts] == ["<at>Learning</at> hello"]

    run(story)
