"""What of a repository has been seen: JSON in, checked values out, and back."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sources.batch import Cursor
from sources.cursors import read_cursor

VERSION: Final = 1
SAMPLE: Final = 4
SEED_KEY: Final = "last_commit_sha"

_SHA: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_Sha = Annotated[str, StringConstraints(pattern=rf"^{_SHA.pattern}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OpenRange(_Strict):
    """A range that has been begun.

    Attributes:
        refs: commit by followed ref that the range leads to.
        observed: whether branches that did not simply go on have been given.
        done: how many of its commits have been given.
        last: the last of them.
        gone: how many retractions have been given.
        full: whether it began from nothing, so that its end is the end of everything.
        lacking: months of those of its commits that could not be read whole.
    """

    refs: dict[str, _Sha]
    observed: bool = False
    done: int = Field(default=0, ge=0)
    last: _Sha | None = None
    gone: int = Field(default=0, ge=0)
    full: bool = False
    lacking: list[str] = Field(default_factory=list)


class Position(_Strict):
    """All that a pass needs to go on.

    Attributes:
        v: version of this form.
        refs: commit by followed ref; all that they reach has been given.
        tags: object by tag name; these tags have been given.
        boundary: commits that, with all they reach, stay out because of ``max_commits``.
        shallow: digest of where a shallow clone ends; empty for a whole one.
        mailmap: digest of the mailmap that was applied, empty if there was none; ``None`` where
            none is to be applied.
        lacking: a few of the commits that could not be read whole, at most :data:`SAMPLE`.
        open: the range under way.
    """

    v: int = VERSION
    refs: dict[str, _Sha] = Field(default_factory=dict)
    tags: dict[str, _Sha] = Field(default_factory=dict)
    boundary: list[_Sha] = Field(default_factory=list)
    shallow: str = ""
    mailmap: str | None = None
    lacking: list[_Sha] = Field(default_factory=list)
    open: OpenRange | None = None

    def to_cursor(self) -> Cursor:
        """The position as JSON."""
        return self.model_dump(exclude_none=True)


def parse_cursor(cursor: Mapping[str, Any] | None, source_id: str) -> Position | None:
    """Read a cursor of ours, or the plain ``{"last_commit_sha": …}``.

    Raises:
        CursorInvalidError: neither.
    """
    if cursor is None:
        return None
    if SEED_KEY in cursor and "v" not in cursor:
        if cursor[SEED_KEY] is None:
            return None
        cursor = {"v": VERSION, "refs": {SEED_KEY: cursor[SEED_KEY]}}
    return read_cursor(
        Position,
        cursor,
        version=VERSION,
        source_id=source_id,
        refusal="the cursor is none of a git history",
    )
