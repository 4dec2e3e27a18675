"""Is a message in a language that these rules do not know? Then the judge keeps silent.

The only file that knows the language detector (py3langid). It is imported when first needed,
because loading its model takes most of a second, and asked only about messages of six words or
more that hold few of the language's own common words, so that most messages never get here.
Source: method.md section 4 ("Unknown language, low confidence -> accept").
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

FEWEST_WORDS = 6
SURE = 0.95


@cache
def _identifier() -> Any:
    """The detector with its model, loaded once; it gives probabilities that sum to one."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def load_detector() -> None:
    """Load the detector now: it takes half a second."""
    _identifier()


@cache
def known_languages() -> frozenset[str]:
    """The languages that have a rule file: the folders of prompts/ with a rule.toml."""
    return frozenset(
        folder.name
        for folder in files("prompts").iterdir()
        if folder.is_dir() and folder.joinpath("rule.toml").is_file()
    )


def foreign_language(text: str, own: str) -> str | None:
    """The language of a text that is not the judge's own, when the detector is sure; else None.

    It never chooses a judge: whose language it is, the set or the person said.
    """
    found, sure = _identifier().classify(text)
    return str(found) if sure >= SURE and found != own else None
