"""GitHub on this machine: REST and GraphQL over a :class:`Site`, with limits and faults."""

import gzip
import hashlib
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import orjson

from tests.support.github.answers import Asked, Given, Refusal
from tests.support.github.faults import Fault
from tests.support.github.graph import Graph
from tests.support.github.quota import Quota
from tests.support.github.rest import Rest
from tests.support.github.site import Site
from tests.support.github.things import Token

_GZIPPED = 1000
"""Bytes from which an answer is packed, if that is understood."""


class GitHubServer:
    """Answers, counts, and fails on demand.

    Attributes:
        site: what it tells of.
        url: of the REST interface; ``graphql_url`` of the other.
        quota: what was spent of whose.
        faults: what goes wrong; the first that fits happens.
        asked: all requests, with the status and the kind of each answer.
        heavy: nodes of a GraphQL query from which it takes too long and ends with 502.
        latency: seconds that every answer is on its way.
        forbidden_until: no request may come before that moment; those that do are in ``early``.
    """

    def __init__(self, site: Site, url: str, graphql_url: str) -> None:
        self.site = site
        self.url = url
        self.graphql_url = graphql_url
        self.quota = Quota(site.clock)
        self.faults: list[Fault] = []
        self.asked: list[tuple[Asked, int, str]] = []
        self.heavy: int | None = None
        self.latency = 0.0
        self.forbidden_until: datetime | None = None
        self.early: list[str] = []
        self.rest = Rest(site, url)
        self.graph = Graph(site, url)

    def count(self, kind: str | None = None, *, status: int | None = None) -> int:
        """Count the requests, of one kind or with one status only."""
        return sum(
            kind in {None, found} and status in {None, given} for _, given, found in self.asked
        )

    def kinds(self) -> Counter[str]:
        """Count the requests by kind."""
        return Counter(kind for _, _, kind in self.asked)

    def lines(self) -> list[str]:
        """Give the first line of every request."""
        return [asked.line for asked, _, _ in self.asked]

    def spent(self, token: str | None = None, resource: str = "core") -> int:
        """Say how much of a quota was used."""
        return self.quota.spent(None if token is None else self.site.tokens[token], resource)

    def answer(self, asked: Asked) -> Given:
        """Answer, count and charge."""
        now = self.site.clock.now()
        if self.forbidden_until is not None and now < self.forbidden_until:
            self.early.append(asked.line)
        given = self._serve(asked)
        headers = {
            **self.quota.headers(asked.token, given.resource),
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Request-Id": f"DA7B:{len(self.asked):X}",
        }
        token = asked.token
        if token is not None and token.scopes is not None:
            headers["X-OAuth-Scopes"] = ", ".join(token.scopes)
            headers["X-Accepted-OAuth-Scopes"] = "repo" if asked.path.startswith("/repo") else ""
        given.headers = {**headers, **given.headers}
        self.asked.append((asked, given.status, given.kind))
        return given

    def _serve(self, asked: Asked) -> Given:
        resource = "graphql" if asked.path == "graphql" else "core"
        try:
            self._check_secret(asked)
            if asked.path == "/rate_limit":
                if not self.quota.told:
                    raise Refusal(404, "Rate limiting is not enabled.")  # noqa: TRY301
                return Given(data=self._rates(asked.token), kind="rate_limit", cost=0)
            self.quota.check(asked.token, resource)
            if resource == "graphql":
                given = self.graph.answer(asked, self.quota, self.heavy)
            else:
                given = self.rest.answer(asked)
        except Refusal as refusal:
            given = refusal.given
            given.kind, given.resource = "refusal", resource
        given = self._condition(asked, given)
        self.quota.spend(asked.token, given.resource, given.cost)
        return given

    def _check_secret(self, asked: Asked) -> None:
        given = asked.headers.get("authorization")
        token = asked.token
        over = token is not None and token.expires_at is not None
        if over and token is not None and self.site.clock.now() >= (token.expires_at or 0):  # type: ignore[operator]
            raise Refusal(401, "Bad credentials")
        if asked.path.startswith("/app"):
            self._check_app(given or "")
        elif given is not None and token is None:
            raise Refusal(401, "Bad credentials")

    def _check_app(self, given: str) -> None:
        """Look at the signature of an App, and at its time by the site's clock."""
        apps, now = self.site.apps, self.site.clock.now().timestamp()
        if not apps:
            return
        signed = given.partition(" ")[2]
        try:
            name = jwt.decode(signed, options={"verify_signature": False})["iss"]
            options: Any = {"verify_exp": False, "verify_iat": False}
            claims = jwt.decode(signed, apps[name], algorithms=["RS256"], options=options)
        except (jwt.PyJWTError, KeyError):
            raise Refusal(401, "A JSON web token could not be decoded") from None
        if not claims["iat"] <= now < claims["exp"] <= claims["iat"] + 660:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")

    def _rates(self, token: Token | None) -> dict[str, Any]:
        names = ("core", "search", "graphql")
        resources = {name: self.quota.numbers(token, name) for name in names}
        return {"resources": resources, "rate": resources["core"]}

    def _condition(self, asked: Asked, given: Given) -> Given:
        """Give 304 for what is known already."""
        if given.status != 200 or asked.method != "GET":
            return given
        secret = "" if asked.token is None else asked.token.value
        given.content = orjson.dumps(given.data)
        told = [given.headers.get("Link", ""), secret, asked.headers.get("accept", "")]
        etag = f'W/"{hashlib.sha256(given.content + repr(told).encode()).hexdigest()}"'
        known = asked.headers.get("if-none-match", "")
        if etag.removeprefix("W/") == known.removeprefix("W/"):
            headers = {**given.headers, "ETag": etag}
            return Given(status=304, kind=given.kind, headers=headers, cost=0)
        given.headers["ETag"] = etag
        return given


