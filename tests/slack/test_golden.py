"""Every card and every form of the method as Slack gets it: tests/slack/golden/.

They are drawn from a few play scripts of tests/bot that together show each of them (ENOUGH in
tests/scripts.py): of all that these show under a name, the fullest. With `--all`, Slack must take
what any other script shows, too. After a wanted change of words or looks: ALS_REWRITE_GOLDEN=1,
and read the difference.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.slack import limits
from adapters.slack.forms import modal
from adapters.slack.outgoing import home, messages
from bot.cards.card import Button, Card, People, Row
from bot.cards.form import Form
from bot.cards.views import draw
from bot.cards.views.errors import in_language
from bot.cards.views.forms import LAYOUTS
from bot.cards.wording import wording
from bot.handlers.inputs import AnyInput
from bot.handlers.workspace_events import draw_own_page
from bot.method import effects as fx
from bot.method.policy import DEFAULT_LANGUAGE
from bot.method.terms import Place
from tests.play import Answer, Play
from tests.scripts import ENOUGH
from tests.slack.limits_check import message_complaints, view_complaints

GOLDEN = Path(__file__).parent / "golden"
REWRITE = os.environ.get("ALS_REWRITE_GOLDEN") == "1"
SCRIPTS = Path(__file__).parent.parent / "bot"
CHANNEL = Place("slack", "T0HOUSE", "C0NIGHT", "1770000000.000100")
ALSO = (
    "handlers/test_privacy.py",
    "handlers/test_workspace_events.py",
    "delivery/test_unreachable.py",
)
# Cards that no script happens to see; each is about the set, the session or its first action.
APART = (
    "too_few_to_meet",
    "no_coach_yet",
    "set_is_large",
    "did_it_arrive",
    "cannot_reach_home",
    "cannot_reach_you",
)
WITHOUT_STORE = ("store_full", "store_busy", "broken")
Seen = tuple[list[Card], list[Form], list[Card]]  # cards, forms, the page of one's own


class Watched(Play):
    """A play that keeps every card and form that anybody saw."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Card] = []
        self.opened: list[Form] = []

    def hand(self, who: str, given: AnyInput) -> Answer:
        answer = super().hand(who, given)
        self.shown += answer.reply.cards
        self.opened += [answer.reply.form] if answer.reply.form else []
        return answer


def scripts(only: Collection[str] | None = None) -> Iterator[Callable[[Play], object]]:
    """Every test of the core that plays a script and asks for nothing but the play.

    With `only` those of these names.
    """
    for file in sorted(SCRIPTS.glob("plays/test_*.py")) + [SCRIPTS / name for name in ALSO]:
        module = importlib.import_module(f"tests.bot.{file.parent.name}.{file.stem}")
        for name, test in list(vars(module).items()):
            wanted = only is None or name in only
            if wanted and name.startswith("test_") and inspect.isfunction(test):
                opening = _opening(module, test)
                if opening is not None:
                    yield lambda play, test=test, opening=opening: test(opening(play))


def _opening(module: Any, test: Any) -> Callable[[Play], Play] | None:
    """What the script begins with: the bare play, or a fixture of its file that takes it."""
    match list(inspect.signature(test).parameters):
        case ["play"]:
            return lambda play: play
        case [name] if callable(fixture := getattr(module, name, None)):
            begun = inspect.unwrap(fixture)
            if list(inspect.signature(begun).parameters) == ["play"]:
                return begun
    return None


@pytest.fixture(scope="module")
def seen() -> Seen:
    """All cards and forms of enough scripts, and a page of one's own."""
    return _seen([*scripts(ENOUGH), _asked_for, _too_late, _two_sets, _went_wrong])


def _seen(played: Iterable[Callable[[Play], object]]) -> Seen:
    cards, forms, page = [in_language(DEFAULT_LANGUAGE, name) for name in WITHOUT_STORE], [], ()
    for script in played:
        play = Watched()
        script(play)
        cards += play.shown + [d.card for d in play.platform.delivered]
        forms += play.opened
        own = draw_own_page(play.store, play.actor("ana"), play.clock.at)
        page = max(page, own, key=lambda cards: len(json.dumps(home(cards))))
        stranger = draw_own_page(play.store, play.actor("nobody"), play.clock.at)
        cards += [*own, *stranger]
        play.close()
    return list(map(_at_slack, cards)), forms, list(map(_at_slack, page))


