"""Detects a message in a language that these rules do not know, so that the judge keeps silent.

A language is recognised by its common words (prompts/common_words.toml: articles, pronouns,
helping verbs). It is foreign when it holds several common words of another language, and clearly
more of them than of the judge's own. In doubt it is the judge's own language.
Only messages of six words or more with few of the rules' own common words are checked.
Source: method.md section 4 ("Unknown language, low confidence -> accept").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

FEWEST_WORDS = 6
FEWEST_FOREIGN = 2  # common words of the other language that the judge's own does not have
CLEARLY_MORE = 2  # times as many as of the judge's own
_WORD = re.compile(r"[^\W\d_]+")


@cache
def common_words() -> Mapping[str, frozenset[str]]:
    """The common words of each language, by its code."""
    text = files("prompts").joinpath("common_words.toml").read_text(encoding="utf-8")
    return {code: frozenset(_WORD.findall(words)) for code, words in tomllib.loads(text).items()}


@cache
def known_languages() -> frozenset[str]:
    """The languages that have a rule file: the folders of prompts/ with a judge.toml."""
    return frozenset(
        folder.name
        for folder in files("prompts").iterdir()
        if folder.is_dir() and folder.joinpath("judge.toml").is_file()
    )


def foreign_language(text: str, own: str) -> str | None:
    """The language of a text that is surely not the judge's own, else None.

    It never chooses a judge: whose language it is, the set or the person said. Between two near
    relatives, as Danish and Norwegian, the answer may be the wrong one of the two.
    """
    words = set(_WORD.findall(text.casefold()))
    ours = words & common_words().get(own, frozenset())
    best, most_common = None, FEWEST_FOREIGN - 1
    for code, listed in common_words().items():
        theirs = words & listed
        # What both languages have tells nothing.
        here, there = len(ours - theirs), len(theirs - ours)
        if code != own and there > most_common and there >= CLEARLY_MORE * here:
            best, most_common = code, there
    return best
