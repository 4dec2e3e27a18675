"""The question bank: what may be offered to somebody who is stuck (method.md §5).

Rule 1: the bank is data (prompts/<language>/questions.toml); what cannot be used is refused when
        it is read, with the item and a code for the reason.
Rule 2: a choice depends on its seed alone: no clock, no chance, no order of the file.
Rule 3: whoever chooses says what was used before, and never gets it again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources.abc import Traversable
from typing import Any

import prompts
from bot.method import policy
from bot.method.formats import Stage
from bot.method.policy import DEFAULT_LANGUAGE
from bot.method.terms import Speech

CATEGORIES = (
    "intake",
    "clarify",
    "probing",
    "perspective",
    "challenging",
    "assumptions",
    "feelings",
    "power",
    "catalytic",
    "hypothetical",
    "agree_problem",
    "solutions",
    "actions",
    "facilitator",
    "reflection_individual",
    "reflection_team",
    "reflection_organisation",
    "report_back",
)
STAGES = (
    "intake",
    "clarify",
    "explore",
    "agree_problem",
    "solutions",
    "actions",
    "check_in",
    "reflection",
    "report_back",
)
AUDIENCES = ("presenter", "group", "self")
DEPTHS = (1, 2, 3)


class BadBank(Exception):
    """An item that cannot be used. `item` names it (its id, else its place), `code` says why."""

    def __init__(self, file: str, item: str, code: str) -> None:
        super().__init__(f"{file}: {item}: {code}")
        self.file, self.item, self.code = file, item, code


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `formats` are the methods that it is for; none means every method."""

    id: str
    stage: str
    category: str
    audience: str
    text: str
    depth: int
    formats: tuple[str, ...] = ()


Bank = tuple[Item, ...]


def read(text: str, file: str = "questions.toml") -> Bank:
    """Read a bank. Raises BadBank with the item and a code."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadBank(file, str(error), "not_toml") from error
    items: list[Item] = []
    ids: set[str] = set()
    texts: set[str] = set()
    for item in _items(file, raw):
        if item.id in ids:
            raise BadBank(file, item.id, "same_id_twice")
        if item.text.casefold() in texts:
            raise BadBank(file, item.id, "same_text_twice")
        ids.add(item.id)
        texts.add(item.text.casefold())
        items.append(item)
    return tuple(items)


def _items(file: str, raw: Mapping[str, Any]) -> Iterator[Item]:
    for category, table in raw.items():
        if category not in CATEGORIES:
            raise BadBank(file, category, "unknown_category")
        if not isinstance(table, Mapping) or not isinstance(table.get("items"), list):
            raise BadBank(file, category, "no_items")
        common = {key: value for key, value in table.items() if key != "items"}
        for key in common.keys() - {"stage", "audience", "formats"}:
            raise BadBank(file, f"{category}.{key}", "unknown_key")
        for place, row in enumerate(table["items"]):
            where = f"{category}[{place}]"
            if not isinstance(row, Mapping):
                raise BadBank(file, where, "not_a_table")
            yield _item(file, where, category, {**common, **row})


def _item(file: str, where: str, category: str, row: Mapping[str, Any]) -> Item:
    id = row.get("id")
    if not isinstance(id, str) or not id.isidentifier():
        raise BadBank(file, where, "bad_id")
    for key in ("stage", "audience", "text", "depth"):
        if key not in row:
            raise BadBank(file, id, f"missing_{key}")
    if row.keys() - {"id", "stage", "audience", "text", "depth", "formats"}:
        raise BadBank(file, id, "unknown_key")
    if row["stage"] not in STAGES:
        raise BadBank(file, id, "unknown_stage")
    if row["audience"] not in AUDIENCES:
        raise BadBank(file, id, "unknown_audience")
    if isinstance(row["depth"], bool) or row["depth"] not in DEPTHS:
        raise BadBank(file, id, "bad_depth")
    text = row["text"]
    if not isinstance(text, str) or not text.strip() or len(text) > policy.BANK_ITEM_MOST:
        raise BadBank(file, id, "bad_text")
    formats = row.get("formats", [])
    if not isinstance(formats, list) or not all(
        isinstance(f, str) and f.isidentifier() for f in formats
    ):
        raise BadBank(file, id, "bad_formats")
    return Item(
        id, row["stage"], category, row["audience"], text.strip(), row["depth"], tuple(formats)
    )


def pick(
    bank: Bank,
    *,
    stage: str,
    category: str | None = None,
    audience: str | None = None,
    format: str | None = None,
    depth: int | None = None,
    used: Collection[str] = (),
    seed: str,
) -> Item | None:
    """One item that fits and is not in `used`; the same seed chooses the same. None if none is.

    `depth` is the greatest. An item for certain formats needs that `format` to be named.
    """
    fitting = [
        item
        for item in bank
        if item.stage == stage
        and item.id not in used
        and category in (None, item.category)
        and audience in (None, item.audience)
        and (not item.formats or format in item.formats)
        and (depth is None or item.depth <= depth)
    ]
    return min(
        fitting, key=lambda item: sha256(f"{seed}/{item.id}".encode()).digest(), default=None
    )


def moment(stage: Stage) -> str:
    """The bank's stage for a stage of a format: by its form, its name's first word, its speech."""
    first = stage.name.partition("_")[0]
    if stage.name in STAGES or first in STAGES:
        return stage.name if stage.name in STAGES else first
    if stage.speech is Speech.form:
        return "actions" if stage.form.startswith("action") else "reflection"
    if stage.speech is Speech.offers:
        return "solutions"
    return "clarify" if stage.speech is Speech.clarify else "explore"


def bank(language: str) -> Bank:
    """The bank of a language, or of the default where it has none."""
    return _load(language, prompts.folders())


@cache
def _load(language: str, folders: tuple[Traversable, ...]) -> Bank:
    for folder in folders:
        file = folder / language / "questions.toml"
        if language.isalpha() and file.is_file():
            return read(file.read_text(encoding="utf-8"), f"{language}/questions.toml")
    return _load(DEFAULT_LANGUAGE, folders)
