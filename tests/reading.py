"""What stands on a card or in a form, as text; and what is logged as an error."""

from __future__ import annotations

import logging
from typing import Any

from bot.cards.card import Button, Card, Closes, Facts, File, People, Row, Said, Words
from bot.cards.form import Ask, Choice, Form, PickDate, Tick


class Ear(logging.Handler):
    """Hears what the house logs as an error."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def text_of(card: Card) -> str:
    """All that a card says, line by line, with its buttons in brackets."""
    lines = [card.title]
    for part in card.parts:
        match part:
            case Words(text):
                lines.append(text)
            case Said(text, by, label):
                lines.append(f"{label or by}: {text}" if label or by else text)
            case Facts(pairs):
                lines += [f"{label}: {value}" for label, value in pairs]
            case Closes(label, at):
                lines.append(f"{label}: {at:%a %d %b %H:%M}")
            case People(label, people):
                lines.append(f"{label}: {', '.join(name for _, name in people)}")
            case File(name, text):
                lines += [name, text]
            case Row(row):
                lines.append(" ".join(f"[{b.label}]" for b in row))
            case _:
                lines.append("—")
    lines.append(" ".join(f"[{b.label}]" for b in card.buttons))
    return "\n".join(lines).strip()


def buttons_of(card: Card) -> list[tuple[str, Button]]:
    """Each button with the words above it (a row's own, else the whole card's)."""
    found: list[tuple[str, Button]] = []
    above = ""
    for part in card.parts:
        if isinstance(part, Row):
            found += [(above, b) for b in part.buttons]
        elif isinstance(part, Said | Words):
            above = part.text
    return [*found, *((text_of(card), b) for b in card.buttons)]


def filled(form: Form) -> dict[str, str]:
    """What stands in a form when it opens."""
    values: dict[str, Any] = {}
    for asked in form.fields:
        match asked:
            case Ask() | Choice():
                values[asked.name] = asked.value
            case PickDate() if asked.value is not None:
                values[asked.name] = asked.value.isoformat()
            case Tick() if asked.value:
                values[asked.name] = "yes"
    return values
