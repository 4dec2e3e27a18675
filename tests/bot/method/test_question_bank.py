"""The question bank: what stands in it, how one is chosen, and that none comes twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.card import Words
from bot.cards.form import Ask, Form
from bot.cards.wording import languages
from bot.judge import Verdict, judge_for
from bot.method import formats
from bot.method.question_bank import CATEGORIES, STAGES, BadBank, Item, bank, moment, pick, read
from bot.method.terms import Speech
from tests.play import Play

FIVE = {"support_and_challenge", "monthly_set", "equal_share", "one_problem", "two_rules"}
BANK = bank("en")
BY_ID = {item.id: item for item in BANK}
each_language = pytest.mark.parametrize("language", languages())

GOOD = """
[probing]
stage = "explore"
audience = "presenter"
items = [
    { id = "one", depth = 1, text = "What else?" },
    { id = "two", depth = 2, audience = "group", formats = ["two_rules"], text = "Who else?" },
]
"""


# What stands in it


@each_language
def test_at_least_eight_of_each_category(language: str) -> None:
    many = Counter(item.category for item in bank(language))
    assert set(many) == set(CATEGORIES)
    assert min(many.values()) >= 8
    assert {item.stage for item in bank(language)} == set(STAGES)


@each_language
def test_each_names_methods_that_there_are(language: str) -> None:
    for item in bank(language):
        assert set(item.formats) <= FIVE | set(formats.names()), item.id


@pytest.mark.parametrize(
    "item", [i for i in BANK if i.audience != "self" and i.text.endswith("?")], ids=lambda i: i.id
)
def test_our_own_judge_accepts_it(item: Item) -> None:
    judged = judge_for("en")(item.text, stage="questions")
    assert judged.verdict is Verdict.accept, judged


@each_language
def test_they_are_short_plain_questions(language: str) -> None:
    for item in bank(language):
        assert item.text.endswith("?"), item.id
        assert item.text.count("?") == 1, item.id
        assert "!" not in item.text, item.id
        assert len(item.text.split()) <= 16, item.id


def test_a_language_without_a_bank_gets_the_default() -> None:
    assert bank("xx") == BANK
    assert bank("../en") == BANK


# What is refused


def test_a_good_one_is_read() -> None:
    one, two = read(GOOD)
    assert one == Item("one", "explore", "probing", "presenter", "What else?", 1)
    assert (two.audience, two.formats) == ("group", ("two_rules",))


@pytest.mark.parametrize(
    ("was", "now", "item", "code"),
    [
        ('id = "two"', 'id = "one"', "one", "same_id_twice"),
        ("Who else?", "what else?", "two", "same_text_twice"),
        ("[probing]", "[prying]", "prying", "unknown_category"),
        ("items", "things", "probing", "no_items"),
        ('stage = "explore"', 'stage = "explore"\nmood = "x"', "probing.mood", "unknown_key"),
        ('id = "one", ', "", "probing[0]", "bad_id"),
        ('id = "one"', 'id = "o ne"', "probing[0]", "bad_id"),
        ("depth = 1, ", "", "one", "missing_depth"),
        ("depth = 1", "depth = 4", "one", "bad_depth"),
        ("depth = 1", "depth = true", "one", "bad_depth"),
        ('stage = "explore"', "", "one", "missing_stage"),
        ('stage = "explore"', 'stage = "dig"', "one", "unknown_stage"),
        ('audience = "group"', 'audience = "boss"', "two", "unknown_audience"),
        ('["two_rules"]', '"two_rules"', "two", "bad_formats"),
        ("What else?", " ", "one", "bad_text"),
        ("What else?", "x" * 161, "one", "bad_text"),
        ("depth = 1", "depth = 1, tone = 2", "one", "unknown_key"),
    ],
)
def test_what_cannot_be_used_is_refused_with_item_and_reason(
    was: str, now: str, item: str, code: str
) -> None:
    assert was in GOOD
    with pytest.raises(BadBank) as refused:
        read(GOOD.replace(was, now), "x.toml")
    assert (refused.value.file, refused.value.item, refused.value.code) == ("x.toml", item, code)


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(BadBank, match="not_toml"):
        read("[probing")
    with pytest.raises(BadBank, match="not_a_table"):
        read("[probing]\nitems = [1]")


# Choosing


def test_the_seed_alone_decides() -> None:
    chosen = pick(BANK, stage="explore", seed="s1")
    assert chosen == pick(tuple(reversed(BANK)), stage="explore", seed="s1")
    assert len({pick(BANK, stage="explore", seed=str(n)) for n in range(50)}) > 20


@given(st.text(), st.sets(st.sampled_from(sorted(BY_ID))))
def test_never_one_that_was_used(seed: str, used: set[str]) -> None:
    found = pick(BANK, stage="explore", audience="presenter", used=used, seed=seed)
    if found is None:
        assert {i.id for i in BANK if i.stage == "explore"} <= used
    else:
        assert found.id not in used
        assert found.stage == "explore"


def test_each_filter_holds() -> None:
    for seed in map(str, range(40)):
        found = pick(BANK, stage="explore", category="power", depth=1, seed=seed)
        assert found is not None
        assert (found.category, found.depth) == ("power", 1)
    assert pick(BANK, stage="agree_problem", seed="s") is None
    assert pick(BANK, stage="agree_problem", format="two_rules", seed="s") is not None
    assert pick(BANK, stage="explore", audience="self", seed="s") is None


def test_a_stage_finds_its_part_of_the_bank() -> None:
    [questions] = [s for s in formats.load("one_problem").session if s.name == "questions"]
    assert moment(questions) == "explore"
    assert moment(replace(questions, speech=Speech.clarify)) == "clarify"
    assert moment(replace(questions, speech=Speech.offers)) == "solutions"
    both = replace(questions, speech=Speech.reply_statements)
    assert moment(replace(both, name="clarify_problem")) == "clarify"
    assert moment(both) == "explore"
    assert moment(replace(questions, name="agree_problem", speech=Speech.form)) == "agree_problem"
    assert moment(replace(questions, speech=Speech.form, form="actions")) == "actions"
    assert moment(replace(questions, speech=Speech.form, form="close")) == "reflection"


# Beside a form


def offered(form: Form) -> list[str]:
    """The bank's questions that a form offers; none of them may stand in a box."""
    boxes = {f.value for f in form.fields if isinstance(f, Ask)}
    texts = [f.text for f in form.fields if isinstance(f, Words) and "If you are stuck" in f.text]
    lines = [line.removeprefix("- ") for text in texts for line in text.split("\n")[2:]]
    assert not boxes & set(lines)
    return lines


