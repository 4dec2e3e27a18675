"""Who may talk to the playground: only the page that this machine's own user opened.

Rule 1: the Host is this machine (a foreign name that resolves to 127.0.0.1 is refused).
Rule 2: whatever changes something comes from our own page (Origin).
Rule 3: everything but the first address needs the cookie, which is set for the start token.
Rule 4: no answer is stored, framed, or able to run or load anything that is not ours.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with that, a browser sends no Origin with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def cookie_name(token: str) -> str:
    """Cookies do not keep ports apart: two playgrounds on one machine have two names."""
    return "als-" + hashlib.sha256(token.encode()).hexdigest()[:10]


def is_this_machine(host: str) -> bool:
    """Whether a Host header names this machine's loopback."""
    return _HOST.fullmatch(host) is not None


def guard(token: str, refused: str) -> Middleware:
    """A middleware that lets in nobody else; `refused` is the page that they get."""
    name = cookie_name(token)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        if not is_this_machine(host):
            return _no(refused, 421)
        if request.method not in ("GET", "HEAD"):
            site = request.headers.get("Sec-Fetch-Site", "same-origin")
            if request.headers.get("Origin") != f"http://{host}" or site != "same-origin":
                return _no(refused, 403)
        candidate = request.query.get("token", "")
        if request.path == "/" and request.method == "GET" and candidate:
            if not _same(candidate, token):
                return _no(refused, 403)
            answer = web.Response(status=303, headers={**HEADERS, "Location": "/"})
            answer.set_cookie(name, token, httponly=True, samesite="Strict", path="/")
            return answer
        if not _same(request.cookies.get(name, ""), token):
            return _no(refused, 403)
        return await handler(request)

    return check


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """A signal for every answer, errors included, just before its headers go out."""
    response.headers.update(HEADERS)


def _same(candidate: str, token: str) -> bool:
    return hmac.compare_digest(candidate.encode(), token.encode())


def _no(page: str, status: int) -> web.Response:
    return web.Response(text=page, status=status, content_type="text/html", charset="utf-8")
