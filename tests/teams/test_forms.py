"""Forms as dialogs, what comes back from them, and the small dialogs around them."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.teams import limits
from adapters.teams.forms import dialog, read_submission
from adapters.teams.incoming import through_doorway
from adapters.teams.outgoing import messages, read_button
from adapters.teams.views import doorway, notice, reopen_refused
from bot.cards.card import Button, Card, Row, Said, Words
from bot.cards.form import Ask, Choice, Field, Form, PickDate, PickPeople, Tick
from bot.handlers.payloads import BadPayload, Submitted
from bot.method.terms import Place
from tests.slack.factories import HOSTILE, cards, days, forms, strings
from tests.teams.limits_check import dialog_complaints, message_complaints

HERE = Place("teams", "tenant-1", "19:abc@thread.tacv2", "1700000000000")
ANA, BO = "11111111-44d7-43e1-9a83-5f2406dee5bd", "87d349ed-44d7-43e1-9a83-5f2406dee5bd"


def form(*fields: Field, **more: Any) -> Form:
    given = {"title": "Ask", "send": "Post", "ref": "s1", "entry": 4, "nonce": "n7", **more}
    return Form("ask", fields=fields, **given)


def drawn(*fields: Field, **more: Any) -> dict[str, Any]:
    task = dialog(form(*fields, **more), HERE)
    assert dialog_complaints(task) == []
    return task


def card_of(task: dict[str, Any]) -> dict[str, Any]:
    return task["value"]["card"]["content"]


def elements(task: dict[str, Any]) -> list[dict[str, Any]]:
    return card_of(task)["body"]


def only(field: Field) -> dict[str, Any]:
    [element] = elements(drawn(field))
    return element


def filled(task: dict[str, Any], **given: str | None) -> dict[str, Any]:
    """The `value` as Teams sends it back: what stood in the boxes, or what is given by name."""
    [button] = card_of(task)["actions"]
    values = {}
    for element in elements(task):
        if "id" in element:
            name = element["id"].partition(".")[2]
            value = given.get(name, element.get("value"))
            # An empty box comes back as nothing, or not at all.
            values |= {element["id"]: value} if value is not None else {}
    return {"data": {**button["data"], **values}, "context": {"theme": "default"}}


def back(*fields: Field, **given: str) -> Submitted:
    return read_submission(json.loads(json.dumps(filled(drawn(*fields), **given))))


# Drawn


def test_a_form_is_a_dialog_that_remembers_what_it_is_about() -> None:
    task = drawn(Ask("text", "Your question"))
    assert (task["type"], task["value"]["title"]) == ("continue", "Ask")
    [button] = card_of(task)["actions"]
    assert (button["title"], button["style"]) == ("Post", "positive")
    found = read_submission(filled(task))
    assert (found.form, found.ref, found.entry, found.nonce) == ("ask", "s1", 4, "n7")
    assert (found.conversation, found.thread) == (HERE.conversation, HERE.thread)


def test_a_long_title_is_parted_between_words_and_stands_whole_above() -> None:
    title = "A leadership skill to practise while the others look on and say nothing"
    task = drawn(Ask("text", "x"), title=title)
    assert task["value"]["title"] == "A leadership skill to practise while the others look on…"
    assert elements(task)[0]["inlines"][0]["text"] == title


def test_a_box() -> None:
    field = Ask("text", "Your **question**", "One at a time", "Old", long=True, required=True)
    box, hint = elements(drawn(field))
    assert box == {
        "type": "Input.Text",
        "id": "text.text",
        "label": "Your question",
        "isMultiline": True,
        "maxLength": 2000,
        "value": "Old",
        "isRequired": True,
        "errorMessage": "Please fill this in.",
    }
    assert hint["inlines"][0]["text"] == "One at a time"


def test_what_stands_in_a_box_is_cut_to_what_it_takes() -> None:
    found = only(Ask("text", "x", value="y" * 9000, most=9000))
    assert found["maxLength"] == limits.INPUT
    assert found["value"] == "y" * limits.INPUT
    assert "value" not in only(Ask("text", "x", value=" \u200b"))


def test_few_options_are_all_seen_and_more_are_a_list() -> None:
    def of(n: int, many: bool = False) -> tuple[str, bool]:
        options = tuple((str(i), f"Option {i}") for i in range(n))
        found = only(Choice("c", "Which?", options, many=many))
        return found["style"], found["isMultiSelect"]

    assert (of(10), of(11)) == (("expanded", False), ("compact", False))
    assert (of(10, True), of(11, True)) == (("expanded", True), ("compact", True))


def test_no_option_is_a_link() -> None:
    few = (("a", "[x](https://x.example) **b**"),)
    assert only(Choice("c", "x", few))["choices"][0]["title"] == r"\[x\](https://x.example) b"
    more = tuple((f"v{n}", "[x](y)") for n in range(11))
    assert only(Choice("c", "x", more))["choices"][0]["title"] == "[x](y)"  # read there as it is


def test_what_was_chosen_is_chosen_again() -> None:
    week = (("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday"))
    assert only(Choice("d", "Day", week, "tue"))["value"] == "tue"
    assert only(Choice("d", "Days", week, "wed mon none", many=True))["value"] == "wed,mon"
    assert "value" not in only(Choice("d", "Day", week, "sun"))


def test_a_choice_without_options_is_not_there() -> None:
    assert [e["type"] for e in elements(drawn(Choice("c", "Which?", ())))] == ["RichTextBlock"]


@pytest.mark.parametrize("value", ["", "x" * 151, "a,b", "a;b"])
def test_an_option_that_cannot_be_carried_is_a_bug(value: str) -> None:
    with pytest.raises(BadPayload):
        dialog(form(Choice("c", "Which?", ((value, "X"),))), HERE)


def test_people_are_looked_for_in_the_organisation() -> None:
    found = only(PickPeople("people", "Who?", required=True))
    assert found["choices.data"] == {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
    assert (found["isMultiSelect"], found["isRequired"]) == (True, True)


def test_words_and_what_was_said_stand_between_the_fields() -> None:
    task = drawn(Words("**Rules**"), Said("[x](y)", "Bo"), Tick("share", "Share it"))
    kinds = [e["type"] for e in elements(task)]
    assert kinds == ["TextBlock", "RichTextBlock", "RichTextBlock", "Input.Toggle"]


def test_too_much_text_is_left_out_and_fields_never() -> None:
    asked = [Ask(f"a{n}", "x" * 100) for n in range(20)]
    task = drawn(*(f for a in asked for f in (Said("before " * 200), a)))
    assert sum("id" in e for e in elements(task)) == 20
    assert 0 < sum("id" not in e for e in elements(task)) < 20
    with pytest.raises(BadPayload):
        drawn(*(Ask(f"a{n}", "x" * 200) for n in range(200)))


def test_too_much_to_remember_is_a_bug() -> None:
    with pytest.raises(BadPayload):
        drawn(ref="x" * 40_000)


# Read back

EVERY = (
    Ask("what", "What?"),
    Choice("one", "Which?", (("a", "A"), ("b", "B"))),
    Choice("many", "Which?", (("a", "A"), ("b", "B")), many=True),
    Tick("share", "Share?"),
    PickDate("due", "When?"),
    PickPeople("people", "Who?"),
)


@pytest.mark.parametrize("gap", [",", ";", ", "])
def test_everything_filled_in(gap: str) -> None:
    found = back(
        *EVERY,
        what="Walk\r\nwith <Helen> &amp;",
        one="b",
        many=gap.join("ab"),
        share="yes",
        due="2026-12-01",
        people=gap.join((ANA, BO, ANA)),
    )
    assert found.values == {
        "what": "Walk\nwith <Helen> &amp;",
        "one": "b",
        "many": "a b",
        "share": "yes",
        "due": "2026-12-01",
        "people": f"{ANA} {BO}",
    }
    assert found.users == {"people": (ANA, BO)}


@pytest.mark.parametrize("empty", [None, ""])
def test_nothing_filled_in(empty: str | None) -> None:
    names = ("what", "one", "many", "due", "people")
    found = read_submission(filled(drawn(*EVERY), **dict.fromkeys(names, empty)))
    assert found.values == {**dict.fromkeys(names, ""), "share": "no"}
    assert found.users == {"people": ()}


def test_what_stood_in_it_comes_back() -> None:
    found = back(Tick("share", "Share?", True), PickDate("due", "When?", date(2026, 12, 1)))
    assert found.values == {"share": "yes", "due": "2026-12-01"}


def test_a_form_without_fields_is_only_a_yes() -> None:
    assert back(Words("The rules")).values == {}


def _tampered() -> list[Any]:
    """What Teams would never send of our making."""
    good = filled(drawn(*EVERY, Ask("x", "x")))
    about = ("data", "als_form")
    changes: list[tuple[tuple[str, ...], Any]] = [
        (("data",), None),
        (("data",), []),
        (about, None),
        (about, "{}"),
        (about, {}),
        ((*about, "f"), 1),
        ((*about, "r"), None),
        ((*about, "e"), "4"),
        ((*about, "e"), True),
        ((*about, "e"), -1),
        ((*about, "n"), {}),
        ((*about, "c"), 1),
        ((*about, "t"), None),
        ((*about, "r"), "x" * 20_000),
        ((*about, "z"), 1),
        ((*about, "i"), None),
        ((*about, "i"), "text.what"),
        ((*about, "i"), [1]),
        ((*about, "i"), ["what"]),
        ((*about, "i"), ["text.what", "day.what"]),
        ((*about, "i"), ["text.what", "text.what"]),
        ((*about, "i"), ["other.what"]),
        (("data", "text.other"), "y"),
        (("data", "text.x"), 1),
        (("data", "text.x"), ["y"]),
        (("data", "text.x"), "y" * 10_001),
        (("data", "one.one"), {"value": "a"}),
        (("data", "many.many"), "a b"),
        (("data", "many.many"), ",".join(map(str, range(101)))),
        (("data", "tick.share"), "true"),
        (("data", "tick.share"), True),
        (("data", "day.due"), "tomorrow"),
        (("data", "day.due"), "2026-02-30"),
        (("data", "day.due"), "20261201"),
        (("data", "people.people"), "U1 U2"),
        (("data", "people.people"), ["U1"]),
    ]
    found: list[Any] = [None, "x", {}, {"data": {"p": "ask", "r": "", "e": None}}]
    for path, value in changes:
        tampered = copy.deepcopy(good)
        at = tampered
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        found.append(tampered)
    return found


@pytest.mark.parametrize("value", _tampered(), ids=range(len(_tampered())))
def test_what_is_not_our_form_is_refused(value: Any) -> None:
    with pytest.raises(BadPayload):
        read_submission(value)


# A refused form


WHY = Card("refusal", "", "No", (Words("Please **ask** rather than tell."),))


def test_a_refused_form_stays_open_with_the_reason_and_all_that_was_written() -> None:
    task = drawn(*EVERY, Words("Between"), Tick("also", "Also?", True))
    given = {"what": "You\nmust.", "one": "b", "many": "a,b", "also": "no", "people": ANA}
    again = reopen_refused(filled(task, **given), [WHY])
    assert dialog_complaints(again) == []
    above, *rest = elements(again)
    assert above["inlines"][0]["text"] == "Please ask rather than tell."
    assert [e.get("id") for e in rest] == [e.get("id") for e in elements(task)]
    assert again["value"]["title"] == task["value"]["title"]
    assert read_submission(filled(again)) == read_submission(filled(task, **given))


def test_refused_twice_it_says_why_once() -> None:
    first = reopen_refused(filled(drawn(Ask("q", "x"))), [WHY])
    second = reopen_refused(
        filled(first, q="Now?"), [Card("refusal", "", "", (Words("Too late."),))]
    )
    texts = [e["inlines"][0]["text"] for e in elements(second) if "inlines" in e]
    assert texts == ["Too late."]
    assert elements(second)[1]["value"] == "Now?"


def test_what_was_taken_out_of_a_box_stays_out() -> None:
    again = reopen_refused(filled(drawn(Ask("q", "x", value="Old")), q=None), [WHY])
    assert "value" not in elements(again)[1]


def test_a_refused_form_without_a_field_is_replaced_by_the_reason() -> None:
    again = reopen_refused(filled(drawn(Words("The rules"))), [WHY])
    assert dialog_complaints(again) == []
    assert elements(again)[0]["text"] == r"Please **ask** rather than tell."
    assert "actions" not in card_of(again)


@pytest.mark.parametrize(
    "body",
    [
        None,
        "{",
        "[]",
        '["a","b"]',
        '["a","b",{}]',
        '["a","b",[1]]',
        '[1,"b",[{"type":"Input.Text","id":"x"}]]',
        '["a","b",[{"type":"Input.Text","id":1}]]',
        '["a","b",[{"type":"Image","url":"https://x.example"}]]',
        '["a","b",[{"type":"ActionSet","id":"x"}]]',
        "[" * 9000,
    ],
)
def test_a_form_that_was_tampered_with_is_not_shown_again(body: object) -> None:
    value = filled(drawn(Ask("q", "x")))
    value["data"]["als_body"] = body
    with pytest.raises(BadPayload):
        reopen_refused(value, [WHY])


# A notice, and the door


def test_a_notice_is_a_dialog_whose_buttons_come_back_from_it() -> None:
    pair = (Button("ask", "Ask", "s1"), Button("pass", "Pass", "s1", 2))
    task = notice(Card("status", "", "x", (Words("It is open."), Row(pair))))
    assert dialog_complaints(task) == []
    assert task["value"]["title"] == "als"
    buttons = elements(task)[1]["actions"]
    assert [read_button({"data": b["data"]}) for b in buttons] == [
        ("ask", "s1", None),
        ("pass", "s1", 2),
    ]


def test_where_no_form_can_open_a_button_leads_to_it() -> None:
    asked = form(Said("What?", "Bo"), Ask("q", "x"), title="Your answer")
    [shown] = messages(doorway(asked, "answer " + "x" * 4000, HERE))
    assert message_complaints(shown) == []
    [row] = [e for e in shown["attachments"][0]["content"]["body"] if e["type"] == "ActionSet"]
    [button] = row["actions"]
    assert button["data"]["msteams"] == {"type": "task/fetch"}
    said = ("answer " + "x" * 4000)[:1500]
    what, there = through_doorway(read_button(button["data"]), Place("teams", "tenant-1", "@ana"))
    assert (what, there) == (("command", said, None), HERE), "it leads to the place that was meant"


# Any form


@given(forms, st.data())
def test_any_form_stays_within_the_limits_and_comes_back(any: Form, data: st.DataObject) -> None:
    try:
        task = dialog(any, HERE)
    except BadPayload as bad:
        assume(str(bad) != "too_many_fields")
        raise
    assert dialog_complaints(task) == []
    json.dumps(task, ensure_ascii=False).encode()
    written = {f.name: data.draw(strings) for f in any.fields if isinstance(f, Ask)}
    written = {name: text[:9000] for name, text in written.items()}
    dated = {f.name: data.draw(days) for f in any.fields if isinstance(f, PickDate)}
    given = {**written, **{n: d.isoformat() if d else "" for n, d in dated.items()}}
    value = filled(task, **given)
    found = read_submission(value)
    about = (found.form, found.ref, found.entry, found.nonce)
    assert about == (any.name, any.ref, any.entry, any.nonce)
    assert found.values.keys() == {f.name for f in any.fields if not isinstance(f, Words | Said)}
    for name, text in written.items():
        assert found.values[name] == text.replace("\r\n", "\n")
    again = reopen_refused(value, [WHY])
    if found.values:
        assert read_submission(filled(again)) == found


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_anywhere_in_a_form(text: str) -> None:
    drawn(
        Ask("q", text, text, text),
        Choice("c", text, (("a", text), ("b", text)), "a", text),
        Tick("t", text, hint=text),
        PickDate("d", text, hint=text),
        PickPeople("p", text, text),
        Words(text),
        Said(text, text, text),
        title=text,
        send=text,
    )


@given(cards)
def test_any_card_is_a_notice(any: Card) -> None:
    assert dialog_complaints(notice(any)) == []
