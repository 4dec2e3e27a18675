"""Formats are data: which stages a meeting has, how long each lasts, who may speak.

A format file is TOML with `[[before]]`, `[[session]]` and `[[after]]` stages (method.md §3).
A format that cannot run is refused when it is read, with the place and a code for the reason;
the words for that code are in prompts/.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

from bot.method.terms import JUDGED, Speech, Support
from bot.worktime import WORKING_DAY

PRESENTERS = ("one", "waves", "sequence")
FORMS = ("actions", "close", "bids", "agree", "skill")
ROLES = ("everyone", "presenter", "owing", "all")
STAGE_KEYS = {"name", "speech", "wd", "quota", "awaits", "form", "quorum"}
STAGE_KEYS |= {"only_if", "overlap", "must", "volunteers", "sealed_first"}


class BadFormat(Exception):
    """A format file says something that a session cannot do.

    `code` names the reason (its words: labels.toml, `format.*`), `where` the key in the file.
    """

    def __init__(self, file: str, where: str, code: str, **values: object) -> None:
        super().__init__(f"{file}: {where}: {code}")
        self.file, self.where, self.code, self.values = file, where, code, values


@dataclass(frozen=True, slots=True)
class Stage:
    """A timed part of a session or meeting with a rule of speech.

    `minutes` are working minutes (480 = one working day). `quota` is (least, most)
    contributions of each person; a most of 0 means no limit. `awaits` says whose part
    completes the stage: everyone (but the presenter), all, the presenter, or those who owe
    a report back. `only_if` names the support that has to be wanted for the stage to exist,
    and to be confirmed when it opens. `overlap`: questions for understanding are welcome
    while the presenter still has the word. `must`: it closes only with an action or a reason
    for none. `volunteers`: the others may commit to actions too. `sealed_first`: the first
    questions are handed in unseen and shown together at half of the window (method.md §3).
    """

    name: str
    speech: Speech
    minutes: int
    quota: tuple[int, int] = (0, 0)
    awaits: str = "everyone"
    form: str = ""
    quorum: int = 0
    only_if: str = ""
    overlap: bool = False
    must: bool = False
    volunteers: bool = False
    sealed_first: bool = False

    @property
    def judged(self) -> Speech | None:
        """The speech that messages are judged for; None where nothing is (method.md §4)."""
        if self.overlap:
            return Speech.clarify
        return self.speech if self.speech in JUDGED else None


@dataclass(frozen=True, slots=True)
class Size:
    """How many people a method takes: the hard least and most, and what works well."""

    least: int
    good: tuple[int, int]
    most: int


@dataclass(frozen=True, slots=True)
class Format:
    """A declarative script of stages and rules: a method.

    `act_days` are the least working days between the close of a meeting's actions stage
    and the next report back; `every_days` is the default rhythm in calendar days. Without
    `norms` nothing is said of how to work beyond the method's own rules: people are asked. `live`
    is a set's choice (overrides.py), never a file's: the stages' minutes then run by the clock.
    """

    name: str
    size: Size
    presenters: str
    act_days: int
    every_days: int
    before: tuple[Stage, ...]
    session: tuple[Stage, ...]
    after: tuple[Stage, ...]
    strict: bool = False
    coach: bool = False
    norms: bool = True
    live: bool = False

    @property
    def hash(self) -> str:
        """The name of exactly this text of the method: a session keeps what it opened with."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def stages(self) -> Iterator[tuple[str, Stage]]:
        """Every stage in order, with the part it belongs to: before, session or after."""
        for part in ("before", "session", "after"):
            for stage in getattr(self, part):
                yield part, stage


