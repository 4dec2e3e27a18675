"""Each number of policy.py stands once: what depends on it, a card included, follows a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from bot.cards.wording import wording
from bot.method import policy
from bot.method.actions import plan
from bot.worktime import Hours


def body(card: str, **values: object) -> str:
    """A card's body in English."""
    return wording("en").text(card, values).body


CARDS: dict[str, tuple[str, Callable[[], str]]] = {
    "SET_DAYS": ("37 days", lambda: body("set_ended", name="Us") + body("sure_end", name="Us")),
    "SILENT_END_DAYS": ("37 days", lambda: body("silent", name="Us")),
}


@pytest.mark.parametrize("number", CARDS)
def test_a_card_names_the_number_of_the_policy(
    number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, draw = CARDS[number]
    before = draw()
    assert words not in before
    base = policy.SILENT_DAYS if number == "SILENT_END_DAYS" else 0
    monkeypatch.setattr(policy, number, base + 37)
    after = draw()
    assert words in after
    assert before.count(" days") == after.count(words)


def test_the_check_ins_follow_the_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "CHECK_INS_AFTER_DUE", {"due": 0, "plus_two": 3})
    check_ins = plan(date(2026, 3, 2), date(2026, 3, 4), Hours())
    assert [(c.kind, c.day) for c in check_ins] == [
        ("due", date(2026, 3, 4)),
        ("plus_two", date(2026, 3, 9)),
    ]
