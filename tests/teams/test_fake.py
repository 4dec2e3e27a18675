"""The fake Teams behaves as Teams is documented to, towards the real SDK and a small app."""

import asyncio
import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

import aiohttp
import msal
import pytest
from aiohttp import web
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import (
    Activity,
    AdaptiveCardInvokeResponse,
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
    ServiceClientCredentialsFactory,
    SimpleCredentialProvider,
)
from msrest.exceptions import ClientRequestError

from tests.teams.fake import FORGERIES, Clock, FakeTeams, Refused, problems
from tests.teams.fake.connector import LARGEST
from tests.teams.fake.faults import CALLS
from tests.teams.fake.person import FAILED, UNREACHABLE

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


# --- login -----------------------------------------------------------------------------------


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


# --- the connector ---------------------------------------------------------------------------


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


# --- faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["412", "429", "500", "502", "504", "refused"])
def test_a_call_that_failed_had_no_effect(kind):
    async def story(teams):
        chat, calls = teams.chat("Pair", teams.person("Ana")), client_of(teams).conversations
        teams.faults.next("send", kind, after=1)
        await calls.send_to_conversation(chat.id, says("one"))
        with pytest.raises((ErrorResponseException, ClientRequestError)):
            await calls.send_to_conversation(chat.id, says("two"))
        assert [m.text for m in teams.posted] == ["one"]
        assert teams.faults.happened == [("send", kind)]

    run(story)


@pytest.mark.parametrize("kind", ["504 posted", "lost"])
def test_a_call_may_fail_after_its_effect(kind):
    async def story(teams):
        chat, calls = teams.chat("Pair", teams.person("Ana")), client_of(teams).conversations
        teams.faults.next("send", kind)
        with pytest.raises((ErrorResponseException, ClientRequestError)):
            await calls.send_to_conversation(chat.id, says("one"))
        assert [m.text for m in teams.posted] == ["one"]

    run(story)


def test_an_answer_may_hang_after_the_effect():
    async def story(teams):
        chat, token = teams.chat("Pair", teams.person("Ana")), credentials(teams).get_access_token()
        teams.faults.hang = 30
        teams.faults.next("send", "lost")
        url = f"{teams.service_url}v3/conversations/{chat.id}/activities"
        limit = aiohttp.ClientTimeout(total=0.1)
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
            with pytest.raises(TimeoutError):
                await http.post(url, json={"type": "message", "text": "one"}, timeout=limit)
        assert [m.text for m in teams.posted] == ["one"]

    run(story)


@pytest.mark.parametrize("seed", range(5))
def test_among_faults_each_message_is_there_if_it_was_confirmed(seed):
    async def story(teams):
        teams.pace.on = False
        teams.faults.calls = dict.fromkeys(CALLS, 0.08)
        chat, calls = teams.chat("Pair", teams.person("Ana")), client_of(teams).conversations
        confirmed = set()
        for number in range(60):
            try:
                await calls.send_to_conversation(chat.id, says(f"n{number}"))
                confirmed.add(f"n{number}")
            except (ErrorResponseException, ClientRequestError):
                continue
        there = [m.text for m in teams.posted]
        assert len(there) == len(set(there))
        after = [k for _, k in teams.faults.happened if k in ("504 posted", "lost", "reset")]
        assert confirmed < set(there)
        assert len(there) - len(confirmed) <= len(after)

    run(story, seed=seed)


def test_the_same_seed_brings_the_same_faults():
    def happened(seed):
        with_seed = FakeTeams(Clock(), seed=seed).faults
        with_seed.calls = {"429": 0.2, "reset": 0.2}
        return [with_seed.of_call("send") for _ in range(50)]

    assert happened(3) == happened(3) != happened(4)


