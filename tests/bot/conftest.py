"""What the tests of the core share."""

from collections.abc import Iterator

import pytest

from tests.play import Play


@pytest.fixture
def play() -> Iterator[Play]:
    """A fresh channel on a Monday morning; at the end nothing may have been refused or broken."""
    play = Play()
    yield play
    play.close()
