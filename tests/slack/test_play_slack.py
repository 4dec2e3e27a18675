"""All five methods, played through Slack, over HTTP and over Socket Mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.bot import test_play_methods as methods
from tests.bot import test_play_one_problem as one_problem
from tests.play import Play
from tests.slack.playing import SlackPlay

SCRIPTS = [
    one_problem.test_from_set_up_to_the_second_meetings_report_back,
    methods.test_support_and_challenge_as_the_method_tells_it,
    methods.test_a_monthly_set_as_the_method_tells_it,
    methods.test_equal_shares_as_the_method_tells_it,
    methods.test_two_rules_as_the_method_tells_it,
]


@pytest.fixture(params=["http", "socket"])
def slack(request: pytest.FixtureRequest) -> Iterator[SlackPlay]:
    play = SlackPlay(request.param)
    yield play
    play.close()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_a_method_played_through_slack(slack: SlackPlay, script: Callable[[Play], None]) -> None:
    script(slack)