def read(text: str, file: str = "format.toml") -> Format:
    """Read one format. Raises BadFormat with the key and a code."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFormat(file, str(error), "not_toml") from error
    known = {"name", "size", "presenters", "act_days", "every_days", "strict", "coach"}
    known |= {"norms", "before", "session", "after"}
    for key in raw.keys() - known:
        raise BadFormat(file, key, "unknown_key")
    for key in ("name", "size", "act_days", "every_days", "session"):
        if key not in raw:
            raise BadFormat(file, key, "missing")
    result = Format(
        name=_text(file, raw, "name"),
        size=_size(file, raw["size"]),
        presenters=raw.get("presenters", "one"),
        act_days=_whole(file, "act_days", raw["act_days"], 1, 60),
        every_days=_whole(file, "every_days", raw["every_days"], 7, 92),
        before=_stages(file, "before", raw.get("before", [])),
        session=_stages(file, "session", raw["session"]),
        after=_stages(file, "after", raw.get("after", [])),
        strict=bool(raw.get("strict", False)),
        coach=bool(raw.get("coach", False)),
        norms=_flag(file, raw, "norms", True),
    )
    _runnable(file, result)
    return result


def load(name: str) -> Format:
    """One of the formats that come with als. Raises KeyError for an unknown name."""
    file = resources.files("prompts") / "formats" / f"{name}.toml"
    if name not in names():
        raise KeyError(name)
    return read(file.read_text(encoding="utf-8"), f"{name}.toml")


def names() -> tuple[str, ...]:
    """The names of the formats that come with als, the default first."""
    folder = resources.files("prompts") / "formats"
    format_names = sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml"))
    return tuple(sorted(format_names, key=lambda n: n != DEFAULT))


DEFAULT = "one_problem"


def _stages(file: str, part: str, rows: Any) -> tuple[Stage, ...]:
    if not isinstance(rows, list):
        raise BadFormat(file, part, "not_a_list")
    return tuple(_stage(file, f"{part}[{i}]", row) for i, row in enumerate(rows))


def _stage(file: str, where: str, row: Mapping[str, Any]) -> Stage:
    if not isinstance(row, Mapping):
        raise BadFormat(file, where, "not_a_table")
    for key in row.keys() - STAGE_KEYS:
        raise BadFormat(file, f"{where}.{key}", "unknown_key")
    for key in ("name", "speech", "wd"):
        if key not in row:
            raise BadFormat(file, f"{where}.{key}", "missing")
    try:
        speech = Speech(row["speech"])
    except ValueError as error:
        choices = ", ".join(s.value for s in Speech)
        raise BadFormat(file, f"{where}.speech", "unknown_speech", choices=choices) from error
    wd = row["wd"]
    if isinstance(wd, bool) or not isinstance(wd, int | float) or not 0 < wd <= 20:
        raise BadFormat(file, f"{where}.wd", "bad_window")
    quota = row.get("quota", [0, 0])
    if not (isinstance(quota, list) and len(quota) == 2 and all(_is_whole(q) for q in quota)):
        raise BadFormat(file, f"{where}.quota", "bad_quota")
    least, most = quota
    if least < 0 or (most and most < least):
        raise BadFormat(file, f"{where}.quota", "bad_quota")
    awaits = row.get("awaits", "presenter" if speech is Speech.presenter_only else "everyone")
    if awaits not in ROLES:
        raise BadFormat(file, f"{where}.awaits", "unknown_role", choices=", ".join(ROLES))
    form = row.get("form", "")
    if (speech is Speech.form or form) and form not in FORMS:
        raise BadFormat(file, f"{where}.form", "unknown_form", choices=", ".join(FORMS))
    quorum = _whole(file, f"{where}.quorum", row.get("quorum", 0), 0, 10)
    minutes = round(wd * WORKING_DAY)
    only_if = row.get("only_if", "")
    if only_if and only_if not in set(Support):
        choices = ", ".join(s.value for s in Support)
        raise BadFormat(file, f"{where}.only_if", "unknown_support", choices=choices)
    flags = {key: bool(row.get(key, False)) for key in ("overlap", "must", "volunteers")}
    sealed = bool(row.get("sealed_first", False))
    if sealed and speech is not Speech.questions:
        raise BadFormat(file, f"{where}.sealed_first", "sealed_questions_only")
    return Stage(
        _text(file, row, "name"),
        speech,
        minutes,
        (least, most),
        awaits,
        form,
        quorum,
        only_if,
        **flags,
        sealed_first=sealed,
    )


def _runnable(file: str, format_: Format) -> None:
    if format_.presenters not in PRESENTERS:
        raise BadFormat(file, "presenters", "unknown_presenters", choices=", ".join(PRESENTERS))
    seen: set[str] = set()
    for part, stage in format_.stages():
        if stage.name in seen:
            raise BadFormat(file, f"{part}.{stage.name}", "same_name_twice")
        seen.add(stage.name)
    if not format_.session or format_.session[0].speech is not Speech.presenter_only:
        raise BadFormat(file, "session[0].speech", "presenter_first")
    if not any(stage.form == "actions" for stage in format_.session):
        raise BadFormat(file, "session", "no_actions_stage")
    for part in ("before", "after"):
        for stage in getattr(format_, part):
            if stage.speech not in (Speech.open, Speech.form):
                raise BadFormat(file, f"{part}.{stage.name}.speech", "meeting_speech")
    proposal = least_rhythm(format_)
    if format_.every_days < proposal:
        raise BadFormat(file, "every_days", "no_time_to_act", proposal=proposal)


def least_rhythm(format_: Format) -> int:
    """The fewest calendar days between two openings that leave the set its time to act.

    What counts is the way to the end of the actions, then `act_days`; a calendar week
    holds five working days (method.md §3, "Time to act").
    """
    rounds = {"one": 1, "waves": 2}.get(format_.presenters, format_.size.most)
    busy = sum(s.minutes for s in format_.before) + rounds * sum(s.minutes for s in format_.session)
    return math.ceil((busy / WORKING_DAY + format_.act_days) * 7 / 5)


def _size(file: str, raw: Any) -> Size:
    if not isinstance(raw, Mapping) or raw.keys() != {"least", "good", "most"}:
        raise BadFormat(file, "size", "bad_size")
    good = raw["good"]
    if not (isinstance(good, list) and len(good) == 2 and all(_is_whole(g) for g in good)):
        raise BadFormat(file, "size.good", "bad_size")
    least = _whole(file, "size.least", raw["least"], 2, 10)
    most = _whole(file, "size.most", raw["most"], 2, 12)
    if not least <= good[0] <= good[1] <= most:
        raise BadFormat(file, "size.good", "bad_size")
    return Size(least, (good[0], good[1]), most)


def _text(file: str, row: Mapping[str, Any], key: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.isidentifier():
        raise BadFormat(file, key, "bad_name")
    return value


def _flag(file: str, row: Mapping[str, Any], key: str, default: bool) -> bool:
    value = row.get(key, default)
    if not isinstance(value, bool):
        raise BadFormat(file, key, "not_a_flag")
    return value


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(file: str, where: str, value: Any, low: int, high: int) -> int:
    if not _is_whole(value) or not low <= value <= high:
        raise BadFormat(file, where, "not_in_range", low=low, high=high)
    return int(value)
