"""The playground answers its own page on this machine, and nobody else."""

import asyncio

import pytest
from aiohttp.test_utils import TestClient, TestServer

from adapters.web.app import make_app, start_path
from adapters.web.guard import cookie_name, is_this_machine
from tests.web import fakes

ROUTES = {
    ("GET", "/"),
    ("GET", "/view"),
    ("GET", "/news"),
    ("GET", "/static/{name}"),
    *(
        ("POST", f"/act/{name}")
        for name in (
            *("choose", "begin", "say", "editing", "edit", "delete", "press", "send", "close"),
            *("away", "fold", "wind", "play", "stop"),
        )
    ),
}


def with_client(test):
    """Run a test of one server: test(ground, client, own, origin)."""

    async def run():
        ground = fakes.playground()
        async with TestClient(TestServer(make_app(ground), host="127.0.0.1")) as client:
            own = {"Cookie": f"{cookie_name(ground.token)}={ground.token}"}
            origin = {"Origin": f"http://127.0.0.1:{client.port}"}
            await test(ground, client, own, origin)

    asyncio.run(run())


def test_these_are_all_the_routes():
    app = make_app(fakes.playground())
    assert {(r.method, r.resource.canonical) for r in app.router.routes()} == ROUTES


@pytest.mark.parametrize(
    ("host", "fine"),
    [
        ("127.0.0.1:8917", True),
        ("localhost", True),
        ("[::1]:80", True),
        ("als.example", False),
        ("127.0.0.1.als.example", False),
        ("localhost:80.example", False),
        ("", False),
    ],
)
def test_only_names_of_this_machine_are_answered(host, fine):
    assert is_this_machine(host) is fine


def test_another_host_is_refused_even_with_the_key():
    async def test(ground, client, own, origin):
        answer = await client.get("/", headers={**own, "Host": "als.example"})
        assert answer.status == 421

    with_client(test)


def test_without_the_key_nothing_is_answered():
    async def test(ground, client, own, origin):
        for method, path in ROUTES:
            headers = origin if method == "POST" else {}
            answer = await client.request(method, path, headers=headers)
            assert answer.status == 403, path
        assert (await client.get("/?token=wrong", allow_redirects=False)).status == 403

    with_client(test)


def test_the_key_is_exchanged_for_a_cookie_that_no_script_and_no_other_site_has():
    async def test(ground, client, own, origin):
        answer = await client.get(start_path(ground), allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert (await client.get("/", headers=own)).status == 200

    with_client(test)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://als.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "ours", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_post_from_elsewhere_changes_nothing(headers):
    async def test(ground, client, own, origin):
        given = {k: origin["Origin"] if v == "ours" else v for k, v in headers.items()}
        data = {"as": "ana", "text": "hello"}
        answer = await client.post("/act/say", data=data, headers={**own, **given})
        assert answer.status == 403
        assert len(ground.chat) == 0

    with_client(test)


def test_every_answer_is_hardened_and_not_stored():
    async def test(ground, client, own, origin):
        asked = [
            client.get("/", headers=own),
            client.get("/view", headers=own),
            client.get("/static/page.js", headers=own),
            client.get("/static/../app.py", headers=own),
            client.get("/nowhere", headers=own),
            client.get("/"),
            client.get(start_path(ground), allow_redirects=False),
            client.post("/act/wind", data={"by": "day"}, headers={**own, **origin}),
        ]
        for question in asked:
            answer = await question
            assert answer.headers["Cache-Control"] == "no-store"
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    with_client(test)


def test_the_page_has_no_script_or_style_of_its_own_and_asks_nobody_else():
    async def test(ground, client, own, origin):
        await fakes.furnish(ground)
        page = await (await client.get("/", headers=own)).text()
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick" not in page
        assert page.count("<script") == page.count("<script src=") == 2
        assert "http://" not in page
        assert "https://" not in page

    with_client(test)


def test_nonsense_is_answered_and_changes_nothing():
    async def test(ground, client, own, origin):
        root = await fakes.furnish(ground)
        before = len(ground.chat), len(ground.host.told)
        for path, data in (
            ("say", {"text": "   "}),
            ("press", {"message": "m99", "press": "ask"}),
            ("edit", {"message": root, "text": "x"}),
            ("delete", {"message": root}),
            ("send", {"nonce": "no"}),
            ("away", {"message": root}),
            ("wind", {"by": "year"}),
            ("fold", {}),
            ("editing", {"message": "\x00"}),
        ):
            headers = {**own, **origin}
            answer = await client.post(f"/act/{path}", data={"as": "ben", **data}, headers=headers)
            assert answer.status == 200, path
        assert (len(ground.chat), len(ground.host.told)) == before

    with_client(test)


def test_nobody_presses_what_they_do_not_see():
    async def test(ground, client, own, origin):
        await fakes.furnish(ground)
        private = next(m for m in ground.chat.visible("ana") if m.only)
        data = {"as": "tunde", "message": private.id, "press": "ask", "nonce": "1"}
        before = len(ground.host.told)
        await client.post("/act/press", data=data, headers={**own, **origin})
        assert len(ground.host.told) == before

    with_client(test)


@pytest.mark.parametrize("text", ["<script>x</script>", "x" * 40_000, "\u202e\x00abc", "@channel"])
def test_anything_may_be_typed_and_stands_there_as_text(text):
    async def test(ground, client, own, origin):
        data = {"as": "ana", "text": text}
        answer = await client.post("/act/say", data=data, headers={**own, **origin})
        page = await answer.text()
        assert answer.status == 200
        assert "<script>x" not in page
        assert "\u202e" not in page
        assert len(ground.chat) == 1

    with_client(test)


def test_pages_that_wait_are_told_and_let_go():
    async def test(ground, client, own, origin):
        answer = await client.get("/news", headers=own)
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert (await answer.content.readline()).startswith(b"data: ")
        await answer.content.readline()
        ground.touch()
        assert await answer.content.readline() == f"data: {ground.version}\n".encode()
        ground.close()
        await answer.content.read()

    with_client(test)
