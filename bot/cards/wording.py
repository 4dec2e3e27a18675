"""Puts words to names: templates for cards, labels for all that is short (prompts/<language>/).

Rule 1: no sentence that a person reads stands in Python.
Rule 2: what a person wrote never goes through a template; it travels as `Said` (cards.py).
Rule 3: an unknown name is a bug and says so; a test renders every card in every language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from bot.method import policy

BLOCKS = ("title", "summary", "body")
DEFAULT = "en"
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

    def __init__(self, language: str, cards: Mapping[str, str], labels: Mapping[str, Any]) -> None:
        self.language = language
        self._cards = cards
        self._labels = dict(_flat(labels))
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
        said = ["".join(template.blocks[block](context)).strip() for block in BLOCKS]
        return Text(*said)

    def label(self, name: str, /, **values: object) -> str:
        """A short text by its dotted name, e.g. `buttons.ask`. Raises KeyError."""
        found = self._labels[name]
        if "{" not in found:
            return found
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


@cache
def wording(language: str = DEFAULT) -> Wording:
    """The words of a language, or of the default where there is no such folder."""
    if language not in languages():
        language = DEFAULT
    folder = resources.files("prompts") / language
    cards = {
        f.name.removesuffix(".md.j2"): f.read_text(encoding="utf-8")
        for f in (folder / "cards").iterdir()
        if f.name.endswith(".md.j2")
    }
    labels: dict[str, Any] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name in LABELS:
            labels |= tomllib.loads(file.read_text(encoding="utf-8"))
    return Wording(language, cards, labels)


@cache
def languages() -> tuple[str, ...]:
    """Every language that has a folder with cards."""
    root = resources.files("prompts")
    return tuple(sorted(f.name for f in root.iterdir() if f.is_dir() and (f / "cards").is_dir()))