# --- cards -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faulty", "words"),
    [
        (card(block("x")) | {"version": "1.6"}, "version"),
        (card({"type": "Chart.Pie"}), "unknown element"),
        (card({"type": "Container", "items": [{"type": "Rating"}]}), "unknown element"),
        (card(block("x"), actions=[{"type": "Action.Execute", "title": "Go"}]), "without verb"),
        (card(field("A", "a"), field("B", "a")), "twice"),
        (card({"type": "Input.Text"}), "without id"),
        (card(field("A", "a", isRequired=True)), "errorMessage"),
        (card(block("x"), actions=[submit("Go") | {"data": "text"}]), "no object"),
        (card(block("x"), actions=[execute(f"Go {n}") for n in range(7)]), "side by side"),
        (card(block("<at>Ben</at>")), "no entity"),
        (card(block("x"), refresh={"action": submit("x")}), "refresh"),
        (
            card(block("x"), refresh={"action": execute("x"), "userIds": ["29:1"] * 61}),
            "61 people",
        ),
        (card({"type": "Input.ChoiceSet", "id": "c", "choices": []}), "no choices"),
        (card(), "empty"),
        ({"type": "HeroCard"}, "not an AdaptiveCard"),
    ],
)
def test_a_faulty_card_is_refused(faulty, words):
    assert any(words in problem for problem in problems(faulty))

    async def story(teams):
        chat, calls = teams.chat("Pair", teams.person("Ana")), client_of(teams).conversations
        refused = calls.send_to_conversation(chat.id, says(None, faulty))
        assert await code_of(refused) == (400, "BadSyntax")

    run(story)


def test_a_newer_element_may_have_a_fallback():
    newer = {"type": "Chart.Pie", "fallback": block("three of four")}
    assert problems(card(newer)) == []


def test_people_read_cards_in_their_own_zone():
    async def story(teams):
        ana, kai = teams.person("Ana", tz="Europe/Berlin"), teams.person("Kai", tz="Asia/Tokyo")
        chat, calls = teams.chat("Pair", ana, kai), client_of(teams).conversations
        instant = "2026-03-02T18:00:00Z"
        until = f"until {{{{DATE({instant}, SHORT)}}}} {{{{TIME({instant})}}}}"
        columns = [{"type": "Column", "items": [block("left")]}, {"items": [block("right")]}]
        shown = card(
            block(until),
            {"type": "ColumnSet", "columns": columns},
            {"type": "FactSet", "facts": [{"title": "Open", "value": "3"}]},
            block("hidden", isVisible=False),
            actions=[execute("Ask")],
        )
        await calls.send_to_conversation(chat.id, says(None, shown))
        assert "until Mon, Mar 2nd, 2026 7:00 PM" in ana.sees()
        assert "until Tue, Mar 3rd, 2026 3:00 AM" in kai.sees()
        assert ana.sees()[-1].split("\n")[1:] == ["left", "right", "Open 3", "[Ask]"]

    run(story)


# --- deliveries ------------------------------------------------------------------------------


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


# --- the stock SDK, from end to end ----------------------------------------------------------


class Ours(ServiceClientCredentialsFactory):
    """Credentials whose way to Microsoft's login leads to the fake."""

    def __init__(self, teams):
        self.teams, self.made = teams, credentials(teams)

    async def is_valid_app_id(self, app_id):
        return app_id == self.teams.app_id

    async def is_authentication_disabled(self):
        return False

    async def create_credentials(self, app_id, oauth_scope, login_endpoint, validate_authority):
        return self.made


class Stock(TeamsActivityHandler):
    """Notes which of the SDK's hooks an activity reaches; echoes messages."""

    def __init__(self):
        self.hooks = []

    async def on_message_activity(self, turn_context):
        self.hooks.append("message")
        if turn_context.activity.text:
            words = turn_context.remove_recipient_mention(turn_context.activity).strip()
            await turn_context.send_activity(f"You said: {words}")

    async def on_teams_message_edit(self, turn_context):
        self.hooks.append("edit")

    async def on_teams_message_soft_delete(self, turn_context):
        self.hooks.append("delete")

    async def on_teams_message_undelete(self, turn_context):
        self.hooks.append("undelete")

    async def on_installation_update_add(self, turn_context):
        self.hooks.append("installed")

    async def on_installation_update_remove(self, turn_context):
        self.hooks.append("uninstalled")

    async def on_teams_members_added_dispatch(self, members_added, team_info, turn_context):
        self.hooks.append(f"{len(members_added)} came")

    async def on_teams_members_removed_dispatch(self, members_removed, team_info, turn_context):
        self.hooks.append(f"{len(members_removed)} left")

    async def on_teams_channel_renamed(self, channel_info, team_info, turn_context):
        self.hooks.append(f"renamed to {channel_info.name}")

    async def on_reactions_added(self, message_reactions, turn_context):
        self.hooks.append(message_reactions[0].type)

    async def on_adaptive_card_invoke(self, turn_context, invoke_value):
        self.hooks.append(invoke_value.action["verb"])
        return AdaptiveCardInvokeResponse(
            status_code=200, type=CARD, value=card(block("You are in."))
        )

    async def on_teams_task_module_fetch(self, turn_context, request):
        self.hooks.append(request.data["type"])

    async def on_teams_messaging_extension_fetch_task(self, turn_context, action):
        self.hooks.append(action.message_payload.body.content)


