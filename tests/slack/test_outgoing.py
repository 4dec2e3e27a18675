"""Cards as messages: each part, people's words as they are, and always within Slack's limits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import limits
from adapters.slack.outgoing import home, message, messages, read_button
from adapters.slack.text import mrkdwn
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
from bot.handlers.payloads import BadPayload
from tests.slack.factories import cards
from tests.slack.limits_check import message_complaints, view_complaints

LONG = "word " * 2400  # 12,000 characters


def card(*parts: Part, buttons: tuple[Button, ...] = (), title: str = "") -> Card:
    return Card("session", title, "Something is new", parts, buttons)


def blocks(*parts: Part, **more: Any) -> list[dict[str, Any]]:
    drawn = message(card(*parts, **more))
    assert message_complaints(drawn) == []
    return drawn["blocks"]


def buttons_in(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [e for b in blocks if b["type"] == "actions" for e in b["elements"]]


# Words of ours


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**bold** and *italic* and `/als`", "*bold* and _italic_ and `/als`"),
        ("- one\n- two", "• one\n• two"),
        ("1. one", "1. one"),
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("&lt;", "&amp;lt;"),
        ("`**x**`", "`**x**`"),
        ("2 * 3 * 4 ** 5", "2 * 3 * 4 ** 5"),
    ],
)
def test_our_markdown_becomes_mrkdwn(markdown: str, expected: str) -> None:
    assert mrkdwn(markdown) == expected


def test_our_words_are_verbatim() -> None:
    [block] = blocks(Words("See **this**"))
    assert block["text"] == {"type": "mrkdwn", "text": "See *this*", "verbatim": True}


def test_long_words_of_ours_go_over_several_blocks() -> None:
    drawn = blocks(Words("One sentence & more.\n" * 200))
    assert len(drawn) > 1
    whole = "\n".join(b["text"]["text"] for b in drawn)
    assert whole == "\n".join(["One sentence &amp; more."] * 200)


def test_the_title_is_a_header_without_marks() -> None:
    [header] = blocks(title="**Ana** presents")
    assert header == {
        "type": "header",
        "text": {"type": "plain_text", "text": "Ana presents", "emoji": False},
    }


def test_the_summary_is_what_a_notification_says() -> None:
    drawn = message(Card("x", "", "Bo & <!channel>"))
    assert drawn["text"] == "Bo &amp; &lt;!channel&gt;"


def test_nothing_is_still_a_message() -> None:
    assert message_complaints(message(Card("x", " ", "\u200b", (Words(" "), Said(""))))) == []


# Words of people

HOSTILE = [
    "<!channel> <!here> <!subteam^S1> <@U1> <#C1>",
    "&lt;b&gt; &amp;",
    "```\nx``` *a* _b_",
    ":tada: 🎉",
    "שלום, hello",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_person_wrote_is_plain_text_and_stays_as_it_is(text: str) -> None:
    [block] = blocks(Said(text))
    assert block["text"] == {"type": "plain_text", "text": text, "emoji": False}


def test_nothing_turns_the_direction_of_what_follows() -> None:
    [block] = blocks(Said("a\u202eb\u2066c\x00"))
    assert block["text"]["text"] == "abc"


def test_name_and_label_stand_above_in_small() -> None:
    context, section = blocks(Said("What happened?", "*Bo* <@U1>", "first question"))
    assert context["elements"] == [
        {"type": "plain_text", "text": "*Bo* <@U1> · first question", "emoji": False}
    ]
    assert section["text"]["text"] == "What happened?"


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b\u200e\ufeff", "\x00"])
def test_words_without_anything_to_see_are_no_block(text: str) -> None:
    assert blocks(Said(text), Words(text), Said("x")) == blocks(Said("x"))


def test_a_long_text_is_split_and_nothing_is_lost() -> None:
    text = "sevens " * 1200
    texts = [b["text"]["text"] for b in blocks(Said(text))]
    assert len(texts) == 3
    assert "".join(texts) == text
    assert all(piece.endswith("sevens ") for piece in texts), "never parted within a word"


def test_too_much_is_shortened_evenly_and_short_words_never() -> None:
    drawn = blocks(Said(LONG, "Ana"), Said("A short one"), Said(LONG[:9000], "Bo"))
    texts = [b["text"]["text"] for b in drawn if b["type"] == "section"]
    assert "A short one" in texts
    middle = texts.index("A short one")
    first, second = "".join(texts[:middle]), "".join(texts[middle + 1 :])
    assert first.endswith("…")
    assert second.endswith("…")
    assert abs(len(first) - len(second)) < 10
    assert limits.text_in(drawn) > 11_000


def test_buttons_are_never_lost() -> None:
    parts = [p for n in range(30) for p in (Said(LONG, f"P{n}"), Row((Button(f"p{n}", "Do"),)))]
    drawn = blocks(*parts, Divider())
    assert len(buttons_in(drawn)) == 30


def test_with_too_many_parts_names_stand_in_the_text() -> None:
    drawn = blocks(*(p for n in range(30) for p in (Said(f"t{n}", "Ana"), Divider())))
    assert [b["text"]["text"] for b in drawn] == [f"Ana: t{n}" for n in range(30)]


def test_more_buttons_than_a_message_holds_are_a_bug() -> None:
    with pytest.raises(BadPayload):
        message(card(buttons=tuple(Button("ask", "x" * 75) for _ in range(400))))


# Facts, times, people


def test_facts_are_fields_of_ten() -> None:
    first, second = blocks(Facts(tuple((f"L{n}", f"**v{n}** <") for n in range(12))))
    assert first["fields"][0]["text"] == "*L0*\n*v0* &lt;"
    assert (len(first["fields"]), len(second["fields"])) == (10, 2)


def test_each_viewer_sees_an_instant_in_their_own_zone() -> None:
    at = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
    [block] = blocks(Closes("Closes", at))
    stamp = f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|2026-03-02 09:05 UTC>"
    assert block["text"]["text"] == f"*Closes*  {stamp}"


def test_people_are_mentioned_and_whom_slack_does_not_know_is_named() -> None:
    [block] = blocks(People("Next", (("U0ANA", "Ana"), ("!channel", "<!channel>"))))
    assert block["text"]["text"] == "*Next*  <@U0ANA>, &lt;!channel&gt;"


def test_many_people_go_over_several_blocks() -> None:
    drawn = blocks(People("All", tuple((f"U{n:09}", "") for n in range(400))))
    assert "".join(b["text"]["text"] for b in drawn).count("<@U") == 400


# Buttons


def test_a_button_carries_what_it_means() -> None:
    [row] = blocks(buttons=(Button("ask", "Ask", "s1|<&>", 7, True),))
    [button] = row["elements"]
    assert button["action_id"] == "als.ask.1"
    assert button["style"] == "primary"
    assert not set("<>&") & set(button["value"])
    assert read_button(button) == ("ask", "s1|<&>", 7)


def test_five_buttons_stand_in_a_row_and_each_has_its_own_id() -> None:
    drawn = blocks(
        Row((Button("ask", "Ask"),)), buttons=tuple(Button("ask", "Ask") for _ in range(7))
    )
    assert [len(b["elements"]) for b in drawn] == [1, 5, 2]
    assert len({b["action_id"] for b in buttons_in(drawn)}) == 8


def test_a_long_label_is_shortened() -> None:
    [button] = buttons_in(blocks(buttons=(Button("ask", "x" * 100),)))
    assert button["text"]["text"] == "x" * 74 + "…"


def test_a_command_of_200_characters_is_carried_on() -> None:
    for char in 'x<\n🎉ש"':
        [button] = buttons_in(blocks(buttons=(Button("in_set", "Night", "i1|" + char * 200),)))
        assert read_button(button)[1] == "i1|" + char * 200


def test_a_ref_that_fits_nowhere_is_a_bug() -> None:
    with pytest.raises(BadPayload):
        message(card(buttons=(Button("ask", "Ask", "x" * 2000),)))


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"action_id": "als.ask.1"},
        {"action_id": "als.ask.1", "value": None},
        {"action_id": "als.ask.1", "value": ""},
        {"action_id": "als.ask.1", "value": "[]"},
        {"action_id": "als.ask.1", "value": "{"},
        {"action_id": "als.ask.1", "value": "[" * 1999},
        {"action_id": "als.ask.1", "value": '{"r":"x"}'},
        {"action_id": "als.ask.1", "value": '{"r":1,"e":null}'},
        {"action_id": "als.ask.1", "value": '{"r":"x","e":true}'},
        {"action_id": "als.ask.1", "value": '{"r":"x","e":1.5}'},
        {"action_id": "als.ask.1", "value": '{"r":"x","e":"1"}'},
        {"action_id": "als.ask.1", "value": '{"r":"x","e":-1}'},
        {"action_id": "als.ask.1", "value": '{"r":"x","e":' + "9" * 1900 + "}"},
        {"action_id": "als.ask.1", "value": '{"r":"x","e":null,"a":1}'},
        {"action_id": "als.ask.1", "value": json.dumps({"r": "x" * 2000, "e": None})},
        {"action_id": "als.ask", "value": '{"r":"x","e":1}'},
        {"action_id": "als..1", "value": '{"r":"x","e":1}'},
        {"action_id": "other.ask.1", "value": '{"r":"x","e":1}'},
        {"action_id": 1, "value": '{"r":"x","e":1}'},
    ],
    ids=str,
)
def test_what_is_not_our_button_is_refused(action: dict[str, Any]) -> None:
    with pytest.raises(BadPayload):
        read_button(action)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values | st.text(), json_values.map(json.dumps) | st.text())
def test_no_payload_breaks_it(action: Any, value: str) -> None:
    for tampered in (action, {"action_id": "als.ask.1", "value": value}):
        if isinstance(tampered, dict):
            try:
                read_button(tampered)
            except BadPayload:
                continue


# Files


@pytest.mark.parametrize("text", ["a,b\n" * 9000, 'say "x",\\\n' * 3000, "🎉" * 9000])
def test_a_file_follows_whole_over_as_many_messages_as_it_takes(text: str) -> None:
    first, *pages = messages(card(File("log.csv", "\ufeff" + text)))
    assert first["blocks"][0]["elements"][0]["text"] == "log.csv"
    assert [m["text"] for m in pages] == [
        f"log.csv, part {n} of {len(pages)}" for n in range(1, len(pages) + 1)
    ]
    for page in pages:
        assert message_complaints(page) == []
        assert limits.size_of(page["blocks"]) <= limits.MESSAGE_SIZE
    gap = "\n" if "\n" in text else ""
    chunks = [b["text"]["text"] for m in pages for b in m["blocks"][1:]]
    assert gap.join(chunks).strip() == text.strip()


def test_a_fence_in_a_file_fences_nothing() -> None:
    _, page = messages(card(File("log.md", "```\n<!channel>\n```")))
    assert page["blocks"][1]["text"] == {
        "type": "plain_text",
        "text": "```\n<!channel>\n```",
        "emoji": False,
    }


def test_a_card_without_a_file_is_one_message() -> None:
    assert messages(card(Words("x"))) == [message(card(Words("x")))]


# Home


def test_home_parts_the_cards_by_a_line() -> None:
    view = home([card(Words("a"), Divider()), card(Words("b")), card(Words("c"))])
    assert view["type"] == "home"
    assert [b["type"] for b in view["blocks"]] == ["section", "divider"] * 2 + ["section"]


def test_buttons_of_two_cards_at_home_have_their_own_ids() -> None:
    one = card(buttons=(Button("ask", "Ask"),))
    view = home([one, one])
    assert view_complaints(view) == []


@pytest.mark.parametrize("text", ["x", "ש" * 2900])
def test_what_does_not_fit_at_home_is_left_out_from_the_end_and_it_says_so(text: str) -> None:
    view = home([card(Said(text, "Ana"), title=f"{n}") for n in range(60)])
    assert view_complaints(view) == []
    assert view["blocks"][0]["text"]["text"] == "0"
    assert "more than fits" in view["blocks"][-1]["text"]["text"]
    assert view["blocks"][-2]["type"] == "section"


def test_a_home_without_cards_is_still_a_view() -> None:
    assert view_complaints(home([])) == []


# Any card


@given(cards)
def test_any_card_stays_within_the_limits_and_keeps_its_buttons(any: Card) -> None:
    drawn = messages(any)
    assert [c for m in drawn for c in message_complaints(m)] == []
    rows = [b for p in any.parts if isinstance(p, Row) for b in p.buttons]
    kept = [read_button(b) for b in buttons_in(drawn[0]["blocks"])]
    assert kept == [(b.press, b.ref, b.entry) for b in (*rows, *any.buttons)]


@given(st.lists(cards, max_size=6))
def test_any_home_stays_within_the_limits(any: list[Card]) -> None:
    assert view_complaints(home(any)) == []
