"""Issues and pull requests: opened, and merged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sources.event import EpisodicEvent
from sources.github.events.building import (
    Payload,
    Repo,
    milliseconds,
    moment,
    names,
    stamp,
)
from sources.github.events.people import NOBODY, account, is_bot
from sources.github.events.sizes import NO_SIZE, Contents, measure

MERGE_SECONDS: Final = 2.0
"""A pull request is closed at most so long before it counts as merged: two clocks write that."""


def is_pull(issue: Payload) -> bool:
    """Whether an issue is a pull request; until 2014 others had its addresses too, empty ones."""
    pull = issue.get("pull_request")
    empty = isinstance(pull, dict) and pull.get("html_url", "") is None
    return pull is not None and not empty


def opened(
    repo: Repo,
    issue: Payload,
    pull: Payload | None = None,
    *,
    contents: Contents | None = None,
    linked: Sequence[str] = (),
    duplicate_of: Sequence[str] = (),
) -> EpisodicEvent:
    """Make the event of an issue or pull request that was opened.

    The size, commits and files of a pull request stand on its merge where it was merged, else here.

    Args:
        repo: where.
        issue: as the issues are listed; a pull request's own record will do.
        pull: the pull request's record; ``None``: an issue, or details are not read.
        contents: its commits and files; ``None``: not read.
        linked: what it is connected with by hand, in normal form.
        duplicate_of: what it is a duplicate of, in normal form.
    """
    number = int(issue["number"])
    created = moment(issue["created_at"])
    kind = "pull_request" if pull is not None or is_pull(issue) else "issue"
    links = repo.links(issue.get("body"))
    merge = merged_at(pull or {}) or merged_at(issue)
    size = NO_SIZE if pull is None or merge else measure(pull, contents)
    return repo.build(
        f"github.{kind}.opened",
        (f"{repo.id}#{number}", "opened", stamp(created)),
        created,
        account(issue.get("user")),
        title=issue.get("title") or repo.subject(number),
        session_id=repo.subject(number),
        subject=repo.subject(number),
        scope=_base(pull),
        body=issue.get("body"),
        url=issue.get("html_url"),
        refs=tuple(dict.fromkeys([*size.refs, *links.refs, *linked, *duplicate_of])),
        attributes={
            **_standing(issue),
            **_branches(pull),
            "closes": links.closes,
            "linked": list(linked),
            "duplicate_of": list(duplicate_of),
            **size.attributes,
        },
        **size.fields,
    )


def merged_at(issue: Payload) -> str | None:
    """Say when a pull request was merged; ``None``: it was not."""
    pull = issue.get("pull_request")
    found = issue.get("merged_at") or (pull.get("merged_at") if isinstance(pull, dict) else None)
    return str(found) if found else None


def merged(
    repo: Repo, issue: Payload, pull: Payload | None = None, contents: Contents | None = None
) -> EpisodicEvent | None:
    """Make the event of a pull request that was merged; ``None``: it was not."""
    time = merged_at(pull or {}) or merged_at(issue)
    if time is None:
        return None
    number = int(issue["number"])
    happened, detail = moment(time), pull or {}
    links = repo.links(issue.get("body"))
    size = measure(detail, contents)
    shas = [detail.get("merge_commit_sha"), (detail.get("head") or {}).get("sha")]
    return repo.build(
        "github.pull_request.merged",
        (f"{repo.id}#{number}", "merged", stamp(happened)),
        happened,
        NOBODY if pull is None else account(detail.get("merged_by")),
        title=issue.get("title") or repo.subject(number),
        session_id=repo.subject(number),
        subject=repo.subject(number),
        scope=_base(pull),
        url=issue.get("html_url"),
        outcome="merged",
        duration_ms=open_for(issue, happened),
        refs=tuple(
            dict.fromkeys([*(f"git:{sha}" for sha in shas if sha), *size.refs, *links.closes])
        ),
        attributes={
            **_branches(pull),
            "merge_commit": detail.get("merge_commit_sha"),
            "closes": links.closes,
            **size.attributes,
        },
        **size.fields,
    )


def closed(repo: Repo, issue: Payload) -> EpisodicEvent | None:
    """Make the event of being closed, of an issue's own record: the last time, and nobody's name.

    For what is too old for the list of events. ``None``: it is open, or was merged.
    """
    time = issue.get("closed_at")
    if not time or merged_at(issue):
        return None
    number, happened = int(issue["number"]), moment(time)
    return repo.build(
        f"github.{'pull_request' if is_pull(issue) else 'issue'}.closed",
        (f"{repo.id}#{number}", "closed", stamp(happened)),
        happened,
        account(issue["closed_by"]) if issue.get("closed_by") else NOBODY,
        title=issue.get("title") or repo.subject(number),
        session_id=repo.subject(number),
        subject=repo.subject(number),
        url=issue.get("html_url"),
        outcome=issue.get("state_reason") or "closed",
        duration_ms=open_for(issue, happened),
    )


def open_for(issue: Payload, until: datetime) -> float | None:
    """Say how long it was open, in milliseconds; ``None``: its record does not say since when."""
    created = issue.get("created_at")
    return milliseconds(moment(created), until) if created else None


def _standing(issue: Payload) -> dict[str, Any]:
    return {
        "labels": names(issue.get("labels"), "name"),
        "assignees": names(issue.get("assignees"), "login"),
        "milestone": (issue.get("milestone") or {}).get("title"),
        "author_association": issue.get("author_association"),
        "type": (issue.get("type") or {}).get("name"),
        "bot": is_bot(issue.get("user")) or None,
    }


def _base(pull: Payload | None) -> str | None:
    return ((pull or {}).get("base") or {}).get("ref")


def _branches(pull: Payload | None) -> dict[str, Any]:
    if pull is None:
        return {}
    head = pull.get("head") or {}
    return {
        "base": _base(pull),
        "head": head.get("ref"),
    }