@contextmanager
def github_server(
    site: Site | None = None, *, enterprise: bool = False, certificate: Path | None = None
) -> Iterator[GitHubServer]:
    """Serve a site on this machine.

    Args:
        site: what is told; by default an empty one.
        enterprise: at ``/api/v3``, as an Enterprise Server.
        certificate: a file with key and certificate: by https.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    scheme = "http" if certificate is None else "https"
    host = f"{scheme}://127.0.0.1:{server.server_port}"
    base = "/api/v3" if enterprise else ""
    graphql = "/api/graphql" if enterprise else "/graphql"
    made = GitHubServer(site or Site(), host + base, host + graphql)
    server.made, server.base, server.graphql = made, base, graphql
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        for fault in made.faults:
            if fault.hold is not None:
                fault.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Ends with every connection to it."""

    daemon_threads = False
    made: GitHubServer
    base: str
    graphql: str

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""

    def server_close(self) -> None:
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._handle(None)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._handle(orjson.loads(content) if content else None)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Give the site's time, not the machine's."""
        del timestamp
        return format_datetime(self.server.made.site.clock.now(), usegmt=True)

    def _handle(self, body: Any) -> None:
        made = self.server.made
        with made.site.lock:
            asked = self._read(body)
            fault = next((one for one in made.faults if one.meets(asked)), None)
            if fault is not None:
                fault.act()
            if fault is not None and (fault.drop or fault.status is not None):
                made.asked.append((asked, fault.status or 0, "fault"))
                given = Given(status=fault.status or 0, data=fault.data, headers=fault.headers)
            else:
                given = made.answer(asked)
        if made.latency:
            time.sleep(made.latency)
        self._send(given, fault or Fault())

    def _read(self, body: Any) -> Asked:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        _, _, secret = headers.get("authorization", "").partition(" ")
        served = parts.path.startswith(self.server.base)
        path = parts.path.removeprefix(self.server.base) if served else "/nowhere/at/all"
        return Asked(
            method=self.command,
            path="graphql" if parts.path == self.server.graphql else path,
            query=dict(parse_qsl(parts.query)),
            headers=headers,
            body=body,
            token=self.server.made.site.tokens.get(secret),
        )

    def _send(self, given: Given, fault: Fault) -> None:
        if fault.drop:
            self.close_connection = True
            return
        plain = not fault.kind.startswith("application/json")
        content = given.content or orjson.dumps(given.data)
        content = str(given.data).encode() if plain else content
        if given.status in {204, 304}:
            content = b""
        headers = {"Content-Type": fault.kind, **given.headers}
        if len(content) > _GZIPPED and "gzip" in self.headers.get("Accept-Encoding", ""):
            content = gzip.compress(content, 1)
            headers["Content-Encoding"] = "gzip"
        if fault.truncate is not None:
            content = gzip.decompress(content) if "Content-Encoding" in headers else content
            headers.pop("Content-Encoding", None)
            content = content[: fault.truncate]
        self.send_response(given.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self._write(content, fault)

    def _write(self, content: bytes, fault: Fault) -> None:
        if fault.hold is not None:
            self.wfile.write(content[: fault.cut])
            self.wfile.flush()
            fault.reached.set()
            fault.hold.wait()
            content = content[fault.cut or len(content) :]
        elif fault.cut is not None:
            content = content[: fault.cut]
            self.close_connection = True
        self.wfile.write(content)
