"""The scripts of the core that are played again through each platform."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from tests.bot import test_play_agreed as agreed
from tests.bot import test_play_methods as methods
from tests.bot import test_play_one_problem as one_problem
from tests.bot import test_play_pace as pace
from tests.play import Play

Script = Callable[[Play], None]

WHOLE: list[Script] = [
    one_problem.test_from_set_up_to_the_second_meetings_report_back,
    methods.test_support_and_challenge_as_the_method_tells_it,
    methods.test_a_monthly_set_as_the_method_tells_it,
    methods.test_equal_shares_as_the_method_tells_it,
    methods.test_two_rules_as_the_method_tells_it,
]
"""Those that read like the methods' own descriptions, one for each."""

ALL: list[Script] = [
    script
    for room in (one_problem, methods, pace, agreed)
    for name, script in vars(room).items()
    if name.startswith("test_") and list(inspect.signature(script).parameters) == ["play"]
]
"""Every script that takes nothing but a play."""


def others(impossible: set[str]) -> list[Script]:
    """All but the whole ones and those that a platform makes impossible, by their names."""
    assert {script.__name__ for script in ALL} >= impossible, "named, and not there"
    return [s for s in ALL if s not in WHOLE and s.__name__ not in impossible]
