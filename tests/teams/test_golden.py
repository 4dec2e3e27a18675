"""Every card and every form of the method as Teams gets it: tests/teams/golden/.

They are drawn from a few play scripts of tests/bot that together show each of them (ENOUGH in
tests/scripts.py). After a wanted change of words or looks: ALS_REWRITE_GOLDEN=1, and read the
difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.teams import limits
from adapters.teams.forms import dialog
from adapters.teams.outgoing import messages, opens
from adapters.teams.views import notice
from bot.cards.card import Button, Card, People, Row
from bot.cards.form import Ask, Form
from bot.cards.views.errors import in_language
from bot.cards.views.forms import LAYOUTS
from bot.cards.wording import wording
from bot.handlers.workspace_events import draw_own_page
from bot.method.policy import DEFAULT_LANGUAGE
from bot.method.terms import Place
from tests.scripts import ENOUGH
from tests.slack import test_golden as scripted
from tests.teams.limits_check import dialog_complaints, message_complaints

GOLDEN = Path(__file__).parent / "golden"
CHANNEL = Place("teams", "tenant-1", "19:night@thread.tacv2", "1700000000000")
Seen = tuple[list[Card], list[Form]]


@pytest.fixture(scope="module")
def seen() -> Seen:
    """All cards and forms of enough scripts, and the pages of one's own."""
    cards = [in_language(DEFAULT_LANGUAGE, name) for name in scripted.WITHOUT_STORE]
    forms: list[Form] = []
    apart = [scripted._asked_for, scripted._too_late, scripted._two_sets, scripted._went_wrong]
    for script in [*scripted.scripts(ENOUGH), *apart]:
        play = scripted.Watched()
        script(play)
        cards += play.shown + [d.card for d in play.platform.delivered]
        forms += play.opened
        for who in ("ana", "nobody"):
            cards += draw_own_page(play.store, play.actor(who), play.clock.at)
        play.close()
    return list(map(_at_teams, cards)), forms


def _at_teams(card: Card) -> Card:
    """With user ids as Teams has them."""
    parts = [
        replace(p, people=tuple((f"29:1{user}", name) for user, name in p.people))
        if isinstance(p, People)
        else p
        for p in card.parts
    ]
    return replace(card, parts=tuple(parts))


def fullest(things: list[Any], drawn: Callable[[Any], Any]) -> dict[str, Any]:
    """Of each name the longest drawing, the first of several."""
    return scripted.fullest(things, drawn)


def hold(folder: str, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare with the golden files, or rewrite them."""
    monkeypatch.setattr(scripted, "GOLDEN", GOLDEN)
    scripted.hold(folder, drawn)


def test_the_golden_cards(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = fullest(seen[0], messages)
    assert set(wording(DEFAULT_LANGUAGE).cards) - drawn.keys() == set(), "no script shows these"
    hold("cards", drawn, monkeypatch)


def test_the_golden_forms(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = fullest(seen[1], lambda form: dialog(form, CHANNEL))
    assert LAYOUTS.keys() - drawn.keys() == set(), "no script opens these"
    hold("forms", drawn, monkeypatch)


def test_whatever_a_script_shows_teams_takes(seen: Seen) -> None:
    cards, forms = seen
    for card in dict.fromkeys(cards):
        assert [c for m in messages(card) for c in message_complaints(m)] == [], card.name
        assert dialog_complaints(notice(card)) == [], card.name
    for form in dict.fromkeys(forms):
        assert dialog_complaints(dialog(form, CHANNEL)) == [], form.name


def test_no_words_of_ours_are_shortened(seen: Seen) -> None:
    cards, forms = seen
    assert {b.label for c in cards for b in _buttons(c) if len(b.label) > limits.BUTTON} == set()
    assert {f.title for f in forms if len(f.title) > limits.TITLE} == set()
    asked = {field for form in forms for field in form.fields if isinstance(field, Ask)}
    assert {f.label for f in asked if len(f.label) > limits.LABEL} == set()
    assert {f.hint for f in asked if len(f.hint) > limits.HINT} == set()
    assert {f.most for f in asked if f.most > limits.INPUT} == set()


def test_no_markdown_of_ours_is_seen_as_marks(seen: Seen) -> None:
    """What is escaped in our own words would mostly be a slip in prompts/."""
    shown = {
        element["text"]
        for card in dict.fromkeys(seen[0])
        for element in messages(card)[0]["attachments"][0]["content"]["body"]
        if element["type"] == "TextBlock"
    }
    assert [text for text in sorted(shown) if re.search(r"\\[*`\[]", text)] == []


def test_some_buttons_open_forms_and_some_do_not(seen: Seen) -> None:
    presses = {(b.press, b.ref) for card in seen[0] for b in _buttons(card)}
    assert {opens(press, ref) for press, ref in presses} == {True, False}
    assert len(json.dumps(sorted({p for p, r in presses if opens(p, r)}))) > 2


def _buttons(card: Card) -> Iterator[Button]:
    yield from card.buttons
    for part in card.parts:
        yield from part.buttons if isinstance(part, Row) else ()
