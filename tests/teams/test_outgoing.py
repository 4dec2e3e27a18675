"""Cards as messages: each part, people's words as they are, and always within Teams' limits."""

from __future__ import annotations

import dis
import json
import types
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams.outgoing import OPENS, draw_card, message, messages, opens, read_button
from adapters.teams.text import markdown
from bot.cards import text_fitting
from bot.cards.card import (
    Button,
    Card,
    Closes,
    Divider,
    Facts,
    File,
    Part,
    People,
    Row,
    Said,
    Words,
)
from bot.handlers.buttons import PRESSES
from bot.handlers.payloads import BadPayload
from tests.slack.factories import cards
from tests.teams.limits_check import card_complaints, message_complaints

LONG = "word " * 4000  # 20,000 characters
ANA, BO = "29:1ana-x", "87d349ed-44d7-43e1-9a83-5f2406dee5bd"


def card(*parts: Part, buttons: tuple[Button, ...] = (), title: str = "") -> Card:
    return Card("session", title, "Something is new", parts, buttons)


def body_of(drawn: dict[str, Any]) -> list[dict[str, Any]]:
    return drawn["attachments"][0]["content"]["body"]


def body(*parts: Part, **more: Any) -> list[dict[str, Any]]:
    drawn = message(card(*parts, **more))
    assert message_complaints(drawn) == []
    return body_of(drawn)


def run_of(element: dict[str, Any]) -> str:
    return element["inlines"][0]["text"]


def buttons_in(elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [a for e in elements if e["type"] == "ActionSet" for a in e["actions"]]


# Words of ours


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        ("**bold** and *italic* and `/als`", "**bold** and _italic_ and **/als**"),
        ("- one\n- two", "- one\n- two"),
        ("* one", "- one"),
        ("1. one", "1. one"),
        ("[a link](https://x.example)", r"\[a link\](https://x.example)"),
        ("<b> & &lt;", r"\<b\> & \&lt;"),
        ("`**x**`", r"**\*\*x\*\***"),
        ("2 * 3 * 4 ** 5", r"2 \* 3 \* 4 \*\* 5"),
        ("_under_ ~~x~~ a\\b", r"\_under\_ \~\~x\~\~ a\\b"),
        ("# no heading", r"\# no heading"),
        ("---", r"\---"),
        ("2026.", "2026\u2060."),
        ("**2026.** it", "**2026.** it"),
    ],
)
def test_our_markdown_becomes_that_of_teams(ours: str, expected: str) -> None:
    assert markdown(ours) == expected


def test_a_line_of_ours_is_an_element_and_a_list_is_one() -> None:
    drawn = body(Words("One.\nTwo.\n\n- a\n- b\nThree."))
    assert [(e["text"], e.get("spacing")) for e in drawn] == [
        ("One.", None),
        ("Two.", "None"),
        ("- a\n- b", None),
        ("Three.", "None"),
    ]


def test_the_title_is_a_heading_without_marks() -> None:
    [heading] = body(title="**Ana_B** presents")
    assert heading["text"] == r"Ana\_B presents"
    assert heading["style"] == "heading"


def test_the_summary_is_what_a_notification_says_and_there_is_no_text() -> None:
    drawn = message(Card("x", "", "Bo & <!channel>"))
    assert drawn.keys() == {"type", "summary", "attachments"}
    assert drawn["summary"] == "Bo & <!channel>"


def test_nothing_is_still_a_message() -> None:
    assert message_complaints(message(Card("x", " ", "\u200b", (Words(" "), Said(""))))) == []


# Words of people

