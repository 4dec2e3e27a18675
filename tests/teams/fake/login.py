"""Microsoft's login and the Bot Framework's published keys, on loopback.

It has a thread of its own, because botframework-connector and msal ask it synchronously, from
within the app's event loop: on the same loop nobody would answer them.

Clients that can be pointed elsewhere use `url` and `metadata_url`. msal accepts nothing but https
and Microsoft's hosts: give it `http_client=login.transport()`, which carries what is meant for
Microsoft to this server, and nowhere else.
"""

import base64
import json
import threading
import time
import uuid
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter

CHANNEL_ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com/.default"
MICROSOFT = ("https://login.microsoftonline.com", "https://login.botframework.com")
LIFE = 3599  # seconds that a token lives


@cache
def rsa_key(number):
    """Real keys, made when first needed and kept, for making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Key:
    """An RS256 key with its id, which is new each time. Those of one fake have other numbers."""

    def __init__(self, number):
        self.private, self.id = rsa_key(number), uuid.uuid4().hex

    def sign(self, claims, kid=None):
        return jwt.encode(claims, self.private, "RS256", {"kid": kid or self.id})

    def public(self, **more):
        numbers = self.private.public_key().public_numbers()
        named = {"kty": "RSA", "use": "sig", "kid": self.id, "x5t": self.id}
        return {**named, "n": b64(numbers.n), "e": b64(numbers.e), **more}


def b64(number):
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Failed(Exception):
    """An answer of Entra's that is an error."""

    def __init__(self, status, error, code, words):
        self.status, self.error, self.code, self.words = status, error, code, words

    def body(self):
        trace, now = str(uuid.uuid4()), datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        told = f"AADSTS{self.code}: {self.words} Trace ID: {trace} "
        return {
            "error": self.error,
            "error_description": f"{told}Correlation ID: {trace} Timestamp: {now}",
            "error_codes": [self.code],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": trace,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.code}",
        }


