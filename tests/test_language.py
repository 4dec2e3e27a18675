"""Language everywhere: a set and its people speak reversed words, and nothing English is left.

Whole scripts are played in a language that no Python knows (tests/reversed_words.py); each card
and form is then drawn for Slack, Teams and the web. The scripts press and read English words: what
they are shown is turned back, what is drawn is not. People's own words, names and commands are
excepted.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import prompts
from adapters.slack import forms as slack_forms
from adapters.slack import outgoing as slack_outgoing
from adapters.slack import views as slack_views
from adapters.teams import forms as teams_forms
from adapters.teams import outgoing as teams_outgoing
from adapters.teams import views as teams_views
from adapters.web import draw, view
from adapters.web.cast import channel, load_cast
from adapters.web.playground import Playground
from bot.cards.card import Card, File, Said
from bot.cards.form import Ask, Form
from bot.cards.wording import wording
from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.handlers.inputs import Actor, AnyInput
from bot.handlers.workspace_events import draw_own_page
from bot.method.command_grammar import COMMANDS
from bot.method.terms import Place
from bot.ports import Delivery, Reply
from bot.runtime.virtual_clock import ClockRunner
from tests import reversed_words
from tests.memory_platform import NAME, MemoryPlatform, Numbers
from tests.play import Play
from tests.scripts import WHOLE
from tests.web import fakes

NAMED = ("second_meetings", "two_rules")
SCRIPTS = [script for script in WHOLE if any(name in script.__name__ for name in NAMED)]
PEOPLE = ("ana", "bo", "cem", "nobody")
AT_SLACK = Place("slack", "T1", "C1", "1.1")
AT_TEAMS = Place("teams", "tenant-1", "19:night@thread.tacv2", "1700000000000")
VIEWER = replace(load_cast().first, language=reversed_words.CODE)


Shown = tuple[list[Card], list[Form], list[tuple[Card, ...]]]


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Iterator[frozenset[str]]:
    """The words that must be gone, while the reversed language is one of ours."""
    folder: Path = tmp_path_factory.mktemp("languages")
    words = reversed_words.write(folder)
    prompts.add_folder(folder)
    yield words
    prompts.remove_folder(folder)


class _Host(Host):
    """Keeps what it answers, and gives each new set its language."""

    def __init__(self, play: _Play) -> None:
        super().__init__(play.store, Numbers())
        self.play = play

    def handle(self, input: AnyInput) -> Reply:
        reply = super().handle(input)
        self.play.shown_cards += reply.cards
        self.play.shown_forms += [reply.form] if reply.form else []
        with self.store.transaction() as tx:
            for id in tx.sets.all():
                group = tx.machines.lock_set(id)
                if group is not None and not group.language:
                    tx.machines.save(replace(group, language=reversed_words.CODE))
        return self.play.turned_back(reply)


class _Platform(MemoryPlatform):
    """Keeps what it is given to draw."""

    def __init__(self, play: _Play) -> None:
        super().__init__(play.clock)
        self.play = play

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        self.play.shown_cards.append(delivery.card)
        self.play.deliveries.append(delivery)
        card = self.play.turned_back(delivery.card)
        return await super().deliver(replace(delivery, card=card))


class _Play(Play):
    """A play whose people read reversed words."""

    def __init__(self, english: frozenset[str], language: str = reversed_words.CODE) -> None:
        super().__init__()
        self.english, self.language = english, language
        self.deliveries: list[Delivery] = []
        self.shown_cards: list[Card] = []
        self.shown_forms: list[Form] = []
        self.host = _Host(self)
        self.platform = _Platform(self)
        self.courier = Courier(self.store, {NAME: self.platform}, self.clock)
        self.winding = ClockRunner(self.clock, self.host, self.courier)

    def actor(self, who: str) -> Actor:
        """A person who reads reversed words."""
        return replace(super().actor(who), language=self.language)

    def turned_back(self, thing: Any) -> Any:
        """The same card, form or reply in English, for a script that reads it."""
        if isinstance(thing, str):
            return reversed_words.WORD.sub(self._turn_back, thing)
        if isinstance(thing, tuple):
            return tuple(map(self.turned_back, thing))
        if is_dataclass(thing) and not isinstance(thing, type | File):
            # People's own words stay, and so do ids.
            kept = {"name", "value", "ref", "nonce", "press", "language", "codes", "by"}
            kept |= {"text"} if isinstance(thing, Said) else set()
            changed = {f.name: getattr(thing, f.name) for f in fields(thing) if f.name not in kept}
            return replace(thing, **{name: self.turned_back(of) for name, of in changed.items()})
        return thing

    def _turn_back(self, word: re.Match[str]) -> str:
        turned = word[0][::-1]
        return turned if turned.lower() in self.english else word[0]


@pytest.fixture(scope="module")
def shown(english: frozenset[str]) -> Shown:
    """All that the scripts show: cards, forms, and each person's own page."""
    cards: list[Card] = []
    forms: list[Form] = []
    pages: list[tuple[Card, ...]] = []
    assert len(SCRIPTS) == 2
    for script in SCRIPTS:
        play = _Play(english)
        script(play)
        cards += play.shown_cards
        forms += play.shown_forms
        pages += [draw_own_page(play.store, play.actor(who), play.clock.at) for who in PEOPLE]
        play.close()
    cards += [card for page in pages for card in page]
    return list(map(without_words, dict.fromkeys(cards))), list(map(without_words, forms)), pages