def test_who_asks_is_offered_two_of_different_kinds(play: Play) -> None:
    play.begins()
    lines = offered(play.presses("bo", "Ask a question").form)
    kinds = {i.category for i in BANK if i.text in lines}
    assert len(lines) == len(kinds) == 2


def test_nothing_is_offered_twice_in_a_session(play: Play) -> None:
    """By button or command, to whomever, until there is nothing left: then the form is plain."""
    play.begins()
    seen: list[str] = []
    for n in range(36):
        who = ("bo", "cem", "dee")[n % 3]
        answer = play.does(who, "/als ask") if n % 2 else play.presses(who, "Ask a question")
        seen += offered(answer.form)
    explore = [i.text for i in BANK if i.stage == "explore" and i.audience == "presenter"]
    assert len(seen) == len(set(seen))
    assert set(seen) <= set(explore)
    assert offered(play.does("bo", "/als ask").form) == []


def test_what_was_offered_is_still_known_after_somebody_left(play: Play) -> None:
    play.begins()
    first = offered(play.presses("bo", "Ask a question").form)
    play.does("bo", "/als set leave")
    play.presses("bo", "Leave the set")
    later = [line for _ in range(10) for line in offered(play.does("cem", "/als ask").form)]
    assert not set(first) & set(later)


def test_looking_back_and_reporting_offer_one_each(play: Play) -> None:
    play.reaches_actions()
    play.presses("ana", "Add an action").fills(what="Listen")
    play.presses("ana", "Finish")
    seen = [line for who in ("bo", "cem") for line in offered(play.presses(who, "Look back").form)]
    assert len(set(seen)) == 2
    assert {i.stage for i in BANK if i.text in seen} == {"reflection"}
    for who in ("ana", "bo", "cem", "dee"):
        play.presses(who, "Look back").fills(self="I like to solve.")
    play.wind(to="2026-03-16 09:05")
    [line] = offered(play.presses("ana", "Report back").form)
    assert {i.stage for i in BANK if i.text == line} == {"report_back"}


def test_what_is_kept_of_it_is_nobodys_words_and_names_nobody(play: Play) -> None:
    play.begins()
    play.presses("bo", "Ask a question")
    session = play.session.id
    with play.store.reading() as tx:
        kept = tx.texts.get("shown", session)
    assert kept is not None
    assert kept.author == ""
    assert set(kept.parts) <= set(BY_ID)
    assert set(kept.parts.values()) == {""}
