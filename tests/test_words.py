"""Every word that a person reads stands in prompts/, in every language, and keeps the voice."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, meta

from bot.cards.views import CARDS
from bot.cards.views.forms import LAYOUTS
from bot.cards.wording import languages, wording
from bot.handlers.buttons import PRESSES
from bot.handlers.forms import FORMS
from bot.judge import REASONS, Verdict
from bot.method import actions, formats
from bot.method.command_grammar import COMMANDS
from bot.method.policy import DEFAULT_LANGUAGE
from bot.method.questionnaires import (
    ABILITIES,
    LOG_PROMPTS,
    REFLECTIONS,
    REVIEW,
    SKILL,
    SKILLS,
    STATEMENTS,
)
from bot.method.terms import Outcome, Support
from tests.play import Play

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = [*(HOUSE / "bot").rglob("*.py"), *(HOUSE / "store").rglob("*.py")]
ROOMS += [*(HOUSE / "adapters").rglob("*.py"), HOUSE / "app.py"]
TREES = {path.relative_to(HOUSE).as_posix(): ast.parse(path.read_text("utf-8")) for path in ROOMS}
BOT = {name: tree for name, tree in TREES.items() if name.startswith("bot/")}

each_language = pytest.mark.parametrize("language", languages())


def strings_of(call: str, position: int, trees: dict[str, ast.Module] = BOT) -> set[str]:
    """The string literals that stand at a place of each call of this name."""
    found = set()
    for tree in trees.values():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or len(node.args) <= position:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name == call:
                found |= {
                    n.value
                    for n in ast.walk(node.args[position])
                    if isinstance(n, ast.Constant) and isinstance(n.value, str)
                }
    return found


REFUSALS = strings_of("Refusal", 0) - {"hours_"} | {
    f"hours_{code}" for code in strings_of("BadHours", 0)
}
REFUSALS |= strings_of("Refuse", 1)
REFUSALS |= {
    node.value
    for tree in BOT.values()
    for function in ast.walk(tree)
    if isinstance(function, ast.FunctionDef) and function.name == "_why_not"
    for node in ast.walk(function)
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}
FORMAT_CODES = strings_of("BadFormat", 2)
NUDGES = {"digest", "last_call"}
AT_HOME = {"home_welcome", "home_free", "home_set", "home_settings"}
AT_THE_HOST = strings_of("_apology", 0) | {"store_full", "store_busy"}


# Every name has its words


def test_the_names_are_found() -> None:
    """The nets above are not empty, and catch what they are meant to."""
    assert {"that_moment_has_passed", "quota_reached", "hours_unknown_zone"} <= REFUSALS
    assert {"not_toml", "bad_quota"} <= FORMAT_CODES
    assert {"store_full", "store_busy", "broken"} <= AT_THE_HOST


@each_language
def test_each_card_has_a_template_and_each_template_a_card(language: str) -> None:
    templates = set(wording(language).cards)
    assert templates == set(CARDS) | NUDGES | AT_HOME | AT_THE_HOST | {"refusal"}


def test_each_card_that_an_effect_names_can_be_drawn() -> None:
    """Show("session", …), Whisper(person, "nudge", …), say("noted"): no name is out of thin air."""
    named = strings_of("Show", 0) | strings_of("Whisper", 1) | strings_of("say", 0)
    named |= strings_of("go_to", 0) | strings_of("_shows", 0) | strings_of("decide", 2)
    named -= {"decide_quorum if presented"}
    assert named <= set(CARDS), named - set(CARDS)


@each_language
@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("refusals", sorted(REFUSALS)),
        ("buttons", sorted(PRESSES.keys() - {"which", "in_set", "forget", "command"})),
        ("format", sorted(FORMAT_CODES)),
        ("commands", sorted(c.name.replace(" ", "_") for c in COMMANDS)),
        ("rests", sorted({c.rest for c in COMMANDS if c.rest})),
        ("support", [s.value for s in Support]),
        ("outcomes", [o.value for o in Outcome]),
        ("log_prompts", list(LOG_PROMPTS)),
        ("skills", list(SKILLS)),
        ("reflections", [*REFLECTIONS, SKILL, *REVIEW]),
        ("abilities", list(ABILITIES)),
        ("pulse", list(STATEMENTS)),
        ("weekdays", [str(n) for n in range(7)]),
        ("months", [str(n) for n in range(1, 13)]),
        ("tones", sorted(r for r, v in REASONS.items() if v is not Verdict.accept)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_name_has_its_words_and_each_word_its_name(
    language: str, table: str, names: list[str]
) -> None:
    there = {
        key.removeprefix(f"{table}.")
        for key in wording(language).labels
        if key.startswith(f"{table}.")
    }
    also = ALSO_USED.get(table, set())
    assert there - also == set(names) - also


ALSO_USED = {
    # A button may say something else where it stands; `which` and `in_set` always do.
    "buttons": {
        "change",
        "forget_all",
        "join_and_ask",
        "next_from_questions",
        "open_questions",
        "which_this",
        "which_all",
        "which_none",
    },
}


@each_language
def test_each_check_in_has_its_line(language: str) -> None:
    labels = wording(language).labels
    assert all(f"digest.{kind}" in labels for kind in actions.KINDS)
    assert "digest.due_later" in labels


@each_language
@pytest.mark.parametrize("name", formats.names())
def test_each_method_has_a_title_a_line_and_says_for_whom_it_is_good(
    name: str, language: str
) -> None:
    labels = wording(language).labels
    assert all(labels.get(f"formats.{name}.{word}") for word in ("title", "line", "good_for"))


@each_language
def test_no_label_is_unused(language: str) -> None:
    """A label is used when its name stands in the code, or its table is looked up by name."""
    by_name = {"refusals", "buttons", "format", "commands", "rests", "support", "outcomes"}
    by_name |= {"exports", "export_columns", "export_parts", "formats", "choosing"}
    by_name |= {
        "log_prompts",
        "reflections",
        "abilities",
        "pulse",
        "weekdays",
        "months",
        "tones",
        "stages",
        "forms",
        "skills",
        "own",
        "invite",
        "languages",
        "let_write",
        "let_write_me",
    }
    literals = set()
    for path in [*(HOUSE / "bot").rglob("*.py"), *(HOUSE / "adapters").rglob("*.py")]:
        literals |= set(re.findall(r"[a-z_]+\.[a-z_0-9]+", path.read_text("utf-8")))
    kinds = {f"digest.{kind}" for kind in actions.KINDS} | {"facts.yes", "facts.no"}
    adapters = {"web", "cli"}  # their own tests hold theirs
    unused = [
        name
        for name in wording(language).labels
        if name.split(".")[0] not in by_name | adapters and name not in literals | kinds
    ]
    assert unused == []


# Forms


def test_each_form_is_laid_out_and_taken() -> None:
    assert set(LAYOUTS) == set(FORMS)
    opened = strings_of("open", 0, {n: t for n, t in BOT.items() if n.startswith("bot/handlers/")})
    opened |= strings_of("opens", 0)
    assert {name for name in opened if name} <= set(LAYOUTS)


# Cards drawn from real states


@pytest.fixture(scope="module")
def lived() -> Iterator[Play]:
    """A play in which as much as possible happens."""
    play = Play()
    play.does("ana", "/als set new").fills(people=["bo", "cem", "dee"], strict="yes", name="Night")
    play.does("bo", "/als")
    for who in ("bo", "cem", "dee"):
        play.joins(who)
    play.does("ana", "/als set join")
    play.presses("zoe", "Join")
    play.does("ana", "/als present").fills(issue="They are silent", detail="Since May", more="yes")
    play.types("bo", "You should ask them.")
    play.types("ana", "It began in May.")
    play.presses("ana", "Open the questions")
    play.types("bo", "You should ask them.")
    play.types("cem", "Have you tried asking them?")
    play.types("dee", "Don't you think they are tired?")
    play.types("dee", "What have you tried so far?")
    play.types("cem", "Why did you wait?")
    play.presses("bo", "It is a question")
    play.presses("cem", "Keep for later")
    play.presses("cem", "Show me a wording", on="Your question counts").fills(
        text="What holds you?"
    )
    play.presses("cem", "Ask a question").fills(text="You must talk to them.")
    play.presses("cem", "Post it anyway")
    play.presses("cem", "Leave it") if play.has_button("cem", "Leave it") else None
    play.types("zoe", "Who are you?")
    play.types("ana", "Mostly emails.")
    play.does("ana", "/als answer")
    play.does("ana", "/als status")
    play.does("ana", "/als help")
    play.does("ana", "/als set members")
    play.does("ana", "/als nonsense")
    play.presses("cem", "No more tips")
    play.does("bo", "/als present").fills(issue="Nobody reads my reports")
    play.does("ana", "/als pause")
    play.does("ana", "/als resume")
    play.wind(days=1)
    play.presses("ana", "All of them")
    play.presses("ana", "Close the questions")
    play.presses("ana", "Add an action").fills(what="Listen", first_step="Today")
    play.presses("ana", "Make it stronger").fills(confidence="3")
    play.presses("ana", "Finish")
    play.presses("ana", "Show me")
    play.presses("bo", "Look back").fills(self="I solve too fast.", share="yes")
    play.does("ana", "/als log").play.presses("ana", "Add a line").fills(text="I wait too long.")
    play.does("ana", "/als set facilitator").fills(people=["dee"])
    play.does("ana", "/als actions")
    play.wind(days=8)
    play.does("ana", "/als snooze 2")
    play.does("ana", "/als partly").fills(happened="Once", learned="It helps")
    play.types("ana", "It went well.", thread="meeting")
    play.presses("ana", "Report back").fills()
    play.wind(days=12)
    play.does("bo", "/als withdraw")
    play.does("bo", "/als settings").fills(zone="Europe/Berlin")
    play.does("cem", "/als set leave")
    play.presses("cem", "Leave the set")
    yield play
    play.close()


def drawn(play: Play) -> list[Any]:
    cards = [d.card for d in play.platform.delivered]
    return cards + [card for told in play._answers.values() for _, card in told]


def test_the_play_draws_nearly_every_card(lived: Play) -> None:
    """What it does not reach is drawn by the plays named here."""
    elsewhere = {
        "broken", "store_full", "store_busy",  # tests/bot/handlers/test_host.py
        "decide_quorum", "decide_present", "extended", "everyone_done",  # test_play_one_problem.py
        "delete_first", "leave_as_is", "which_set", "set_is_large", "too_few_to_meet",
        "set_is_small", "proposal",  # test_play_agreed.py
        "intake", "thought_through",  # test_play_thinking.py
        "cannot_reach_home", "did_it_arrive", "listening", "left_as_is", "your_part", "noticing",
        "sure_withdraw", "joined", "presented", "already_in", "last_call", "invitation", "held",
        "waits_for_facilitator", "held_for_you", "cleared", "which_question", "tip",
        "open_questions",
        "format_chosen", "calendar", "turns", "rules", "programme_over", "silent", "sure_end",
        "set_ended", "you_host",  # test_play_settings.py
        "sealed", "hand_it_in", "wave", "time_to_meet",  # test_play_pace.py
        *AT_HOME, "readers",  # test_surroundings.py
        "cannot_reach_person", "cannot_reach_you",  # test_unreached.py
        "not_let_through",  # test_play_one_problem.py
        "elements", "all_commands",  # test_play_help.py
        "export", "forget_what", "sure_forget", "forgotten",  # test_own.py
        "want_ideas", "agree_problem", "kept_now", "most_valuable", "problems", "bid",
        "decide_action", "no_coach_yet",  # test_play_methods.py
        "reflected", "rated", "pulse_kept",  # test_play_closing.py
        "figures",  # test_play_figures.py
    }  # fmt: skip
    reached = {card.name for card in drawn(lived)}
    assert set(wording(DEFAULT_LANGUAGE).cards) - reached <= elsewhere


@each_language
@pytest.mark.parametrize("card", wording(DEFAULT_LANGUAGE).cards)
def test_each_template_renders_for_whatever_its_view_gives(card: str, language: str) -> None:
    """StrictUndefined: each value that a template asks for, in each branch, is really given."""
    given = values_given(card)
    source = wording(language)._cards[card]
    asked = meta.find_undeclared_variables(Environment(autoescape=True).parse(source))
    assert asked - {"label", "label_or", "policy"} <= given, asked - given


def values_given(card: str) -> set[str]:
    """The keys of the dictionaries in the view's function; for shared readers, of all of them."""
    generic = {"name", "members", "least", "good", "outcome", "day", "presenter", "why", "reason"}
    generic |= {"live"}
    for name, tree in BOT.items():
        if not name.startswith("bot/cards/views/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and f'"{card}"' in ast.unparse(node).replace(
                "'", '"'
            ):
                keys = {
                    k.value
                    for d in ast.walk(node)
                    if isinstance(d, ast.Dict)
                    for k in d.keys
                    if isinstance(k, ast.Constant)
                }
                generic |= keys
    return generic


