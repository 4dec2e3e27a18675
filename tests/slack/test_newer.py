"""What a newer process has written, an older one leaves alone: Slack hears no "taken"."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from store.upgrades import SCHEMA
from tests.slack.house import House, fakes


def written_by(house: House, schema: int) -> None:
    """As a process with this schema of sets would have left them."""
    with house.store.engine.begin() as connection:
        connection.execute(text("UPDATE learning_set SET schema = :schema"), {"schema": schema})


@pytest.mark.parametrize("transport", ["http", "socket"])
def test_what_it_cannot_read_is_not_acknowledged(transport: str) -> None:
    async def played() -> None:
        async with fakes() as (slack, clock):
            slack.socket_mode = transport == "socket"
            house = House(slack, clock, app_token=slack.app_token if slack.socket_mode else "")
            await house.start()
            try:
                await story(slack, house)
            finally:
                await house.stop()

    async def story(slack: Any, house: House) -> None:
        ana, bo, cem = (slack.person(name) for name in ("Ana", "Bo", "Cem"))
        channel = slack.channel("night-shift", ana, bo, cem, private=True)
        await house.presents(ana, channel, bo, cem)
        root = ana.message("Ana presents", channel)
        written_by(house, SCHEMA["set"] + 1)
        patience, slack.deliver.patience = slack.deliver.patience, 0.5  # no answer will come

        await house.after(bo.types(channel, "What have you tried so far?", thread=root))
        assert [answer.ok for answer in slack.deliveries[-1].answers] == [False]
        await house.after(bo.presses("Ask a question"))
        await house.after(ana.command(channel, "/als status"))
        assert len(slack.troubles) == 2, "Slack itself says that it did not work"
        assert "broken" not in "\n".join([*ana.sees(), *bo.sees()])

        slack.deliver.patience = patience
        written_by(house, SCHEMA["set"])  # as if the newer process were the one that answers now
        await house.after(slack.retries(anyway=True))
        assert slack.deliveries[-1].acked
        await house.after(bo.presses("Ask a question"))
        assert bo.view is not None
        assert len(slack.troubles) == 2

    asyncio.run(played())
