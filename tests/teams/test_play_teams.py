"""All five methods, played through Teams: in a channel, and the default in a group chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.bot import test_play_methods as methods
from tests.bot import test_play_one_problem as one_problem
from tests.play import Play
from tests.teams.playing import TeamsPlay

WHOLE = [
    one_problem.test_from_set_up_to_the_second_meetings_report_back,
    methods.test_support_and_challenge_as_the_method_tells_it,
    methods.test_a_monthly_set_as_the_method_tells_it,
    methods.test_equal_shares_as_the_method_tells_it,
    methods.test_two_rules_as_the_method_tells_it,
]


@pytest.fixture
def teams() -> Iterator[TeamsPlay]:
    play = TeamsPlay()
    yield play
    play.close()


@pytest.mark.parametrize("script", WHOLE, ids=lambda script: script.__name__)
def test_a_method_played_through_teams(teams: TeamsPlay, script: Callable[[Play], None]) -> None:
    script(teams)
