"""The playground's web application: what each address does. Only `als demo` makes one."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from importlib import resources

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.web import draw, view
from adapters.web.cast import CHANNEL, INSTALLATION, PLATFORM, Human, channel
from adapters.web.guard import guard, harden
from adapters.web.play import Play
from adapters.web.playground import Playground
from adapters.web.words import in_language
from bot.method.policy import DEFAULT_LANGUAGE
from bot.method.terms import Place
from bot.ports.errors import describe_error

log = logging.getLogger("als.web")

STATIC = {
    "htmx.min.js": "text/javascript",
    "page.js": "text/javascript",
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
}
HEARTBEAT = 15.0  # seconds between two signs of life to a waiting page
LARGEST = 1024 * 1024  # bytes of a request


PLAY = web.AppKey("play", Play)


def start_path(playground: Playground) -> str:
    """The path to open first; it is exchanged for a cookie."""
    return f"/?token={playground.token}"


def make_app(playground: Playground) -> web.Application:
    """Everything that the page needs, and nothing else, for this machine's own user only."""
    refused = draw.template("refused.html").render(
        language=DEFAULT_LANGUAGE, **in_language(DEFAULT_LANGUAGE)
    )
    app = web.Application(
        middlewares=[_quiet, guard(playground.token, refused)], client_max_size=LARGEST
    )
    app.on_response_prepare.append(harden)
    pages = _Pages(playground)
    app[PLAY] = playground.play
    app.add_routes(
        [
            web.get("/", pages.page, allow_head=False),
            web.get("/view", pages.inside, allow_head=False),
            web.get("/news", pages.news, allow_head=False),
            web.get("/static/{name}", _static, allow_head=False),
            *(web.post(f"/act/{name}", pages.taking(deed)) for name, deed in pages.deeds.items()),
        ]
    )

    async def stop(_: web.Application) -> None:
        await playground.play.stop()
        playground.close()

    app.on_shutdown.append(stop)
    return app


Form = dict[str, list[str]]


class _Pages:
    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.deeds: dict[str, Callable[[Human, Form], Awaitable[None]]] = {
            "choose": self._choose,
            "begin": self._begin,
            "say": self._say,
            "editing": self._editing,
            "edit": self._edit,
            "delete": self._delete,
            "press": self._press,
            "send": self._send,
            "close": self._close,
            "away": self._away,
            "fold": self._fold,
            "wind": self._wind,
            "play": self._play,
            "stop": self._stop,
        }

    # Looking

    async def page(self, request: web.Request) -> web.Response:
        """The whole page. Opened while the play runs, it follows the play."""
        who = self._who(request.query.get("as", ""))
        return _html(view.page(self.playground, who, self.playground.play.running))

    async def inside(self, request: web.Request) -> web.Response:
        who, follow = self._who(request.query.get("as", "")), _flag(request.query.get("follow"))
        return _html(view.inside(self.playground, who, follow))

    async def news(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the version, each time that something has changed."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        version = -1
        while not self.playground.closing:
            version = await self.playground.news(version, HEARTBEAT)
            try:
                await answer.write(f"data: {version}\n\n".encode())
            except ConnectionError:
                break
        return answer

    # Doing

    def taking(
        self, deed: Callable[[Human, Form], Awaitable[None]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Read the form, do the deed, answer with what the person sees now."""

        async def handle(request: web.Request) -> web.Response:
            data = await request.post()
            form: Form = {}
            for name, value in data.items():
                if isinstance(value, str):
                    form.setdefault(name, []).append(value)
            who = self._who(_one(form, "as"))
            await deed(who, form)
            follow = _flag(_one(form, "follow")) or deed == self._play
            return _html(view.inside(self.playground, who, follow))

        return handle

    async def _choose(self, who: Human, form: Form) -> None:
        self.playground.choose(_one(form, "method"))

    async def _begin(self, who: Human, form: Form) -> None:
        await self.playground.begin(who)

    async def _say(self, who: Human, form: Form) -> None:
        await self.playground.say(who, self._place(who, form), _one(form, "text"))

    async def _editing(self, who: Human, form: Form) -> None:
        id = _one(form, "message")
        own = self.playground.chat.own(id, who.user)
        self.playground.seats[who.user].editing = id if own else ""

    async def _edit(self, who: Human, form: Form) -> None:
        await self.playground.edit(who, _one(form, "message"), _one(form, "text"))

    async def _delete(self, who: Human, form: Form) -> None:
        await self.playground.delete(who, _one(form, "message"))

    async def _press(self, who: Human, form: Form) -> None:
        message = self.playground.chat.get(_one(form, "message"))
        if message is None or message not in self.playground.chat.visible(who.user):
            return
        await self.playground.press(who, message, {k: v[0] for k, v in form.items()})

    async def _send(self, who: Human, form: Form) -> None:
        await self.playground.send(who, _one(form, "nonce"), form)

    async def _close(self, who: Human, form: Form) -> None:
        self.playground.put_form_away(who, _one(form, "nonce"))

    async def _away(self, who: Human, form: Form) -> None:
        self.playground.chat.put_away(_one(form, "message"), who.user)

    async def _fold(self, who: Human, form: Form) -> None:
        folded = self.playground.seats[who.user].folded
        folded[_one(form, "message")] = _flag(_one(form, "folded"))

    async def _wind(self, who: Human, form: Form) -> None:
        await self.playground.advance(_one(form, "by"))

    async def _play(self, who: Human, form: Form) -> None:
        self.playground.play.start()

    async def _stop(self, who: Human, form: Form) -> None:
        await self.playground.play.stop()

    # Reading what was asked

    def _who(self, user: str) -> Human:
        return self.playground.people.get(user) or self.playground.people.first

    def _place(self, who: Human, form: Form) -> Place:
        """The channel, a thread in it, or one's own conversation with the bot; nothing else."""
        if _one(form, "where") == "dm":
            return who.dm
        thread = _one(form, "thread")
        known = self.playground.chat.get(thread)
        at_the_top = known is not None and known.place == channel() and not known.only
        return Place(PLATFORM, INSTALLATION, CHANNEL, thread if at_the_top else "")


@web.middleware
async def _quiet(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A failure is logged without a word that anyone wrote, and the page goes on."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:
        log.error("a page failed: %s", describe_error(error))
        return web.Response(status=500)


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    body = (resources.files("adapters.web") / "static" / name).read_bytes()
    return web.Response(body=body, content_type=STATIC[name], charset="utf-8")


def _one(form: Form, name: str) -> str:
    return form.get(name, [""])[0]


def _flag(text: str | None) -> bool:
    return text == "1"


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8")
