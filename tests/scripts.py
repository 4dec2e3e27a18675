"""The scripts of the core that are played again through each platform."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.bot.plays import test_play_agreed as agreed
from tests.bot.plays import test_play_answers as answers
from tests.bot.plays import test_play_check_ins as check_ins
from tests.bot.plays import test_play_equal_shares as equal_shares
from tests.bot.plays import test_play_monthly as monthly
from tests.bot.plays import test_play_one_problem as one_problem
from tests.bot.plays import test_play_own_method as own_method
from tests.bot.plays import test_play_pace as pace
from tests.bot.plays import test_play_people as people
from tests.bot.plays import test_play_questions_only as questions_only
from tests.bot.plays import test_play_support as support
from tests.bot.plays import test_play_two_rules as two_rules
from tests.play import Play

Script = Callable[[Play], None]

WHOLE: list[Script] = [
    one_problem.test_from_set_up_to_the_second_meetings_report_back,
    support.test_support_and_challenge_as_the_method_tells_it,
    monthly.test_a_monthly_set_as_the_method_tells_it,
    equal_shares.test_equal_shares_as_the_method_tells_it,
    two_rules.test_two_rules_as_the_method_tells_it,
]
"""Those that read like the methods' own descriptions, one for each."""

ALL: list[Script] = [
    script
    for room in (
        one_problem,
        questions_only,
        answers,
        people,
        check_ins,
        support,
        monthly,
        equal_shares,
        two_rules,
        own_method,
        pace,
        agreed,
    )
    for name, script in vars(room).items()
    if name.startswith("test_") and list(inspect.signature(script).parameters) == ["play"]
]
"""Every script that takes nothing but a play."""


def others(impossible: set[str]) -> list[Script]:
    """All but the whole ones and those that a platform makes impossible, by their names."""
    assert {script.__name__ for script in ALL} >= impossible, "named, and not there"
    return [s for s in ALL if s not in WHOLE and s.__name__ not in impossible]


ENOUGH = (
    "test_a_wording_offered_in_the_wave_stays_unseen",
    "test_in_one_set_all_of_it_goes_and_the_log_stays",
    "test_a_set_agrees_before_a_programme_counts_it_and_everyone_is_told",
    "test_who_says_nothing_does_not_hold_up_the_others",
    "test_rules_stay_short_and_stay_with_the_set",
    "test_a_programme_ends_and_so_does_the_set",
    "test_from_set_up_to_the_second_meetings_report_back",
    "test_the_presenter_may_share_it_and_take_it_back",
    "test_strict_a_question_that_nobody_let_through_comes_back_to_its_author",
    "test_all_commands_are_a_press_away_and_fit_is_short",
    "test_support_and_challenge_as_the_method_tells_it",
    "test_most_members_appoint_a_facilitator",
    "test_whose_turn_it_is_and_who_offers",
    "test_a_rating_before_and_after_is_seen_by_its_author_only",
    "test_what_has_waited_until_it_is_no_longer_true_is_not_told",
    "test_a_tip_comes_once_in_a_round_and_can_be_switched_off",
    "test_nobody_can_tell_who_said_what_and_nobody_says_it_twice",
    "test_a_member_who_is_away_is_not_waited_for",
    "test_snoozing_puts_off_this_one_only",
    "test_where_everyone_presents_the_first_issue_waits_for_enough_people",
    "test_who_cannot_choose_the_method_sees_what_was_chosen",
    "test_a_crowd_is_counted_not_listed",
    "test_an_outsider_is_told_once_and_nothing_is_kept",
    "test_when_the_host_leaves_the_next_member_hosts",
    "test_what_a_session_cannot_run_is_refused_with_its_reason",
    "test_who_leaves_takes_their_bid_along",
    "test_who_was_not_invited_asks_the_host",
    "test_a_typed_question_counts_and_its_author_is_told_once",
    "test_what_is_handed_in_may_be_changed_or_taken_back",
    "test_it_is_a_question_counts",
    "test_show_me_a_wording_posts_it_and_asks_to_delete_the_first",
    "test_leave_it_changes_nothing_and_the_nudge_is_not_offered_again",
    "test_none_of_them_leaves_the_questions_open",
    "test_the_unasked_question_stands_in_the_thread",
    "test_a_reflection_stays_private_unless_it_is_shared",
    "test_what_is_not_said_is_asked",
    "test_live_a_meeting_begins_when_they_are_together",
    "test_what_is_kept_for_later_reaches_the_presenter_after_the_session",
    "test_a_report_typed_in_the_thread_counts_when_they_say_so",
    "test_an_action_named_while_people_decide_still_counts",
    "test_a_set_that_was_only_made_does_not_stay_for_ever",
    "test_a_pause_ends_by_itself_or_by_hand",
    "test_the_host_rotates_where_the_set_chose_so",
    "test_when_several_drift_one_unnamed_question_is_put_to_all",
)
"""Scripts that together show every card and every form, found by always taking the one that shows
most of what is missing for its time. What none of them shows fails the golden tests: add one."""


def quick_first(scripts: Iterable[Script]) -> list[Any]:
    """Scripts as cases of a test: those of ENOUGH run always, the others with `--all`."""
    return [
        pytest.param(
            script,
            id=script.__name__,
            marks=() if script.__name__ in ENOUGH else pytest.mark.thorough,
        )
        for script in scripts
    ]
