"""Which method suits a set: from how many they are, how often they meet, and who facilitates.

Pure, and from the formats' own data alone (method.md §2): a method of one's own is compared like
those that come with als. Reasons are codes; their words are in prompts/ (formats.toml, `choosing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bot.method.formats import DEFAULT, Format, least_rhythm

AGAINST = ("too_few", "too_many", "no_facilitator", "too_often")
FOR = {
    "good_size": 2,
    "size_works": 0,
    "rhythm_suits": 1,
    "rhythm_works": 0,
    "uses_facilitator": 1,
    "everyone_presents": 0,
    "turn_is_far": -1,
}
"""What else is said of a method, and how much it weighs among those that fit."""
NEAR = 0.25  # of a method's own rhythm: so far off, it still suits
YEAR = 365


class Choice(NamedTuple):
    """A method, whether a set could run it, and why or why not."""

    name: str
    fits: bool
    reasons: tuple[str, ...]


def recommend(
    size: int, days: int, facilitator: bool, formats: Iterable[Format]
) -> tuple[Choice, ...]:
    """Every format, the best first. `size` counts who takes turns, `days` lie between meetings."""
    choices = [_judge(size, days, facilitator, format_) for format_ in formats]
    return tuple(sorted(choices, key=lambda c: (not c.fits, -_weight(c), c.name != DEFAULT)))


def _judge(size: int, days: int, facilitator: bool, format_: Format) -> Choice:
    against = {
        "too_few": size < format_.size.least,
        "too_many": size > format_.size.most,
        "no_facilitator": needs_facilitator(format_) and not facilitator,
        "too_often": days < least_rhythm(format_),
    }
    reasons = tuple(code for code in AGAINST if against[code])
    if reasons:
        return Choice(format_.name, False, reasons)
    low, high = format_.size.good
    alone = format_.presenters == "one"
    speaks = {
        "good_size": low <= size <= high,
        "size_works": not low <= size <= high,
        "rhythm_suits": abs(days - format_.every_days) <= NEAR * format_.every_days,
        "rhythm_works": abs(days - format_.every_days) > NEAR * format_.every_days,
        "uses_facilitator": needs_facilitator(format_),
        "everyone_presents": not alone,
        "turn_is_far": alone and size * days > YEAR,
    }
    return Choice(format_.name, True, tuple(code for code in FOR if speaks[code]))


def _weight(choice: Choice) -> int:
    return sum(FOR.get(code, 0) for code in choice.reasons)


def needs_facilitator(format_: Format) -> bool:
    """Whether the method is refused without one (in its file: `coach = true`)."""
    return bool(format_.coach)
