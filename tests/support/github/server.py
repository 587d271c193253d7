"""GitHub on this machine: REST and GraphQL over a :class:`Site`, with limits and faults."""

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import orjson

from tests.support.github.answers import Asked, Given, Refusal
from tests.support.github.graph import Graph
from tests.support.github.quota import Quota
from tests.support.github.rest import Rest
from tests.support.github.site import Site
from tests.support.github.things import Token
from tests.support.loopback import Raw, Service, serving


class GitHubServer(Service[Asked]):
    """Answers, counts, and fails on demand.

    Attributes:
        site: what it tells of.
        url: of the REST interface; ``graphql_url`` of the other.
        quota: what was spent of whose.
        heavy: nodes of a GraphQL query from which it takes too long and ends with 502.
        still: the site changes no more, so what was answered once is answered from memory.
        forbidden_until: no request may come before that moment; those that do are in ``early``.
    """

    def __init__(self, site: Site, host: str, *, enterprise: bool = False) -> None:
        super().__init__(site.clock, site.lock)
        self.site = site
        self._base = "/api/v3" if enterprise else ""
        self._graphql = "/api/graphql" if enterprise else "/graphql"
        self.url = url = host + self._base
        self.graphql_url = host + self._graphql
        self.quota = Quota(site.clock)
        self.heavy: int | None = None
        self.still = False
        self._known: dict[object, Given] = {}
        self.forbidden_until: datetime | None = None
        self.early: list[str] = []
        self.rest = Rest(site, url)
        self.graph = Graph(site, url)

    def read(self, raw: Raw) -> Asked:
        parts = urlsplit(raw.target)
        _, _, secret = raw.headers.get("authorization", "").partition(" ")
        served = parts.path.startswith(self._base)
        path = parts.path.removeprefix(self._base) if served else "/nowhere/at/all"
        return Asked(
            method=raw.method,
            path="graphql" if parts.path == self._graphql else path,
            query=dict(parse_qsl(parts.query)),
            headers=raw.headers,
            body=orjson.loads(raw.content) if raw.content else None,
            token=self.site.tokens.get(secret),
        )

    def spent(self, token: str | None = None, resource: str = "core") -> int:
        """Say how much of a quota was used."""
        return self.quota.spent(None if token is None else self.site.tokens[token], resource)

    def answer(self, asked: Asked) -> Given:
        """Answer, count and charge."""
        now = self.site.clock.now()
        if self.forbidden_until is not None and now < self.forbidden_until:
            self.early.append(asked.line)
        given = self._remember(asked) if self.still else self._serve(asked)
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

    def _remember(self, asked: Asked) -> Given:
        """Serve, or give what was served before, packed already."""
        names = ("accept", "authorization", "if-none-match")
        key = (asked.line, orjson.dumps(asked.body), *map(asked.headers.get, names))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._serve(asked)
            known.content = known.content or orjson.dumps(known.data)
            known.packed = gzip.compress(known.content, 1)
        else:
            self.quota.spend(asked.token, known.resource, known.cost)
        return replace(known, headers=dict(known.headers))

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
    told = site or Site()
    with serving(
        lambda host: GitHubServer(told, host, enterprise=enterprise), certificate=certificate
    ) as made:
        yield made
