"""The fake Slack refuses blocks and views beyond Slack's limits, and takes those at them."""

import pytest

from tests.slack.fake import problems, view_problems
from tests.slack.fake_client import (
    TEN,
    actions,
    button,
    choices,
    field,
    line,
    modal,
    plain,
    section,
)

REFUSED_BLOCKS = {
    "51 blocks": [{"type": "divider"}] * 51,
    "unknown block": [{"type": "banner"}],
    "unknown key": [{"type": "divider", "color": "red"}],
    "section 3001": [section("x" * 3001)],
    "section without text": [{"type": "section"}],
    "11 fields": [{"type": "section", "fields": [plain("x")] * 11}],
    "field 2001": [{"type": "section", "fields": [plain("x" * 2001)]}],
    "header 151": [{"type": "header", "text": plain("x" * 151)}],
    "header in mrkdwn": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "11 in a context": [{"type": "context", "elements": [plain("x")] * 11}],
    "button in a context": [{"type": "context", "elements": [button("x")]}],
    "26 actions": [actions(*(button(f"b{i}") for i in range(26)))],
    "same action_id": [actions(button("b"), button("b"))],
    "same block_id": [section("x", block_id="b"), section("y", block_id="b")],
    "block_id 256": [section("x", block_id="b" * 256)],
    "action_id 256": [actions(button("x", action_id="a" * 256))],
    "button text 76": [actions(button("x" * 76, action_id="a"))],
    "button value 2001": [actions(button("x", value="v" * 2001))],
    "button url 3001": [actions(button("x", url="u" * 3001))],
    "button style": [actions(button("x", style="green"))],
    "button in mrkdwn": [actions({"type": "button", "text": {"type": "mrkdwn", "text": "x"}})],
    "input in actions": [actions(line())],
    "multi-select in actions": [actions({"type": "multi_users_select", "action_id": "a"})],
    "label 2001": [field("x" * 2001, line(), block_id="b")],
    "input without label": [{"type": "input", "element": line()}],
    "placeholder 151": [field("x", line(placeholder=plain("x" * 151)))],
    "min over max": [field("x", line(min_length=5, max_length=4))],
    "11 radio buttons": [
        field("x", {"type": "radio_buttons", "options": choices(*map(str, range(11)))})
    ],
    "6 in an overflow": [section("x", accessory={"type": "overflow", "options": TEN[:6]})],
    "101 options": [
        field("x", {"type": "static_select", "options": choices(*map(str, range(101)))})
    ],
    "no options": [field("x", {"type": "static_select"})],
    "option text 76": [field("x", {"type": "static_select", "options": choices("x" * 76)})],
    "option value 151": [
        field("x", {"type": "static_select", "options": [{"text": plain("x"), "value": "v" * 151}]})
    ],
    "initial option not offered": [
        field("x", {"type": "static_select", "options": TEN[:2], "initial_option": TEN[2]})
    ],
    "initial date": [field("x", {"type": "datepicker", "initial_date": "6.3.2026"})],
    "verbatim plain text": [{"type": "section", "text": {**plain("x"), "verbatim": True}}],
    "confirm text 301": [
        actions(
            button(
                "x",
                confirm={
                    "title": plain("x"),
                    "text": plain("x" * 301),
                    "confirm": plain("y"),
                    "deny": plain("n"),
                },
            )
        )
    ],
    "markdown 12001": [{"type": "markdown", "text": "x" * 12_001}],
    "image without words": [{"type": "image", "image_url": "https://example.com/a.png"}],
}


@pytest.mark.parametrize("name", REFUSED_BLOCKS)
def test_blocks_beyond_a_limit_are_refused(name):
    assert problems(REFUSED_BLOCKS[name])


EACH_ELEMENT = [
    {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"},
    {"type": "email_text_input"},
    {"type": "url_text_input"},
    {"type": "datepicker", "initial_date": "2026-03-06"},
    {"type": "timepicker", "initial_time": "09:30"},
    {"type": "datetimepicker", "initial_date_time": 1772442000},
    {"type": "users_select", "initial_user": "U1"},
    {"type": "multi_users_select", "initial_users": ["U1"]},
    {"type": "conversations_select", "default_to_current_conversation": True},
    {"type": "channels_select"},
    {"type": "multi_channels_select"},
    {"type": "multi_conversations_select"},
    {"type": "multi_static_select", "options": TEN, "initial_options": TEN[:2]},
    {"type": "static_select", "option_groups": [{"label": plain("x"), "options": TEN}]},
    {"type": "checkboxes", "options": TEN, "initial_options": TEN[:1]},
    {
        "type": "checkboxes",
        "options": [{"text": {"type": "mrkdwn", "text": "*x*"}, "value": "x"}],
    },
    {"type": "radio_buttons", "options": TEN, "initial_option": TEN[0]},
    line(multiline=True, focus_on_load=True, placeholder=plain("x"), initial_value="y"),
]


@pytest.mark.parametrize("element", EACH_ELEMENT, ids=lambda element: element["type"])
@pytest.mark.parametrize("surface", ["modal", "home"])
def test_each_input_is_taken(element, surface):
    assert problems([field("x", {"action_id": "a", **element})], surface) == []


def test_blocks_at_their_limits_are_taken():
    blocks = [
        section("x" * 3000, accessory={"type": "overflow", "options": TEN[:5]}),
        {"type": "section", "fields": [plain("x" * 2000)] * 10},
        {"type": "header", "text": plain("x" * 150)},
        {"type": "context", "elements": [plain("x")] * 10},
        actions(*(button(f"b{i}") for i in range(24)), button("x" * 75, value="v" * 2000)),
        field("x" * 2000, line(max_length=3000, multiline=True), block_id="b"),
        field("y", {"type": "radio_buttons", "options": TEN, "initial_option": TEN[9]}),
        field("z", {"type": "multi_users_select", "max_selected_items": 3}),
        *[{"type": "divider"}] * 42,
    ]
    assert problems(blocks) == []
    assert problems([{"type": "markdown", "text": "x"}], "modal")
    assert problems([{"type": "divider"}] * 100, "home") == []


REFUSED_VIEWS = {
    "no title": {"type": "modal", "blocks": []},
    "title 25": modal(title=plain("x" * 25)),
    "submit 25": modal(submit=plain("x" * 25)),
    "close 25": modal(close=plain("x" * 25)),
    "private_metadata 3001": modal(private_metadata="x" * 3001),
    "callback_id 256": modal(callback_id="x" * 256),
    "101 blocks": modal(*[{"type": "divider"}] * 101),
    "inputs without submit": {"type": "modal", "title": plain("x"), "blocks": [field("x", line())]},
    "unknown key": modal(colour="red"),
    "home with a title": {"type": "home", "title": plain("x"), "blocks": []},
    "a message": {"type": "message", "blocks": []},
}


@pytest.mark.parametrize("name", REFUSED_VIEWS)
def test_views_beyond_a_limit_are_refused(name):
    assert view_problems(REFUSED_VIEWS[name])
