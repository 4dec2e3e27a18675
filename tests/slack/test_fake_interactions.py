"""Commands, presses, forms and the Home tab of the fake Slack, towards a real Bolt app."""

import json
from datetime import date

import aiohttp
import pytest

from tests.slack.fake import Refused
from tests.slack.fake.person import TROUBLE
from tests.slack.fake_client import (
    TEN,
    actions,
    bolt,
    button,
    choices,
    error_of,
    field,
    line,
    modal,
    plain,
    run,
    section,
)


@pytest.mark.parametrize("socket", [False, True])
def test_a_command_a_form_and_a_press(socket):
    async def story(slack, client):
        async with bolt(slack, socket) as app:

            @app.command("/als")
            async def als(ack, body, client):
                await client.views_open(
                    trigger_id=body["trigger_id"],
                    view=modal(
                        field("Title", line(max_length=20)),
                        field("Who", {"type": "multi_users_select", "action_id": "who"}),
                        field("Until", {"type": "datepicker", "action_id": "until"}),
                        field(
                            "Pace",
                            {"type": "radio_buttons", "action_id": "p", "options": TEN[:2]},
                            optional=True,
                        ),
                        field(
                            "Agreed",
                            {"type": "checkboxes", "action_id": "c", "options": choices("Yes")},
                            optional=True,
                        ),
                        callback_id="present",
                        private_metadata=body["channel_id"],
                    ),
                )
                await ack()

            @app.view("present")
            async def present(ack, view, client):
                values = view["state"]["values"]
                title = values["Title"]["words"]["value"]
                if title == "bad":
                    await ack(response_action="errors", errors={"Title": "Say more."})
                    return
                people = " ".join(f"<@{u}>" for u in values["Who"]["who"]["selected_users"])
                text = f"{title} with {people} until {values['Until']['until']['selected_date']}"
                await client.chat_postMessage(
                    channel=view["private_metadata"],
                    text="news",
                    blocks=[section(text), actions(button("Join", value="v1"))],
                )
                await ack()

            @app.action("join")
            async def join(ack, body, client, respond, action):
                assert action["value"] == "v1"
                message = body["message"]
                await client.chat_update(
                    channel=body["channel"]["id"],
                    ts=message["ts"],
                    text="joined",
                    blocks=[section(f"{body['user']['name']} joined")],
                )
                await respond("Thanks.", response_type="ephemeral", replace_original=False)
                await ack()

            @app.event("message")
            async def message():
                pass

            ana, ben = slack.person("ana"), slack.person("ben")
            room = slack.channel("set-1", ana, ben)
            root = await ana.types(room, "root")
            with pytest.raises(Refused, match="not supported in threads"):
                await ana.command(room, "/als present", thread=root)
            with pytest.raises(Refused, match="not a valid command"):
                await ana.command(room, "/also present")
            await ana.command(room, "/als present")
            assert ana.view.data["callback_id"] == "present"
            with pytest.raises(Refused, match="no button"):
                await ana.presses("Join")  # a form covers the rest
            with pytest.raises(Refused, match="required field: Who"):
                await ana.submits(title="Hiring", until=date(2026, 3, 6))
            with pytest.raises(Refused, match="20 allowed"):
                ana.fills(title="x" * 21)
            with pytest.raises(Refused, match="offered 0 times"):
                ana.fills(pace="Never")
            await ana.submits(title="bad", who=[ben], pace="o1", agreed=True)
            assert ana.errors == {"Title": "Say more."}
            await ana.submits(title="Hiring")
            assert ana.view is None
            assert "Hiring with @ben until 2026-03-06" in ben.sees()
            stale = ben.finds("Join", on="Hiring")
            await ben.presses("Join", on="Hiring")
            assert ben.sees() == ["root", "ben joined", "Thanks."]
            assert "Thanks." not in ana.sees()
            await ana.presses(stale)
            assert slack.troubles == []

    run(story)


def test_triggers_are_for_once_and_three_seconds():
    async def story(slack, client):
        triggers = []
        async with bolt(slack) as app:

            @app.command("/als")
            async def als(ack, body):
                triggers.append(body["trigger_id"])
                await ack("Noted.")

            ana = slack.person("ana")
            room = slack.channel("set-1", ana)
            await ana.command(room, "/als help")
            assert ana.sees() == ["Noted."]
            await client.views_open(trigger_id=triggers[0], view=modal())
            again = client.views_open(trigger_id=triggers[0], view=modal())
            assert await error_of(again) == "exchanged_trigger_id"
            await ana.closes()
            await ana.command(room, "/als help")
            slack.clock.wind(seconds=4)
            late = client.views_open(trigger_id=triggers[1], view=modal())
            assert await error_of(late) == "expired_trigger_id"
            bad = client.views_open(trigger_id="x", view=modal(title=plain("x" * 25)))
            assert await error_of(bad) == "invalid_arguments"

    run(story)


