"""What Slack refuses in blocks and views, with Slack's words and JSON pointers.

Rules: every limit is documented (docs.slack.dev, reference/block-kit and reference/views), read in
slack_sdk's models, or reported in an issue that is named beside it. What is not in these tables is
refused, so a new block type is a change here. Where the documents differ the stricter one holds.
"""

import copy
import json
import re

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
VIEW_BYTES = 250_000
# Undocumented: seen at 13,172 to 13,297 characters in all (slackapi/bolt-js#2509).
MESSAGE_BLOCKS_CHARACTERS = 13_150
TEXT, UPDATE_TEXT = 40_000, 4_000
SURFACES = ("message", "modal", "home")

# Where an element may stand: s(ection accessory), a(ctions), i(nput). Multi-selects are documented
# for section and input only.
PLACES = {
    "button": "sa",
    "overflow": "sa",
    "checkboxes": "sai",
    "radio_buttons": "sai",
    "datepicker": "sai",
    "timepicker": "sai",
    "datetimepicker": "ai",
    "static_select": "sai",
    "users_select": "sai",
    "conversations_select": "sai",
    "channels_select": "sai",
    "multi_static_select": "si",
    "multi_users_select": "si",
    "multi_conversations_select": "si",
    "multi_channels_select": "si",
    "plain_text_input": "i",
    "number_input": "i",
    "email_text_input": "i",
    "url_text_input": "i",
    "image": "s",
}
COMMON = {"type", "action_id"}
INPUTS = COMMON | {"placeholder", "focus_on_load"}
TEXTS = INPUTS | {"initial_value", "dispatch_action_config"}
SELECT = INPUTS | {"confirm"}
KEYS = {
    "button": COMMON | {"text", "value", "url", "style", "confirm", "accessibility_label"},
    "overflow": COMMON | {"options", "confirm"},
    "checkboxes": COMMON | {"options", "initial_options", "confirm", "focus_on_load"},
    "radio_buttons": COMMON | {"options", "initial_option", "confirm", "focus_on_load"},
    "datepicker": SELECT | {"initial_date"},
    "timepicker": SELECT | {"initial_time", "timezone"},
    "datetimepicker": COMMON | {"initial_date_time", "confirm", "focus_on_load"},
    "static_select": SELECT | {"options", "option_groups", "initial_option"},
    "users_select": SELECT | {"initial_user"},
    "conversations_select": SELECT
    | {"initial_conversation", "default_to_current_conversation", "response_url_enabled", "filter"},
    "channels_select": SELECT | {"initial_channel", "response_url_enabled"},
    "multi_static_select": SELECT
    | {"options", "option_groups", "initial_options", "max_selected_items"},
    "multi_users_select": SELECT | {"initial_users", "max_selected_items"},
    "multi_conversations_select": SELECT
    | {
        "initial_conversations",
        "default_to_current_conversation",
        "max_selected_items",
        "filter",
    },
    "multi_channels_select": SELECT | {"initial_channels", "max_selected_items"},
    "plain_text_input": TEXTS | {"multiline", "min_length", "max_length"},
    "number_input": TEXTS | {"is_decimal_allowed", "min_value", "max_value"},
    "email_text_input": TEXTS,
    "url_text_input": TEXTS,
    "image": {"type", "image_url", "alt_text", "slack_file"},
}
OPTIONS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}  # else 100
MRKDWN_OPTIONS = ("checkboxes", "radio_buttons")
BLOCKS = {
    "section": {"type", "block_id", "text", "fields", "accessory", "expand"},
    "divider": {"type", "block_id"},
    "header": {"type", "block_id", "text"},
    "context": {"type", "block_id", "elements"},
    "actions": {"type", "block_id", "elements"},
    "image": {"type", "block_id", "image_url", "alt_text", "title", "slack_file"},
    "input": {"type", "block_id", "label", "element", "hint", "optional", "dispatch_action"},
    "markdown": {"type", "block_id", "text"},
    "rich_text": {"type", "block_id", "elements"},
}
REQUIRED = {
    "header": {"text"},
    "context": {"elements"},
    "actions": {"elements"},
    "image": {"alt_text"},
    "input": {"label", "element"},
    "markdown": {"text"},
    "rich_text": {"elements"},
    "button": {"text"},
    "overflow": {"options"},
    "checkboxes": {"options"},
    "radio_buttons": {"options"},
    "number_input": {"is_decimal_allowed"},
}
VIEW_KEYS = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
MODAL_KEYS = VIEW_KEYS | {"title", "close", "submit", "clear_on_close", "notify_on_close"}
FORMS = {"initial_date": r"\d{4}-\d\d-\d\d", "initial_time": r"([01]\d|2[0-3]):[0-5]\d"}