def _asked_for(play: Play) -> None:
    """What hardly anybody asks for."""
    play.does("ana", "/als nonsense")
    play.begins()
    play.types("bo", "What have you tried so far?")
    play.types("cem", "Who else is touched by this?")
    play.does("ana", "/als answer")
    play.does("ana", "/als set join")
    play.does("ana", "/als pause tomorrow")
    play.presses("ana", "Close the questions")
    play.presses("ana", "Add an action").fills(what="Walk with Helen")
    play.presses("ana", "Make it stronger").fills(confidence="3")


def _too_late(play: Play) -> None:
    play.closes_with("Walk with Helen", due="2026-03-05")
    play.wind(to="2026-03-10 17:00")
    play.presses("ana", "Choose a new date")


def _two_sets(play: Play) -> None:
    play.begins()
    play.place = replace(play.place, conversation="C2")
    play.begins("ana", ("eve", "fay"))
    play.does("ana", "/als status", where=replace(play.place, conversation="@ana"))


def _went_wrong(play: Play) -> None:
    """What is told only where something went wrong, drawn without letting it go wrong."""
    assert isinstance(play, Watched)
    play.begins()
    group, about = play.group.id, {"did_it_arrive": play.session.id}
    with play.store.reading() as tx:
        ana = tx.people.at(play.actor("ana").address)
        assert ana is not None
        for card in APART:
            told = fx.Whisper(ana.id, card, about.get(card, group))
            play.shown.append(draw(tx, told, ana, play.clock.at))


def _at_slack(card: Card) -> Card:
    """With user ids as Slack has them."""
    parts = [
        replace(p, people=tuple((f"U0{user.upper()}", name) for user, name in p.people))
        if isinstance(p, People)
        else p
        for p in card.parts
    ]
    return replace(card, parts=tuple(parts))


def fullest(things: list[Any], drawn: Callable[[Any], Any]) -> dict[str, Any]:
    """Of each name the longest drawing, the first of several."""
    found: dict[str, Any] = {}
    for thing in things:
        one = drawn(thing)
        if len(json.dumps(one)) > len(json.dumps(found.get(thing.name, ""))):
            found[thing.name] = one
    return found


def hold(folder: str, drawn: dict[str, Any]) -> None:
    """Compare with the golden files, or rewrite them."""
    place = GOLDEN / folder
    texts = {
        f"{name}.json": json.dumps(one, ensure_ascii=False, indent=1) + "\n"
        for name, one in drawn.items()
    }
    if REWRITE:
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob("*.json"):
            old.unlink()
        for name, text in texts.items():
            (place / name).write_text(text, encoding="utf-8")
    kept = {file.name: file.read_text(encoding="utf-8") for file in place.glob("*.json")}
    assert texts.keys() == kept.keys()
    changed = [name for name in sorted(texts) if texts[name] != kept[name]]
    assert changed == [], "rewrite them with ALS_REWRITE_GOLDEN=1"


def test_the_golden_cards(seen: Seen) -> None:
    drawn = fullest(seen[0], messages)
    assert set(wording(DEFAULT_LANGUAGE).cards) - drawn.keys() == set(), "no script shows these"
    hold("cards", drawn)


def test_the_golden_forms(seen: Seen) -> None:
    drawn = fullest(seen[1], lambda form: modal(form, CHANNEL))
    assert LAYOUTS.keys() - drawn.keys() == set(), "no script opens these"
    hold("forms", drawn)


def test_the_golden_home(seen: Seen) -> None:
    hold("home", {"home": home(seen[2])})


def test_whatever_a_script_shows_slack_takes(seen: Seen) -> None:
    _is_taken(seen)


@pytest.mark.thorough
def test_slack_takes_what_all_the_other_scripts_show() -> None:
    _is_taken(_seen(scripts()))


def _is_taken(seen: Seen) -> None:
    cards, forms, _ = seen
    for card in dict.fromkeys(cards):
        for message in messages(card):
            assert message_complaints(message) == [], card.name
            assert limits.size_of(message["blocks"]) <= limits.MESSAGE_SIZE, card.name
    for form in dict.fromkeys(forms):
        assert view_complaints(modal(form, CHANNEL)) == [], form.name


def test_no_button_of_ours_is_too_long_for_slack(seen: Seen) -> None:
    buttons = {b.label for card in seen[0] for b in _buttons(card)}
    assert {label for label in buttons if len(label) > limits.BUTTON} == set()
    assert {f.send for f in seen[1] if len(f.send) > limits.TITLE} == set()


def _buttons(card: Card) -> Iterator[Button]:
    yield from card.buttons
    for part in card.parts:
        yield from part.buttons if isinstance(part, Row) else ()
