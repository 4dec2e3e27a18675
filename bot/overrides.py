"""A set's own small changes to its method: windows, quotas, strictness.

They are kept beside the format and put into it when a meeting opens; what runs already keeps
what it opened with. What a session could not run is refused with a code of formats.BadFormat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.formats import BadFormat, Format, Stage, least_rhythm
from bot.worktime import WORKING_DAY

WINDOW_MOST = 20 * WORKING_DAY  # working minutes, as in a format file
QUOTA_MOST = 20


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a set does otherwise, by the names of stages; what is not named stays.

    `windows` are working minutes (480 = one working day), `quotas` (least, most) as in a
    format; `strict` is None where the format decides.
    """

    windows: Mapping[str, int] = field(default_factory=dict)
    quotas: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    strict: bool | None = None


def resolve(format: Format, overrides: Overrides) -> Format:
    """The method as this set runs it. Raises BadFormat for what a session cannot run."""
    stages = {stage.name: stage for _, stage in format.stages()}
    for name in (*overrides.windows, *overrides.quotas):
        if name not in stages:
            raise BadFormat(format.name, name, "unknown_key")
    for name, minutes in overrides.windows.items():
        if not 0 < minutes <= WINDOW_MOST:
            raise BadFormat(format.name, name, "bad_window")
    for name, (least, most) in overrides.quotas.items():
        if least < 0 or not 0 <= most <= QUOTA_MOST or (most and most < least):
            raise BadFormat(format.name, name, "bad_quota")
    return replace(
        format,
        before=_changed(format.before, overrides),
        session=_changed(format.session, overrides),
        after=_changed(format.after, overrides),
        strict=format.strict if overrides.strict is None else overrides.strict,
    )


def _changed(stages: tuple[Stage, ...], overrides: Overrides) -> tuple[Stage, ...]:
    windows, quotas = overrides.windows, overrides.quotas
    return tuple(
        replace(s, minutes=windows.get(s.name, s.minutes), quota=quotas.get(s.name, s.quota))
        for s in stages
    )


def only_changes(format: Format, overrides: Overrides) -> Overrides:
    """The same without what the format says anyway, so that a set keeps only its own."""
    stages = {stage.name: stage for _, stage in format.stages()}
    return replace(
        overrides,
        windows={n: m for n, m in overrides.windows.items() if m != _of(stages, n).minutes},
        quotas={n: q for n, q in overrides.quotas.items() if q != _of(stages, n).quota},
    )


def _of(stages: Mapping[str, Stage], name: str) -> Stage:
    assert name in stages, "resolve() has let it in"
    return stages[name]


def least_days(format: Format, act_days: int) -> int:
    """The fewest calendar days between two openings that leave `act_days` to act."""
    return least_rhythm(replace(format, act_days=act_days))
