"""The fake Teams' calls fail as planned, before or after their effect."""

import aiohttp
import pytest
from botbuilder.schema import (
    ErrorResponseException,
)
from msrest.exceptions import ClientRequestError

from tests.teams.fake import Clock, FakeTeams
from tests.teams.fake.faults import CALLS
from tests.teams.fake_client import (
    client_of,
    credentials,
    run,
    says,
)


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
