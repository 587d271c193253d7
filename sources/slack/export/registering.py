"""What the exports that are found mean for what was read: more to read, or all of it again.

An export is a snapshot. One of later days only adds to what is known. One that speaks of days that
another has told already may show edits and deletions, so everything is read again, from nothing:
that is the one reading that can tell what is gone. Nothing is doubled by it.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from sources.errors import CursorInvalidError
from sources.slack.export.cursor import Known, Position
from sources.slack.export.shelf import Shelf, stamp

logger = logging.getLogger(__name__)


def register(shelf: Shelf, paths: Sequence[Path], position: Position, source_id: str) -> None:
    """Take into ``position`` what is new or changed among ``paths``.

    Raises:
        CursorInvalidError: what was read has to be read again.
        ConfigError: one is no export, or cannot be read.
        UnavailableError: one is not complete yet.
    """
    _miss(paths, position, source_id)
    for path in paths:
        known = next((item for item in position.exports if item.path == str(path)), None)
        if known is None or known.stamp != stamp(path):
            _take(shelf.meet(path), known, position, source_id)


def _miss(paths: Sequence[Path], position: Position, source_id: str) -> None:
    """Go on without what is not there any more, where it is not needed."""
    there = {str(path) for path in paths}
    for known in [item for item in position.exports if item.path not in there]:
        if position.full:
            raise _again(source_id, f"{known.path} has gone while all was read")
        if not known.done:
            logger.warning("%s: %s has gone before it was read", source_id, known.path)
            position.exports.remove(known)
            if position.at is not None and position.at.digest == known.digest:
                position.at = None


def _take(met: Known, known: Known | None, position: Position, source_id: str) -> None:
    twin = next((item for item in position.exports if item.digest == met.digest), None)
    if known is not None and known is not twin and twin is None:
        raise _again(source_id, f"{met.path} has other content than when it was read")
    if known is not None:
        position.exports.remove(known)
    if twin is not None:
        met = met.model_copy(update={"done": twin.done})
    elif _has_given(position) and any(item.meets(met) for item in position.exports):
        raise _again(source_id, f"{met.path} speaks of days that another export has told")
    position.exports.append(met)


def _has_given(position: Position) -> bool:
    """Whether anything was given; of a pass that begins now, all exports are new."""
    return position.at is not None or any(item.done for item in position.exports)


def _again(source_id: str, why: str) -> CursorInvalidError:
    return CursorInvalidError(
        f"{source_id}: {why}", remedy="All exports are read again; nothing is doubled by it"
    )


def find_head(position: Position) -> Known:
    """Give the newest export that is still there, which says what everybody is called now."""
    there = [item for item in position.exports if Path(item.path).exists()]
    return max(there or position.exports, key=lambda known: known.age)


def find_pending(position: Position) -> Iterator[Known]:
    """Give the exports that have not been read to their ends, each content once, newest first."""
    seen = set()
    for item in sorted(position.exports, key=lambda known: known.age, reverse=True):
        if not item.done and item.digest not in seen:
            seen.add(item.digest)
            yield item
