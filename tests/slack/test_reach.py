"""Somebody whom Slack does not let us write to: tried once, told once, back when they act."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.slack.house import houses


def tries(slack: Any, user: str) -> list[Any]:
    """What came of each post to a person's own conversation."""
    return [
        answer.get("error") or "ok"
        for method, args, answer in slack.calls
        if method == "chat.postMessage" and args.get("channel") == user
    ]


def test_a_closed_account_is_tried_once_and_the_host_hears_of_it() -> None:
    async def played() -> None:
        async with houses() as (slack, house):
            ana, bo, cem = (slack.person(name) for name in ("Ana", "Bo", "Cem"))
            channel = slack.channel("night-shift", ana, bo, cem, private=True)
            await house.presents(ana, channel, bo, cem)
            slack.world.users[bo.id].deleted = True
            await house.wind(days=4)
            assert tries(slack, bo.id) == ["channel_not_found"]
            told = [text for text in ana.sees() if "I can't write to Bo" in text]
            assert len(told) == 1
            assert house.store.maintenance.counts()["letters_parked"] == 0

    asyncio.run(played())


def test_whoever_acts_again_hears_what_is_still_true() -> None:
    async def played() -> None:
        async with houses() as (slack, house):
            ana, bo, cem = (slack.person(name) for name in ("Ana", "Bo", "Cem"))
            channel = slack.channel("night-shift", ana, bo, cem, private=True)
            await house.presents(ana, channel, bo, cem)
            user = slack.world.users[bo.id]
            user.deleted = True
            await house.wind(days=1)
            user.deleted = False
            before = len(tries(slack, bo.id))
            await house.after(bo.command(channel, "/als status"))
            assert tries(slack, bo.id)[before:] == ["ok"] * (len(tries(slack, bo.id)) - before)
            await house.wind(days=1)
            assert "ok" in tries(slack, bo.id)

    asyncio.run(played())
