"""The exports that stand in for the API: what a source asks of them."""

import re
from collections.abc import Callable, Generator
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from sources.batch import Cursor, EventBatch
from sources.slack.config import SlackConfig
from sources.slack.export.cursor import Position, parse_cursor
from sources.slack.export.reader import Reader
from sources.slack.export.reading import read_exports
from sources.slack.export.shelf import Shelf, find_exports, find_news, stamp
from sources.slack.export.spans import Limits
from sources.slack.messages import Shape
from sources.slack.names import Payload
from sources.slack.redaction import Redactor
from sources.span import Span

_ALL: Final = "all"
_GLOB: Final = re.compile(r"[*?\[]")
_TEAM: Final = re.compile(r"[TE][A-Z0-9]{6,}")
_DOMAIN: Final = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*")


class Exports:
    """All exports of one source.

    Args:
        settings: the source's.
        source_id: the configured source.
        batch: messages of a batch.
    """

    def __init__(self, settings: SlackConfig, source_id: str, *, batch: int) -> None:
        self._settings = settings
        self._source_id = source_id
        self._batch = batch

    def check(self, cursor: Cursor | None) -> None:
        """Open what is new; of what is known only size and time are looked at.

        Raises:
            ConfigError: something is not there, or is no export.
            UnavailableError: one is not complete yet.
            CursorInvalidError: not a cursor of exports.
        """
        known = {item.path: item.stamp for item in self.parse(cursor).exports}
        with closing(Shelf(self._source_id)) as shelf:
            for path in self._find():
                if known.get(str(path)) != stamp(path):
                    shelf.meet(path)

    def find_news(self, cursor: Cursor | None) -> str | None:
        """Say what is new by a look at sizes and times; ``None``: nothing is.

        Raises:
            ConfigError: something is not there.
        """
        paths, position = self._find(), self.parse(cursor)
        return find_news(paths, position) if paths or position.exports else None

    def read(
        self, cursor: Cursor | None, span: Span | None, skip: Callable[[], None]
    ) -> Generator[EventBatch, None, None]:
        """Give what is new since the cursor; or everything of a span, without a cursor.

        Raises:
            CursorInvalidError: all has to be read again.
            DaybookError: as :meth:`check`.
        """
        position = self.parse(None if span is not None else cursor)
        start, end = span or (None, None)
        starts = [moment for moment in (start, self._settings.since) if moment is not None]
        limits = Limits(since=max(starts, default=None), until=end, after=position.after)
        reader = self._reader(limits, skip)
        yield from read_exports(reader, self._find(), position, whole=span is None)

    def parse(self, cursor: Cursor | None) -> Position:
        """Read a cursor.

        Raises:
            CursorInvalidError: not a cursor of exports.
        """
        return parse_cursor(cursor, self._source_id)

    def _find(self) -> list[Path]:
        return find_exports(self._settings.export or (), self._source_id)

    def _reader(self, limits: Limits, skip: Callable[[], None]) -> Reader:
        settings = self._settings
        shape = Shape(
            source_id=self._source_id,
            team_url=team_url(settings.workspace),
            include_bots=settings.include_bots,
            redactor=Redactor(settings.redact),
        )
        return Reader(
            shape=shape,
            chosen=self._is_chosen,
            threads=settings.threads,
            limits=limits,
            skip=skip,
            batch=self._batch,
        )

    def _is_chosen(self, told: Payload) -> bool:
        """Whether a conversation is asked for; ``all`` are the public ones, a glob finds any."""
        named = [str(told[key]) for key in ("id", "name") if told.get(key)]
        hidden = told.get("is_private") or told.get("is_im")
        return any(
            word in named
            or (word == _ALL and not hidden)
            or (_GLOB.search(word) and any(fnmatchcase(name, word) for name in named))
            for word in self._settings.channels
        )


def team_url(workspace: str | None) -> str:
    """Give a workspace's address, which no export tells, by its domain; empty: that is none.

    >>> team_url("acme"), team_url("https://acme.enterprise.slack.com/"), team_url("T024BE7LD")
    ('https://acme.slack.com/', 'https://acme.enterprise.slack.com/', '')
    """
    domain = (workspace or "").removeprefix("https://").rstrip("/")
    if _TEAM.fullmatch(domain) or not _DOMAIN.fullmatch(domain):
        return ""
    return f"https://{domain}/" if "." in domain else f"https://{domain}.slack.com/"