class Findings:
    """What is wrong, and where."""

    def __init__(self):
        self.found = []

    def say(self, words, at):
        self.found.append(f"{words} [json-pointer:{at}]")

    def keys(self, thing, at, allowed, required=()):
        """Refuse additional and missing properties; answer whether it is an object at all."""
        if not isinstance(thing, dict):
            self.say("must provide an object", at)
            return False
        for key in sorted(thing.keys() - allowed):
            self.say(f"invalid additional property: {key}", at)
        for key in sorted(set(required) - thing.keys()):
            self.say(f"missing required field: {key}", at)
        return True

    def string(self, value, at, most, least=0):
        if not isinstance(value, str):
            self.say("must provide a string", at)
        elif len(value) > most:
            self.say(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            self.say(f"must be more than {least - 1} characters", at)

    def text(self, thing, at, most, plain=False):
        if not self.keys(thing, at, {"type", "text", "emoji", "verbatim"}, {"type", "text"}):
            return
        kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if thing.get("type") not in kinds:
            self.say(f"unsupported text type: {thing.get('type')}", f"{at}/type")
        if thing.get("type") == "plain_text" and "verbatim" in thing:
            self.say("invalid additional property: verbatim", at)
        if thing.get("type") == "mrkdwn" and "emoji" in thing:
            self.say("invalid additional property: emoji", at)
        self.string(thing.get("text", "?"), f"{at}/text", most, least=1)

    def array(self, value, at, most, least=1):
        """Yield the items with their pointers, after a look at how many they are."""
        if not isinstance(value, list):
            self.say("must provide an array", at)
            return
        if len(value) > most:
            self.say(f"no more than {most} items allowed", at)
        if len(value) < least:
            self.say(f"no fewer than {least} items allowed", at)
        yield from ((item, f"{at}/{i}") for i, item in enumerate(value))

    def unique(self, names, what, at):
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.say(f"`{what}` `{name}` already exists", at)


def problems(blocks, surface="message"):
    """What Slack would refuse in these blocks on this surface; empty when it takes them."""
    found = Findings()
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    focused = []
    for block, at in found.array(blocks, "/blocks", most, least=0):
        if check_block(found, block, at, surface):
            element = block.get("element") or block.get("accessory") or {}
            if isinstance(element, dict) and element.get("focus_on_load"):
                focused.append(at)
    if isinstance(blocks, list):
        ids = [b["block_id"] for b in blocks if isinstance(b, dict) and b.get("block_id")]
        found.unique(ids, "block_id", "/blocks")
        if len(focused) > 1:
            found.say("only one element may have `focus_on_load`", focused[1])
        if not found.found:
            found.found += sdk_problems(blocks)
    return found.found


def sdk_problems(blocks):
    """What slack_sdk's own models refuse: a second opinion on what we let through."""
    said = []
    for i, block in enumerate(blocks):
        try:
            parsed = Block.parse(copy.deepcopy(block))
            if parsed is not None:
                parsed.to_dict()
        except SlackObjectFormationError as refused:
            said.append(f"{refused} [json-pointer:/blocks/{i}]")
    return said


def view_problems(view):
    """What Slack would refuse in a view, a modal or a Home tab."""
    found = Findings()
    if not isinstance(view, dict):
        return ["must provide an object [json-pointer:/view]"]
    surface = view.get("type")
    if surface not in ("modal", "home"):
        return ["missing required field: type [json-pointer:/view]"]
    modal = surface == "modal"
    found.keys(
        view,
        "/view",
        MODAL_KEYS if modal else VIEW_KEYS,
        {"blocks", "title"} if modal else {"blocks"},
    )
    for key in ("title", "close", "submit"):
        if modal and view.get(key) is not None:
            found.text(view[key], f"/view/{key}", 24, plain=True)
    for key, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if view.get(key) is not None:
            found.string(view[key], f"/view/{key}", most)
    for key in ("clear_on_close", "notify_on_close"):
        if not isinstance(view.get(key, False), bool):
            found.say("must provide a boolean", f"/view/{key}")
    blocks = view.get("blocks", [])
    inner = problems(blocks, surface)
    found.found += [words.replace("json-pointer:/", "json-pointer:/view/") for words in inner]
    inputs = [b for b in blocks if isinstance(b, dict) and b.get("type") == "input"]
    if modal and inputs and not view.get("submit"):
        # Slack's words: slackapi/node-slack-sdk#875
        found.say("must define `submit` to use `input` block", "/view/blocks")
    return found.found


def too_long(blocks):
    """Whether a message's blocks together are longer than Slack takes."""
    return len(json.dumps(blocks, separators=(",", ":"))) > MESSAGE_BLOCKS_CHARACTERS


def too_large(view):
    return len(json.dumps(view).encode()) > VIEW_BYTES


def check_block(found, block, at, surface):
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in BLOCKS:
        found.say(f"unsupported type: {kind}", f"{at}/type")
        return False
    found.keys(block, at, BLOCKS[kind], REQUIRED.get(kind, ()))
    if "block_id" in block:
        found.string(block["block_id"], f"{at}/block_id", 255, least=1)
    if kind == "markdown" and surface != "message":
        found.say(f"unsupported type: markdown in a {surface}", f"{at}/type")
    check = CHECKS.get(kind)
    if check and not (REQUIRED.get(kind, set()) - block.keys()):
        check(found, block, at)
    return True


def check_section(found, block, at):
    if block.get("text") is None and not block.get("fields"):
        found.say("missing required field: text or fields", at)
    if block.get("text") is not None:
        found.text(block["text"], f"{at}/text", 3000)
    if "fields" in block:
        for field, where in found.array(block["fields"], f"{at}/fields", 10):
            found.text(field, where, 2000)
    if block.get("accessory") is not None:
        check_element(found, block["accessory"], f"{at}/accessory", "s")


def check_header(found, block, at):
    found.text(block["text"], f"{at}/text", 150, plain=True)


def check_context(found, block, at):
    for item, where in found.array(block["elements"], f"{at}/elements", 10):
        if isinstance(item, dict) and item.get("type") == "image":
            check_element(found, item, where, "s")
        else:
            # The documents give no length; the text object's own limit holds.
            found.text(item, where, 3000)


def check_actions(found, block, at):
    items = list(found.array(block["elements"], f"{at}/elements", 25))
    for item, where in items:
        check_element(found, item, where, "a")
    ids = [i["action_id"] for i, _ in items if isinstance(i, dict) and i.get("action_id")]
    found.unique(ids, "action_id", f"{at}/elements")


def check_image(found, block, at):
    if ("image_url" in block) == ("slack_file" in block):
        found.say("must define either `image_url` or `slack_file`", at)
    if "image_url" in block:
        found.string(block["image_url"], f"{at}/image_url", 3000, least=1)
    found.string(block.get("alt_text", ""), f"{at}/alt_text", 2000)
    if block.get("title") is not None:
        found.text(block["title"], f"{at}/title", 2000, plain=True)


def check_input(found, block, at):
    found.text(block["label"], f"{at}/label", 2000, plain=True)
    if block.get("hint") is not None:
        found.text(block["hint"], f"{at}/hint", 2000, plain=True)
    for key in ("optional", "dispatch_action"):
        if not isinstance(block.get(key, False), bool):
            found.say("must provide a boolean", f"{at}/{key}")
    check_element(found, block["element"], f"{at}/element", "i")


def check_markdown(found, block, at):
    found.string(block["text"], f"{at}/text", 12_000, least=1)


def check_rich_text(found, block, at):
    kinds = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    for item, where in found.array(block["elements"], f"{at}/elements", 1000):
        if not isinstance(item, dict) or item.get("type") not in kinds:
            found.say("unsupported rich text element", where)


CHECKS = {
    "section": check_section,
    "header": check_header,
    "context": check_context,
    "actions": check_actions,
    "image": check_image,
    "input": check_input,
    "markdown": check_markdown,
    "rich_text": check_rich_text,
}


def check_element(found, element, at, place):
    kind = element.get("type") if isinstance(element, dict) else None
    if place not in PLACES.get(kind, ""):
        found.say(f"unsupported type: {kind}", f"{at}/type")
        return
    found.keys(element, at, KEYS[kind], REQUIRED.get(kind, ()))
    if kind == "image":
        check_image(found, element, at)
        return
    if "action_id" in element:
        found.string(element["action_id"], f"{at}/action_id", 255, least=1)
    if element.get("placeholder") is not None:
        found.text(element["placeholder"], f"{at}/placeholder", 150, plain=True)
    if element.get("confirm") is not None:
        check_confirm(found, element["confirm"], f"{at}/confirm")
    if kind == "button" and "text" in element:
        check_button(found, element, at)
    if "options" in KEYS[kind]:
        check_options(found, element, at, kind)
    if "max_selected_items" in element:
        most = element["max_selected_items"]
        if not isinstance(most, int) or most < 1:
            found.say("must be more than 0", f"{at}/max_selected_items")
    for key, form in FORMS.items():
        if key in element and not re.fullmatch(form, str(element[key])):
            found.say("invalid format", f"{at}/{key}")
    moment = element.get("initial_date_time")
    if moment is not None and not (isinstance(moment, int) and len(str(moment)) == 10):
        found.say("must be a 10 digit integer", f"{at}/initial_date_time")
    if kind == "plain_text_input":
        check_lengths(found, element, at)


def check_button(found, element, at):
    found.text(element["text"], f"{at}/text", 75, plain=True)
    if element.get("value") is not None:
        found.string(element["value"], f"{at}/value", 2000, least=1)
    if element.get("url") is not None:
        found.string(element["url"], f"{at}/url", 3000, least=1)
    if element.get("accessibility_label") is not None:
        found.string(element["accessibility_label"], f"{at}/accessibility_label", 75)
    if element.get("style", "primary") not in ("primary", "danger"):
        found.say("must be one of: primary, danger", f"{at}/style")


def check_confirm(found, confirm, at):
    keys = {"title", "text", "confirm", "deny"}
    if not found.keys(confirm, at, keys | {"style"}, keys):
        return
    for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        if key in confirm:
            found.text(confirm[key], f"{at}/{key}", most, plain=key != "text")
    if confirm.get("style", "primary") not in ("primary", "danger"):
        found.say("must be one of: primary, danger", f"{at}/style")


def check_lengths(found, element, at):
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if not isinstance(least, int) or not 0 <= least <= 3000:
        found.say("must be between 0 and 3000", f"{at}/min_length")
    elif not isinstance(most, int) or not 1 <= most <= 3000:
        found.say("must be between 1 and 3000", f"{at}/max_length")
    elif least > most:
        found.say("must not be more than `max_length`", f"{at}/min_length")
    else:
        found.string(element.get("initial_value", ""), f"{at}/initial_value", most)


def check_options(found, element, at, kind):
    grouped = "option_groups" in element
    if grouped and "options" in element:
        found.say("must define either `options` or `option_groups`", at)
    if not grouped and "options" not in element:
        if "options" not in REQUIRED.get(kind, ()):
            found.say("missing required field: options", at)
        return
    offered = []
    if grouped:
        for group, where in found.array(element["option_groups"], f"{at}/option_groups", 100):
            if found.keys(group, where, {"label", "options"}, {"label", "options"}):
                found.text(group.get("label"), f"{where}/label", 75, plain=True)
                offered += found.array(group.get("options"), f"{where}/options", 100)
    else:
        offered = list(found.array(element["options"], f"{at}/options", OPTIONS.get(kind, 100)))
    for option, where in offered:
        check_option(found, option, where, kind)
    plain = [option for option, _ in offered]
    values = [o["value"] for o in plain if isinstance(o, dict) and isinstance(o.get("value"), str)]
    # Not documented for selects; the choice could not be told apart, so refused here.
    found.unique(values, "value", at)
    if "initial_option" in element and element["initial_option"] not in plain:
        found.say("must be one of the provided options", f"{at}/initial_option")
    if "initial_options" in element:
        for option, where in found.array(element["initial_options"], f"{at}/initial_options", 100):
            if option not in plain:
                found.say("must be one of the provided options", where)


def check_option(found, option, at, kind):
    keys = {"text", "value", "description"} | ({"url"} if kind == "overflow" else set())
    required = {"text"} if kind == "overflow" else {"text", "value"}
    if not found.keys(option, at, keys, required):
        return
    plain = kind not in MRKDWN_OPTIONS
    # 75: seen in 2024 in an answer of views.open (rtCamp/frappe-slack-connector#54).
    found.text(option.get("text"), f"{at}/text", 75, plain)
    if "value" in option:
        found.string(option["value"], f"{at}/value", 150, least=1)
    if option.get("description") is not None:
        found.text(option["description"], f"{at}/description", 75, plain)
