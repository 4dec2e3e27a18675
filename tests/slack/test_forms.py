"""Forms as modals, and what comes back from them."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import limits
from adapters.slack.forms import modal, read_submission
from bot.cards.card import Said, Words
from bot.cards.form import Ask, Choice, Field, Form, PickDate, PickPeople, Tick
from bot.handlers.payloads import BadPayload, Submitted
from bot.method.terms import Place
from tests.slack.factories import HOSTILE, days, forms, strings
from tests.slack.limits_check import view_complaints

HERE = Place("slack", "T1", "C0NIGHT", "1770000000.000100")


def form(*fields: Field, **more: Any) -> Form:
    given = {"title": "Ask", "send": "Post", "ref": "s1", "entry": 4, "nonce": "n7", **more}
    return Form("ask", fields=fields, **given)


def drawn(*fields: Field, **more: Any) -> dict[str, Any]:
    view = modal(form(*fields, **more), HERE)
    assert view_complaints(view) == []
    return view


def element(field: Field) -> dict[str, Any]:
    [block] = drawn(field)["blocks"]
    return block["element"]


def filled(view: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The view as Slack sends it back: what stood in it, or what is given by name."""
    values = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            name = block["block_id"].removeprefix("f.")
            at = block["element"]
            values[block["block_id"]] = {at["action_id"]: _state(at, given.get(name))}
    return {**view, "id": "V1", "hash": "1.x", "state": {"values": values}}


def _state(at: dict[str, Any], given: Any) -> dict[str, Any]:
    match at["type"]:
        case "plain_text_input":
            found = {"value": given or at.get("initial_value")}
        case "radio_buttons" | "static_select":
            chosen = [o for o in at["options"] if o["value"] == given]
            found = {"selected_option": chosen[0] if chosen else at.get("initial_option")}
        case "checkboxes" | "multi_static_select":
            chosen = [o for o in at["options"] if o["value"] in (given or ())]
            found = {"selected_options": chosen or at.get("initial_options", [])}
        case "datepicker":
            found = {"selected_date": given or at.get("initial_date")}
        case _:
            found = {"selected_users": list(given or ())}
    return {"type": at["type"], **found}


def back(*fields: Field, **given: Any) -> Submitted:
    return read_submission(json.loads(json.dumps(filled(drawn(*fields), **given))))


# Drawn


def test_a_form_is_a_modal_that_remembers_what_it_is_about() -> None:
    view = drawn(Ask("text", "Your question"))
    assert (view["type"], view["callback_id"]) == ("modal", "als.ask")
    assert [view[k]["text"] for k in ("title", "submit", "close")] == ["Ask", "Post", "Close"]
    found = read_submission(filled(view))
    assert (found.form, found.ref, found.entry, found.nonce) == ("ask", "s1", 4, "n7")
    assert (found.conversation, found.thread) == (HERE.conversation, HERE.thread)


def test_a_long_title_is_parted_between_words_and_stands_whole_above() -> None:
    view = drawn(Ask("text", "x"), title="A leadership skill to practise")
    assert view["title"]["text"] == "A leadership skill to…"
    assert view["blocks"][0]["text"]["text"] == "A leadership skill to practise"


def test_a_box() -> None:
    field = Ask("text", "Your **question**", "One at a time", "Old", long=True, required=True)
    [block] = drawn(field)["blocks"]
    assert block == {
        "type": "input",
        "block_id": "f.text",
        "label": {"type": "plain_text", "text": "Your question", "emoji": False},
        "element": {
            "type": "plain_text_input",
            "action_id": "text",
            "multiline": True,
            "max_length": 2000,
            "initial_value": "Old",
        },
        "optional": False,
        "hint": {"type": "plain_text", "text": "One at a time", "emoji": False},
    }


def test_what_stands_in_a_box_is_cut_to_what_it_takes() -> None:
    found = element(Ask("text", "x", value="y" * 5000, most=9000))
    assert found["max_length"] == limits.INPUT
    assert found["initial_value"] == "y" * limits.INPUT
    assert "initial_value" not in element(Ask("text", "x", value=" \u200b"))


def test_few_options_are_all_seen_and_more_are_a_list() -> None:
    def of(n: int, many: bool = False) -> str:
        options = tuple((str(i), f"Option {i}") for i in range(n))
        return element(Choice("c", "Which?", options, many=many))["type"]

    assert (of(10), of(11)) == ("radio_buttons", "static_select")
    assert (of(10, True), of(11, True)) == ("checkboxes", "multi_static_select")


def test_what_was_chosen_is_chosen_again() -> None:
    days = (("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday"))
    one = element(Choice("d", "Day", days, "tue"))
    assert one["initial_option"]["value"] == "tue"
    many = element(Choice("d", "Days", days, "wed mon none", many=True))
    assert [o["value"] for o in many["initial_options"]] == ["wed", "mon"]
    assert "initial_option" not in element(Choice("d", "Day", days, "sun"))


def test_a_choice_without_options_is_not_there() -> None:
    assert [b["type"] for b in drawn(Choice("c", "Which?", ()))["blocks"]] == ["section"]


def test_an_option_that_cannot_be_carried_is_a_bug() -> None:
    with pytest.raises(BadPayload):
        modal(form(Choice("c", "Which?", (("x" * 151, "X"),))), HERE)


def test_words_and_what_was_said_stand_between_the_fields() -> None:
    view = drawn(Words("**Rules**"), Said("<!channel>", "Bo"), Tick("share", "Share it"))
    assert [b["type"] for b in view["blocks"]] == ["section", "context", "section", "input"]


