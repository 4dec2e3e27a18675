"""Whatever is written: never an exception, always the same answer, in linear time."""

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.judge import REASONS, Judge, Judgement, Verdict, judge_for
from bot.judge.clean import LONGEST
from tests.judge.cases import DEV, OWN

judge = judge_for()
# Any code point, lone surrogates too, and mixtures of what the rules know.
anything = st.text(st.characters(), max_size=400)
parts = [
    "what",
    "you",
    "have",
    "tried",
    "?",
    ",",
    ".",
    "\n",
    "> ",
    "`",
    "<@U1>",
    "because",
    "if",
    "and",
    "who",
    "should",
    ":smile:",
    "https://a.bc",
    "Don't",
    "isn't it",
    "thanks",
    "Ana",
    "(",
    ")",
    "*",
    "_",
    "&gt;",
    "<at>Bo</at>",
    "\u202e",
    "\ud800",
    "é",
    "1.",
    "- ",
    "i'd",
]
chatty = st.lists(st.sampled_from(parts), max_size=40).map(" ".join)
stages = st.sampled_from(["questions", "clarify", "reply_statements", "open", ""])
roles = st.sampled_from(["member", "presenter", "facilitator"])


@given(anything | chatty, stages, roles, st.booleans())
def test_never_raises_and_is_deterministic(
    text: str, stage: str, role: str, open_question: bool
) -> None:
    first = judge(text, stage=stage, role=role, open_question=open_question)
    assert first == judge(text, stage=stage, role=role, open_question=open_question)
    assert isinstance(first, Judgement)
    assert REASONS[first.reason] is first.verdict
    assert first.suggestion is None or judge(first.suggestion).verdict is Verdict.accept


@given(chatty | st.sampled_from([case.text for case in DEV + OWN]), st.sampled_from(" \t\n"))
def test_space_and_quotes_around_change_nothing(text: str, space: str) -> None:
    plain = judge(text)
    assert judge(f"{space}{space}{text}{space}") == plain
    assert judge(f"> Why don't you leave?\n{text}") == plain
    assert judge(f"{text}\n&gt; You should leave.") == plain


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "\x00\x07",
        "\ud800",
        "\u202eabc",
        "?" * 40_000,
        "a" * 40_000,
        "what " * 8_000,
        "<" * 40_000,
        "> " * 20_000,
        "who, " * 8_000,
        "e.g. " * 8_000,
        "`" * 40_000,
        "if you " * 6_000,
    ],
    ids=lambda text: f"{len(text)}-{text[:6]!a}",
)
def test_odd_texts(text: str) -> None:
    assert judge(text).reason in REASONS


def test_what_comes_after_the_cap_is_not_read() -> None:
    long = "What would help you? " + "x" * LONGEST
    assert judge(long) == judge(long[:LONGEST] + " You should leave." * 5_000)


def calls(text: str, judge: Judge = judge) -> int:
    """How many calls judging takes: a measure of work that no busy machine can spoil."""
    count = 0

    def one(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(one)
    try:
        judge(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "unit", ["what do you ", "who, ", "e.g. ", "have you tried, ", "you should. ", "if you and "]
)
def test_work_grows_with_the_size_and_no_faster(unit: str) -> None:
    judge("a few words so that everything is loaded already")
    small, large = 900 // len(unit), 3600 // len(unit)
    assert calls(unit * large) <= 5 * calls(unit * small) + 500


def test_a_text_in_another_language_is_let_be() -> None:
    for text in [
        "Ich frage mich, ob der Chef das überhaupt jemals verstanden hat",
        "Du solltest unbedingt mal mit deiner Chefin darüber sprechen",
        "あなたは辞めるべきです",
        "Ты должен уйти оттуда",
    ]:
        assert judge(text).reason == "unknown_language", text


def test_short_or_mixed_texts_are_judged_as_usual() -> None:
    assert judge("You should leave").reason == "advice"
    assert judge("What does Gemütlichkeit mean in your Stammtisch circle?").reason == "question"
