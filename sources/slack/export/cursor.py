"""Which exports have been read, and how far: JSON in, checked values out, and back."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import Field

from sources.batch import Cursor
from sources.cursors import invalid_cursor, read_cursor
from sources.slack.cursor import SEED_KEY, Strict
from sources.slack.moments import micros

VERSION: Final = 1


class Known(Strict):
    """One export.

    Attributes:
        path: where it was last found.
        stamp: size and time that its file had then, or its files.
        digest: names its content.
        first: its first day, by its own zone; empty: it has no messages.
        last: its last day.
        oldest: its first message, microseconds since 1970.
        newest: its last message.
        size: bytes of all its messages.
        written: when it was made, by its own account.
        done: all of it has been given.
    """

    path: str
    stamp: str
    digest: str
    first: str = ""
    last: str = ""
    oldest: int = 0
    newest: int = 0
    size: int = 0
    written: str = ""
    done: bool = False

    @property
    def age(self) -> tuple[int, str, str, str]:
        """Greater for a newer one."""
        return self.newest, self.written, self.stamp.rpartition(":")[2], self.path

    def meets(self, other: "Known") -> bool:
        """Whether both speak of the same time."""
        return self.oldest <= other.newest and other.oldest <= self.newest


class Place(Strict):
    """Where in an export the reading is.

    Attributes:
        digest: names the export.
        folder: of the conversation; empty: before the first, with what its lists tell.
        day: whose file it is in.
        index: messages of that file, or entries of the lists, that have been given.
    """

    digest: str
    folder: str = ""
    day: str = ""
    index: int = Field(default=0, ge=0)


class Position(Strict):
    """All that a pass needs to go on.

    Attributes:
        v: version of this form.
        full: a pass from nothing is under way.
        exports: all that were met.
        at: where the pass is; ``None``: between two exports.
        bad: days whose files were damaged, as ``digest/folder/day``.
        doubtful: days that had records nobody could read, in the same form; while all is read.
        after: only messages later than this are given, in microseconds since 1970.
        gone: messages that an export says were deleted, and that an older one may have, as
            ``channel/microseconds``.
        unread: messages that nobody could understand in an export, and that an older one may
            have, in the same form; while both are read.
    """

    v: int = VERSION
    full: bool = False
    exports: list[Known] = Field(default_factory=list)
    at: Place | None = None
    bad: list[str] = Field(default_factory=list)
    doubtful: list[str] = Field(default_factory=list)
    after: int = -1
    gone: list[str] = Field(default_factory=list)
    unread: list[str] = Field(default_factory=list)

    def gone_of(self, key: str) -> set[int]:
        """Give the times of one conversation's messages that were deleted."""
        return _times_of(self.gone, key)

    def unread_of(self, key: str) -> set[int]:
        """Give the times of those that nobody could understand."""
        return _times_of(self.unread, key)

    def to_cursor(self) -> Cursor:
        """The position as JSON."""
        return {**self.model_dump(exclude_defaults=True), "v": self.v, "kind": "export"}


def _times_of(marks: Iterable[str], key: str) -> set[int]:
    found = (mark.rpartition("/") for mark in marks)
    return {int(time) for channel, _, time in found if channel == key and time.isdecimal()}


def parse_cursor(cursor: Cursor | None, source_id: str) -> Position:
    """Read a cursor: one of ours, or ``latest_timestamp``; ``None`` is the place of a beginning.

    Raises:
        CursorInvalidError: neither.
    """
    if cursor is None:
        return Position(full=True)
    data: dict[str, Any] = dict(cursor)
    if data.keys() == {SEED_KEY}:
        data = _read_seed(data[SEED_KEY], source_id)
    if data.pop("kind", None) != "export":
        raise invalid_cursor(source_id, "this is no cursor of a source that reads exports")
    return read_cursor(
        Position,
        data,
        version=VERSION,
        source_id=source_id,
        refusal="this is no cursor of a slack source",
    )


def _read_seed(value: Any, source_id: str) -> dict[str, Any]:
    """Read ``latest_timestamp``: a message's time, after which to go on; ``None``: from nothing."""
    if value is None:
        return {"kind": "export", "full": True}
    try:
        return {"kind": "export", "after": micros(value)}
    except ValueError as error:
        raise invalid_cursor(source_id, f"{SEED_KEY}: {error}") from None
