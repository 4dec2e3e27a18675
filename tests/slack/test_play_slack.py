"""All five methods, and nearly every script of the core, played through Slack.

The five that read like the methods' own descriptions run over HTTP and over Socket Mode; all other
scripts over HTTP, but for those that Slack makes impossible, named here with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scripts import WHOLE, Script, others, quick_first
from tests.slack.driver import SlackPlay

NOT_IN_SLACK = {
    # Slack has no quotes of messages.
    "test_a_typed_answer_finds_the_question_that_it_quotes",
    "test_a_typed_answer_finds_the_quoted_post_of_ours",
    "test_a_set_that_meets_live_counts_minutes",
    # A card that was edited shows its old buttons no more, and a note that was answered is gone.
    "test_the_set_looks_once_more_at_most_once",
    "test_it_is_a_question_counts",
    "test_a_stale_press_changes_nothing",
    "test_the_set_votes_to_go_on_with_a_rotating_host",
    # A form that was handed in is closed.
    "test_a_form_handed_in_twice_counts_once",
    # These hand the core what only a broken platform would (test_hostile.py does so here).
    "test_the_same_press_delivered_twice_is_one_press",
    "test_a_message_deleted_before_it_arrives_is_never_kept",
    "test_an_edit_that_arrives_twice_and_an_older_one_change_nothing",
    # They have more than one channel, or their own guests.
    "test_two_sets_make_one_digest_a_day",
    "test_a_guest_of_another_organisation_takes_part_like_anybody",
    "test_who_joins_as_a_guest_is_told_too_and_nobody_else_without_one",
}


OTHERS = others(NOT_IN_SLACK)


def playing(transport: str) -> Iterator[SlackPlay]:
    play = SlackPlay(transport)
    yield play
    play.close()


@pytest.fixture(params=["http", "socket"])
def slack(request: pytest.FixtureRequest) -> Iterator[SlackPlay]:
    yield from playing(request.param)


@pytest.fixture
def over_http() -> Iterator[SlackPlay]:
    yield from playing("http")


@pytest.mark.parametrize("script", WHOLE, ids=lambda script: script.__name__)
def test_a_method_played_through_slack(slack: SlackPlay, script: Script) -> None:
    script(slack)


@pytest.mark.parametrize("script", quick_first(OTHERS))
def test_a_script_played_through_slack(over_http: SlackPlay, script: Script) -> None:
    script(over_http)


def test_nearly_every_script_is_played() -> None:
    assert len(OTHERS) > 100