@asynccontextmanager
async def stock_of(teams):
    """Serve a bot of the stock SDK to this Teams."""
    ChannelValidation.open_id_metadata_endpoint = teams.login.metadata_url
    JwtTokenExtractor.metadataCache.clear()
    settings = SimpleNamespace(
        APP_ID=teams.app_id,
        APP_PASSWORD=teams.app_password,
        APP_TYPE="SingleTenant",
        APP_TENANTID=teams.tenant.id,
    )
    factory = Ours(teams)
    auth = ConfigurationBotFrameworkAuthentication(settings, credentials_factory=factory)
    bot, adapter, site = Stock(), CloudAdapter(auth), web.Application()

    async def serve(request):
        return await adapter.process(request, bot)

    site.router.add_post("/api/messages", serve)
    runner = web.AppRunner(site, shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    port = place._server.sockets[0].getsockname()[1]
    teams.app_url = f"http://127.0.0.1:{port}/api/messages"
    try:
        yield bot
    finally:
        await runner.cleanup()
        ChannelValidation.open_id_metadata_endpoint = None
        JwtTokenExtractor.metadataCache.clear()


def test_a_stock_bot_echoes_in_the_thread():
    async def story(teams):
        async with stock_of(teams):
            ana = teams.person("Ana")
            channel = teams.channel("Learning", ana)
            root = await ana.types(channel, "hello", mention=True)
            assert [d.acked for d in teams.deliveries] == [True]
            assert "You said: hello" in ana.sees()
            assert ana.message("You said").thread == root.id

    run(story)


def test_what_the_fake_sends_reaches_the_hooks_of_the_stock_sdk():
    async def story(teams):
        async with stock_of(teams) as bot:
            ana, ben = teams.person("Ana"), teams.person("Ben")
            channel = teams.channel("Learning", ana, installed=False)
            await ana.installs(channel, rsc=True)
            await teams.joins(channel, ben)
            await teams.renames(channel, "Together", ana)
            said = await ana.types(channel, "hello")
            await ana.edits(said, "hello you")
            await ana.deletes(said)
            await ana.undeletes(said)
            await ben.reacts(ben.message("You said: hello"))
            shown = card(block("Well?"), actions=[execute("Join"), opens("Ask"), submit("Go", k=1)])
            calls = client_of(teams).conversations
            await calls.send_to_conversation(channel.id, says(None, shown))
            await ana.presses("Go")
            await ana.presses("Ask")
            await ben.presses("Join")
            teams.commands["Keep"] = "keep"
            await ana.message_action("Keep", said)
            await teams.leaves(channel, ben)
            await ana.uninstalls(channel)
            assert bot.hooks == [
                *("installed", "1 came", "1 came", "renamed to Together"),
                *("message", "edit", "delete", "undelete", "like"),
                *("message", "task/fetch", "join", "<div>hello you</div>"),
                *("1 left", "uninstalled", "1 left"),
            ]
            assert all(delivery.acked for delivery in teams.deliveries)

    run(story)


# --- pressing --------------------------------------------------------------------------------


def face(content):
    return {"statusCode": 200, "type": CARD, "value": content}


def toast(text):
    kind = "application/vnd.microsoft.activity.message"
    return {"statusCode": 200, "type": kind, "value": text}


def test_a_press_replaces_the_card_for_who_pressed():
    async def story(teams):
        async with app_of(teams) as app:
            ana, ben = teams.person("Ana"), teams.person("Ben")
            chat, calls = teams.chat("Pair", ana, ben), client_of(teams).conversations
            shown = card(
                block("Who is in?"),
                field("Why", "why"),
                actions=[execute("Join", data={"n": 1})],
            )
            made = await calls.send_to_conversation(chat.id, says(None, shown))
            app.answers["adaptiveCard/action"] = face(card(block("You are in.")))
            kept = ana.finds("Join")
            ana.fills({"Why": "to learn"})
            await ana.presses("Join", on="Who is in?")
            [heard] = app.heard
            assert heard["value"] == {
                "action": {
                    "type": "Action.Execute",
                    "title": "Join",
                    "verb": "join",
                    "data": {"n": 1, "why": "to learn"},
                },
                "trigger": "manual",
            }
            assert heard["replyToId"] == made.id
            assert "You are in." in ana.sees()
            assert "Who is in?" in ben.sees()
            app.answers["adaptiveCard/action"] = toast("This was closed.")
            await ana.presses(kept)
            assert ana.toasts == ["This was closed."]
            # A change by the app is everyone's.
            await calls.update_activity(chat.id, made.id, says(None, card(block("Two are in."))))
            assert list(ana.sees()) == list(ben.sees()) == ["Two are in."]

    run(story)


def test_who_is_named_for_a_refresh_gets_a_face_by_looking():
    async def story(teams):
        async with app_of(teams) as app:
            ana, ben = teams.person("Ana"), teams.person("Ben")
            chat, calls = teams.chat("Pair", ana, ben), client_of(teams).conversations
            refresh = {"action": execute("Refresh"), "userIds": [ana.id]}
            await calls.send_to_conversation(
                chat.id, says(None, card(block("For all"), refresh=refresh))
            )
            app.answers["adaptiveCard/action"] = face(card(block("For Ana"), refresh=refresh))
            assert "For Ana" in await ana.looks()
            assert "For all" in await ben.looks()
            assert [a["value"]["trigger"] for a in app.heard] == ["automatic"]
            await ana.looks()
            assert len(app.heard) == 1
            await ana.looks(again=True)
            assert len(app.heard) == 2

    run(story)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (503, UNREACHABLE),
        (None, FAILED),
        ({"statusCode": 200, "type": CARD, "value": "text"}, FAILED),
        (face(card(block("x")) | {"version": "2.0"}), FAILED),
    ],
)
def test_a_press_that_is_not_answered_as_it_must_be(answer, words):
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            shown = card(block("Well?"), actions=[execute("Go")])
            await calls.send_to_conversation(chat.id, says(None, shown))
            app.answers["adaptiveCard/action"] = answer
            await ana.presses("Go")
            assert ana.toasts == [words]
            assert teams.troubles[0][0] == "adaptiveCard/action"
            assert await teams.retries() == []
            assert len(app.heard) == 1

    run(story)


