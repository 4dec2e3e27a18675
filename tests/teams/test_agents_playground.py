"""Against Microsoft's own client, the Agents Playground, in a real browser. Optional, never in CI.

Its licence allows evaluation, so whoever wants this installs it:

    npm install @microsoft/m365agentsplayground@0.2.28
    export ALS_AGENTS_PLAYGROUND=$PWD/node_modules/.bin/agentsplayground
    python3 dev.py test tests/teams/test_agents_playground.py

With ALS_PICTURES=folder it keeps pictures. The Playground speaks for one person only and opens no
dialogs: what others do, and what is filled in, goes to als directly, in the shape Teams gives it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright

from adapters.teams.serve import Teams
from adapters.teams.settings import TeamsSettings
from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.terms import SetId
from bot.ports.runner import inline
from bot.runtime.virtual_clock import ClockRunner, VirtualClock
from store import SqlStore
from tests.memory_platform import MONDAY, Numbers
from tests.teams.fake.cards import inputs

CLIENT = os.environ.get("ALS_AGENTS_PLAYGROUND", "")
PICTURES = os.environ.get("ALS_PICTURES", "")
PEOPLE = {"Alex": "0", "Megan": "1", "Adele": "2", "Isaiah": "3", "Patti": "4", "Lynne": "5"}
CONFIG = """version: "0.1.1"
tenantId: 00000000-0000-0000-0000-000000000001
bot: {{id: "28:als", name: als app}}
currentUser: {alex}
users: [{others}]
personalChat: {{id: "a:alex"}}
groupChat: {{id: "19:chat@thread.v2", name: Group chat}}
team:
  {{id: "19:team@thread.tacv2", name: Night shift, aadGroupId: 00000000-0000-0000-0000-000000000031,
   channels: [{{id: "19:second@thread.tacv2", name: Second set}}]}}
