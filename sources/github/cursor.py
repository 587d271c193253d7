"""What of each repository has been given: JSON in, checked values out, and back.

Every stream of records has its own place, since a page of comments says nothing of releases. A
repository is known by its number: renamed, it goes on.
"""

from typing import Any, Final

from pydantic import Field

from sources.batch import Cursor
from sources.cursors import read_cursor
from sources.github.etags import lengthen
from sources.github.states import Branch, Changed, Newest, Runs, Stars, Strict, Talks, Whole

VERSION: Final = 1
SEED_KEYS: Final = ("last_pr_number", "last_commit_sha", "since")


class Place(Strict):
    """One repository.

    Attributes:
        name: the name it has.
        asked: the name by which it was asked for; empty: that one.
        branch: its default branch.
        pushed: when somebody last pushed to it.
        stargazers: how many stars it has.
        pulls_only: its issues are switched off, so nothing lists them and what happens to them.
        archived: it is read only, so nothing new comes.
        undiscussed: its discussions are switched off.
        unreferred: some issues were read without what refers to them.
        etag: of its own record.
    """

    name: str
    asked: str = ""
    branch: str = "main"
    pushed: str | None = None
    stargazers: int = 0
    pulls_only: bool = False
    archived: bool = False
    undiscussed: bool = False
    unreferred: bool = False
    etag: str | None = None
    commits: Branch = Field(default_factory=Branch)
    issue_events: Newest = Field(default_factory=Newest)
    issues: Changed = Field(default_factory=Changed)
    pulls: Changed = Field(default_factory=Changed)
    issue_comments: Changed = Field(default_factory=Changed)
    review_comments: Changed = Field(default_factory=Changed)
    commit_comments: Whole = Field(default_factory=Whole)
    releases: Whole = Field(default_factory=Whole)
    tags: Whole = Field(default_factory=Whole)
    runs: Runs = Field(default_factory=Runs)
    stars: Stars = Field(default_factory=Stars)
    discussions: Talks = Field(default_factory=Talks)


class File(Strict):
    """One file of deliveries.

    Attributes:
        size: bytes it had when it was last read.
        done: bytes of it, unpacked, that have been given.
    """

    size: int
    done: int


class Start(Strict):
    """Where somebody who kept simpler cursors wants to go on.

    Attributes:
        since: records that changed from then on.
        last_pr_number: pull requests and issues that changed since this one was opened.
        last_commit_sha: commits that this one does not reach.
    """

    since: str | None = None
    last_pr_number: int | None = Field(default=None, ge=0)
    last_commit_sha: str | None = None


class Position(Strict):
    """All that a pass needs to go on.

    Attributes:
        v: version of this form.
        full: when the full pass under way began; ``None``: one has come to its end.
        repositories: by number.
        person: the repositories are those of a person, not of an organisation.
        listing: etags of the pages of an organisation's repositories.
        files: how far each file of deliveries has been given, by its path.
        known: where tags lead to, when stars were given and answers chosen, as the deliveries
            told, which do not say it again when they are taken away; of stars and answers the last.
        gone: ids of events that deliveries took back for good, the last ones.
        newest: when issues, pull requests and discussions had changed as they were last given, by
            the id of their opening; those that changed last.
        start: where to begin in a repository that has no place yet.
    """

    v: int = VERSION
    full: str | None = None
    repositories: dict[str, Place] = Field(default_factory=dict)
    person: bool = False
    listing: list[str] = Field(default_factory=list)
    files: dict[str, File] = Field(default_factory=dict)
    known: dict[str, str] = Field(default_factory=dict)
    gone: list[str] = Field(default_factory=list)
    newest: dict[str, str] = Field(default_factory=dict)
    start: Start = Field(default_factory=Start)


def parse_cursor(cursor: Cursor | None, source_id: str) -> Position | None:
    """Read a cursor: one of ours, or ``last_pr_number``, ``last_commit_sha``, ``since``.

    Raises:
        CursorInvalidError: neither.
    """
    if cursor is None:
        return None
    data: dict[str, Any] = lengthen(cursor)
    if "v" not in cursor and cursor.keys() & set(SEED_KEYS):
        data = {"start": {key: value for key, value in cursor.items() if value is not None}}
    return read_cursor(
        Position,
        data,
        version=VERSION,
        source_id=source_id,
        refusal="this is no cursor of a github source",
    )