def test_a_card_stays_when_the_app_goes():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            link = {"type": "Action.OpenUrl", "title": "Read", "url": "https://example.com"}
            shown = card(block("Well?"), actions=[execute("Go"), link])
            await calls.send_to_conversation(chat.id, says(None, shown))
            assert await ana.presses("Read") == "https://example.com"
            await ana.uninstalls(chat)
            with pytest.raises(Refused):
                await ana.presses("Go")
            assert "adaptiveCard/action" not in app.names()

    run(story)


def test_a_card_within_a_card_opens_on_a_press():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            inner = {"type": "AdaptiveCard", "body": [field("Why", "why")]}
            inner["actions"] = [execute("Tell")]
            more = {"type": "Action.ShowCard", "title": "More", "card": inner}
            await calls.send_to_conversation(chat.id, says(None, card(block("a"), actions=[more])))
            assert ana.buttons() == ["More"]
            await ana.presses("More")
            assert ana.buttons() == ["More", "Tell"]
            ana.fills({"Why": "to learn"})
            app.answers["adaptiveCard/action"] = toast("Thanks.")
            await ana.presses("Tell")
            assert app.heard[-1]["value"]["action"]["data"] == {"why": "to learn"}

    run(story)


def test_a_button_of_old_comes_as_a_message_with_its_value():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            shown = card(block("Well?"), actions=[submit("Go", key="k")])
            made = await calls.send_to_conversation(chat.id, says(None, shown))
            await ana.presses("Go")
            [heard] = app.heard
            assert (heard["type"], heard["value"], heard["replyToId"]) == (
                "message",
                {"key": "k"},
                made.id,
            )
            assert "text" not in heard

    run(story)


def dialog(title, content):
    value = {"title": title, "card": {"contentType": CARD, "content": content}}
    return {"task": {"type": "continue", "value": value}}


