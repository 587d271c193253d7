"""Commits as events: rows of the event table, a pure function of what was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from sources.batch import batch_table
from sources.event import EVENT_SCHEMA, canonical_json, event_id
from sources.filesystem.changes import Changes
from sources.filesystem.commits import ObjectText, Person, parse_object
from sources.filesystem.log import Reading
from sources.filesystem.moments import Moment, Moments, parents_of
from sources.links import find_links

SOURCE_TYPE: Final = "filesystem"
COMMIT: Final = "git.commit"
NO_MESSAGE: Final = "(no message)"

_COUNT_LIMIT: Final = 2**31 - 1
_NOBODY: Final = (("%aN", "%aE"), ("", ""))
"""What git writes where it can read nobody: nothing, or the placeholders that the mailmap fills."""


def events_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Put rows into one table of ``BATCH_SCHEMA``; fields that a row leaves out are null."""
    columns = {name: [row.get(name) for row in rows] for name in EVENT_SCHEMA.names}
    return batch_table(pa.Table.from_pydict(columns, schema=EVENT_SCHEMA))


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where commits are from.

    Attributes:
        source_id: the configured source.
        scope: the branch's name where the source follows exactly one.
        github: the repository there, as ``owner/name``.
    """

    source_id: str
    scope: str | None
    github: str | None = None


def commit_row(
    origin: Origin, reading: Reading, commit: ObjectText, moment: Moment
) -> dict[str, Any]:
    """Turn one commit into one row.

    The session is the author's UTC day: ``jane@example.org 2024-03-09``.

    Args:
        origin: where it is from.
        reading: the commit, with its files.
        commit: its object, parsed.
        moment: when it happened.
    """
    author = commit.person("author")
    named = _named(reading)
    name = ((named.name if named else "") or author.name).strip() or None
    email = (named.email if named else author.email).strip().lower() or None
    occurred_at = from_seconds(moment.seconds)
    links = find_links(commit.message, origin.github)
    return {
        "event_id": event_id(origin.source_id, COMMIT, reading.sha),
        "source_id": origin.source_id,
        "source_type": SOURCE_TYPE,
        "kind": COMMIT,
        "occurred_at": occurred_at,
        "utc_offset_minutes": moment.offset,
        "session_id": session_id(email or name, occurred_at),
        "actor": name,
        "actor_key": email,
        "subject": reading.sha,
        "scope": origin.scope,
        "title": commit.title or NO_MESSAGE,
        "body": commit.body,
        **_statistics(reading),
        "refs": links.refs,
        "attributes": canonical_json(
            _attributes(reading, commit, moment, author)
            | _present(
                reverts=links.reverts,
                cherry_picked_from=links.picked,
                closes=links.closes,
                issues=links.numbers,
            )
        ),
    }


def commit_rows(
    origin: Origin, readings: Sequence[Reading], moments: Moments
) -> list[dict[str, Any]]:
    """Turn commits into rows, in their order; those that are missing give none."""
    rows = []
    for reading in readings:
        if reading.content is not None:
            commit = parse_object(reading.content)
            moment = moments.of(reading.sha, commit)
            rows.append(commit_row(origin, reading, commit, moment))
    return rows


def from_seconds(seconds: int) -> datetime:
    """Seconds since 1970, as an aware time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def session_id(who: str | None, occurred_at: datetime) -> str:
    """What belongs together: one author's UTC day."""
    return f"{who or 'unknown'} {occurred_at:%Y-%m-%d}"


def _named(reading: Reading) -> Changes | None:
    """What names the author as git reads and corrects them; ``None`` where it reads nobody.

    It does so where a line has no e-mail, and where a NUL, which ends a commit's head to git,
    stands in the line or before it.
    """
    changes = reading.changes
    return None if changes and (changes.name, changes.email) in _NOBODY else changes


def _statistics(reading: Reading) -> dict[str, Any]:
    """Sum up the files; all null where the changes are unknown, counts where lines are."""
    if reading.changes is None or not reading.changes.listed or reading.cut:
        return {}
    files = reading.changes.files
    sums = {
        key: min(sum(item[key] or 0 for item in files), _COUNT_LIMIT) if reading.counted else None
        for key in ("additions", "deletions")
    }
    return {**sums, "files_changed": len(files), "files": files}


def _attributes(
    reading: Reading, commit: ObjectText, moment: Moment, author: Person
) -> dict[str, Any]:
    """What only commits have; keys without a value are left out, ``merge`` and ids are not."""
    committer = commit.person("committer")
    parents = parents_of(commit)
    changes = reading.changes
    named = _named(reading)
    corrected = named is not None and (named.name, named.email) != (author.name, author.email)
    undecodable = {**commit.undecodable, **(changes.undecodable if changes else {})}
    return {
        "tree": commit.first("tree"),
        "parents": parents,
        "merge": len(parents) > 1,
        "author_date": author.stamp.raw,
        "committer_name": committer.name,
        "committer_email": committer.email,
        "committer_date": committer.stamp.raw,
        **({"author_name": author.name, "author_email": author.email} if corrected else {}),
    } | _present(
        trailers=changes.trailers if changes else None,
        signature=commit.signature,
        encoding=commit.encoding,
        occurred_at_basis=None if moment.basis == "author" else moment.basis,
        statistics=None if reading.counted and not reading.cut else "unavailable",
        patch_id=reading.patch_id,
        raw=undecodable,
    )


def _present(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}
