"""What a newer process has written, an older one leaves alone: Teams hears no "taken"."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from store.upgrades import SCHEMA
from tests.teams.driver import TeamsPlay


@pytest.fixture
def play() -> Iterator[TeamsPlay]:
    made = TeamsPlay()
    yield made
    made.close()


def written_by(play: TeamsPlay, schema: int) -> None:
    """As a process with this schema of sets would have left them."""
    with play.store.engine.begin() as connection:
        connection.execute(text("UPDATE learning_set SET schema = :schema"), {"schema": schema})


def test_what_it_cannot_read_is_not_acknowledged(play: TeamsPlay) -> None:
    play.begins()
    written_by(play, SCHEMA["set"] + 1)

    play.types("bo", "What have you tried so far?")
    told = play.teams.deliveries[-1]
    assert [answer.ok for answer in told.answers] == [False]
    assert play.trouble, "it is written in the log, without a word of what was said"
    assert "tried" not in "\n".join(map(str, play.trouble))
    play.trouble.clear()

    written_by(play, SCHEMA["set"])  # as if the newer process were the one that answers now
    play._loop.run(play._acts(play.teams.retries()))
    assert told.acked
    play.wind(minutes=5)
    assert len(play.session.open) == 1
