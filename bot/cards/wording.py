"""Puts words to names: templates for cards, labels for all that is short (prompts/<language>/).

Rule 1: no sentence that a person reads stands in Python.
Rule 2: what a person wrote never goes through a template; it travels as `Said` (cards.py).
Rule 3: an unknown name is a bug and says so; a test renders every card in every language.
Rule 4: only `wording` decides what is said where no language was chosen, or where a language has
        no folder or lacks a text: the default's words (policy.DEFAULT_LANGUAGE).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources.abc import Traversable
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template

import prompts
from bot import judge
from bot.method import policy
from bot.method.policy import DEFAULT_LANGUAGE

BLOCKS = ("title", "summary", "body")
REMEMBERED = 2_000  # short texts with their values filled in: dates and counts are often the same
LABELS = (
    "labels.toml",
    "forms.toml",
    "formats.toml",
    "web.toml",
    "cli.toml",
    "slack.toml",
    "teams.toml",
)


@dataclass(frozen=True, slots=True)
class Text:
    """A rendered card template: `summary` is what a notification says."""

    title: str
    summary: str
    body: str


class Wording:
    """The words of one language."""

    def __init__(self, language: str, cards: Mapping[str, str], labels: Mapping[str, str]) -> None:
        self.language = language
        self._cards = cards
        self._labels = labels
        # Plain Markdown, no HTML: each adapter escapes for itself, so autoescape would do it twice.
        self._env = Environment(
            loader=DictLoader(dict(cards)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
        )
        self._env.globals["policy"] = policy  # a number that a card names stands there, once
        self._env.globals["label"] = self.label
        self._env.globals["label_or"] = self.label_or
        self._short: dict[str, Template] = {}
        self._rendered = lru_cache(maxsize=REMEMBERED)(self._render)

    @property
    def cards(self) -> tuple[str, ...]:
        """The names of all card templates."""
        return tuple(sorted(self._cards))

    @property
    def labels(self) -> Mapping[str, str]:
        """Every short text by its dotted name."""
        return self._labels

    def text(self, card: str, values: Mapping[str, object]) -> Text:
        """The title, summary and body of a card. Raises KeyError for an unknown card."""
        if card not in self._cards:
            raise KeyError(card)
        template = self._env.get_template(card)
        context = template.new_context(dict(values))
        texts = ["".join(template.blocks[block](context)).strip() for block in BLOCKS]
        return Text(*texts)

    def label(self, name: str, /, **values: object) -> str:
        """A short text by its dotted name, e.g. `buttons.ask`. Raises KeyError."""
        text = self._labels[name]
        if "{" not in text:
            return text
        if all(type(value) in (str, int) for value in values.values()):
            return self._rendered(name, tuple(values.items()))
        return self._render(name, tuple(values.items()))

    def _render(self, name: str, values: tuple[tuple[str, object], ...]) -> str:
        if name not in self._short:
            self._short[name] = self._env.from_string(self._labels[name])
        return self._short[name].render(values)

    def label_or(self, name: str, default: str = "") -> str:
        """A short text without values, or `default` where there is none."""
        return self._labels.get(name, default)


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, str(value).strip()


def wording(language: str) -> Wording:
    """The words of a language; of the default for "" and for a language without a folder."""
    folders = prompts.folders()
    known = language if language in _languages(folders) else DEFAULT_LANGUAGE
    return _load(known, folders)


def languages() -> tuple[str, ...]:
    """Every language that has a folder with cards."""
    return _languages(prompts.folders())


def offered_languages() -> tuple[str, ...]:
    """The languages that a person or a set may choose: those with cards, and those with a judge."""
    return tuple(sorted({*languages(), *judge.languages()}))


@cache
def _load(language: str, folders: tuple[Traversable, ...]) -> Wording:
    """A language's texts, laid over the default's: what it lacks is said in the default."""
    cards: dict[str, str] = {}
    labels: dict[str, str] = {}
    for code in dict.fromkeys((DEFAULT_LANGUAGE, language)):
        for folder in (root / code for root in folders):
            if (folder / "cards").is_dir():
                cards |= _read_cards(folder)
                labels |= _read_labels(folder)
    return Wording(language, cards, labels)


def _read_cards(folder: Traversable) -> dict[str, str]:
    return {
        file.name.removesuffix(".md.j2"): file.read_text(encoding="utf-8")
        for file in (folder / "cards").iterdir()
        if file.name.endswith(".md.j2")
    }


def _read_labels(folder: Traversable) -> dict[str, str]:
    labels: dict[str, Any] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name in LABELS:
            labels |= tomllib.loads(file.read_text(encoding="utf-8"))
    return dict(_flat(labels))


@cache
def _languages(folders: tuple[Traversable, ...]) -> tuple[str, ...]:
    codes = {
        folder.name
        for root in folders
        for folder in root.iterdir()
        if folder.is_dir() and (folder / "cards").is_dir()
    }
    return tuple(sorted(codes))
