"""Reads and checks a language's judge.toml; the engine itself knows no language.

What the file holds, section by section, is explained in prompts/en/judge.toml. Everything is
compiled here once; a mistake raises a RuleError that names the file and the place.
Source: design.md ("A language is a folder"), method.md section 4.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, NoReturn

from bot.judge.patterns import PatternError, compile_any, compile_one, starts
from bot.judge.rules import (
    CUE_REASONS,
    GRAMMAR,
    Cue,
    Form,
    RuleError,
    Rules,
    Wording,
    Written,
    as_seen,
)

"""What a cue can be evidence of: reasons of method.md section 4, and three helpers.

`opinion`: a view of the asker's own.
`sympathy`: a short remark that gets no nudge. `harmless`: may follow a question.
"""


RUN_ON = ("cut_and", "cut_run_on", "cut_run_on_lead")
LIMITS = ("lead_in", "setup", "view", "story", "gentle", "assent", "harmless", "round")


class _Reader:
    """Walks a parsed judge.toml and knows, for its complaints, where it stands."""

    def __init__(self, name: str, raw: Mapping[str, Any]) -> None:
        self.name, self.raw = name, raw
        words = self.table("words")
        self.lists: dict[str, list[str]] = {}
        for key in words:
            self.lists[key] = self.strings(words[key], f"words.{key}")
        self.expand()
        phrases = self.table("phrases")
        for key in phrases:
            self.lists[f"@{key}"] = self.strings(phrases[key], f"phrases.{key}")
        self.folds = self.pairs(self.table("clean").get("fold", []), "clean.fold")
        self.kept = frozenset(self.table("spelling").values())
        self.lists = {k: [self.as_seen(e) for e in v] for k, v in self.lists.items()}

    def as_seen(self, pattern: str) -> str:
        return as_seen(pattern, self.folds, self.kept)

    def fail(self, where: str, why: str) -> NoReturn:
        raise RuleError(f"{self.name}: [{where}] {why}")

    def expand(self) -> None:
        """Let a list name other lists: "<people>" stands for all the words of `people`."""
        for key, entries in self.lists.items():
            flat: list[str] = []
            for entry in entries:
                if entry.startswith("<") and entry.endswith(">"):
                    if entry[1:-1] not in self.lists:
                        self.fail(f"words.{key}", f"names the list {entry}, which does not exist")
                    flat += self.lists[entry[1:-1]]
                else:
                    flat.append(entry)
            if any(entry.startswith("<") for entry in flat):
                self.fail(f"words.{key}", "names a list further down; put that one first")
            self.lists[key] = flat

    def table(self, key: str) -> dict[str, Any]:
        value = self.raw.get(key)
        if not isinstance(value, dict):
            self.fail(key, "is missing or no table")
        return value

    def rows(self, key: str) -> list[dict[str, Any]]:
        value = self.raw.get(key)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.fail(key, "must be rows, each under a line [[" + key + "]]")
        return value

    def strings(self, value: object, where: str) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            self.fail(where, "must be a list of texts, none of them empty")
        return value

    def text(self, value: object, where: str) -> str:
        if not isinstance(value, str) or not value:
            self.fail(where, "must be a text")
        return value

    def any_of(self, value: object, where: str, *, any_order: bool = False) -> re.Pattern[str]:
        try:
            seen = [self.as_seen(p) for p in self.strings(value, where)]
            return compile_any(seen, self.lists, any_order=any_order)
        except PatternError as error:
            self.fail(where, str(error))

    def plain(self, value: object, where: str) -> re.Pattern[str]:
        try:
            return re.compile(self.text(value, where))
        except re.error as error:
            self.fail(where, f"is no regular expression: {error}")

    def plains(self, value: object, where: str) -> tuple[re.Pattern[str], ...]:
        return tuple(self.plain(v, where) for v in self.strings(value, where))

    def pairs(self, value: object, where: str) -> tuple[tuple[re.Pattern[str], str], ...]:
        if not isinstance(value, list):
            self.fail(where, "must be a list of pairs [pattern, replacement]")
        pairs = []
        for pair in value:
            match pair:
                case [str(), str(replacement)]:
                    pairs.append((self.plain(pair[0], where), replacement))
                case _:
                    self.fail(where, f"holds {pair!r}, which is no pair [pattern, replacement]")
        return tuple(pairs)

    def forms(self, names: object, where: str) -> frozenset[Form]:
        groups = self.table("forms")
        forms: set[Form] = set()
        for name in self.strings(names, where):
            for form in self.strings(groups[name], f"forms.{name}") if name in groups else [name]:
                if form not in Form.__members__:
                    self.fail(where, f"knows no form {form!r}; forms: {', '.join(Form)}")
                forms.add(Form(form))
        return frozenset(forms)

    def only(self, row: Mapping[str, object], known: Sequence[str], where: str) -> None:
        for key in row:
            if key not in known:
                self.fail(where, f"has {key!r}, which means nothing here ({', '.join(known)})")


def _cue(read: _Reader, row: dict[str, Any], number: int) -> Cue:
    where = f"cue {number}"
    read.only(row, ("reason", "forms", "any", "unless", "clarify"), where)
    reason = read.text(row.get("reason"), f"{where}, reason")
    if reason not in CUE_REASONS:
        read.fail(where, f"knows no reason {reason!r}; reasons: {', '.join(CUE_REASONS)}")
    return Cue(
        where=where,
        reason=reason,
        forms=read.forms(row.get("forms"), f"{where}, forms"),
        any=read.any_of(row.get("any"), f"{where}, any", any_order=True),
        unless=read.any_of(row.get("unless", []), f"{where}, unless", any_order=True),
        clarify=bool(row.get("clarify", True)),
    )


def _wording(
    read: _Reader, row: dict[str, Any], number: int, changes: Mapping[str, object]
) -> list[Wording]:
    where = f"wording {number}"
    read.only(row, ("reasons", "when", "say"), where)
    say = read.text(row.get("say"), f"{where}, say")
    rows = []
    for pattern in read.strings(row.get("when"), f"{where}, when"):
        try:
            when = compile_one(read.as_seen(pattern), read.lists)
        except PatternError as error:
            read.fail(where, str(error))
        for slot, change in re.findall(r"\{(\w+)(?::(\w+))?\}", say):
            if slot not in when.groupindex:
                read.fail(where, f"says {{{slot}}}, which {pattern!r} does not keep")
            if change and change not in changes:
                read.fail(where, f"uses the change {change!r}, which is not under [changes]")
        reasons = frozenset(read.strings(row.get("reasons"), f"{where}, reasons"))
        rows.append(Wording(reasons, when, say))
    return rows


def build(raw: Mapping[str, Any], name: str = "judge.toml", text: str = "") -> Rules:
    """Check and compile a parsed judge.toml; `name` is what complaints call it."""
    read = _Reader(name, raw)
    language, clean, grammar = read.table("language"), read.table("clean"), read.table("grammar")
    for key in GRAMMAR:
        if key not in grammar:
            read.fail(f"grammar.{key}", "is missing")
    read.only(grammar, GRAMMAR, "grammar")
    limits = read.table("limits")
    for key in LIMITS:
        if not isinstance(limits.get(key), int):
            read.fail(f"limits.{key}", "must be a whole number (of words)")
    spelling = read.table("spelling")
    for key, value in spelling.items():
        read.text(value, f"spelling.{key}")
    changes = {
        key: read.pairs(value, f"changes.{key}") for key, value in read.table("changes").items()
    }
    wordings: list[Wording] = []
    for number, row in enumerate(read.rows("wording"), 1):
        wordings += _wording(read, row, number, changes)
    matchers = {key: read.any_of(grammar[key], f"grammar.{key}") for key in GRAMMAR}
    cues = tuple(_cue(read, row, n) for n, row in enumerate(read.rows("cue"), 1))
    patterns = {f"grammar.{key}": tuple(grammar[key]) for key in GRAMMAR}
    patterns |= {f"cue {n}": tuple(row["any"]) for n, row in enumerate(read.rows("cue"), 1)}
    return Rules(
        language=read.text(language.get("code"), "language.code"),
        script=read.text(language.get("script"), "language.script"),
        common=frozenset(read.strings(language.get("common"), "language.common")),
        opening=read.plains(clean.get("opening"), "clean.opening"),
        closing=read.plains(clean.get("closing"), "clean.closing"),
        abbreviations=frozenset(read.strings(clean.get("abbreviations"), "clean.abbreviations")),
        spelling=spelling,
        folds=read.folds,
        clitics=read.pairs(clean.get("clitics"), "clean.clitics"),
        grammar=matchers,
        cues={
            (reason, form): tuple(c for c in cues if c.reason == reason and form in c.forms)
            for reason in CUE_REASONS
            for form in Form
        },
        run_on=starts([read.as_seen(p) for key in RUN_ON for p in grammar[key]], read.lists),
        seen={},
        wordings=tuple(wordings),
        changes=changes,
        polish=read.pairs(read.table("suggest").get("polish"), "suggest.polish"),
        limits=limits,
        written=Written(name, text, patterns, read.lists),
    )


def parse(text: str, name: str = "judge.toml") -> Rules:
    """Rules from the text of a judge.toml. Raises RuleError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{name}: is no TOML: {error}") from None
    return build(raw, name, text)


def load(lang: str) -> Rules:
    """The rules of prompts/<lang>/judge.toml. Raises RuleError, FileNotFoundError."""
    path = files("prompts").joinpath(lang, "judge.toml")
    return parse(path.read_text(encoding="utf-8"), f"prompts/{lang}/judge.toml")
