"""Who is not Teams is not let in, what is malformed breaks nothing, strangers change nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from adapters.teams.serve import Teams
from adapters.teams.settings import TeamsSettings
from bot.ports.runner import inline
from bot.runtime.virtual_clock import VirtualClock
from store import SqlStore
from tests.bot.factories import MONDAY
from tests.teams.driver import TeamsPlay
from tests.teams.fake.deliver import FORGERIES

CANARY = "wallaby"


@pytest.fixture
def play() -> Iterator[TeamsPlay]:
    """Not closed as others are: here things are refused."""
    made = TeamsPlay()
    yield made
    logging.getLogger("als").removeHandler(made._ear)
    made._loop.run(made._end())
    made._loop.close()
    made.store.close()


def posts(play: TeamsPlay, raw: bytes, **headers: str) -> int:
    """Post bytes to the route, signed as Teams would sign them unless a header says otherwise."""

    async def post() -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(play.teams.app_url, data=raw, headers=headers) as answer,
        ):
            return answer.status

    return int(play._loop.run(post()))


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_request_is_401_and_nothing_of_it_is_logged(
    play: TeamsPlay, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "als")
    ana = play.one("ana")
    before = play.store.maintenance.counts()["person"]
    status = play._loop.run(play.teams.forges(kind, ana, play.room, text=f"als {CANARY}"))
    assert status == 401
    assert CANARY not in caplog.text
    assert play.store.maintenance.counts()["person"] == before


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"x" * 2_000_000, b"[" * 5000],
    ids=["empty", "cut", "list", "null", "text", "binary", "large", "deep"],
)
def test_a_malformed_body_is_400(play: TeamsPlay, raw: bytes) -> None:
    assert posts(play, raw) in (400, 413)


@pytest.mark.parametrize("value", ["x", 7, None, [], {"data": 7}, {"data": {"p": "nonsense!"}}])
@pytest.mark.parametrize("name", ["adaptiveCard/action", "task/fetch", "task/submit"])
def test_a_tampered_press_or_form_is_400_never_500(play: TeamsPlay, name: str, value: Any) -> None:
    play.begins()
    ana = play.one("ana")
    activity = play.teams.deliver.activity("invoke", play.room, ana.user, name=name, value=value)
    sent = play._loop.run(play.teams.deliver.invoke(activity))
    assert sent.status == 400


def test_a_strangers_press_changes_nothing(play: TeamsPlay) -> None:
    play.begins()
    entry, done = play.session.entry, play.session.passed
    answer = play.presses("eve", "Pass", on="Ana presents")
    assert answer.codes == ("members_only",)
    assert (play.session.entry, play.session.passed) == (entry, done)


def test_a_message_that_comes_twice_counts_once(play: TeamsPlay) -> None:
    play.begins()
    play.types("bo", "What have you tried so far?")
    [said] = [a for a in play.teams.activities if "What have you tried" in str(a.get("text"))]
    play._loop.run(play.teams.deliver.send(said, 5))
    play.wind(minutes=1)
    assert len(play.session.open) == 1


def test_what_is_said_elsewhere_is_not_kept(play: TeamsPlay) -> None:
    play.begins()
    before = play.store.maintenance.counts()

    async def chats() -> None:
        await play.one("bo").types(play.room, f"Lunch, {CANARY}?")
        await play.teams.settle()

    play._loop.run(chats())
    assert play.store.maintenance.counts()["contribution"] == before["contribution"]
    assert play.store.maintenance.counts()["words"] == before["words"]


# Settings


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        (TeamsSettings(), []),
        (TeamsSettings(app_id="1"), ["TEAMS_APP_PASSWORD", "TEAMS_TENANT_ID"]),
        (TeamsSettings(password="1", tenant="2"), ["TEAMS_APP_ID"]),
        (TeamsSettings(development=True, host="0.0.0.0"), ["TEAMS_DEVELOPMENT"]),
        (TeamsSettings(development=True), []),
    ],
)
def test_without_an_app_id_nothing_starts_but_on_loopback(
    settings: TeamsSettings, names: list[str]
) -> None:
    assert [name for name, _ in settings.faults] == names


def test_a_half_set_up_teams_is_never_attached() -> None:
    with SqlStore("sqlite://", plaintext=True) as store:
        settings = TeamsSettings(development=True, host="0.0.0.0")
        teams = Teams(settings, store.vault, VirtualClock(MONDAY), inline)
        with pytest.raises(AssertionError):
            teams.attach(aiohttp.web.Application(), None, lambda: None)  # type: ignore[arg-type]


def test_json_is_what_the_route_reads(play: TeamsPlay) -> None:
    """A well-formed activity without a token is 401, not 400: the two are told apart."""
    assert posts(play, json.dumps({"type": "message"}).encode()) == 401