class Login:
    """Issues the bot's tokens, signs what Teams sends. `asked`: (method, path) of every request."""

    def __init__(self, app_id, secret, tenant):
        self.app_id, self.secret, self.tenant = app_id, secret, tenant
        self.tenants = {tenant}  # those that exist; the app is registered in one of them
        self.seconds = time.time  # tokens are checked against real time by every client
        self.entra, self.keys, self.made = Key("entra"), [Key(0)], 1
        self.broken = None  # the status that every wish for a token gets instead
        self.issued, self.asked, self.endorsements = {}, [], ["msteams"]

    def start(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.metadata_url = f"{self.url}/v1/.well-known/openidconfiguration"
        self.token_url = f"{self.url}/{self.tenant}/oauth2/v2.0/token"
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def transport(self):
        """A requests.Session in which Microsoft's login stands here."""
        session, route = requests.Session(), Route(self.url)
        session.trust_env = False
        for host in MICROSOFT:
            session.mount(host, route)
        return session

    # the keys that Teams signs with

    @property
    def key(self):
        return self.keys[-1]

    def rotate(self, keep=True):
        """Sign with a new key from now on; the old one stays published unless told otherwise."""
        self.keys, self.made = [*(self.keys if keep else []), Key(self.made)], self.made + 1

    # the bot's tokens

    def good(self, header):
        """Whether an Authorization header carries a token of ours that still lives."""
        kind, _, token = (header or "").partition(" ")
        return kind == "Bearer" and self.issued.get(token, 0) > self.seconds()

    def expire(self):
        """All tokens given so far stop working."""
        self.issued.clear()

    def token(self, tenant, form):
        if self.broken:
            raise Failed(self.broken, "temporarily_unavailable", 90033, "A transient error.")
        if tenant not in (*self.tenants, "botframework.com"):
            raise Failed(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        # A single-tenant app is unknown in every other directory, Bot Framework's own too.
        if form.get("client_id") != self.app_id or tenant != self.tenant:
            words = f"Application with identifier '{form.get('client_id')}' was not found in the "
            raise Failed(400, "unauthorized_client", 700016, f"{words}directory '{tenant}'.")
        if form.get("grant_type") != "client_credentials":
            raise Failed(400, "unsupported_grant_type", 70003, "Unsupported grant type.")
        if form.get("client_secret") != self.secret:
            words = "Invalid client secret provided. Ensure the secret being sent in the request "
            words += "is the client secret value, not the client secret ID, for a secret added to "
            raise Failed(401, "invalid_client", 7000215, f"{words}app '{self.app_id}'.")
        # msal adds the OpenID scopes; only ours is asked for besides.
        scopes = set(form.get("scope", "").split()) - {"openid", "profile", "offline_access"}
        if scopes != {SCOPE}:
            raise Failed(400, "invalid_scope", 1002012, "The provided scope is not valid.")
        now = int(self.seconds())
        claims = {
            "aud": CHANNEL_ISSUER,
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + LIFE,
            "appid": self.app_id,
            "tid": tenant,
            "ver": "1.0",
            "uti": uuid.uuid4().hex,
        }
        token = self.entra.sign(claims)
        self.issued[token] = now + LIFE
        return {
            "token_type": "Bearer",
            "expires_in": LIFE,
            "ext_expires_in": LIFE,
            "access_token": token,
        }

    # documents

    def document(self, path, host):
        """What a GET shows, or None."""
        parts = path.strip("/").split("/")
        if path == "/v1/.well-known/openidconfiguration":
            return {
                "issuer": CHANNEL_ISSUER,
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": f"{host}/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        if path == "/v1/.well-known/keys":
            return {"keys": [k.public(endorsements=self.endorsements) for k in self.keys]}
        if path == "/common/discovery/instance":
            where = "https://login.microsoftonline.com/common/.well-known/openid-configuration"
            return {"tenant_discovery_endpoint": where, "api-version": "1.1", "metadata": []}
        if parts[1:] == ["v2.0", ".well-known", "openid-configuration"]:
            if parts[0] not in (*self.tenants, "common", "botframework.com"):
                raise Failed(400, "invalid_tenant", 90002, f"Tenant '{parts[0]}' not found.")
            return {
                "issuer": f"https://login.microsoftonline.com/{parts[0]}/v2.0",
                "token_endpoint": f"{host}/{parts[0]}/oauth2/v2.0/token",
                "authorization_endpoint": f"{host}/{parts[0]}/oauth2/v2.0/authorize",
                "jwks_uri": f"{host}/{parts[0]}/discovery/v2.0/keys",
            }
        if parts[1:] == ["discovery", "v2.0", "keys"]:
            return {"keys": [self.entra.public()]}
        return None


def handler(login):
    class Handler(BaseHTTPRequestHandler):
        protocol_version, wbufsize = "HTTP/1.1", -1  # an answer goes out in one piece

        def log_message(self, *told):
            pass

        def do_GET(self):
            path = urlsplit(self.path).path
            self.answer(lambda: login.document(path, self.host()))

        def do_POST(self):
            path = urlsplit(self.path).path
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(raw).items()}
            tenant, _, rest = path.strip("/").partition("/")
            known = rest == "oauth2/v2.0/token"
            self.answer(lambda: login.token(tenant, form) if known else None)

        def host(self):
            named = self.headers.get("Host", "")
            return f"https://{named}" if named.startswith("login.") else login.url

        def answer(self, work):
            login.asked.append((self.command, urlsplit(self.path).path))
            try:
                body = work()
                status = 200 if body is not None else 404
            except Failed as failed:
                status, body = failed.status, failed.body()
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    return Handler


class Route(HTTPAdapter):
    """Carries requests for Microsoft's hosts to the fake, which still learns whom they meant."""

    def __init__(self, url):
        super().__init__()
        self.url = url

    def send(self, request, **more):
        meant = urlsplit(request.url)
        request.headers["Host"] = meant.netloc
        query = f"?{meant.query}" if meant.query else ""
        request.url = f"{self.url}{meant.path}{query}"
        return super().send(request, **more)