def test_too_much_to_remember_is_a_bug() -> None:
    with pytest.raises(BadPayload):
        drawn(ref="x" * 3000)


def test_too_many_texts_are_left_out_and_fields_never() -> None:
    asked = [Ask(f"a{n}", "x") for n in range(60)]
    view = drawn(*(f for a in asked for f in (Said("before"), a)))
    assert len(view["blocks"]) == limits.VIEW_BLOCKS
    assert sum(b["type"] == "input" for b in view["blocks"]) == 60
    with pytest.raises(BadPayload):
        drawn(*(Ask(f"a{n}", "x") for n in range(101)))


# Read back

EVERY = (
    Ask("what", "What?"),
    Choice("one", "Which?", (("a", "A"), ("b", "B"))),
    Choice("many", "Which?", (("a", "A"), ("b", "B")), many=True),
    Tick("share", "Share?"),
    PickDate("due", "When?"),
    PickPeople("people", "Who?"),
)


def test_everything_filled_in() -> None:
    found = back(
        *EVERY,
        what="Walk\r\nwith <Helen> &amp;",
        one="b",
        many=["a", "b"],
        share=["yes"],
        due="2026-12-01",
        people=["U0BO", "U0CEM", "U0BO"],
    )
    assert found.values == {
        "what": "Walk\nwith <Helen> &amp;",
        "one": "b",
        "many": "a b",
        "share": "yes",
        "due": "2026-12-01",
        "people": "U0BO U0CEM",
    }
    assert found.users == {"people": ("U0BO", "U0CEM")}


def test_nothing_filled_in() -> None:
    found = back(*EVERY)
    nothing = dict.fromkeys(("what", "one", "many", "due", "people"), "")
    assert found.values == {**nothing, "share": "no"}
    assert found.users == {"people": ()}


def test_what_stood_in_it_comes_back() -> None:
    found = back(Tick("share", "Share?", True), PickDate("due", "When?", date(2026, 12, 1)))
    assert found.values == {"share": "yes", "due": "2026-12-01"}


def test_a_form_without_fields_is_only_a_yes() -> None:
    assert back(Words("The rules")).values == {}


def _tampered() -> list[Any]:
    """What Slack would never send of our making."""
    good = filled(drawn(*EVERY, Ask("x", "x")))
    changes: list[tuple[tuple[str, ...], Any]] = [
        (("private_metadata",), None),
        (("private_metadata",), ""),
        (("private_metadata",), "{"),
        (("private_metadata",), "[" * 2999),
        (("private_metadata",), '{"f":"ask"}'),
        (("private_metadata",), good["private_metadata"].replace('"e":4', '"e":"4"')),
        (("private_metadata",), good["private_metadata"].replace('"s1"', "1")),
        (("private_metadata",), good["private_metadata"].replace('"ask"', '"join"')),
        (("callback_id",), "als.join"),
        (("callback_id",), None),
        (("state",), None),
        (("state", "values"), []),
        (("state", "values", "f.x"), None),
        (("state", "values", "f.x"), {}),
        (("state", "values", "x"), {"text": {"value": "y"}}),
        (("state", "values", "f.x"), {"text": None}),
        (("state", "values", "f.x"), {"other": {"value": "y"}}),
        (("state", "values", "f.x", "text"), {"value": 1}),
        (("state", "values", "f.x"), {"text": {}, "one": {}}),
        (("state", "values", "f.one", "one"), {"selected_option": "a"}),
        (("state", "values", "f.one", "one"), {"selected_option": {"value": 1}}),
        (("state", "values", "f.many", "many"), {"selected_options": "ab"}),
        (("state", "values", "f.due", "day"), {"selected_date": "tomorrow"}),
        (("state", "values", "f.due", "day"), {"selected_date": "2026-02-30"}),
        (("state", "values", "f.due", "day"), {"selected_date": "20261201"}),
        (("state", "values", "f.people", "people"), {"selected_users": ["U1 U2"]}),
        (("state", "values", "f.people", "people"), {"selected_users": [""]}),
        (("state", "values", "f.people", "people"), {"selected_users": [None]}),
    ]
    found = []
    for path, value in changes:
        view = copy.deepcopy(good)
        at = view
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        found.append(view)
    return found


@pytest.mark.parametrize("view", _tampered(), ids=range(len(_tampered())))
def test_what_is_not_our_form_is_refused(view: dict[str, Any]) -> None:
    with pytest.raises(BadPayload):
        read_submission(view)


# Any form


@given(forms, st.data())
def test_any_form_stays_within_the_limits_and_comes_back(any: Form, data: st.DataObject) -> None:
    view = modal(any, HERE)
    assert view_complaints(view) == []
    written = {f.name: data.draw(strings) for f in any.fields if isinstance(f, Ask)}
    dated = {f.name: data.draw(days) for f in any.fields if isinstance(f, PickDate)}
    given = {**written, **{n: d.isoformat() if d else "" for n, d in dated.items()}}
    found = read_submission(filled(view, **given))
    about = (found.form, found.ref, found.entry, found.nonce)
    assert about == (any.name, any.ref, any.entry, any.nonce)
    named = {f.name for f in any.fields if not isinstance(f, Words | Said)}
    assert found.values.keys() == named
    for name, text in written.items():
        assert found.values[name] == text.replace("\r\n", "\n") or not text


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_anywhere_in_a_form(text: str) -> None:
    options = (("a", text), ("b", text))
    drawn(
        Ask("q", text, text, text),
        Choice("c", text, options, "a", text),
        Tick("t", text, hint=text),
        PickDate("d", text, hint=text),
        PickPeople("p", text, text),
        Words(text),
        Said(text, text, text),
        title=text,
        send=text,
    )
