"""The fake Teams delivers activities as Teams does; forgeries are told from them."""

import asyncio

import pytest
from botbuilder.schema import (
    Activity,
)
from botframework.connector.auth import (
    JwtTokenExtractor,
)

from tests.teams.fake import FORGERIES
from tests.teams.fake_client import (
    app_of,
    client_of,
    run,
    says,
)


def test_without_consent_the_app_hears_only_what_is_meant_for_it():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            channel = teams.channel("Learning", ana)
            root = await ana.types(channel, "present", mention=True)
            await ana.types(channel, "to all of you", thread=root)
            assert [a["text"] for a in app.heard] == ["<at>ALS</at> present\n"]
            channel.team.rsc = True
            await ana.types(channel, "to all of you", thread=root)
            assert app.heard[-1]["text"] == "to all of you"
            await ana.installs()
            await ana.types(ana.personal, "status")
            assert app.heard[-1]["conversation"]["conversationType"] == "personal"

    run(story)


def test_a_message_looks_as_teams_sends_it():
    async def story(teams):
        async with app_of(teams) as app:
            ana, ben = teams.person("Ana", tz="Asia/Tokyo", locale="ja-JP"), teams.person("Ben")
            channel = teams.channel("Learning", ana, ben)
            root = await ana.types(channel, "hello")
            said = await ana.types(channel, f"with {ben}", thread=root, mention=True)
            [heard] = app.heard
            assert heard["id"] == said.id
            assert heard["conversation"] == {
                "conversationType": "channel",
                "tenantId": teams.tenant.id,
                "id": f"{channel.id};messageid={root.id}",
                "isGroup": True,
            }
            assert heard["from"] == {"id": ana.id, "name": "Ana", "aadObjectId": ana.user.aad}
            data = heard["channelData"]
            assert data["tenant"]["id"] == teams.tenant.id
            assert (data["team"]["id"], data["channel"]["id"]) == (channel.team.id, channel.id)
            named = [e["mentioned"]["name"] for e in heard["entities"] if e["type"] == "mention"]
            assert named == ["ALS", "Ben"]
            [client] = [e for e in heard["entities"] if e["type"] == "clientInfo"]
            assert client["timezone"] == heard["localTimezone"] == "Asia/Tokyo"
            assert (heard["locale"], heard["timestamp"]) == ("ja-JP", "2026-03-02T09:00:00.000Z")
            assert heard["localTimestamp"] == "2026-03-02T18:00:00.000+09:00"
            # The SDK reads it.
            assert Activity.deserialize(heard).channel_data["channel"]["id"] == channel.id

    run(story)


def test_edits_and_deletions_follow():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat = teams.chat("Pair", ana, rsc=True)
            said = await ana.types(chat, "one")
            await ana.edits(said, "two")
            await ana.deletes(said)
            await ana.undeletes(said)
            assert [(a["type"], a["channelData"].get("eventType")) for a in app.heard] == [
                ("message", None),
                ("messageUpdate", "editMessage"),
                ("messageDelete", "softDeleteMessage"),
                ("messageUpdate", "undeleteMessage"),
            ]
            assert {a["id"] for a in app.heard} == {said.id}
            assert "text" not in app.heard[2]

    run(story)


def test_the_app_hears_of_installation_people_and_channels():
    async def story(teams):
        async with app_of(teams) as app:
            ana, ben = teams.person("Ana"), teams.person("Ben")
            channel = teams.channel("Learning", ana, installed=False)
            await ana.types(channel, "present", mention=True)
            assert app.heard == []
            await ana.installs(channel, rsc=True)
            await teams.joins(channel, ben)
            await teams.renames(channel, "Learning together", ana)
            await teams.leaves(channel, ben)
            await ana.uninstalls(channel)
            told = [a["channelData"].get("eventType") or a["action"] for a in app.heard]
            people = ["teamMemberAdded", "teamMemberAdded", "channelRenamed", "teamMemberRemoved"]
            assert told == ["add", *people, "remove", "teamMemberRemoved"]
            assert app.heard[1]["membersAdded"] == [{"id": teams.world.bot_id}]
            assert app.heard[2]["membersAdded"][0]["aadObjectId"] == ben.user.aad
            await ana.installs()
            assert app.heard[-1]["membersAdded"][1]["id"] == ana.id
            assert "eventType" not in app.heard[-1]["channelData"]

    run(story)