def without_words(thing: Any) -> Any:
    """A card or form without what people wrote."""
    if isinstance(thing, Said):
        return replace(thing, text="…")
    if isinstance(thing, File):
        return replace(thing, text="…")
    if isinstance(thing, Ask):
        return replace(thing, value="")
    if isinstance(thing, Card):
        return replace(thing, parts=tuple(map(without_words, thing.parts)))
    if isinstance(thing, Form):
        return replace(thing, fields=tuple(map(without_words, thing.fields)))
    return thing


def left_over(texts: Iterable[str], english: frozenset[str]) -> set[str]:
    """The English words that are left in what was drawn."""
    # A word that reads as another one backwards (live, evil) tells nothing.
    telling = {word for word in english if word[::-1] not in english}
    found: set[str] = set()
    for text in texts:
        plain = _DATES.sub(" ", text)
        for kept in (*_COMMANDS, *NAMES):
            plain = plain.replace(kept, " ")
        found |= {
            f"{word} | {text[:90]}"
            for word in reversed_words.WORD.findall(plain)
            if word.lower() in telling and not word.isupper()
        }
    return found


_DATES = re.compile(r"<!date[^>]*>|\{\{(DATE|TIME)\([^)]*\)\}\}")
_COMMANDS = sorted((f"/als {command.name}" for command in COMMANDS), key=len, reverse=True)
NAMES = ("The night shift", "Europe/London", "London")  # of a set and a zone: people chose them
SEEN = {"text", "title", "summary", "label", "placeholder", "errorMessage", "name"}


def texts_in(drawn: Any) -> Iterator[str]:
    """All that a client shows of a payload."""
    if isinstance(drawn, list | tuple):
        for one in drawn:
            yield from texts_in(one)
    elif isinstance(drawn, dict):
        for key, of in drawn.items():
            if isinstance(of, str):
                yield from [of] if key in SEEN else []
            elif key == "facts":
                yield from (text for fact in of for text in fact.values())
            elif key not in ("data", "msteams"):
                yield from texts_in(of)


def test_slack_says_nothing_in_english(shown: Shown, english: frozenset[str]) -> None:
    cards, forms, pages = shown
    drawn = [slack_outgoing.messages(card) for card in cards]
    drawn += [slack_views.notice(card) for card in cards]
    drawn += [slack_forms.modal(form, AT_SLACK) for form in forms]
    drawn += [slack_outgoing.message(slack_views.doorway(form, "ask")) for form in forms]
    drawn += [slack_outgoing.home(map(without_words, page)) for page in pages]
    drawn += [slack_outgoing.home([*map(without_words, pages[0])] * 30)]
    drawn += [slack_outgoing.message(slack_views.say_not_opened(reversed_words.CODE))]
    assert left_over(texts_in(drawn), english) == set()


