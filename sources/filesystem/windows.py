"""Readings of a part: of a span of time, or of single commits."""

from collections.abc import Generator, Sequence
from datetime import datetime
from tempfile import TemporaryFile

from sources.batch import EventBatch
from sources.filesystem.commits import parse_object
from sources.filesystem.coverage import build_claim, read_horizon
from sources.filesystem.events import events_table, from_seconds
from sources.filesystem.log import CommitIds, Walk, read_objects
from sources.filesystem.passes import cut_reason
from sources.filesystem.reader import Reader
from sources.span import Span


def read_span(reader: Reader, span: Span) -> Generator[EventBatch, None, None]:
    """Give the events of ``span``; the last batch claims to have given all of them.

    The dates of all commits are read first, which is cheap, then all of the few that fit. One that
    is missing or broken may be of any time, so it comes as quarantined: it is not gone.
    ``max_commits`` does not hold here: who asks for a window asks for all of it.

    Raises:
        GitFailedError: the repository cannot be read.
    """
    refs = reader.refs()
    lacking: set[str] = set()
    with TemporaryFile() as file:
        chosen = CommitIds(file)
        _choose(reader, list(refs.followed.values()), span, chosen)
        done = 0
        for readings in reader.chunks(chosen):
            done += len(readings)
            lacking |= reader.lacking(readings)
            yield EventBatch(
                events=events_table(reader.rows(readings, refs.scope)),
                cursor=None,
                quarantined=reader.missing(readings),
                remaining=len(chosen) - done,
            )
    tags = sorted(refs.tags.items()) if reader.config.tags else []
    for start in range(0, len(tags), reader.size):
        rows = reader.tag_rows(tags[start : start + reader.size])
        inside = [row for row in rows if _within(row["occurred_at"], span)]
        if inside:
            yield EventBatch(events=events_table(inside), cursor=None)
    claim = build_claim(
        span,
        horizon=read_horizon(reader.git, reader.moments, reader.repository.shallow()),
        reason=cut_reason(reader),
        lacking=lacking,
    )
    yield EventBatch(
        events=events_table([]),
        cursor=None,
        complete=claim.complete,
        coverage=claim.coverage,
        remaining=0,
    )


def read_commits(reader: Reader, shas: Sequence[str]) -> Generator[EventBatch, None, None]:
    """Give single commits again; those still missing come as quarantined.

    Raises:
        GitFailedError: the repository cannot be read.
    """
    refs = reader.refs()
    with TemporaryFile() as file:
        chosen = CommitIds(file)
        chosen.add(list(dict.fromkeys(shas)))
        for readings in reader.chunks(chosen):
            yield EventBatch(
                events=events_table(reader.rows(readings, refs.scope)),
                cursor=None,
                quarantined=reader.missing(readings),
            )


def _choose(reader: Reader, tips: list[str], span: Span, chosen: CommitIds) -> None:
    """Keep the ids of the commits whose time lies in ``span``, or cannot be read."""
    with TemporaryFile() as file:
        every = CommitIds(file)
        every.read(reader.git, Walk(tips=tips, pathspecs=reader.config.pathspecs))
        for start in range(0, len(every), reader.size):
            found = read_objects(reader.git, every.slice(start, reader.size))
            chosen.add(
                [
                    sha
                    for sha, content in found
                    if content is None
                    or _within(
                        from_seconds(reader.moments.of(sha, parse_object(content)).seconds), span
                    )
                ]
            )


def _within(moment: datetime, span: Span) -> bool:
    since, until = span
    return (since is None or since <= moment) and (until is None or moment < until)
