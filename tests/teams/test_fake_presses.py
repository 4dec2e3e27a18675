"""Buttons, dialogs and message actions of the fake Teams."""

import pytest

from tests.teams.fake import Refused
from tests.teams.fake.person import FAILED, UNREACHABLE
from tests.teams.fake_client import (
    CARD,
    app_of,
    block,
    card,
    client_of,
    execute,
    field,
    opens,
    run,
    says,
    submit,
)


def face(content):
    return {"statusCode": 200, "type": CARD, "value": content}


def toast(text):
    kind = "application/vnd.microsoft.activity.message"
    return {"statusCode": 200, "type": kind, "value": text}


def test_a_press_replaces_the_card_for_who_pressed():
    async def story(teams):
        async with app_of(teams) as app:
            ana, ben = teams.person("Ana"), teams.person("Ben")
            chat, calls = teams.chat("Pair", ana, ben), client_of(teams).conversations
            shown = card(
                block("Who is in?"),
                field("Why", "why"),
                actions=[execute("Join", data={"n": 1})],
            )
            made = await calls.send_to_conversation(chat.id, says(None, shown))
            app.answers["adaptiveCard/action"] = face(card(block("You are in.")))
            kept = ana.finds("Join")
            ana.fills({"Why": "to learn"})
            await ana.presses("Join", on="Who is in?")
            [heard] = app.heard
            assert heard["value"] == {
                "action": {
                    "type": "Action.Execute",
                    "title": "Join",
                    "verb": "join",
                    "data": {"n": 1, "why": "to learn"},
                },
                "trigger": "manual",
            }
            assert heard["replyToId"] == made.id
            assert "You are in." in ana.sees()
            assert "Who is in?" in ben.sees()
            app.answers["adaptiveCard/action"] = toast("This was closed.")
            await ana.presses(kept)
            assert ana.toasts == ["This was closed."]
            # A change by the app is everyone's.
            await calls.update_activity(chat.id, made.id, says(None, card(block("Two are in."))))
            assert list(ana.sees()) == list(ben.sees()) == ["Two are in."]

    run(story)


def test_who_is_named_for_a_refresh_gets_a_face_by_looking():
    async def story(teams):
        async with app_of(teams) as app:
            ana, ben = teams.person("Ana"), teams.person("Ben")
            chat, calls = teams.chat("Pair", ana, ben), client_of(teams).conversations
            refresh = {"action": execute("Refresh"), "userIds": [ana.id]}
            await calls.send_to_conversation(
                chat.id, says(None, card(block("For all"), refresh=refresh))
            )
            app.answers["adaptiveCard/action"] = face(card(block("For Ana"), refresh=refresh))
            assert "For Ana" in await ana.looks()
            assert "For all" in await ben.looks()
            assert [a["value"]["trigger"] for a in app.heard] == ["automatic"]
            await ana.looks()
            assert len(app.heard) == 1
            await ana.looks(again=True)
            assert len(app.heard) == 2

    run(story)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (503, UNREACHABLE),
        (None, FAILED),
        ({"statusCode": 200, "type": CARD, "value": "text"}, FAILED),
        (face(card(block("x")) | {"version": "2.0"}), FAILED),
    ],
)
def test_a_press_that_is_not_answered_as_it_must_be(answer, words):
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            shown = card(block("Well?"), actions=[execute("Go")])
            await calls.send_to_conversation(chat.id, says(None, shown))
            app.answers["adaptiveCard/action"] = answer
            await ana.presses("Go")
            assert ana.toasts == [words]
            assert teams.troubles[0][0] == "adaptiveCard/action"
            assert await teams.retries() == []
            assert len(app.heard) == 1

    run(story)


def test_a_card_stays_when_the_app_goes():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            link = {"type": "Action.OpenUrl", "title": "Read", "url": "https://example.com"}
            shown = card(block("Well?"), actions=[execute("Go"), link])
            await calls.send_to_conversation(chat.id, says(None, shown))
            assert await ana.presses("Read") == "https://example.com"
            await ana.uninstalls(chat)
            with pytest.raises(Refused):
                await ana.presses("Go")
            assert "adaptiveCard/action" not in app.names()

    run(story)


def test_a_card_within_a_card_opens_on_a_press():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            inner = {"type": "AdaptiveCard", "body": [field("Why", "why")]}
            inner["actions"] = [execute("Tell")]
            more = {"type": "Action.ShowCard", "title": "More", "card": inner}
            await calls.send_to_conversation(chat.id, says(None, card(block("a"), actions=[more])))
            assert ana.buttons() == ["More"]
            await ana.presses("More")
            assert ana.buttons() == ["More", "Tell"]
            ana.fills({"Why": "to learn"})
            app.answers["adaptiveCard/action"] = toast("Thanks.")
            await ana.presses("Tell")
            assert app.heard[-1]["value"]["action"]["data"] == {"why": "to learn"}

    run(story)