HOSTILE = [
    "[a](https://x.example) **b** _c_ `d`",
    "&lt;b&gt; <script>",
    "${name} {{name}}",
    ":tada: 🎉",
    "שלום, hello",
    "one\n\ntwo",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_person_wrote_is_a_text_run_and_stays_as_it_is(text: str) -> None:
    [element] = body(Said(text))
    assert element == {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}


@pytest.mark.parametrize(
    "text",
    ["<at>Ana</at>", "{{DATE(2026-01-01T00:00:00Z,SHORT)}}", "{{TIME(2026-01-01T00:00:00Z)}}"],
)
def test_nobody_mentions_or_dates_by_writing_so(text: str) -> None:
    [element] = body(Said(text))
    assert text not in run_of(element)
    assert run_of(element).replace("\u2060", "") == text
    for shown in (markdown(text), message(Card("x", text, text))["summary"]):
        assert text not in shown


def test_nothing_turns_the_direction_of_what_follows() -> None:
    [element] = body(Said("a\u202eb\u2066c\x00"))
    assert run_of(element) == "abc"


def test_name_and_label_stand_above_in_small() -> None:
    above, said = body(Said("What happened?", "*Bo*", "first question"))
    assert above["inlines"][0] == {
        "type": "TextRun",
        "text": "*Bo* · first question",
        "size": "Small",
        "isSubtle": True,
    }
    assert (run_of(said), said["spacing"]) == ("What happened?", "None")


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b\u200e\ufeff", "\x00"])
def test_words_without_anything_to_see_are_no_element(text: str) -> None:
    assert body(Said(text), Words(text), Said("x")) == body(Said("x"))


def test_a_long_text_is_one_run_and_nothing_is_lost() -> None:
    [element] = body(Said(LONG.strip()))
    assert run_of(element) == LONG.strip()


def test_too_much_is_shortened_evenly_and_short_words_never() -> None:
    drawn = body(Said(LONG), Said("A short one"), Said(LONG[:16_000]))
    first, short, second = map(run_of, drawn)
    assert short == "A short one"
    assert first.endswith("…")
    assert second.endswith("…")
    assert abs(len(first) - len(second)) < 10
    assert len(first + second) > 23_000


def test_buttons_are_never_lost() -> None:
    parts = [p for n in range(30) for p in (Said(LONG, f"P{n}"), Row((Button(f"p{n}", "Do"),)))]
    assert len(buttons_in(body(*parts, Divider()))) == 30


def test_more_buttons_than_a_message_holds_are_a_bug() -> None:
    with pytest.raises(BadPayload):
        message(card(buttons=tuple(Button("pass", "x" * 75) for _ in range(400))))


# Facts, times, people, lines


def test_facts_are_one_set_and_nothing_in_them_is_a_link() -> None:
    [found] = body(Facts((("L", "**v** [x](y)"), ("", " "), ("M", "a\nb"))))
    assert found["facts"] == [
        {"title": "L", "value": r"**v** \[x\](y)"},
        {"title": "M", "value": "a\n\nb"},
    ]


def test_each_viewer_sees_an_instant_in_their_own_zone() -> None:
    at = datetime(2026, 3, 2, 10, 5, 7, 123456, timezone(timedelta(hours=1)))
    [element] = body(Closes("Closes", at))
    stamp = "2026-03-02T09:05:07Z"
    assert element["text"] == f"**Closes**  {{{{DATE({stamp},SHORT)}}}} {{{{TIME({stamp})}}}}"


def test_people_are_mentioned_and_whom_teams_does_not_know_is_named() -> None:
    drawn = draw_card(card(People("Next", ((ANA, "Ana [x]"), (BO, "Bo"), ("cem", "_Cem_")))))
    assert drawn["body"][0]["text"] == r"**Next**  <at>Ana x</at>, <at>Bo</at>, \_Cem\_"
    assert drawn["msteams"]["entities"] == [
        {"type": "mention", "text": "<at>Ana x</at>", "mentioned": {"id": ANA, "name": "Ana x"}},
        {"type": "mention", "text": "<at>Bo</at>", "mentioned": {"id": BO, "name": "Bo"}},
    ]


def test_two_people_of_one_name_are_two_mentions() -> None:
    twice = People("", ((ANA, "Kim"), (BO, "Kim"), (ANA, "Kim")))
    drawn = draw_card(card(twice))
    entities = drawn["msteams"]["entities"]
    assert [e["mentioned"]["id"] for e in entities] == [ANA, BO]
    assert len({e["text"] for e in entities}) == 2
    assert drawn["body"][0]["text"].count("Kim") == 3


def test_too_many_to_mention_are_named() -> None:
    [element] = body(People("All", tuple((f"29:{n}", f"P{n}") for n in range(400))))
    assert "<at>" not in element["text"]
    assert "P399" in element["text"]


def test_a_line_stands_above_what_follows_it() -> None:
    drawn = body(Divider(), Words("a"), Divider(), Said(" "), Words("b"), Divider())
    assert [e.get("separator", False) for e in drawn] == [False, True]


# Buttons


def test_a_press_is_an_execute_with_a_submit_to_fall_back_on() -> None:
    [row] = body(buttons=(Button("pass", "Pass", "s1|<&>", 7, True),))
    [button] = row["actions"]
    assert (button["type"], button["verb"], button["style"]) == (
        "Action.Execute",
        "als",
        "positive",
    )
    assert button["fallback"]["type"] == "Action.Submit"
    invoke = {"action": {"type": "Action.Execute", "verb": "als", "data": button["data"]}}
    assert read_button(invoke) == read_button(button["fallback"]["data"]) == ("pass", "s1|<&>", 7)


def test_a_press_that_opens_a_form_asks_for_a_dialog() -> None:
    [button] = buttons_in(body(buttons=(Button("ask", "Ask", "s1", 7),)))
    assert button["type"] == "Action.Submit"
    assert button["data"]["msteams"] == {"type": "task/fetch"}
    fetch = {"data": button["data"], "context": {"theme": "dark"}}
    assert read_button(fetch) == ("ask", "s1", 7)


def test_in_a_dialog_every_button_is_a_plain_submit() -> None:
    pair = (Button("ask", "Ask", "s1"), Button("pass", "Pass", "s1"))
    drawn = draw_card(card(buttons=pair), in_dialog=True)
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": drawn}
    assert list(card_complaints(attached, in_dialog=True)) == []
    assert [b["data"]["p"] for b in buttons_in(drawn["body"])] == ["ask", "pass"]
    assert all("msteams" not in b["data"] for b in buttons_in(drawn["body"]))


def test_six_buttons_stand_in_a_row() -> None:
    more = tuple(Button("pass", "Pass") for _ in range(8))
    drawn = body(Row((Button("pass", "Pass"),)), buttons=more)
    assert [len(e["actions"]) for e in drawn] == [1, 6, 2]


def test_a_command_is_carried_on() -> None:
    for char in 'x<\n🎉ש"':
        text = "i1|" + char * 900
        [button] = buttons_in(body(buttons=(Button("in_set", "Night", text),)))
        assert read_button(button["data"])[1] == text


@pytest.mark.parametrize("button", [Button("ask", "Ask", "x" * 2001), Button("a-b", "x")])
def test_a_button_that_cannot_come_back_is_a_bug(button: Button) -> None:
    with pytest.raises(BadPayload):
        message(card(buttons=(button,)))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "ask",
        [],
        {},
        {"p": "ask"},
        {"p": "ask", "r": "x"},
        {"p": "ask", "r": "x", "e": None, "a": 1},
        {"p": "ask", "r": 1, "e": None},
        {"p": "ask", "r": "x", "e": True},
        {"p": "ask", "r": "x", "e": 1.5},
        {"p": "ask", "r": "x", "e": "1"},
        {"p": "ask", "r": "x", "e": -1},
        {"p": "ask", "r": "x", "e": 10**12},
        {"p": "ask", "r": "x" * 2001, "e": None},
        {"p": "", "r": "x", "e": None},
        {"p": "a b", "r": "x", "e": None},
        {"p": "a" * 201, "r": "x", "e": None},
        {"p": ["ask"], "r": "x", "e": None},
        {"data": None},
        {"data": [{"p": "ask", "r": "x", "e": None}]},
        {"action": "als"},
        {"action": {"data": "{}"}},
    ],
    ids=str,
)
def test_what_is_not_our_button_is_refused(value: object) -> None:
    with pytest.raises(BadPayload):
        read_button(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["p", "r", "e", "data", "action"]) | st.text(), inner)
    ),
)


