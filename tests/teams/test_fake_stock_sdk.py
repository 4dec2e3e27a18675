"""What the fake Teams sends reaches the hooks of the SDK's own bot."""

from contextlib import asynccontextmanager

from aiohttp import web
from botbuilder.core import CloudAdapterBase
from botbuilder.core.serializer_helper import serializer_helper
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import (
    Activity,
    AdaptiveCardInvokeResponse,
)
from botframework.connector.auth import (
    BotFrameworkAuthenticationFactory,
    ChannelValidation,
    JwtTokenExtractor,
    ServiceClientCredentialsFactory,
)

from tests.teams.fake_client import (
    CARD,
    block,
    card,
    client_of,
    credentials,
    execute,
    opens,
    run,
    says,
    submit,
)


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


class StockAdapter(CloudAdapterBase):
    """The SDK's adapter, without a web framework of its own."""


@asynccontextmanager
async def stock_of(teams):
    """Serve a bot of the stock SDK to this Teams."""
    ChannelValidation.open_id_metadata_endpoint = teams.login.metadata_url
    JwtTokenExtractor.metadataCache.clear()
    auth = BotFrameworkAuthenticationFactory.create(
        validate_authority=True, credential_factory=Ours(teams)
    )
    bot, adapter, site = Stock(), StockAdapter(auth), web.Application()

    async def serve(request):
        # As the SDK's own CloudAdapter for aiohttp does, which is a package of its own.
        activity = Activity().deserialize(await request.json())
        header = request.headers.get("Authorization", "")
        answer = await adapter.process_activity(header, activity, bot.on_turn)
        if answer is None:
            return web.Response(status=201)
        return web.json_response(serializer_helper(answer.body), status=answer.status)

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
