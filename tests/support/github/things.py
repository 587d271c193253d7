"""What a repository holds: plain things that change."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(eq=False, kw_only=True)
class User:
    id: int
    login: str
    kind: str = "User"
    name: str | None = None
    email: str | None = None


@dataclass(eq=False, kw_only=True)
class Change:
    path: str
    additions: int = 1
    deletions: int = 0
    status: str = "modified"
    previous: str | None = None


@dataclass(eq=False, kw_only=True)
class Commit:
    """Attributes: ``author`` is the account, if the e-mail has one; the rest is git's."""

    sha: str
    message: str
    author: User | None
    name: str
    email: str
    authored_at: datetime
    committed_at: datetime
    parents: tuple[str, ...]
    changes: tuple[Change, ...] = ()


@dataclass(eq=False, kw_only=True)
class Annotation:
    """A tag that is an object of its own: it leads to ``commit``."""

    sha: str
    commit: str
    message: str
    name: str
    email: str
    tagged_at: datetime


@dataclass(eq=False, kw_only=True)
class Pull:
    """What an issue has besides where it is a pull request."""

    id: int
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_sha: str | None = None
    commits: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    reviewers: list[User] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Issue:
    id: int
    number: int
    title: str
    body: str | None
    user: User | None
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    reason: str | None = None
    closed_at: datetime | None = None
    closed_by: User | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    milestone: str | None = None
    locked: bool = False
    pull: Pull | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """What speaks of an issue.

    Attributes:
        repository: where it is.
        issue: the issue or pull request.
    """

    repository: Any
    issue: Issue


@dataclass(eq=False, kw_only=True)
class IssueEvent:
    """One event of an issue.

    Attributes:
        extra: what only this event has, as the REST interface calls it.
        other: the issue at the other end, of which only GraphQL tells.
    """

    id: int
    number: int
    event: str
    actor: User | None
    created_at: datetime
    commit: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    other: Issue | None = None


@dataclass(eq=False, kw_only=True)
class Comment:
    """Attributes: ``number`` of the issue, pull request or discussion; ``sha`` of the commit."""

    id: int
    body: str
    user: User | None
    created_at: datetime
    updated_at: datetime
    number: int = 0
    sha: str = ""
    path: str = ""
    line: int = 1
    review: int | None = None
    reply_to: int | None = None


@dataclass(eq=False, kw_only=True)
class Review:
    id: int
    number: int
    user: User | None
    state: str
    body: str
    submitted_at: datetime | None
    updated_at: datetime
    sha: str


@dataclass(eq=False, kw_only=True)
class Release:
    id: int
    tag: str
    name: str | None
    body: str | None
    author: User | None
    created_at: datetime
    published_at: datetime | None
    updated_at: datetime
    draft: bool = False
    prerelease: bool = False
    target: str = "main"


@dataclass(eq=False, kw_only=True)
class Star:
    user: User
    starred_at: datetime


@dataclass(eq=False, kw_only=True)
class Discussion:
    id: int
    number: int
    title: str
    body: str
    user: User | None
    category: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    reason: str | None = None
    answer: int | None = None
    answered_at: datetime | None = None
    answered_by: User | None = None
    labels: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Job:
    id: int
    name: str
    attempt: int
    status: str
    conclusion: str | None
    created_at: datetime
    started_at: datetime
    completed_at: datetime | None = None


@dataclass(eq=False, kw_only=True)
class Run:
    id: int
    name: str
    number: int
    event: str
    actor: User | None
    branch: str
    sha: str
    title: str
    status: str
    conclusion: str | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime
    attempt: int = 1
    jobs: list[Job] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Activity:
    """One entry of the repository's public feed."""

    id: int
    type: str
    actor: User | None
    created_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Token:
    """A secret and what it opens.

    Attributes:
        user: whose; ``None``: an App's.
        scopes: of a classic token, which are sent back; ``None``: it is of another kind.
        private: repositories that are not public and may be seen; ``None``: all.
        denied: permissions that a fine-grained token or App lacks: ``actions``, ``issues``, …
        expires_at: when it stops to be known.
        limit: requests an hour.
    """

    value: str
    user: User | None
    scopes: tuple[str, ...] | None = ("repo",)
    private: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    limit: int = 5000