@given(json_values)
def test_no_payload_breaks_it(value: Any) -> None:
    try:
        read_button(value)
    except BadPayload:
        return


# Which presses open a form


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from codes(inner)


def reaches_a_form(does: Callable[..., object], seen: set[object]) -> bool:
    """Whether `context.open` is called in a function of the front, or in one that it names."""
    if does in seen:
        return False
    seen.add(does)
    assert isinstance(does, types.FunctionType)
    inside = list(codes(does.__code__))
    for code in inside:
        steps = [step.argval for step in dis.get_instructions(code)]
        if any(pair == ("context", "open") for pair in pairwise(steps)):
            return True
    names = {name for code in inside for name in code.co_names}
    named = [cell.cell_contents for cell in does.__closure__ or ()]
    for name in names:
        found = does.__globals__.get(name)
        is_room = isinstance(found, types.ModuleType)
        named += [getattr(found, n, None) for n in names] if is_room else [found]
    return any(
        reaches_a_form(one, seen)
        for one in named
        if isinstance(one, types.FunctionType) and one.__module__.startswith("bot.handlers")
    )


# A command says itself what it opens, so what goes on with one may open anything.
COMMANDS_GO_ON = {"command", "in_set"}


def test_the_presses_that_open_a_form_are_those_of_the_front() -> None:
    found = {name for name, does in PRESSES.items() if reaches_a_form(does, set())}
    assert found | COMMANDS_GO_ON == OPENS


