"""Calls of the Web API, and lists that go on as long as an answer names what follows."""

import logging
from collections.abc import Collection, Generator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sources.http import Answer, HttpClient
from sources.http.pace import read_date
from sources.slack.faults import odd, refusal
from sources.slack.limits import error_of

logger = logging.getLogger(__name__)

MOST: Final = 999
"""Messages of a page that may be asked for; Slack refuses more."""

LIMITED_PAGE: Final = 15
"""Messages of a page that an app gets which is sold and not in the marketplace."""

_OK: Final = 200


class Web:
    """Calls the methods of one workspace.

    Args:
        client: asks the API.
        source_id: whose.
        now: the time of Slack's clock, where an answer told it just now.

    Attributes:
        limited: whether pages are those of a limited app.
        scopes: of the token, as the answers name them.
    """

    def __init__(self, client: HttpClient, source_id: str, now: datetime | None = None) -> None:
        self.client = client
        self.source_id = source_id
        self.limited = False
        self.scopes = ""
        self._now = now

    @property
    def now(self) -> datetime:
        """The time of Slack's clock at its last answer, or of ours where it told none."""
        return self._now or datetime.now(UTC)

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        lacking: Collection[str] = (),
        about: str = "",
    ) -> dict[str, Any]:
        """Call a method.

        Args:
            method: its name, as ``conversations.history``.
            params: its arguments; those that are ``None`` are left out.
            lacking: errors that are an answer; ``ok`` is false with them.
            about: what it is about, for errors.

        Raises:
            DaybookError: for whatever else is no answer.
        """
        answer = self.client.get(method, params, lane=method)
        self._note(answer)
        what = f"{method} of {about}" if about else method
        if answer.status >= _OK + 100 or not isinstance(answer.data, dict):
            raise refusal(answer, self.source_id, what)
        if answer.data.get("ok") is True or error_of(answer.data) in lacking:
            data: dict[str, Any] = answer.data
            return data
        raise refusal(answer, self.source_id, what)

    def pages(
        self,
        method: str,
        key: str,
        params: Mapping[str, Any],
        *,
        lacking: Collection[str] = (),
        about: str = "",
    ) -> Generator[dict[str, Any], None, None]:
        """Give a list page by page; one that is short, or empty, is the last only if none follows.

        Args:
            method: its name.
            key: of the list in an answer.
            params: its arguments.
            lacking: as for :meth:`call`; such an answer ends the list.
            about: as for :meth:`call`.

        Raises:
            DaybookError: as :meth:`call`, at the page that it happens with.
        """
        cursor: str | None = None
        while True:
            found = self.call(method, {**params, "cursor": cursor}, lacking=lacking, about=about)
            if not found["ok"]:
                yield found
                return
            if not isinstance(found.get(key), list):
                raise odd(self.source_id, method)
            yield found
            following = next_cursor(found)
            if not following:
                return
            if following == cursor:
                raise odd(self.source_id, method)
            cursor = following

    def note_page(self, found: Mapping[str, Any], asked: int) -> None:
        """Recognise an app whose pages of messages have fifteen, however many were asked for."""
        given = len(found.get("messages") or ())
        if asked > LIMITED_PAGE == given and next_cursor(found) and not self.limited:
            self.limited = True
            logger.warning(
                "%s: Slack gives this app pages of %d messages, one a minute: a limited app",
                self.source_id,
                LIMITED_PAGE,
            )

    def _note(self, answer: Answer) -> None:
        self._now = read_date(answer.headers.get("Date", "")) or self._now
        self.scopes = answer.headers.get("X-OAuth-Scopes", self.scopes)


def next_cursor(found: Mapping[str, Any]) -> str:
    """Name what follows a page; empty: nothing."""
    metadata = found.get("response_metadata")
    return str(metadata.get("next_cursor") or "") if isinstance(metadata, dict) else ""