def test_teams_says_nothing_in_english(shown: Shown, english: frozenset[str]) -> None:
    cards, forms, _ = shown
    code = reversed_words.CODE
    drawn: list[Any] = [teams_outgoing.messages(card) for card in cards]
    drawn += [teams_views.notice(card) for card in cards]
    drawn += [teams_forms.dialog(form, AT_TEAMS) for form in forms]
    drawn += [teams_outgoing.message(teams_views.doorway(f, "ask", AT_TEAMS)) for f in forms]
    drawn += [teams_outgoing.message(teams_views.explain_no_chat(code))]
    said = [teams_views.toast(None, code)["value"], teams_views.word(code)["value"]]
    assert left_over([*texts_in(drawn), *said], english) == set()


def test_the_web_says_nothing_in_english(shown: Shown, english: frozenset[str]) -> None:
    cards, forms, _ = shown
    look = draw.Look(VIEWER, "m1")
    drawn = [draw.card(card, look) for card in cards]
    drawn += [draw.form(form, VIEWER, ()) for form in forms]
    assert left_over(map(_read, drawn), english) == set()


def test_the_playgrounds_page_says_nothing_in_english(english: frozenset[str]) -> None:
    ground = fakes.playground()
    pages = [view.page(ground, VIEWER, follow=False)]
    card = Card("noted", "…", "…", language=reversed_words.CODE)
    asyncio.run(_fill(ground, card))
    pages.append(view.page(ground, VIEWER, follow=False))
    bare = [re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL) for page in pages]
    # Where people sit and what they do is theirs.
    theirs = {word for human in ground.people for word in f"{human.city} {human.role}".split()}
    telling = english - {word.lower() for word in theirs}
    assert left_over(map(_read, bare), telling) == set()


async def _fill(ground: Playground, card: Card) -> None:
    """A card with a message below it, and one in private."""
    _, root = await ground.chat.deliver(Delivery("session/1", card, channel()))
    await ground.say(VIEWER, replace(channel(), thread=root), "…")
    ground.chat.answer(VIEWER.user, VIEWER.dm, card)


def _read(page: str) -> str:
    """What a browser shows of HTML, and what a screen reader says."""
    spoken = " ".join(re.findall(r'aria-label="([^"]*)"', page))
    return html.unescape(f"{re.sub(r'<[^>]*>', ' ', page)} {spoken}")


def test_the_scripts_show_much(shown: Shown) -> None:
    """The net is not empty."""
    cards, forms, _ = shown
    assert {card.language for card in cards} == {reversed_words.CODE}
    assert {form.language for form in forms} == {reversed_words.CODE}
    assert len({card.name for card in cards}) > 30
    assert len({form.name for form in forms}) > 8


def test_the_net_catches_what_is_english(english: frozenset[str]) -> None:
    assert left_over(["Close the questions"], english)
    assert not left_over([reversed_words.reverse("Close the questions")], english)


def test_all_read_the_sets_language_and_each_their_own(english: frozenset[str]) -> None:
    play = _Play(english, "en")
    SCRIPTS[0](play)
    play.close()
    spoken = {(d.private != "", d.card.language) for d in play.deliveries[1:]}
    assert spoken == {(False, reversed_words.CODE), (True, "en")}
    assert {form.language for form in play.shown_forms} == {"en"}


def test_a_language_without_a_text_says_it_in_english(
    english: frozenset[str], tmp_path: Path
) -> None:
    (tmp_path / "yy" / "cards").mkdir(parents=True)
    (tmp_path / "yy" / "cards" / "noted.md.j2").write_text(
        "{% block title %}T{% endblock %}{% block summary %}S{% endblock %}"
        "{% block body %}B{% endblock %}"
    )
    prompts.add_folder(tmp_path)
    try:
        own, default = wording("yy"), wording("en")
        assert own.text("noted", {}).title == "T"
        assert own.label("buttons.ask") == default.label("buttons.ask")
    finally:
        prompts.remove_folder(tmp_path)
    assert wording("yy") is wording("")
