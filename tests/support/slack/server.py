"""Slack on this machine: the Web API over a :class:`Workspace`, with limits and faults."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.loopback import Fault, Given, Raw, Service, serving
from tests.support.slack.access import Desk, demand
from tests.support.slack.answers import Call, Refusal
from tests.support.slack.manners import Manners
from tests.support.slack.methods import METHODS
from tests.support.slack.payloads import Payload
from tests.support.slack.reading import BASE, read
from tests.support.slack.things import Token
from tests.support.slack.tiers import Tiers
from tests.support.slack.workspace import Workspace


class SlackServer(Service[Call]):
    """Answers, counts, and fails on demand.

    Requests are counted by their method's name, those that a fault stopped as ``fault``.

    Attributes:
        workspace: what it tells of.
        url: of the methods, without the last slash.
        manners: how lists are cut.
        tiers: what was called how often.
        errors: how often each error was given.
        early: requests that came before the time they were told to wait was over.
    """

    def __init__(self, workspace: Workspace, host: str) -> None:
        super().__init__(workspace.clock, workspace.lock)
        self.workspace = workspace
        self.url = host + BASE.rstrip("/")
        self.manners = Manners()
        self.tiers = Tiers(workspace.clock)
        self.errors: Counter[str] = Counter()
        self.early: list[str] = []
        self._until: dict[tuple[str | None, str], datetime] = {}

    def read(self, raw: Raw) -> Call:
        return read(raw, self.workspace.tokens)

    def answer(self, asked: Call) -> Given:
        self._watch(asked)
        given = Given(kind=asked.api)
        try:
            data = {"ok": True, **self._serve(asked)}
        except Refusal as refusal:
            data = refusal.data
            given.status, given.headers = refusal.status, refusal.headers
            self.errors[refusal.error] += 1
            self._note(asked, refusal)
        given.data = _warned(data, asked.warnings)
        given.headers = {**_headers(asked.token, len(self.asked)), **given.headers}
        self.asked.append((asked, given.status, given.kind))
        return given

    def _serve(self, call: Call) -> Payload:
        if call.wrong is not None:
            raise Refusal(call.wrong)
        method = METHODS.get(call.api)
        if method is None:
            raise Refusal("unknown_method", req_method=call.api)
        if call.token is None:
            raise Refusal("not_authed" if call.secret is None else "invalid_auth")
        if call.token.refused is not None:
            raise Refusal(call.token.refused)
        self.tiers.spend(call.token, call.api, method.tier)
        if method.scope is not None:
            demand(call, method.scope)
        return method.serve(Desk(self.workspace, self.manners), call)

    def _watch(self, call: Call) -> None:
        until = self._until.get((call.secret, call.api))
        if until is not None and self.clock.now() < until:
            self.early.append(call.line)

    def _note(self, call: Call, refusal: Refusal) -> None:
        if after := refusal.headers.get("Retry-After"):
            until = self.clock.now() + timedelta(seconds=int(after))
            self._until[call.secret, call.api] = until


def failing(error: str, match: str = "", *, status: int = 200, **what: Any) -> Fault:
    """Make a fault by which calls end with an error of Slack's, as ``internal_error``.

    Args:
        error: its name.
        match: which calls, as of ``Fault``.
        status: of the answer, for nearly all errors 200.
        **what: the other attributes of ``Fault``.
    """
    return Fault(match=match, status=status, data={"ok": False, "error": error}, **what)


@contextmanager
def slack_server(
    workspace: Workspace | None = None, *, certificate: Path | None = None
) -> Iterator[SlackServer]:
    """Serve a workspace on this machine.

    Args:
        workspace: what is told; by default an empty one.
        certificate: a file with key and certificate: by https.
    """
    told = workspace or Workspace()
    with serving(lambda host: SlackServer(told, host), certificate=certificate) as made:
        yield made


def _headers(token: Token | None, number: int) -> dict[str, str]:
    headers = {"x-slack-req-id": f"{number:032x}"}
    if token is not None:
        headers["x-oauth-scopes"] = ",".join(token.scopes)
    return headers


def _warned(data: Payload, warnings: tuple[str, ...]) -> Payload:
    if not warnings:
        return data
    told = [*data.get("response_metadata", {}).get("warnings", []), *warnings]
    metadata = {**data.get("response_metadata", {}), "warnings": told}
    return {**data, "warning": ",".join(told), "response_metadata": metadata}
