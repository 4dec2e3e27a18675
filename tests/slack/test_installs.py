"""Many workspaces: the way in, the token's life, and the way out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.slack.clients import NotInstalled
from bot.method.learning_set import LearningSet
from store import new_key
from tests.memory_platform import Numbers
from tests.slack.fake import FakeSlack
from tests.slack.house import House, fakes

MANY = {"client_id": "111.222", "client_secret": "fake-client-secret"}


@dataclass
class Browser:
    """Somebody's browser on the way to an installation."""

    slack: FakeSlack
    house: House

    async def begins(self) -> tuple[str, str, str]:
        """Open /slack/install: where it leads, the state, and the cookie."""
        status, _, headers = await self.gets(f"{self.house.address}/slack/install")
        assert status == 302
        where = headers["Location"]
        [state] = parse_qs(urlsplit(where).query)["state"]
        return where, state, headers["Set-Cookie"].partition(";")[0]

    async def agrees(self, who: Any, where: str) -> str:
        """Agree on Slack's page: where Slack leads back to."""
        self.slack.installer = who
        self.slack.redirect_url = f"{self.house.address}/slack/oauth_redirect"
        status, _, headers = await self.gets(where)
        assert status == 302
        return headers["Location"]

    async def installs(self, who: Any, org: bool = False) -> tuple[int, str]:
        """The whole way; the page at its end."""
        where, state, cookie = await self.begins()
        if org:
            code = self.slack.authorize(who, org=True)
            back = f"{self.house.address}/slack/oauth_redirect?code={code}&state={state}"
        else:
            back = await self.agrees(who, where)
        status, page, _ = await self.gets(back, cookie)
        return status, page

    async def gets(self, url: str, cookie: str = "") -> tuple[int, str, Any]:
        """One page, no redirect followed."""
        headers = {"Cookie": cookie} if cookie else {}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, await answer.text(), answer.headers


class World:
    """A fake Slack, one process for many workspaces, and a browser."""

    def __init__(self, slack: FakeSlack, house: House) -> None:
        self.slack, self.house, self.browser = slack, house, Browser(slack, house)
        self.vault = house.store.vault

    def workspace(self, name: str, **more: Any) -> tuple[Any, Any, list[Any]]:
        """A team that has not installed yet, with a private channel and three people."""
        team = self.slack.add_team(name, **more)
        people = [self.slack.person(f"{who}-{name}", team=team) for who in ("Ana", "Bo", "Cem")]
        channel = self.slack.channel(f"set-{name}", *people, private=True, team=team)
        return team, channel, people

    def sets(self) -> list[LearningSet]:
        with self.house.store.reading() as tx:
            found = [tx.machines.load(LearningSet, id) for id in tx.sets.all()]
        return [group for group in found if group is not None]

    def renewals(self) -> int:
        """How often Slack has renewed a token."""
        asked = [a for m, a, got in self.slack.calls if m == "oauth.v2.access" and got["ok"]]
        return sum(a.get("grant_type") == "refresh_token" for a in asked)


@asynccontextmanager
async def worlds(
    url: str = "sqlite://", rotation: bool = False, **more: Any
) -> AsyncIterator[World]:
    """By the real date, because Slack's library reckons a token's end from it."""
    async with fakes(rotation=rotation) as (slack, clock):
        clock.move_to(datetime.now(UTC).replace(microsecond=0))
        house = House(slack, clock, url, **MANY, **more)
        await house.start()
        try:
            yield World(slack, house)
        finally:
            await house.stop()


def play(story: Callable[[World], Awaitable[None]], **settings: Any) -> None:
    """Play a story with many workspaces."""

    async def played() -> None:
        async with worlds(**settings) as world:
            await story(world)

    asyncio.run(played())


# The way in


