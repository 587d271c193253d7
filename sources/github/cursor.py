"""What of each repository has been given: JSON in, checked values out, and back.

Every stream of records has its own place, since a page of comments says nothing of releases. A
repository is known by its number: renamed, it goes on.
"""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sources.batch import Cursor
from sources.errors import CursorInvalidError

VERSION: Final = 1
SEED_KEYS: Final = ("last_pr_number", "last_commit_sha", "since")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Changed(_Strict):
    """A list that can be asked for what changed since a time.

    Attributes:
        since: the time to ask for next; ``None``: from the beginning.
        seen: change by id of what was given and may be listed again.
        etag: of the list's newest record when it was last read to its end.
    """

    since: str | None = None
    seen: dict[str, str] = Field(default_factory=dict)
    etag: str | None = None


class OpenList(_Strict):
    """A list that is being read, newest first.

    Attributes:
        newest: time of its newest record when the reading began.
        recent: ids of the records that are about as new.
        page: the next page.
        etag: of the list when the reading began.
    """

    newest: str
    recent: list[int]
    page: int
    etag: str | None = None


class Newest(_Strict):
    """A list that can only be read from its newest record on.

    Attributes:
        newest: everything up to this time has been given.
        recent: ids of what was given and is about as new.
        horizon: the service lists nothing that is older.
        etag: of the list when it was last read to where it was known.
        open: the reading under way.
    """

    newest: str | None = None
    recent: list[int] = Field(default_factory=list)
    horizon: str | None = None
    etag: str | None = None
    open: OpenList | None = None


class OpenRange(_Strict):
    """Commits that are being given.

    Attributes:
        target: the commit that the range leads to.
        page: the next page of the list.
        pages: how many pages it has, where they are read from the last one on.
    """

    target: str
    page: int = 1
    pages: int | None = None


class Branch(_Strict):
    """The followed branch.

    Attributes:
        tip: all that this commit reaches has been given.
        etag: of the branch at its tip.
        empty: when somebody last pushed, where there was no commit then.
        open: the range under way.
    """

    tip: str | None = None
    etag: str | None = None
    empty: str | None = None
    open: OpenRange | None = None


class Whole(_Strict):
    """A short list that is read whole when it changed.

    Attributes:
        given: digest by id of what was given.
        etag: of the page on which its next record will be.
        pages: which page that is, where the list grows at its end.
    """

    given: dict[str, str] = Field(default_factory=dict)
    etag: str | None = None
    pages: int = 1


class OpenSpan(_Strict):
    """Workflow runs that are being given, oldest first.

    Attributes:
        since: first second of the part that is being read.
        until: its last second.
        page: the part's next page.
        end: last second of all parts.
        change: what changed from then on is given; ``None``: everything.
        etag: of the list when the reading began.
    """

    since: str
    until: str
    page: int = 1
    end: str
    change: str | None = None
    etag: str | None = None


class Runs(_Strict):
    """Workflow runs, which change for a month after they were created.

    Attributes:
        until: everything that changed before that time has been given.
        seen: change by id of what was given and changed at about that time.
        unfinished: time of creation by id of runs that had not ended.
        swept: when all runs of the month before were last looked at.
        etag: of the newest hundred.
        open: the reading under way.
    """

    until: str | None = None
    seen: dict[str, str] = Field(default_factory=dict)
    unfinished: dict[str, str] = Field(default_factory=dict)
    swept: str | None = None
    etag: str | None = None
    open: OpenSpan | None = None


class Stars(_Strict):
    """Stars, oldest first.

    Attributes:
        after: the service's own mark behind the last star that was given.
        record: what the repository's own record was when the last one was given.
    """

    after: str | None = None
    record: str | None = None


class Talks(_Strict):
    """Discussions.

    Attributes:
        after: the service's own mark in the first reading, which goes by age; ``None`` behind it.
        until: everything that changed up to this time has been given.
        seen: change by number of what was given and changed at about that time.
        top: the newest change when the reading under way began.
    """

    after: str | None = None
    until: str | None = None
    seen: dict[str, str] = Field(default_factory=dict)
    top: str | None = None


class Place(_Strict):
    """One repository.

    Attributes:
        asked: the name by which it was asked for.
        name: the name it has.
        branch: its default branch.
        pushed: when somebody last pushed to it.
        stargazers: how many stars it has.
        pulls_only: its issues are switched off, so nothing lists them and what happens to them.
        etag: of its own record.
    """

    asked: str
    name: str
    branch: str
    pushed: str | None = None
    stargazers: int = 0
    pulls_only: bool = False
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


class File(_Strict):
    """One file of deliveries.

    Attributes:
        size: bytes it had when it was last read.
        done: bytes of it, unpacked, that have been given.
    """

    size: int
    done: int


class Start(_Strict):
    """Where somebody who kept simpler cursors wants to go on.

    Attributes:
        since: records that changed from then on.
        last_pr_number: pull requests and issues that changed since this one was opened.
        last_commit_sha: commits that this one does not reach.
    """

    since: str | None = None
    last_pr_number: int | None = Field(default=None, ge=0)
    last_commit_sha: str | None = None


class Position(_Strict):
    """All that a pass needs to go on.

    Attributes:
        v: version of this form.
        full: when the full pass under way began; ``None``: one has come to its end.
        repositories: by number.
        listing: etags of the pages of an organisation's repositories.
        files: how far each file of deliveries has been given, by its path.
        start: where to begin in a repository that has no place yet.
    """

    v: int = VERSION
    full: str | None = None
    repositories: dict[str, Place] = Field(default_factory=dict)
    listing: list[str] = Field(default_factory=list)
    files: dict[str, File] = Field(default_factory=dict)
    start: Start = Field(default_factory=Start)

    def to_cursor(self) -> Cursor:
        """The position as JSON."""
        return self.model_dump(exclude_defaults=True) | {"v": self.v}


def parse_cursor(cursor: Cursor | None, source_id: str) -> Position | None:
    """Read a cursor: one of ours, or ``last_pr_number``, ``last_commit_sha``, ``since``.

    Raises:
        CursorInvalidError: neither.
    """
    if cursor is None:
        return None
    data: dict[str, Any] = cursor
    if "v" not in cursor and cursor.keys() & set(SEED_KEYS):
        data = {"start": {key: value for key, value in cursor.items() if value is not None}}
    try:
        position = Position.model_validate(data)
    except ValidationError as error:
        (first, *_) = error.errors(include_input=False, include_url=False)
        place = ".".join(str(part) for part in first["loc"])
        raise CursorInvalidError(
            f"{source_id}: this is no cursor of a github source: {place}: {first['msg']}",
            remedy="Start without a cursor; events that are stored are not doubled",
        ) from None
    if position.v != VERSION:
        raise CursorInvalidError(
            f"{source_id}: a cursor of version {position.v}, not {VERSION}",
            remedy="Start without a cursor; events that are stored are not doubled",
        )
    return position
