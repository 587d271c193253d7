"""How far each kind of list has been given: the parts that a cursor is made of."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Strict(BaseModel):
    """Takes what it knows, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Changed(Strict):
    """A list that can be asked for what changed since a time.

    Attributes:
        since: the time to ask for next; ``None``: from the beginning.
        seen: time and digest by id of what was given and may be listed again.
        etag: of the list's newest record when it was last read to its end.
    """

    since: str | None = None
    seen: dict[str, str] = Field(default_factory=dict)
    etag: str | None = None


class OpenList(Strict):
    """A list that is being read, newest first.

    Attributes:
        newest: time of its newest record when the reading began.
        recent: ids of the records that are about as new.
        page: the next page.
        oldest: time of the last record that was given.
        etag: of the list when the reading began.
    """

    newest: str
    recent: list[int]
    page: int
    oldest: str | None = None
    etag: str | None = None


class Fill(Strict):
    """Records that such a list does not reach, to be asked for issue by issue.

    Attributes:
        since: what is older was given before; ``None``: nothing was.
        until: what is newer was listed.
        issues: how far the issues have been gone through.
    """

    since: str | None = None
    until: str
    issues: Changed = Field(default_factory=Changed)


class Newest(Strict):
    """A list that can only be read from its newest record on.

    Attributes:
        newest: everything up to this time has been given.
        recent: ids of what was given and is about as new.
        horizon: the service lists nothing that is older, and that has not been filled in.
        fill: what is to be filled in.
        etag: of the list when it was last read to where it was known.
        open: the reading under way.
    """

    newest: str | None = None
    recent: list[int] = Field(default_factory=list)
    horizon: str | None = None
    fill: Fill | None = None
    etag: str | None = None
    open: OpenList | None = None

    @model_validator(mode="after")
    def _filled_in(self) -> Self:
        """Have filled in what a cursor says to lack."""
        if self.horizon is not None and self.fill is None:
            self.fill = Fill(until=self.horizon)
        return self


class OpenRange(Strict):
    """Commits that are being given.

    Attributes:
        target: the commit that the range leads to.
        page: the next page of the list.
        pages: how many pages it has, where they are read from the last one on.
    """

    target: str
    page: int = 1
    pages: int | None = None


class Branch(Strict):
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


class Whole(Strict):
    """A short list that is read whole when it changed.

    Attributes:
        given: digest by id of what was given.
        etag: of the page on which its next record will be.
        pages: which page that is, where the list grows at its end.
    """

    given: dict[str, str] = Field(default_factory=dict)
    etag: str | None = None
    pages: int = 1


class OpenSpan(Strict):
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


class Runs(Strict):
    """Workflow runs, which change for a month after they were created.

    Attributes:
        until: everything that changed before that time has been given.
        seen: time and digest by id of what was given and changed at about that time.
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


class Stars(Strict):
    """Stars, oldest first.

    Attributes:
        after: the service's own mark behind the last star that was given.
        record: what the repository's own record was when the last one was given.
    """

    after: str | None = None
    record: str | None = None


class Talks(Strict):
    """Discussions.

    Attributes:
        after: the service's own mark in the first reading, which goes by age; ``None`` behind it.
        until: everything that changed up to this time has been given.
        seen: time and digest by number of what was given and changed at about that time.
        top: the newest change when the reading under way began.
    """

    after: str | None = None
    until: str | None = None
    seen: dict[str, str] = Field(default_factory=dict)
    top: str | None = None