def test_from_the_link_to_the_first_session(tmp_path: Path) -> None:
    path, tokens = tmp_path / "als.db", list[str]()

    async def story(world: World) -> None:
        team, channel, (ana, bo, cem) = world.workspace("beta")
        status, page = await world.browser.installs(ana)
        assert status == 200
        assert "text/html" in page or "<p>" in page
        await world.house.presents(ana, channel, bo, cem)
        assert "0 of 2 done" in "\n".join(ana.sees(channel))
        token = next(t for t in world.slack.world.tokens.values() if t.team == team.id)
        kept = world.vault.secret(f"slack/install/{team.id}")
        assert kept is not None
        assert token.value in kept
        tokens.append(token.value)

    play(story, url=f"sqlite:///{path}", keys=(new_key(),))
    files = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert tokens[0].encode() not in files


def test_a_state_serves_once() -> None:
    async def story(world: World) -> None:
        _, _, (ana, *_) = world.workspace("beta")
        where, _, cookie = await world.browser.begins()
        back = await world.browser.agrees(ana, where)
        assert (await world.browser.gets(back, cookie))[0] == 200
        again = await world.browser.agrees(ana, where)
        assert (await world.browser.gets(again, cookie))[0] == 401
        assert world.vault.secrets("slack/state/") == ()

    play(story)


def test_a_state_serves_ten_minutes() -> None:
    async def story(world: World) -> None:
        _, _, (ana, *_) = world.workspace("beta")
        where, _, cookie = await world.browser.begins()
        await world.house.wind(minutes=11)
        back = await world.browser.agrees(ana, where)
        assert (await world.browser.gets(back, cookie))[0] == 401
        assert world.vault.secrets("slack/install/") == ()

    play(story)


@pytest.mark.parametrize("cookie", ["", "slack-app-oauth-state=other", "slack-app-oauth-state="])
def test_a_state_serves_the_browser_it_was_given_to(cookie: str) -> None:
    async def story(world: World) -> None:
        _, _, (ana, *_) = world.workspace("beta")
        where, _, _ = await world.browser.begins()
        back = await world.browser.agrees(ana, where)
        assert (await world.browser.gets(back, cookie))[0] == 400
        assert world.vault.secrets("slack/install/") == ()

    play(story)


def test_what_comes_back_broken_installs_nothing() -> None:
    async def story(world: World) -> None:
        _, state, cookie = await world.browser.begins()
        back = f"{world.house.address}/slack/oauth_redirect"
        for query in (
            "error=access_denied",
            f"state={state}",
            "code=x",
            f"code=nonsense&state={state}",
            "code=%00&state=%ff",
            "",
        ):
            status, page, _ = await world.browser.gets(f"{back}?{query}", cookie)
            assert status in (200, 400, 401), query
            assert "Traceback" not in page
            _, state, cookie = await world.browser.begins()
        assert world.vault.secrets("slack/install/") == ()

    play(story)


def test_when_slack_does_not_answer_it_can_be_tried_again() -> None:
    async def story(world: World) -> None:
        _, _, (ana, *_) = world.workspace("beta")
        for method, kind in (("oauth.v2.access", "refused"), ("oauth.v2.access", "500")):
            world.slack.faults.next(method, kind)
            status, _ = await world.browser.installs(ana)
            assert status in (401, 503)
        assert (await world.browser.installs(ana))[0] == 200

    play(story)


def test_only_workspaces_that_are_allowed() -> None:
    async def played() -> None:
        async with fakes() as (slack, clock):
            beta, gamma = slack.add_team("beta"), slack.add_team("gamma")
            house = House(slack, clock, teams=frozenset({beta.id}), **MANY)
            await house.start()
            browser = Browser(slack, house)
            status, page = await browser.installs(slack.person("Eve", team=gamma))
            assert status == 403
            assert house.store.vault.secrets("slack/install/") == ()
            status, page = await browser.installs(slack.person("Ana", team=beta))
            assert status == 200
            assert house.store.vault.secrets("slack/install/") == (f"slack/install/{beta.id}",)
            assert "<p>" in page
            await house.stop()

    asyncio.run(played())