def test_reactions_to_the_apps_messages():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            await calls.send_to_conversation(chat.id, says("well?"))
            await ana.reacts(ana.message("well?"))
            await ana.reacts(ana.message("well?"), on=False)
            assert app.heard[0]["reactionsAdded"] == [{"type": "like"}]
            assert app.heard[1]["reactionsRemoved"] == [{"type": "like"}]

    run(story)


def test_what_was_not_answered_with_2xx_comes_again_with_the_same_id():
    async def story(teams):
        async with app_of(teams) as app:
            ana, times = teams.person("Ana"), []

            def second_time(activity):
                times.append(activity["id"])
                return 200 if len(times) > 1 else 503

            app.answers["message"] = second_time
            chat = teams.chat("Pair", ana)
            await ana.types(chat, "present", mention=True)
            assert [d.acked for d in teams.deliveries] == [False]
            await teams.retries()
            assert len(set(times)) == 1
            assert [d.acked for d in teams.deliveries] == [True]
            assert await teams.retries() == []

    run(story)


def test_a_slow_app_is_given_up_on():
    async def story(teams):
        async with app_of(teams) as app:
            app.answers["message"] = lambda activity: asyncio.Event().wait()
            ana = teams.person("Ana")
            await ana.types(teams.chat("Pair", ana), "present", mention=True)
            assert teams.deliveries[0].answers[0].reason == "timeout"

    run(story, patience=0.05)


def test_activities_come_twice_late_and_in_another_order():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat = teams.chat("Pair", ana, rsc=True)
            teams.faults.next("message", "duplicate")
            teams.faults.next("message", "reorder")
            teams.faults.next("message", "late")
            for word in ("one", "two", "three", "four"):
                await ana.types(chat, word)
            assert [a["text"] for a in app.heard] == ["one", "one", "four", "two"]
            await teams.release()
            assert app.heard[-1]["text"] == "three"

    run(story)


def test_another_tenant_may_have_the_app_too():
    async def story(teams):
        async with app_of(teams) as app:
            other = teams.add_tenant("globex")
            eva = teams.person("Eva", tenant=other)
            await eva.types(teams.chat("There", eva, tenant=other), "present", mention=True)
            # Rightly signed; whether the tenant is welcome is for the app to say.
            [delivery] = teams.deliveries
            assert delivery.activity["channelData"]["tenant"]["id"] == other.id
            assert (delivery.answers[0].status, app.heard) == (401, [])

    run(story)


@pytest.mark.parametrize("kind", FORGERIES)
def test_forgeries_reach_the_app_and_are_told_from_the_real_thing(kind):
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat = teams.chat("Pair", ana)
            await ana.types(chat, "present", mention=True)
            assert await teams.forges(kind, ana, chat) == 401
            assert len(app.heard) == 1

    run(story)


def test_keys_rotate():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat = teams.chat("Pair", ana)
            await ana.types(chat, "one", mention=True)
            teams.login.rotate()
            await ana.types(chat, "two", mention=True)
            # The SDK looks for the new key only after a day (platforms.md).
            assert len(app.heard) == 1
            JwtTokenExtractor.metadataCache.clear()
            await teams.retries()
            assert [a["text"] for a in app.heard] == ["<at>ALS</at> one\n", "<at>ALS</at> two\n"]

    run(story)


def test_a_key_that_is_not_endorsed_for_teams():
    async def story(teams):
        teams.login.endorsements = ["skype"]
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            await ana.types(teams.chat("Pair", ana), "one", mention=True)
            assert (teams.deliveries[0].answers[0].status, app.heard) == (401, [])

    run(story)
