"""A set's own small changes to its method: windows, quotas, strictness, pace, a sealed first wave.

They are kept beside the format and put into it when a meeting opens; a running
meeting keeps what it opened with. What a session cannot run is refused by formats.BadFormat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.method import policy
from bot.method.formats import BadFormat, Format, Stage, least_rhythm
from bot.method.terms import Speech
from bot.worktime import WORKING_DAY


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a set does otherwise, by the names of stages; what is not named stays.

    `windows` are working minutes (480 = one working day), or minutes by the clock where the
    set meets `live`; `quotas` (least, most) as in a format. `strict` and `sealed` are None
    where the format decides.
    """

    windows: Mapping[str, int] = field(default_factory=dict)
    quotas: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    strict: bool | None = None
    sealed: bool | None = None
    live: bool = False


def resolve(format: Format, overrides: Overrides) -> Format:
    """The method as this set runs it. Raises BadFormat for what a session cannot run."""
    stages = {stage.name: stage for _, stage in format.stages()}
    for name in (*overrides.windows, *overrides.quotas):
        if name not in stages:
            raise BadFormat(format.name, name, "unknown_key")
    longest = policy.LIVE_MINUTES_MOST if overrides.live else policy.WINDOW_MINUTES_MOST
    for name, minutes in overrides.windows.items():
        if not 0 < minutes <= longest:
            raise BadFormat(format.name, name, "bad_minutes" if overrides.live else "bad_window")
    for name, (least, most) in overrides.quotas.items():
        if least < 0 or not 0 <= most <= policy.QUOTA_MOST or (most and most < least):
            raise BadFormat(format.name, name, "bad_quota")
    return replace(
        format,
        before=_apply_overrides(format.before, overrides),
        session=_apply_overrides(format.session, overrides),
        after=_apply_overrides(format.after, overrides),
        strict=format.strict if overrides.strict is None else overrides.strict,
        live=overrides.live,
    )


def live_minutes(minutes: int) -> int:
    """What a window of working minutes becomes for a set that meets in real time."""
    return max(round(minutes * policy.LIVE_MINUTES_PER_DAY / WORKING_DAY), 1)


def _apply_overrides(stages: tuple[Stage, ...], overrides: Overrides) -> tuple[Stage, ...]:
    return tuple(
        replace(
            stage,
            minutes=overrides.windows.get(stage.name, _window(stage, overrides)),
            quota=overrides.quotas.get(stage.name, stage.quota),
            sealed_first=_is_sealed(stage, overrides),
        )
        for stage in stages
    )


def _window(stage: Stage, overrides: Overrides) -> int:
    return live_minutes(stage.minutes) if overrides.live else stage.minutes


def _is_sealed(stage: Stage, overrides: Overrides) -> bool:
    if overrides.sealed is None or stage.speech is not Speech.questions:
        return stage.sealed_first
    return overrides.sealed


def seals(format: Format) -> bool:
    """Whether a method's first questions are handed in unseen."""
    return any(stage.sealed_first for stage in format.session)


def only_changes(format: Format, overrides: Overrides) -> Overrides:
    """The same without what the format says anyway, so that a set keeps only its own."""
    stages = {stage.name: stage for _, stage in format.stages()}
    windows, quotas = overrides.windows, overrides.quotas
    return replace(
        overrides,
        windows={n: m for n, m in windows.items() if m != _window(_of(stages, n), overrides)},
        quotas={n: q for n, q in quotas.items() if q != _of(stages, n).quota},
    )


def _of(stages: Mapping[str, Stage], name: str) -> Stage:
    assert name in stages, "resolve() has let it in"
    return stages[name]


def least_days(format: Format, act_days: int) -> int:
    """The fewest calendar days between two openings that leave `act_days` to act."""
    return least_rhythm(replace(format, act_days=act_days))