"""

pytestmark = pytest.mark.skipif(not CLIENT, reason="optional: ALS_AGENTS_PLAYGROUND is not set")


def _one(name: str) -> str:
    n = PEOPLE[name]
    aad = f"00000000-0000-0000-0000-00000000002{n}"
    return (
        f'{{id: "29:{n}", name: {name}, userPrincipleName: {name}@example.com, aadObjectId: {aad}, '
        f"givenName: {name}, surname: Example, email: {name}@example.com}}"
    )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Table:
    """als in this process with a clock to wind, the Playground beside it, one browser."""

    def __init__(self) -> None:
        self.clock = VirtualClock(MONDAY)
        self.store = SqlStore("sqlite://", plaintext=True).open()
        self.host = Host(self.store, Numbers())
        settings = TeamsSettings(development=True, typed=False)
        self.teams = Teams(settings, self.store.vault, self.clock, inline)
        self.courier = Courier(self.store, {"teams": self.teams.platform}, self.clock)
        self.winding = ClockRunner(self.clock, self.host, self.courier)
        self.heard: list[Mapping[str, Any]] = []
        self._n = itertools.count(1)
        self.page: Page
        self.url = ""
        self.known: set[SetId] = set()

    async def listen(self, request: web.Request) -> web.Response:
        """Note what the Playground sends, since its conversations are its own, and pass it on.

        It lives in today; the table's clock is wound.
        """
        activity = json.loads(await request.read()) | {"timestamp": self.clock.at.isoformat()}
        self.heard.append(activity)
        async with aiohttp.ClientSession() as on, on.post(self.url, json=activity) as answer:
            told = await answer.read()
            return web.Response(status=answer.status, body=told, content_type=answer.content_type)

    async def wind(self, **by: float) -> None:
        """Time goes by, and what is due goes out."""
        await self.winding.advance(self.clock.at + timedelta(**by))
        await self.page.wait_for_timeout(700)

    async def typed(self, text: str, box: Any, *, mention: bool) -> None:
        """Alex types."""
        await box.click()
        if mention:
            await self.page.keyboard.type("@")
            await self.page.get_by_role("menuitem", name="als app").first.click()
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_timeout(900)
        await self.wind(minutes=1)

    async def opens(self, place: str) -> None:
        await self.page.get_by_text(place, exact=True).first.click()
        await self.page.wait_for_timeout(700)

    async def presses(self, label: str) -> None:
        await self.page.get_by_role("button", name=label, exact=True).last.click()
        await self.page.wait_for_timeout(900)
        await self.wind(minutes=1)

    async def picture(self, name: str) -> None:
        if PICTURES:
            await self.page.screenshot(path=str(Path(PICTURES, f"playground-{name}.png")))

    async def labels(self) -> list[str]:
        """The buttons on the screen."""
        return await self.page.get_by_role("button").all_inner_texts()

    async def shown(self) -> str:
        return await self.page.locator("body").inner_text()

    # What the Playground cannot do

    def activity(self, who: str, place: str, **more: Any) -> dict[str, Any]:
        """An activity as Teams sends it, for somebody for whom the Playground does not speak."""
        last = next(a for a in reversed(self.heard) if a.get("serviceUrl"))
        n, id = PEOPLE[who], f"direct-{next(self._n)}"
        kind = "personal" if place.startswith("a:") else "channel"
        return {
            "id": id,
            "timestamp": self.clock.at.isoformat(),
            "channelId": "msteams",
            "serviceUrl": last["serviceUrl"],
            "recipient": {"id": "28:als", "name": "als"},
            "from": {
                "id": f"29:{n}",
                "name": who,
                "aadObjectId": f"00000000-0000-0000-0000-00000000002{n}",
            },
            "conversation": {"id": place, "conversationType": kind, "tenantId": last_tenant(last)},
            "channelData": {"tenant": {"id": last_tenant(last)}},
            **more,
        }

    async def sends(self, activity: Mapping[str, Any]) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, json=activity) as answer,
        ):
            assert answer.status < 300, await answer.text()
            found = await answer.json() if activity["type"] == "invoke" else None
        await self.wind(minutes=1)
        return found

    async def fills(self, who: str, place: str, press: tuple[str, str], given: Any) -> None:
        """A dialog: asked for, filled in, handed in."""
        data = {"p": press[0], "r": press[1], "e": None, "msteams": {"type": "task/fetch"}}
        value = {"data": data}
        asked = self.activity(who, place, type="invoke", name="task/fetch", value=value)
        card = (await self.sends(asked))["task"]["value"]["card"]["content"]
        named = {e["id"]: e["id"].rpartition(".")[2] for e in inputs(card)}
        values = {e["id"]: e["value"] for e in inputs(card) if e.get("value")}
        values |= {id: given[name] for id, name in named.items() if name in given}
        [submit] = [a for a in card["actions"] if a["type"] == "Action.Submit"]
        value = {"data": {**submit["data"], **values}}
        await self.sends(self.activity(who, place, type="invoke", name="task/submit", value=value))

    async def presents(self, who: str, place: str, issue: str) -> None:
        """Somebody presents, and all others join."""
        helpers = [f"00000000-0000-0000-0000-00000000002{n}" for p, n in PEOPLE.items() if p != who]
        given = {"issue": issue, "people": ",".join(helpers)}
        await self.fills(who, place, ("command", f"{place}\n\npresent"), given)
        [set_id] = [s for s in self.sets() if s not in self.known]
        self.known.add(set_id)
        for helper in PEOPLE:
            if helper != who:
                await self.fills(helper, place, ("join", set_id), {})

    def sets(self) -> list[SetId]:
        with self.store.reading() as tx:
            return list(tx.sets.all())

    def root(self) -> str:
        """The post under which the newest session runs."""
        newest = self.sets()[-1]
        with self.store.reading() as tx:
            group = tx.machines.load(LearningSet, newest)
            meeting = tx.machines.load(Meeting, group.meeting) if group and group.meeting else None
            posted = tx.cards.get(f"session/{meeting.sessions[-1]}") if meeting else None
            assert posted is not None
            return posted.message


def last_tenant(activity: Mapping[str, Any]) -> str:
    return str(activity["channelData"]["tenant"]["id"])


@asynccontextmanager
async def tables(folder: Path, chromium: str) -> AsyncIterator[Table]:
    table = Table()
    app = web.Application()
    table.teams.attach(app, table.host, lambda: None)
    app.router.add_post("/listen", table.listen)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here = f"http://127.0.0.1:{runner.addresses[0][1]}"
    table.url = f"{here}/api/messages"
    others = ", ".join(_one(p) for p in list(PEOPLE)[1:])
    (folder / ".m365agentsplayground.yml").write_text(
        CONFIG.format(alex=_one("Alex"), others=others), "utf-8"
    )
    port = _free_port()
    client = await asyncio.create_subprocess_exec(
        CLIENT, "-e", f"{here}/listen", "-c", "msteams", "-p", str(port), "--dt", cwd=folder
    )
    try:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            table.page = await browser.new_page(viewport={"width": 1400, "height": 900})
            for _ in range(40):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                await asyncio.sleep(0.25)
            await table.page.goto(f"http://127.0.0.1:{port}/")
            await table.page.get_by_text("Personal Chat").first.wait_for()
            await table.page.wait_for_timeout(1500)
            yield table
            await browser.close()
    finally:
        with suppress(ProcessLookupError):
            client.terminate()
        await client.wait()
        await runner.cleanup()
        table.store.close()


async def story(folder: Path, chromium: str) -> None:
    async with tables(folder, chromium) as table:
        page = table.page

        # One's own page, in the personal chat.
        await table.typed("als", page.get_by_role("textbox").last, mention=False)
        assert "Learning together" in await table.shown()

        # `@als present` in a channel: the answer is private, its button opens the form.
        await table.opens("General")
        await table.typed("present", page.get_by_role("textbox").last, mention=True)
        team = next(
            a["conversation"]["id"].partition(";")[0]
            for a in reversed(table.heard)
            if a["conversation"].get("conversationType") == "channel"
        )
        await table.opens("Personal Chat")
        await table.picture("personal")
        assert "Present an issue" in await table.shown()
        await table.presents("Alex", team, "My team has stopped talking to me")
        await table.opens("General")
        assert "My team has stopped talking to me" in await table.shown()
        assert "0 of 5 done" in await table.shown()

        # A colleague asks; the client has asked for Alex's own face of the card.
        root = table.root()
        asked = table.activity(
            "Megan",
            f"{team};messageid={root}",
            type="message",
            text="<at>als</at> What was different before?",
            entities=[{"type": "mention", "text": "<at>als</at>", "mentioned": {"id": "28:als"}}],
        )
        await table.sends(asked)
        await table.wind(minutes=2)
        await table.opens("Second set")
        await table.opens("General")
        await page.get_by_text("Alex presents").scroll_into_view_if_needed()
        await page.get_by_text("Close the questions").scroll_into_view_if_needed()
        await table.picture("session")
        assert "What was different before?" in await table.shown()
        assert "Ask a question" in await table.labels()

        # A thread reply is the answer to the one open question.
        box = page.get_by_role("textbox").nth(-2)  # the newest post is at the top
        await table.typed("Before, Tom was still here.", box, mention=True)
        await table.wind(minutes=2)
        assert "What was different before?" not in await table.shown()

        # A press: the card is exchanged for Alex's own face of it, without a member's buttons.
        await table.sends(asked | {"id": "direct-again", "text": "<at>als</at> Who else sees it?"})
        await table.wind(minutes=2)
        await page.get_by_role("button", name="Park", exact=True).last.click()
        await page.wait_for_timeout(900)
        assert "Who else sees it?" not in await table.shown()
        assert "Ask a question" not in await table.labels(), "that is not the presenter's button"
        await table.picture("face")

        # Alex commits to something; days later, at the right hour, a check-in comes.
        await table.presses("Close the questions")
        await table.fills(
            "Alex",
            team,
            ("command", f"{team}\n{root}\naction"),
            {
                "what": "Ask Tom to lunch",
                "due": "2026-03-12",
            },
        )
        await table.wind(days=9)
        await table.opens("Personal Chat")
        assert "Ask Tom to lunch" in await table.shown()
        await table.picture("check-in")


def test_the_agents_playground(tmp_path: Path, chromium: str) -> None:
    asyncio.run(story(tmp_path, chromium))