def test_a_whole_organisation() -> None:
    """One installation serves each of its workspaces; letters go out there too."""

    async def story(world: World) -> None:
        one, first, (ana, bo, cem) = world.workspace("one", enterprise="E1")
        two, second, (dee, eli, fay) = world.workspace("two", enterprise="E1")
        assert (await world.browser.installs(ana, org=True))[0] == 200
        two.installed = True
        assert world.vault.secrets("slack/install/") == ("slack/install/E1",)
        await world.house.presents(ana, first, bo, cem)
        await world.house.presents(dee, second, eli, fay)
        assert "0 of 2 done" in "\n".join(ana.sees(first))
        assert "0 of 2 done" in "\n".join(dee.sees(second))
        assert {home.installation for home in homes(world)} == {one.id, two.id}
        # With the organisation's token all of it ends.
        world.slack.deliver.to_team(
            one, {"type": "tokens_revoked", "tokens": {"bot": [one.bot_user]}}
        )
        await world.house.settle()
        assert [group.over for group in world.sets()] == [True, True]
        assert world.vault.secrets("slack/") == ()

    play(story)


def homes(world: World) -> list[Any]:
    with world.house.store.reading() as tx:
        return [tx.sets.home(id) for id in tx.sets.all()]


# Side by side


def test_two_workspaces_each_with_its_own() -> None:
    async def story(world: World) -> None:
        beta, first, (ana, bo, cem) = world.workspace("beta")
        gamma, second, (dee, eli, fay) = world.workspace("gamma")
        for who in (ana, dee):
            assert (await world.browser.installs(who))[0] == 200
        await world.house.presents(ana, first, bo, cem, **{"f.issue": "In beta alone"})
        await world.house.presents(dee, second, eli, fay, **{"f.issue": "In gamma alone"})
        assert "In gamma alone" not in "\n".join(ana.sees())
        assert "In beta alone" not in "\n".join(dee.sees())
        await world.house.after(bo.types(first, "What have you tried?", thread=root(bo, first)))
        assert "1 of 2 done" in "\n".join(ana.sees(first))
        assert "0 of 2 done" in "\n".join(dee.sees(second))
        used = {t.value for t in world.slack.world.tokens.values() if t.team in (beta.id, gamma.id)}
        assert len(used) == 2

    play(story)


def root(who: Any, channel: Any) -> Any:
    return who.message(" presents\n", channel)


def test_a_workspace_that_never_installed_is_answered_and_not_served() -> None:
    async def story(world: World) -> None:
        _, channel, (ana, *_) = world.workspace("beta", installed=True)
        await world.house.after(ana.command(channel, "/als present"))
        assert ana.view is None
        await world.house.after(ana.types(channel, "Hello?"))
        assert world.sets() == []

    play(story)


# The token's life


def test_a_token_is_renewed_for_a_letter_that_nobody_waits_for() -> None:
    async def story(world: World) -> None:
        _, channel, (ana, bo, cem) = world.workspace("beta")
        await world.browser.installs(ana)
        await world.house.presents(ana, channel, bo, cem)
        before, begun = world.renewals(), world.house.clock.at
        await world.house.wind(days=8)
        assert world.renewals() > before
        failed = [(m, a.get("error")) for m, _, a in world.slack.calls if not a.get("ok", True)]
        assert failed == []
        latest = max(float(ts) for ts in channel.messages)
        assert latest > (begun + timedelta(days=1)).timestamp()

    play(story, rotation=True)