def test_a_button_of_old_comes_as_a_message_with_its_value():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            shown = card(block("Well?"), actions=[submit("Go", key="k")])
            made = await calls.send_to_conversation(chat.id, says(None, shown))
            await ana.presses("Go")
            [heard] = app.heard
            assert (heard["type"], heard["value"], heard["replyToId"]) == (
                "message",
                {"key": "k"},
                made.id,
            )
            assert "text" not in heard

    run(story)


def dialog(title, content):
    value = {"title": title, "card": {"contentType": CARD, "content": content}}
    return {"task": {"type": "continue", "value": value}}


FORM = card(
    field("Your question", "question", isRequired=True, errorMessage="Say something", maxLength=40),
    {
        "type": "Input.ChoiceSet",
        "id": "kind",
        "label": "Kind",
        "choices": [{"title": "Open", "value": "o"}, {"title": "Closed", "value": "c"}],
    },
    {"type": "Input.Toggle", "id": "quiet", "title": "Without my name"},
    actions=[submit("Send", form="ask")],
)


def test_a_dialog_opens_is_filled_in_goes_on_and_closes():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            await calls.send_to_conversation(
                chat.id, says(None, card(block("Well?"), actions=[opens("Ask", n=1)]))
            )
            app.answers["task/fetch"] = dialog("Ask", FORM)
            await ana.presses("Ask")
            assert app.heard[-1]["value"]["data"] == {"n": 1, "type": "task/fetch"}
            assert ana.dialog.title == "Ask"
            assert ana.buttons() == ["Send"]  # the dialog covers the chat
            await ana.submits({"Kind": "Open"})
            assert ana.errors == {"Your question": "Say something"}
            assert app.names() == ["task/fetch"]
            with pytest.raises(Refused):
                ana.fills({"Your question": "x" * 41})
            app.answers["task/submit"] = dialog("Again", FORM)
            await ana.submits({"Your question": "Why?", "Without my name": True})
            assert app.heard[-1]["value"]["data"] == {
                "form": "ask",
                "question": "Why?",
                "kind": "o",
                "quiet": "true",
            }
            assert ana.dialog.title == "Again"
            said = {"task": {"type": "message", "value": "Kept."}}
            app.answers["task/submit"] = said
            await ana.submits({"Your question": "Why not?"})
            assert (ana.dialog, ana.toasts) == (None, ["Kept."])
            app.answers["task/submit"] = None
            await ana.presses("Ask")
            await ana.submits({"Your question": "Why not?"})
            assert ana.dialog is None
            assert teams.troubles == []

    run(story)


def test_a_dialog_that_cannot_be_shown():
    async def story(teams):
        async with app_of(teams) as app:
            ana = teams.person("Ana")
            chat, calls = teams.chat("Pair", ana), client_of(teams).conversations
            shown = card(block("Well?"), actions=[opens("Ask")])
            await calls.send_to_conversation(chat.id, says(None, shown))
            wrong = card(block("x"), actions=[execute("Go")])
            for answer in (None, {"task": {"type": "continue"}}, dialog("Ask", wrong), 500):
                app.answers["task/fetch"] = answer
                await ana.presses("Ask")
                assert ana.dialog is None
            assert len(teams.troubles) == 4

    run(story)


def test_a_message_action_opens_a_dialog_about_the_message():
    async def story(teams):
        async with app_of(teams) as app:
            teams.commands["Keep for later"] = "keep"
            ana, ben = teams.person("Ana"), teams.person("Ben")
            channel = teams.channel("Learning", ana, ben)
            root = await ben.types(channel, "what would <you> see?")
            app.answers["composeExtension/fetchTask"] = dialog("Keep", FORM)
            await ana.message_action("Keep for later", root)
            value = app.heard[-1]["value"]
            assert (value["commandId"], value["commandContext"]) == ("keep", "message")
            assert value["messagePayload"]["id"] == root.id
            assert value["messagePayload"]["from"]["user"]["id"] == ben.user.aad
            assert "&lt;you&gt;" in value["messagePayload"]["body"]["content"]
            await ana.submits({"Your question": "Why?"})
            last = app.heard[-1]
            assert last["name"] == "composeExtension/submitAction"
            assert last["value"]["data"]["question"] == "Why?"
            assert last["value"]["messagePayload"]["id"] == root.id
            assert ana.dialog is None

    run(story)


def test_what_the_client_does_not_let_people_do():
    async def story(teams):
        ana, ben = teams.person("Ana"), teams.person("Ben")
        channel, chat = teams.channel("Learning", ana), teams.chat("Pair", ana)
        said = await ana.types(chat, "mine")
        for refused in (
            ben.types(channel, "hello"),
            ben.edits(said, "yours"),
            ana.types(chat, "x", thread=said),
            ana.presses("Nothing"),
            ana.submits({}),
            ana.message_action("Unknown", said),
            ben.types(ben.personal, "the app is not here"),
        ):
            with pytest.raises(Refused):
                await refused

    run(story)