def test_a_command_without_an_answer_says_so():
    async def story(slack, client):
        async with bolt(slack):
            ana = slack.person("ana")
            await ana.command(slack.channel("set-1", ana), "/als help")
            assert "/als failed with the error “dispatch_failed”" in ana.sees()
            assert slack.troubles == [("/als", "http_error", 404)]

    run(story)


def test_forms_are_pushed_updated_cleared_and_closed():
    async def story(slack, client):
        async with bolt(slack) as app:
            closed = []

            @app.shortcut("keep")
            async def keep(ack, body, client):
                view = modal(
                    actions(button("More")), title=plain(body["message"]["text"]), callback_id="v"
                )
                await client.views_open(trigger_id=body["trigger_id"], view=view)
                await ack()

            @app.action("more")
            async def more(ack, body, client):
                view = modal(field("Why", line()), callback_id="w", notify_on_close=True)
                await client.views_push(trigger_id=body["trigger_id"], view=view)
                await ack()

            @app.view("w")
            async def submitted(ack, view):
                if view["state"]["values"]["Why"]["words"]["value"] == "all":
                    await ack(response_action="clear")
                else:
                    done = modal(section("Done"), title=plain("Done"), callback_id="w")
                    await ack(response_action="update", view=done)

            @app.view_closed("w")
            async def gone(ack, view):
                closed.append(view["id"])
                await ack()

            @app.event("message")
            async def message():
                pass

            slack.shortcuts = {"Keep for later": "keep"}
            ana = slack.person("ana")
            note = await ana.types(slack.channel("set-1", ana), "a thought")
            await ana.shortcut("Keep for later", note)
            assert "a thought" in ana.sees()
            await ana.presses("More")
            await ana.closes()
            assert len(closed) == 1
            await ana.presses("More")
            await ana.submits(why="some")
            assert ana.view.data["title"]["text"] == "Done"
            await ana.submits()
            assert ana.errors == {"": TROUBLE}  # this app looks for a field that is gone
            assert slack.troubles == [("view_submission", "http_error", 500)]
            await ana.closes()
            await ana.presses("More")
            await ana.submits(why="all")
            assert ana.view is None

    run(story)


def test_menus_and_pickers_tell_the_app_at_once():
    async def story(slack, client):
        async with bolt(slack) as app:
            told = []

            async def take(ack, body, action):
                told.append((action, body["state"]["values"]))
                await ack()

            for name in ("more", "who", "day", "yes"):
                app.action(name)(take)
            ana, ben = slack.person("ana"), slack.person("ben")
            room = slack.channel("set-1", ana)
            menu = {"type": "overflow", "action_id": "more", "options": choices("Edit", "Leave")}
            who = {"type": "users_select", "action_id": "who", "placeholder": plain("Next")}
            day = {"type": "datepicker", "action_id": "day", "placeholder": plain("Until")}
            sure = {key: plain(key) for key in ("title", "text", "confirm", "deny")}
            blocks = [
                section("A < B & C", accessory=menu),
                actions(who, day, button("Yes", confirm=sure), button("No & no", action_id="n")),
                actions(button("Twice"), button("Twice", action_id="t2")) | {"block_id": "b2"},
            ]
            await client.chat_postMessage(channel=room.id, text="x", blocks=blocks)
            await ana.presses("Leave")
            await ana.chooses("Next", ben)
            await ana.chooses("until", date(2026, 3, 6))
            assert await ana.presses("Yes", confirms=False) is None
            await ana.presses("Yes")
            leave, chose, until, yes = (action for action, _ in told)
            assert leave["selected_option"]["value"] == "leave"
            assert chose["selected_user"] == ben.id
            assert until["selected_date"] == "2026-03-06"
            assert told[-1][1]["buttons"]["who"]["selected_user"] == ben.id
            assert yes["action_id"] == "yes"
            # Payloads show the control characters escaped, screens do not (bolt-python#513).
            kept = ana.finds("No & no")
            assert kept.element["text"]["text"] == "No &amp; no"
            with pytest.raises(Refused, match="2 buttons"):
                await ana.presses("Twice")
            assert ana.finds("Twice", nth=1).element["action_id"] == "t2"
            assert slack.troubles == []

    run(story)


def test_words_in_a_dm_and_an_app_that_is_gone():
    async def story(slack, client):
        ana = slack.person("ana")
        room = slack.channel("set-1", ana)
        await ana.types(ana.dm, f"<@{slack.team.bot_user}> hello")
        (told,) = slack.deliveries  # no app_mention in a direct conversation
        assert told.event["channel_type"] == "im"
        blocks = [actions(button("Go"))]
        await client.chat_postMessage(channel=ana.dm.id, text="x", blocks=blocks)
        await slack.uninstalls()
        for act in (ana.presses("Go"), ana.command(room, "/als help")):
            with pytest.raises(Refused, match="not installed"):
                await act
        count = len(slack.deliveries)
        await ana.types(room, "alone")
        assert len(slack.deliveries) == count

    run(story)


