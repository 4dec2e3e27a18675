"""A language made of reversed words, to see what is said in English whatever was chosen.

Each word of four letters and more in prompts/en is written backwards: outside of Jinja's tags
(except literals that are shown), of Markdown's link targets and of commands. Commands are written
in capitals, because they are the same in every language.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.cards.wording import LABELS

CODE = "zz"
WORD = re.compile(r"[^\W\d_]{4,}")
ENGLISH = Path(__file__).parent.parent / "prompts" / "en"
# Tags, link targets and code are left alone.
_KEPT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\]\([^)]*\)|`[^`]*`", re.DOTALL)
# In a tag: a text that is shown in one case or the other.
_SHOWN = re.compile(
    r"""(?<=else )(["'])([^"']*)\1|(?<=or )(["'])([^"']*)\3|(["'])([^"']*)\5(?= if)"""
    r"""|(?<=~ )(["'])([^"']*)\7"""
)
_QUESTION = re.compile(r'(\btext\s*=\s*")((?:[^"\\]|\\.)*)(")')


def reverse(text: str) -> str:
    """Each long word backwards."""
    return WORD.sub(lambda word: word[0][::-1], text)


def reverse_template(source: str) -> str:
    """A template or label in the reversed language."""
    parts, end = [], 0
    for kept in _KEPT.finditer(source):
        parts += [reverse(source[end : kept.start()]), _keep(kept[0])]
        end = kept.end()
    return "".join([*parts, reverse(source[end:])])


def _keep(kept: str) -> str:
    if kept.startswith("`"):
        return kept if "{" in kept else kept.upper()
    if kept.startswith("{{"):
        return _SHOWN.sub(lambda literal: reverse(literal[0]), kept)
    return kept


def shown_words(source: str) -> Iterator[str]:
    """The words of a template or label that are reversed."""
    yield from WORD.findall(_KEPT.sub(" ", source))
    for kept in _KEPT.findall(source):
        for literal in _SHOWN.finditer(kept) if kept.startswith("{{") else ():
            yield from WORD.findall(literal[0])


def write(folder: Path) -> frozenset[str]:
    """Write the language's folder below `folder`; the words that it hides, in lower case."""
    words: set[str] = set()
    home = folder / CODE
    (home / "cards").mkdir(parents=True)
    for card in sorted((ENGLISH / "cards").glob("*.md.j2")):
        source = card.read_text(encoding="utf-8")
        words |= set(shown_words(source))
        (home / "cards" / card.name).write_text(reverse_template(source), encoding="utf-8")
    for name in LABELS:
        lines = []
        for keys, value in _leaves(tomllib.loads((ENGLISH / name).read_text(encoding="utf-8"))):
            if isinstance(value, str):
                words |= set(shown_words(value)) if name != "cli.toml" else set()
                value = reverse_template(value)
            key = ".".join(json.dumps(key) for key in keys)
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}\n")
        (home / name).write_text("".join(lines), encoding="utf-8")
    bank = (ENGLISH / "questions.toml").read_text(encoding="utf-8")
    words |= {word for match in _QUESTION.finditer(bank) for word in shown_words(match[2])}
    turned = _QUESTION.sub(lambda m: m[1] + reverse_template(m[2]) + m[3], bank)
    (home / "questions.toml").write_text(turned, encoding="utf-8")
    return frozenset(word.lower() for word in words)


def _leaves(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value
