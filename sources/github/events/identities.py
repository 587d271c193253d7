"""Which event a record would be that cannot be understood."""

from collections.abc import Mapping
from typing import Any, Final

from sources.event import event_id
from sources.github.events.building import Payload, Repo, moment, stamp
from sources.github.events.issues import is_pull

_BY_ID: Final[Mapping[str, str]] = {
    "issue comment": "github.issue_comment",
    "review comment": "github.review_comment",
    "commit comment": "github.commit_comment",
    "release": "github.release",
    "review": "github.review",
    "workflow job": "github.workflow_job",
    "workflow run": "github.workflow_run",
}
"""Kinds of which an event is its record's number, by the name of a record."""

_OPENED: Final = frozenset({"issue", "pull request"})


def identify(repo: Repo, name: str, record: Any) -> str | None:
    """Give the id of the event that a record would be; ``None``: it does not say enough.

    Args:
        repo: where.
        name: of a record of its list.
        record: anything.
    """
    try:
        kind, native = _read(repo, name, record)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return event_id(repo.source_id, kind, native)


def _read(repo: Repo, name: str, record: Payload) -> tuple[str, str]:
    if name in _BY_ID:
        return _BY_ID[name], str(int(record["id"]))
    if name in _OPENED:
        pull = name == "pull request" or is_pull(record)
        created = stamp(moment(record["created_at"]))
        kind = f"github.{'pull_request' if pull else 'issue'}.opened"
        return kind, f"{repo.id}#{int(record['number'])}/opened/{created}"
    if name == "commit":
        return "github.commit", f"{repo.id}/{record['sha']}"
    raise KeyError(name)
