"""What is not from Slack, is malformed, or comes from somebody whom it does not concern.

Forged and broken requests end with 400 or 401. What is signed but hostile is refused in the core,
kindly, and changes nothing. On no path do anybody's words stand in a log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.slack.hostile_scene import (
    CANARY,
    FORM,
    JSON,
    Scene,
    play,
    signed,
)


@pytest.fixture(autouse=True)
def nothing_said(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """At the end no record of any logger, at any level, may hold the word."""
    caplog.set_level(logging.DEBUG)
    yield
    for record in caplog.records:
        if record.name.startswith("asyncio"):
            continue
        assert CANARY not in record.getMessage(), (record.name, record.getMessage())
        assert CANARY not in str(record.exc_text or ""), record.name


# Not from Slack


GOOD = json.dumps({"type": "url_verification", "challenge": "c", "words": CANARY}).encode()


def test_who_cannot_sign_is_turned_away() -> None:
    async def story(scene: Scene) -> None:
        slack, now = scene.slack, int(scene.slack.deliver.signed_at())
        right = {"Content-Type": JSON, **signed(slack, GOOD)}
        assert await scene.raw(GOOD, right) == 200
        wrong: list[dict[str, str]] = [
            {},
            {"X-Slack-Signature": right["X-Slack-Signature"]},
            {"X-Slack-Request-Timestamp": str(now)},
            signed(slack, GOOD, secret="somebody else's"),
            signed(slack, GOOD + b" "),
            signed(slack, GOOD, str(now - 301)),
            signed(slack, GOOD, str(now - 86_400)),
            signed(slack, GOOD, str(now + 301)),
            signed(slack, GOOD, "abc"),
            signed(slack, GOOD, "-1"),
            signed(slack, GOOD, "1e9"),
            signed(slack, GOOD, "9" * 400),
            {**right, "X-Slack-Signature": "v0=ä→"},
            {**right, "X-Slack-Signature": ""},
            {**right, "X-Slack-Signature": "v0="},
            {**right, "X-Slack-Request-Timestamp": "١٢٣"},
        ]
        for headers in wrong:
            assert await scene.raw(GOOD, {"Content-Type": JSON, **headers}) == 401, headers

    play(story, begun=False)


def test_a_request_that_was_heard_along_is_worth_nothing_after_five_minutes() -> None:
    async def story(scene: Scene) -> None:
        headers = {"Content-Type": JSON, **signed(scene.slack, GOOD)}
        assert await scene.raw(GOOD, headers) == 200
        await scene.house.wind(minutes=6)
        assert await scene.raw(GOOD, headers) == 401

    play(story, begun=False)


@pytest.mark.parametrize("kind", [JSON, FORM, "text/plain", "multipart/form-data", "", "a/b; c=é"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"12",
        b"NaN",
        b"[" * 50_000,
        b"\x00\x01\x02\xff\xfe",
        b"\xc3\x28" * 100,
        b"payload=",
        b"payload=%7B",
        b"payload=[]",
        b"payload=%00",
        b"payload={}&payload={}",
        b"&" * 500,
        b"a=1&" * 500,
        b"=",
        b'{"type": [], "event": 3}',
        b'{"type": "event_callback", "event": null}',
        b'{"type": "event_callback", "event": []}',
        b'{"type": "event_callback", "event": {"type": 7}}',
        b'{"type": "event_callback", "event": {}, "authorizations": 5}',
        b'{"type": "event_callback", "event": {}, "authorizations": [5]}',
        b"payload=" + b'{"type":"block_actions","actions":7}',
        b"payload=" + b'{"type":"block_actions","actions":[]}',
        b"payload=" + b'{"type":"block_actions","actions":[7]}',
        b"payload=" + b'{"type":"block_actions","user":"U","actions":[{"action_id":"als.x"}]}',
        b"payload=" + b'{"type":"view_submission","view":[]}',
        b"payload=" + b'{"type":"view_submission","view":{"callback_id":"als.ask"}}',
        b"payload=" + b'{"type":"message_action","callback_id":"als_keep","message":3}',
        b"payload=" + b'{"type":"shortcut","callback_id":"als_keep"}',
        b"payload=" + b'{"type":"dialog_submission","callback_id":"x","submission":{"a":1}}',
        b"payload=" + b'{"type":"interactive_message","callback_id":"x","actions":[{"name":"a"}]}',
        b"command=/als",
        b"command=/als&text=x&user_id=&team_id=",
    ],
)
def test_what_is_signed_but_makes_no_sense_is_never_our_fault(kind: str, body: bytes) -> None:
    async def story(scene: Scene) -> None:
        words = body.replace(b"text", CANARY.encode())
        status = await scene.send(words, kind)
        assert status < 500, status

    play(story, begun=False)


def test_a_body_of_two_megabytes_is_not_read() -> None:
    async def story(scene: Scene) -> None:
        large = json.dumps({"type": "event_callback", "text": CANARY + "x" * 2_000_000})
        assert await scene.send(large) in (400, 401, 413)

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b"x" * 50_000

        headers = {"Content-Type": JSON, **signed(scene.slack, GOOD)}
        url = f"{scene.house.address}/slack/events"
        async with aiohttp.ClientSession() as http:
            try:
                async with http.post(url, data=pieces(), headers=headers) as answer:
                    assert answer.status in (400, 401, 413)
            except aiohttp.ClientError:
                pass  # cut off while it was still sending

    play(story, begun=False)


def test_a_body_that_comes_in_pieces_is_read_to_its_end() -> None:
    async def story(scene: Scene) -> None:
        head = {"Content-Type": JSON, "Content-Length": str(len(GOOD)), **signed(scene.slack, GOOD)}
        lines = ["POST /slack/events HTTP/1.1", "Host: als", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in head.items()]
        where = urlsplit(scene.house.address)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        for start in range(0, len(GOOD), 20):
            writer.write(GOOD[start : start + 20])
            await writer.drain()
            await asyncio.sleep(0.01)
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200")
        writer.close()

    play(story, begun=False)


# Signed, and not what we drew


def test_an_event_or_action_that_nobody_knows_is_acknowledged() -> None:
    async def story(scene: Scene) -> None:
        before = scene.session
        assert await scene.tells({"type": "star_added", "user": scene.bo.id, "text": CANARY}) == 200
        assert await scene.tells({"type": f"{CANARY}_event"}) == 200
        for changed in (
            {"action_id": f"other.{CANARY}"},
            {"action_id": f"als.{CANARY}", "value": "{}"},
            {"action_id": "als.pass", "value": CANARY},
            {"value": CANARY},
            {"value": ""},
            {"value": json.dumps({"p": "pass", "r": [CANARY], "e": {}})},
            {"value": json.dumps({"p": CANARY, "r": "x", "e": 1})},
            {"value": json.dumps([CANARY])},
            {"value": "x" * 2000},
            {"value": None},
        ):
            status = await scene.interacts(scene.press(scene.bo, "Pass", **changed))
            assert status in (200, 400), (changed, status)
        for action in ("als_other", CANARY, "", None):
            body = scene.bo.body("message_action", scene.slack.team)
            message = {"ts": scene.root.ts, "text": CANARY}
            body |= {"callback_id": action, "action_ts": "1.2", "message": message}
            body |= {"channel": {"id": scene.channel.id, "name": "x"}}
            assert await scene.interacts(body) in (200, 400, 404)
        assert scene.session == before

    play(story)


def test_a_form_that_was_tampered_with_changes_nothing() -> None:
    async def story(scene: Scene) -> None:
        bo = scene.bo
        await scene.house.after(bo.presses("Ask a question"))
        bo.fills({"f.text": f"What would {CANARY} say?"})
        good = bo.view.data["private_metadata"]
        kept = json.loads(good) if good.startswith("{") else None
        before = scene.session
        tampered = ["", "{", "[]", "null", CANARY, "x" * 3000, good[:-3], good + good]
        for key in "frenct" if kept else "":
            for value in (CANARY, "answer", "close", "i1", "🙂" * 900, 7, None, {"a": 1}, [CANARY]):
                tampered.append(json.dumps({**kept, key: value}))  # type: ignore[dict-item]
        for text in tampered:
            body = bo.body("view_submission", scene.slack.team, bo.view.id)
            body |= {"view": {**bo.payload(bo.view), "private_metadata": text}}
            assert await scene.interacts(body) in (200, 400), text
        for values in ({}, [], {"f.text": {}}, {"f.text": {"text": CANARY}}, {"x": {"text": {}}}):
            view = {**bo.payload(bo.view), "state": {"values": values}}
            body = {**bo.body("view_submission", scene.slack.team, bo.view.id), "view": view}
            assert await scene.interacts(body) in (200, 400), values
        await scene.house.settle()
        changed = scene.session
        # With another nonce or entry it is one more question of a member, within the quota.
        assert len(changed.open) <= 3
        assert len({q.by for q in changed.open}) <= 1
        assert changed.people == before.people
        assert changed.stage == before.stage

    play(story)


def test_who_is_not_a_member_changes_nothing_by_pressing_or_sending() -> None:
    async def story(scene: Scene) -> None:
        before = scene.session
        for label in ("Ask a question", "👀 Thinking", "Pass", "Close the questions"):
            button = scene.press(scene.bo, label)
            eves = {"user": {"id": scene.eve.id, "team_id": scene.slack.team.id}}
            assert await scene.interacts({**button, **eves}) == 200, label
        await scene.house.after(scene.bo.presses("Ask a question"))
        scene.bo.fills({"f.text": f"What would {CANARY} say?"})
        body = scene.bo.body("view_submission", scene.slack.team, scene.bo.view.id)
        body |= {"view": scene.bo.payload(scene.bo.view), "user": {"id": scene.eve.id}}
        assert await scene.interacts(body) == 200
        await scene.house.settle()
        assert scene.session == before
        assert CANARY not in "".join(scene.eve.sees())

    play(story)


def test_the_ids_of_another_workspace_are_not_there() -> None:
    async def story(scene: Scene) -> None:
        other = scene.slack.add_team("other", installed=True)
        zoe = scene.slack.person("Zoe", team=other)
        session = scene.session
        press = scene.press(scene.bo, "Pass")
        press |= {
            "user": {"id": zoe.id, "team_id": other.id},
            "team": {"id": other.id, "domain": "other"},
        }
        assert await scene.interacts(press) == 200
        assert scene.session == session
        message = {"type": "message", "channel": scene.channel.id, "user": zoe.id}
        message |= {"text": f"What is {CANARY}?", "ts": "1772442000.5", "channel_type": "group"}
        message |= {"thread_ts": scene.root.ts, "event_ts": "1772442000.5"}
        about = [{"team_id": other.id, "user_id": other.bot_user, "is_bot": True}]
        assert await scene.tells(message, team_id=other.id, authorizations=about) < 500
        assert scene.session == session

    play(story)


def test_a_guest_by_slack_connect_can_press_but_not_take_part_unasked() -> None:
    async def story(scene: Scene) -> None:
        other = scene.slack.add_team("partner")
        zoe = scene.slack.person("Zoe", team=other)
        scene.channel.shared_with.append(other.id)
        scene.channel.members.append(zoe.id)
        before = scene.session
        await scene.house.after(zoe.presses("Pass"))
        await scene.house.after(zoe.presses("Close the questions"))
        assert scene.session == before
        assert scene.slack.troubles == []
        # Who presses Join is not let in, but the host is asked; let in, they take part.
        await scene.house.after(zoe.presses("Ask a question"))
        assert "Zoe" in "\n".join(scene.ana.sees(scene.ana.dm))
        await scene.house.after(scene.ana.presses("Invite them"))
        await scene.house.after(zoe.presses("Ask a question"))
        await scene.house.after(zoe.submits())
        assert len(scene.session.people) == len(before.people) + 1

    play(story)


# The same again, and too late


def test_an_old_button_is_answered_kindly() -> None:
    async def story(scene: Scene) -> None:
        passing = scene.press(scene.bo, "Pass")
        await scene.house.after(scene.ana.presses("Close the questions"))
        before = scene.session
        assert await scene.interacts(passing) == 200
        await scene.house.settle()
        assert scene.session == before
        assert "a moment that has passed" in "\n".join(scene.bo.sees(scene.channel)).lower()

    play(story)


def test_a_double_press_and_a_second_delivery_count_once() -> None:
    async def story(scene: Scene) -> None:
        passing = scene.press(scene.bo, "Pass")
        assert {await scene.interacts(passing) for _ in range(3)} == {200}
        done = scene.session
        assert await scene.interacts(scene.press(scene.bo, "Pass")) == 200
        assert scene.session.passed == done.passed
        message = await scene.cem.types(scene.channel, "What would help you?", thread=scene.root)
        await scene.house.settle()
        open_, shown = scene.session.open, scene.slack.deliver.shown(message)
        event = {**shown, **scene.slack.deliver.where(scene.channel), "event_ts": message.ts}
        for number in range(3):
            assert await scene.tells(event, event_id=f"EvAgain{number}") == 200
        await scene.house.settle()
        assert scene.session.open == open_

    play(story)


def test_what_no_person_wrote_is_not_heard() -> None:
    async def story(scene: Scene) -> None:
        slack, channel, root = scene.slack, scene.channel, scene.root
        before = scene.session
        await slack.webhook(channel, f"{CANARY} would you?")
        await scene.bo.shares_file(channel, "", thread=root)
        await scene.bo.huddles(channel)
        await slack.invites(channel, scene.eve)
        await slack.unfurls(root)
        other = {"type": "message", "channel": channel.id, "channel_type": "group"}
        other |= {"thread_ts": root.ts, "ts": "1772442001.1", "event_ts": "1772442001.1"}
        for more in (
            {"subtype": "bot_message", "bot_id": "B9", "text": f"What is {CANARY}?"},
            {"user": scene.bo.id, "bot_id": "B9", "text": f"What is {CANARY}?"},
            {"user": scene.bo.id, "app_id": "A9", "text": f"What is {CANARY}?"},
            {"user": scene.bo.id, "subtype": "channel_topic", "text": f"What is {CANARY}?"},
            {"user": scene.bo.id, "text": ""},
            {"user": scene.bo.id},
            {"user": 7, "text": 8},
            {"subtype": "message_changed", "message": None},
            {"subtype": "message_deleted", "deleted_ts": None},
            {"user": scene.bo.id, "text": "What?", "ts": "not a time"},
        ):
            assert await scene.tells({**other, **more}) in (200, 400), more
        await scene.house.settle()
        assert scene.session == before

    play(story)


def test_what_is_said_elsewhere_is_neither_kept_nor_looked_at() -> None:
    async def story(scene: Scene) -> None:
        slack = scene.slack
        lobby = slack.channel("lobby", scene.eve, scene.bo)
        calls, counts = scene.count, scene.house.store.maintenance.counts()
        said = await scene.eve.types(lobby, f"My secret is {CANARY}")
        reply = await scene.bo.types(lobby, f"What is {CANARY}?", thread=said)
        await scene.bo.edits(reply, f"Who is {CANARY}?")
        await scene.bo.types(scene.channel, f"beside the thread: {CANARY}")
        await scene.bo.deletes(reply)
        await scene.house.settle()
        assert [c[0] for c in slack.calls[calls:]] == []
        assert scene.house.store.maintenance.counts() == counts

    play(story)


def test_nobodys_words_stand_in_a_log_even_when_all_fails() -> None:
    async def story(scene: Scene) -> None:
        slack, house = scene.slack, scene.house
        slack.faults.calls = {"500": 0.3, "429": 0.2, "refused": 0.2, "lost": 0.2}
        for who in (scene.bo, scene.cem):
            await house.after(
                who.types(scene.channel, f"You should try {CANARY}.", thread=scene.root)
            )
            await house.after(who.mentions(scene.channel, f"ask {CANARY}?", thread=scene.root))
            await house.after(who.command(scene.channel, f"/als log {CANARY}"))
            await house.after(who.command(scene.channel, f"/als present {CANARY}"))
        await house.wind(hours=2)

    play(story)