def test_alerts_for_a_whole_channel_are_noticed():
    async def story(slack, client):
        room = slack.channel("set-1", slack.person("ana"))
        await client.chat_postMessage(channel=room.id, text="x", blocks=[section("&lt;!here&gt;")])
        assert slack.pings == []
        loud = {"type": "section", "text": plain("<!here>")}
        await client.chat_postMessage(channel=room.id, text="x", blocks=[loud])
        assert slack.pings == []  # plain_text alerts nobody
        await client.chat_postMessage(channel=room.id, text="x", blocks=[section("<!here>")])
        assert len(slack.pings) == 1

    run(story)


def test_external_ids_are_for_one_open_view():
    async def story(slack, client):
        triggers = []
        async with bolt(slack) as app:

            @app.command("/als")
            async def als(ack, body):
                triggers.append(body["trigger_id"])
                await ack()

            ana, ben = slack.person("ana"), slack.person("ben")
            room = slack.channel("set-1", ana, ben)
            for person in (ana, ben, ben):
                await person.command(room, "/als x")
            view = modal(external_id="same")
            first = await client.views_open(trigger_id=triggers[0], view=view)
            second = client.views_open(trigger_id=triggers[1], view=view)
            assert await error_of(second) == "duplicate_external_id"
            changed = modal(section("Newer"), external_id="same")
            await client.views_update(external_id="same", view=changed)
            conflict = client.views_update(external_id="same", view=view, hash="old")
            assert await error_of(conflict) == "hash_conflict"
            assert "Newer" in ana.sees()
            await ana.closes()
            gone = client.views_update(view_id=first["view"]["id"], view=view)
            assert await error_of(gone) == "not_found"
            await client.views_open(trigger_id=triggers[2], view=view)

    run(story)


def test_home_is_published_and_guarded_by_its_hash():
    async def story(slack, client):
        async with bolt(slack) as app:

            @app.event("app_home_opened")
            async def opened(event, client):
                view = {"type": "home", "blocks": [section("Your sets"), actions(button("New"))]}
                await client.views_publish(user_id=event["user"], view=view)

            @app.action("new")
            async def new(ack, body):
                assert body["container"]["type"] == "view"
                await ack()

            ana = slack.person("ana")
            await ana.opens_home()
            assert "Your sets" in ana.sees()
            await ana.presses("New")
            view = {"type": "home", "blocks": [section("Newer")]}
            old = ana.home.hash
            await client.views_publish(user_id=ana.id, view=view, hash=old)
            conflict = client.views_publish(user_id=ana.id, view=view, hash=old)
            assert await error_of(conflict) == "hash_conflict"
            assert "Newer" in ana.sees()
            assert slack.troubles == []

    run(story)


def test_response_urls_replace_delete_and_run_out():
    async def story(slack, client):
        async with bolt(slack) as app, aiohttp.ClientSession() as http:
            urls = []

            @app.action("go")
            async def go(ack, body):
                assert "message" not in body
                urls.append(body["response_url"])
                await ack()

            ana = slack.person("ana")
            room = slack.channel("set-1", ana)
            blocks = [section("Only you"), actions(button("Go"))]
            await client.chat_postEphemeral(channel=room.id, user=ana.id, text="x", blocks=blocks)
            await ana.presses("Go")

            async def respond(**body):
                async with http.post(urls[0], data=json.dumps(body)) as answer:
                    return answer.status, await answer.text()

            assert await respond(replace_original=True, text="Newer") == (200, "ok")
            assert ana.sees() == ["Newer"]
            assert await respond(delete_original=True) == (200, "ok")
            assert ana.sees() == []
            for _ in range(3):
                assert await respond(text="more") == (200, "ok")
            assert await respond(text="x") == (404, "used_url")
            slack.clock.wind(minutes=31)
            assert await respond(text="x") == (404, "expired_url")

    run(story)


def test_people_of_other_organisations_press_but_command_nothing():
    async def story(slack, client):
        async with bolt(slack) as app:

            @app.action("go")
            async def go(ack, body):
                assert body["team"]["id"] == slack.team.id
                assert body["user"]["team_id"] != slack.team.id
                await ack()

            other = slack.add_team("other")
            ana, guest = slack.person("ana"), slack.person("guest", team=other)
            room = slack.channel("set-1", ana, guest, shared_with=[other])
            user = (await client.users_info(user=guest.id))["user"]
            assert user["is_stranger"]
            assert "tz" not in user
            assert (
                await error_of(client.users_info(user=slack.person("far", team=other).id))
                == "user_not_visible"
            )
            await client.chat_postMessage(channel=room.id, text="x", blocks=[actions(button("Go"))])
            await guest.presses("Go")
            with pytest.raises(Refused):
                await guest.command(room, "/als help")
            assert slack.deliveries[-1].body["is_ext_shared_channel"]
            assert slack.troubles == []

    run(story)
