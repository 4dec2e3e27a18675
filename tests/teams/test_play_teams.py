"""All five methods, and nearly every script of the core, played through Teams.

The five that read like the methods' own descriptions run in a channel and in a group chat; all
other scripts in a channel, but for those that Teams makes impossible, named here with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scripts import WHOLE, Script, others, quick_first
from tests.teams.driver import TeamsPlay

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


OTHERS = others(NOT_IN_TEAMS)


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


@pytest.mark.parametrize("script", quick_first(OTHERS))
def test_a_script_played_through_teams(in_channel: TeamsPlay, script: Script) -> None:
    script(in_channel)


def test_nearly_every_script_is_played() -> None:
    assert len(OTHERS) > 100