def test_of_two_processes_one_renews(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        team, _, (ana, *_) = world.workspace("beta")
        await world.browser.installs(ana)
        ids, url = Numbers(), f"sqlite:///{tmp_path / 'als.db'}"
        other = House(world.slack, world.house.clock, url, ids=ids, **MANY)
        for hours in (11, 14):  # before its end, and after it
            world.house.clock.move_to(world.house.clock.at + timedelta(hours=hours))
            before = world.renewals()
            asked = [h.side.clients.client(team.id) for h in (world.house, other) for _ in range(3)]
            await asyncio.gather(*asked, return_exceptions=True)
            found = [await h.side.clients.install(team.id) for h in (world.house, other)]
            assert world.renewals() == before + 1
            assert found[0].token == found[1].token
            token = world.slack.world.tokens[found[0].token]
            assert token.expires > world.house.clock.at.timestamp()
        other.store.close()

    play(story, url=f"sqlite:///{tmp_path / 'als.db'}", rotation=True)


def test_a_renewal_that_fails_loses_nothing() -> None:
    """Letters wait, what people do is sent again by Slack; then it all goes on."""

    async def story(world: World) -> None:
        _, channel, (ana, bo, cem) = world.workspace("beta")
        await world.browser.installs(ana)
        await world.house.presents(ana, channel, bo, cem)
        world.house.clock.move_to(world.house.clock.at + timedelta(hours=13))
        for kind in ("500", "429", "refused"):
            world.slack.faults.next("oauth.v2.access", kind)
        await bo.types(channel, "What have you tried?", thread=root(bo, channel))
        for _ in range(3):
            await world.slack.retries(anyway=True)
        await world.house.wind(minutes=10)
        assert "1 of 2 done" in "\n".join(ana.sees(channel))

    play(story, rotation=True)


def test_what_is_renewed_too_late_does_not_come_back() -> None:
    """Taken out while its token was being renewed: the new one is not kept."""

    async def story(world: World) -> None:
        team, _, (ana, *_) = world.workspace("beta")
        await world.browser.installs(ana)
        clients = world.house.side.clients
        world.house.clock.move_to(world.house.clock.at + timedelta(hours=11))
        asked = asyncio.create_task(clients.install(team.id))
        renewed = world.renewals
        for _ in range(100_000):
            if renewed():
                break
            await asyncio.sleep(0)
        assert renewed()
        await clients.forget(team.id)  # type: ignore[attr-defined]
        with pytest.raises(NotInstalled):
            await asked
        assert world.vault.secrets("slack/install/") == ()

    play(story, rotation=True)


# The way out


@pytest.mark.parametrize("how", ["uninstalls", "revokes"])
def test_the_way_out_erases_the_token_and_ends_the_sets_there_only(how: str) -> None:
    async def story(world: World) -> None:
        beta, first, (ana, bo, cem) = world.workspace("beta")
        gamma, second, (dee, eli, fay) = world.workspace("gamma")
        for who in (ana, dee):
            await world.browser.installs(who)
        await world.house.presents(ana, first, bo, cem)
        await world.house.presents(dee, second, eli, fay)
        await getattr(world.slack, how)(beta)
        await world.house.settle()
        assert [group.over for group in world.sets()] == [True, False]
        assert world.vault.secrets("slack/install/") == (f"slack/install/{gamma.id}",)
        await world.house.after(eli.types(second, "What else?", thread=root(eli, second)))
        await world.house.wind(days=2)
        assert "1 of 2 done" in "\n".join(dee.sees(second)) or "actions" in "\n".join(
            dee.sees(second)
        )
        # Installed anew, the workspace begins with a clean sheet.
        assert (await world.browser.installs(ana))[0] == 200
        await world.house.after(ana.command(first, "/als"))
        await world.house.after(ana.command(first, "/als present"))
        assert ana.view is not None

    play(story)


def test_an_installation_by_token_ends_its_sets_too() -> None:
    async def played() -> None:
        async with fakes() as (slack, clock):
            house = House(slack, clock)
            await house.start()
            people = [slack.person(n) for n in ("Ana", "Bo", "Cem")]
            channel = slack.channel("night", *people, private=True)
            await house.presents(people[0], channel, *people[1:])
            await slack.uninstalls()
            await house.settle()
            assert [g.over for g in World(slack, house).sets()] == [True]
            await house.stop()

    asyncio.run(played())