FORM = card(
    field("Your question", "question", isRequired=True, errorMessage="Say something", maxLength=40),
    {
        "type": "Input.ChoiceSet",
        "id": "kind",
        "label": "Kind",
        "choices": [{"title": "Open", "value": "o"}, {"title": "Closed", "value": "c"}],
    },
    {"type": "Input.Toggle", "id": "quiet", "title": "Without my name"},
    actions=[submit("Send", form="ask")],
)


def test_a_dialog_opens_is_filled_in_goes_on_and_closes():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            await calls.send_to_conversation(
                chat.id, says(None, card(block("Well?"), actions=[opens("Ask", n=1)]))
            )
            app.answers["task/fetch"] = dialog("Ask", FORM)
            await ana.presses("Ask")
            assert app.heard[-1]["value"]["data"] == {"n": 1, "type": "task/fetch"}
            assert ana.dialog.title == "Ask"
            assert ana.buttons() == ["Send"]  # the dialog covers the chat
            await ana.submits({"Kind": "Open"})
            assert ana.errors == {"Your question": "Say something"}
            assert app.names() == ["task/fetch"]
            with pytest.raises(Refused):
                ana.fills({"Your question": "x" * 41})
            app.answers["task/submit"] = dialog("Again", FORM)
            await ana.submits({"Your question": "Why?", "Without my name": True})
            assert app.heard[-1]["value"]["data"] == {
                "form": "ask",
                "question": "Why?",
                "kind": "o",
                "quiet": "true",
            }
            assert ana.dialog.title == "Again"
            said = {"task": {"type": "message", "value": "Kept."}}
            app.answers["task/submit"] = said
            await ana.submits({"Your question": "Why not?"})
            assert (ana.dialog, ana.toasts) == (None, ["Kept."])
            app.answers["task/submit"] = None
            await ana.presses("Ask")
            await ana.submits({"Your question": "Why not?"})
            assert ana.dialog is None
            assert teams.troubles == []

    run(story)


def test_a_dialog_that_cannot_be_shown():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            shown = card(block("Well?"), actions=[opens("Ask")])
            await calls.send_to_conversation(chat.id, says(None, shown))
            wrong = card(block("x"), actions=[execute("Go")])
            for answer in (None, {"task": {"type": "continue"}}, dialog("Ask", wrong), 500):
                app.answers["task/fetch"] = answer
                await ana.presses("Ask")
                assert ana.dialog is None
            assert len(teams.troubles) == 4

    run(story)


def test_a_message_action_opens_a_dialog_about_the_message():
    async def story(teams):
        async with app_of(teams) as app:
            teams.commands["Keep for later"] = "keep"
            ana, ben = teams.person("Ana"), teams.person("Ben")
            channel = teams.channel("Learning", ana, ben)
            root = await ben.types(channel, "what would <you> see?")
            app.answers["composeExtension/fetchTask"] = dialog("Keep", FORM)
            await ana.message_action("Keep for later", root)
            value = app.heard[-1]["value"]
            assert (value["commandId"], value["commandContext"]) == ("keep", "message")
            assert value["messagePayload"]["id"] == root.id
            assert value["messagePayload"]["from"]["user"]["id"] == ben.user.aad
            assert "&lt;you&gt;" in value["messagePayload"]["body"]["content"]
            await ana.submits({"Your question": "Why?"})
            last = app.heard[-1]
            assert last["name"] == "composeExtension/submitAction"
            assert last["value"]["data"]["question"] == "Why?"
            assert last["value"]["messagePayload"]["id"] == root.id
            assert ana.dialog is None

    run(story)


def test_what_the_client_does_not_let_people_do():
    async def story(teams):
        ana, ben = teams.person("Ana"), teams.person("Ben")
        channel, chat = teams.channel("Learning", ana), teams.chat("Pair", ana)
        said = await ana.types(chat, "mine")
        for refused in (
            ben.types(channel, "hello"),
            ben.edits(said, "yours"),
            ana.types(chat, "x", thread=said),
            ana.presses("Nothing"),
            ana.submits({}),
            ana.message_action("Unknown", said),
            ben.types(ben.personal, "the app is not here"),
        ):
            with pytest.raises(Refused):
                await refused

    run(story)
