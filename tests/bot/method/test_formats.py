"""Formats: what is read, and each thing that is refused, with the file, the key and a code."""

from __future__ import annotations

import ast
import inspect
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.method import formats
from bot.method.formats import BadFormat, least_rhythm, load, names, read
from bot.method.terms import Speech

GOOD = """
name = "mine"
act_days = 3
every_days = 14
size = { least = 3, good = [4, 6], most = 8 }

[[before]]
name = "report_back"
speech = "open"
wd = 0.5
awaits = "owing"

[[session]]
name = "present"
speech = "presenter_only"
wd = 0.5

[[session]]
name = "questions"
speech = "questions"
wd = 1
quota = [1, 2]

[[session]]
name = "actions"
speech = "form"
form = "actions"
wd = 1
"""

BAD = [
    ("name = ", "name = = ", "not_toml", "(at line 2, column 8)"),
    ("act_days = 3", "act_days = 3\ncolour = 1", "unknown_key", "colour"),
    ('name = "mine"\nact', "act", "missing", "name"),
    ('"mine"', '"my own"', "bad_name", "name"),
    ('"mine"', "7", "bad_name", "name"),
    ("act_days = 3", "act_days = 0", "not_in_range", "act_days"),
    ("act_days = 3", "act_days = true", "not_in_range", "act_days"),
    ("act_days = 3", "act_days = 3\nnorms = 1", "not_a_flag", "norms"),
    ("act_days = 3", 'act_days = 3\nnorms = "no"', "not_a_flag", "norms"),
    ("every_days = 14", "every_days = 300", "not_in_range", "every_days"),
    ("every_days = 14", "every_days = 7", "no_time_to_act", "every_days"),
    ("size = { least = 3,", "size = {", "bad_size", "size"),
    ("good = [4, 6]", "good = 4", "bad_size", "size.good"),
    ("good = [4, 6]", "good = [2, 6]", "bad_size", "size.good"),
    ("least = 3", "least = 1", "not_in_range", "size.least"),
    ("most = 8", "most = 80", "not_in_range", "size.most"),
    (
        'form = "actions"',
        'form = "actions"\nsealed_first = true',
        "sealed_questions_only",
        "session[2].sealed_first",
    ),
    ("act_days = 3", 'act_days = 3\npresenters = "all"', "unknown_presenters", "presenters"),
    ('speech = "questions"', 'speech = "shouting"', "unknown_speech", "session[1].speech"),
    ("wd = 1\nquota", "wd = 0\nquota", "bad_window", "session[1].wd"),
    ("wd = 1\nquota", "wd = true\nquota", "bad_window", "session[1].wd"),
    ("wd = 1\nquota", "wd = 21\nquota", "bad_window", "session[1].wd"),
    ("wd = 1\nquota", "wd = nan\nquota", "bad_window", "session[1].wd"),
    ("quota = [1, 2]", "quota = [2, 1]", "bad_quota", "session[1].quota"),
    ("quota = [1, 2]", "quota = 2", "bad_quota", "session[1].quota"),
    ("quota = [1, 2]", "quota = [1, -2]", "bad_quota", "session[1].quota"),
    ("quota = [1, 2]", "quorum = 99", "not_in_range", "session[1].quorum"),
    ("quota = [1, 2]", "colour = 1", "unknown_key", "session[1].colour"),
    ('awaits = "owing"', 'awaits = "nobody"', "unknown_role", "before[0].awaits"),
    ("quota = [1, 2]", 'only_if = "applause"', "unknown_support", "session[1].only_if"),
    ('form = "actions"', 'form = "poem"', "unknown_form", "session[2].form"),
    ('speech = "open"\n', "", "missing", "before[0].speech"),
    ('name = "questions"', 'name = "present"', "same_name_twice", "session.present"),
    ('speech = "presenter_only"', 'speech = "open"', "presenter_first", "session[0].speech"),
    ('form = "actions"', 'form = "close"', "no_actions_stage", "session"),
    ('speech = "open"', 'speech = "questions"', "meeting_speech", "before.report_back.speech"),
]


def test_a_method_of_existing_stages_needs_no_python() -> None:
    made = read(GOOD)
    assert made.presenters == "one"
    assert [s.name for s in made.session] == ["present", "questions", "actions"]
    assert made.session[1].minutes == 480
    assert made.session[0].awaits == "presenter"
    assert made.after == ()


@pytest.mark.parametrize(("old", "new", "code", "where"), BAD, ids=[f"{b[2]}-{b[3]}" for b in BAD])
def test_what_cannot_be_run_is_refused_with_its_place(
    old: str, new: str, code: str, where: str
) -> None:
    assert old in GOOD
    with pytest.raises(BadFormat) as refused:
        read(GOOD.replace(old, new, 1), "mine.toml")
    error = refused.value
    assert (error.file, error.code) == ("mine.toml", code)
    assert where in error.where


@pytest.mark.parametrize("part", ["before", "session", "after"])
@pytest.mark.parametrize(("rows", "code"), [("7", "not_a_list"), ("[7]", "not_a_table")])
def test_a_part_is_a_list_of_tables(part: str, rows: str, code: str) -> None:
    text = GOOD.split("[[before]]", maxsplit=1)[0] + f"{part} = {rows}\n"
    text += "" if part == "session" else "session = []\n"
    with pytest.raises(BadFormat) as refused:
        read(text)
    assert refused.value.code == code


def test_each_code_is_tried_here() -> None:
    raised = {
        node.args[2].value
        for node in ast.walk(ast.parse(inspect.getsource(formats)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "BadFormat"
        and isinstance(node.args[2], ast.Constant)
    }
    assert raised == {code for _, _, code, _ in BAD} | {"not_a_list", "not_a_table"}


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for tried in (text, GOOD + text, text + GOOD):
        with suppress(BadFormat):
            read(tried)


@given(st.data())
def test_any_value_is_read_or_refused(data: st.DataObject) -> None:
    """Each value of the file replaced by something of another kind."""
    lines = GOOD.splitlines()
    places = [i for i, line in enumerate(lines) if " = " in line]
    at = data.draw(st.sampled_from(places))
    values = ["-1", "0", "1e400", "true", '""', '"é"', "[]", "[[]]", "{}", "{a=1}", "2026-01-01"]
    lines[at] = f"{lines[at].split(' = ')[0]} = {data.draw(st.sampled_from(values))}"
    with suppress(BadFormat):
        read("\n".join(lines))


def test_the_formats_that_come_with_als() -> None:
    assert names()[0] == "one_problem"
    for name in names():
        made = load(name)
        assert made.name == name
        assert least_rhythm(made) <= made.every_days
    with pytest.raises(KeyError):
        load("../../secrets")


def test_the_default_is_as_the_method_says() -> None:
    """method.md §3, one_problem."""
    made = load("one_problem")
    table = [(p, s.name, s.speech, s.minutes / 480, s.quota) for p, s in made.stages()]
    assert table == [
        ("before", "report_back", Speech.open, 0.5, (0, 0)),
        ("session", "present", Speech.presenter_only, 0.5, (0, 0)),
        ("session", "questions", Speech.questions, 2, (1, 3)),
        ("session", "actions", Speech.form, 1, (0, 0)),
        ("after", "close", Speech.form, 1, (0, 0)),
    ]
    assert (made.size.least, made.size.good, made.size.most) == (3, (5, 9), 9)
    assert (made.act_days, made.every_days, made.presenters) == (5, 14, "one")


def test_a_change_of_the_text_is_another_format() -> None:
    made = load("one_problem")
    assert made.hash == load("one_problem").hash
    assert replace(made, act_days=6).hash != made.hash