def test_no_form_asks_for_more_than_three_things(lived: Play) -> None:
    for path in ("present", "set new", "settings", "log", "ask", "pause x"):
        answer = lived.does("eve", f"/als {path}")
        if answer.reply.form is not None:
            required = [f for f in answer.form.fields if getattr(f, "required", False)]
            assert len(required) <= 3
    for name, function in LAYOUTS.items():
        tree = next(
            n
            for tree in [t for file, t in TREES.items() if file.startswith("bot/cards/views/")]
            for n in ast.walk(tree)
            if isinstance(n, ast.FunctionDef) and n.name == function.__name__
        )
        required = [k for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg == "required"]
        assert len(required) <= 3, name


# The voice


def all_words(language: str) -> Iterator[tuple[str, str]]:
    words = wording(language)
    yield from words.labels.items()
    yield from words._cards.items()


@each_language
def test_the_voice_is_calm(language: str) -> None:
    emoji = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
    for name, text in all_words(language):
        plain = re.sub(r"\{\{.*?\}\}", "x", text, flags=re.DOTALL)
        plain = re.sub(r"\{%.*?%\}", "", plain, flags=re.DOTALL)
        assert "!" not in plain, name
        assert len(emoji.findall(plain)) <= 1, name
        assert not re.search(r"@(channel|here|everyone)|<!", text), name
        assert not re.search(r"\S  +\S", plain), name
        assert not re.search(r"\b(click|please note|simply|just press)\b", plain, re.I), name


@each_language
def test_commands_that_words_name_exist(language: str) -> None:
    names = {c.name for c in COMMANDS}
    for name, text in all_words(language):
        for command in re.findall(r"`/als ([a-z ]+)`", text):
            known = command in names | {"group", "set"}
            assert known, f"{name} speaks of /als {command}"


def test_summaries_carry_nobodys_words(lived: Play) -> None:
    spoken = ("silent", "Since May", "Mostly emails", "Listen", "wait too long", "solve too fast")
    for card, words in itertools.product(drawn(lived), spoken):
        assert words not in card.summary
        assert words not in card.title
