"""All five methods, and nearly every script of the core, played through Teams.

The five that read like the methods' own descriptions run in a channel and in a group chat; all
other scripts in a channel, but for those that Teams makes impossible, named here with the reason.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from tests.bot import test_play_agreed as agreed
from tests.bot import test_play_methods as methods
from tests.bot import test_play_one_problem as one_problem
from tests.bot import test_play_pace as pace
from tests.play import Play
from tests.teams.playing import TeamsPlay

Script = Callable[[Play], None]

WHOLE: list[Script] = [
    one_problem.test_from_set_up_to_the_second_meetings_report_back,
    methods.test_support_and_challenge_as_the_method_tells_it,
    methods.test_a_monthly_set_as_the_method_tells_it,
    methods.test_equal_shares_as_the_method_tells_it,
    methods.test_two_rules_as_the_method_tells_it,
]
NOT_IN_TEAMS = {
    # A bot is not told what a message quotes.
    "test_a_typed_answer_finds_the_question_that_it_quotes",
    "test_a_typed_answer_finds_the_quoted_post_of_ours",
    "test_a_set_that_meets_live_counts_minutes",
    # A card that was edited shows its old buttons no more, and a window that was closed is gone.
    "test_the_set_looks_once_more_at_most_once",
    "test_a_stale_press_changes_nothing",
    "test_the_set_votes_to_go_on_with_a_rotating_host",
    "test_a_new_set_whose_method_needs_a_coach_names_one_first",
    "test_live_windows_are_minutes",
    "test_a_form_handed_in_twice_counts_once",
    # These hand the core what only a broken platform would.
    "test_the_same_press_delivered_twice_is_one_press",
    "test_a_message_deleted_before_it_arrives_is_never_kept",
    "test_an_edit_that_arrives_twice_and_an_older_one_change_nothing",
    # They have more than one channel, or their own guests.
    "test_two_sets_make_one_digest_a_day",
    "test_a_guest_of_another_organisation_takes_part_like_anybody",
    "test_who_joins_as_a_guest_is_told_too_and_nobody_else_without_one",
}


def scripts(*rooms: ModuleType) -> list[Script]:
    """Every script that takes nothing but a play."""
    found = (f for room in rooms for name, f in vars(room).items() if name.startswith("test_"))
    return [f for f in found if list(inspect.signature(f).parameters) == ["play"]]


ALL = scripts(one_problem, methods, pace, agreed)
OTHERS = [s for s in ALL if s not in WHOLE and s.__name__ not in NOT_IN_TEAMS]


def playing(kind: str) -> Iterator[TeamsPlay]:
    play = TeamsPlay(kind)
    yield play
    play.close()


@pytest.fixture(params=["channel", "chat"])
def teams(request: pytest.FixtureRequest) -> Iterator[TeamsPlay]:
    yield from playing(request.param)


@pytest.fixture
def in_channel() -> Iterator[TeamsPlay]:
    yield from playing("channel")


@pytest.mark.parametrize("script", WHOLE, ids=lambda script: script.__name__)
def test_a_method_played_through_teams(teams: TeamsPlay, script: Script) -> None:
    script(teams)


@pytest.mark.parametrize("script", OTHERS, ids=lambda script: script.__name__)
def test_a_script_played_through_teams(in_channel: TeamsPlay, script: Script) -> None:
    script(in_channel)


def test_what_teams_makes_impossible_is_really_there() -> None:
    assert {s.__name__ for s in ALL} >= NOT_IN_TEAMS
    assert len(OTHERS) > 100