def test_a_snooze_with_its_days_opens_nothing() -> None:
    assert opens("snooze", "a1")
    assert not opens("snooze", "a1:3")
    assert not opens("pass")


# Files


@pytest.mark.parametrize("text", ["a,b\n" * 9000, 'say "x",\\\n' * 3000, "🎉" * 15_000])
def test_a_file_follows_whole_over_as_many_messages_as_it_takes(text: str) -> None:
    first, *pages = messages(card(File("log.csv", "\ufeff" + text)))
    assert run_of(body_of(first)[0]) == "log.csv"
    assert len(pages) > 1
    assert [m["summary"] for m in pages] == [
        f"log.csv, part {n} of {len(pages)}" for n in range(1, len(pages) + 1)
    ]
    assert [c for page in pages for c in message_complaints(page)] == []
    gap = "\n" if "\n" in text else ""
    assert gap.join(run_of(body_of(m)[1]) for m in pages).strip() == text.strip()


def test_a_file_is_shown_as_it_is() -> None:
    _, page = messages(card(File("log.md", "# a\n[x](y) **b**")))
    [run] = body_of(page)[1]["inlines"]
    assert run == {"type": "TextRun", "text": "# a\n[x](y) **b**", "fontType": "Monospace"}


def test_a_card_without_a_file_is_one_message() -> None:
    assert messages(card(Words("x"))) == [message(card(Words("x")))]


# Any card


def known_to_teams(any: Card) -> Card:
    """Some of the people of a card with ids of Teams."""
    parts = [
        People(p.label, tuple((f"29:{u}" if u[:1] in "UW" else u, n) for u, n in p.people))
        if isinstance(p, People)
        else p
        for p in any.parts
    ]
    return Card(any.name, any.title, any.summary, tuple(parts), any.buttons)


@given(cards.map(known_to_teams))
def test_any_card_stays_within_the_limits_and_keeps_its_buttons(any: Card) -> None:
    drawn = messages(any)
    assert [c for m in drawn for c in message_complaints(m)] == []
    rows = [b for p in any.parts if isinstance(p, Row) for b in p.buttons]
    kept = [read_button(json.loads(json.dumps(b["data"]))) for b in buttons_in(body_of(drawn[0]))]
    assert kept == [(b.press, b.ref, b.entry) for b in (*rows, *any.buttons)]
    for m in drawn:
        json.dumps(m, ensure_ascii=False).encode()


@given(st.text())
def test_any_words_of_ours_are_never_a_link_or_a_mention(text: str) -> None:
    shown = markdown(f"a [b]({text}) <at>{text}</at>")
    assert "<at>" not in shown
    assert text_fitting.visible(shown)


def test_utc_is_the_same_instant() -> None:
    here = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert body(Closes("", here)) == body(Closes("", here.astimezone(timezone(timedelta(hours=9)))))
