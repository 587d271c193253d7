"""A pass over the history: from a position to the present tips, as batches with their cursors.

All of it is blocking; the source runs it in a thread. A range that was begun is finished, even
if the branches move on meanwhile; what moved is the next range of the same pass. Within a range
observations come first, as no later reading can give them again, then commits, parents before
children, retractions and new tags; the cursor is closed by the batch that brings the last of them.
"""

from collections.abc import Collection, Generator, Mapping
from dataclasses import replace
from hashlib import blake2b
from tempfile import TemporaryFile

from sources.batch import EventBatch
from sources.cursors import invalid_cursor
from sources.filesystem.command import Git
from sources.filesystem.coverage import build_claim, read_horizon
from sources.filesystem.cursor import SEED_KEY, OpenRange, Position
from sources.filesystem.events import events_table
from sources.filesystem.log import spool_walk
from sources.filesystem.mailmap import read_digest
from sources.filesystem.mending import is_mended
from sources.filesystem.moves import find_moves, find_tag_moves
from sources.filesystem.ranges import Range
from sources.filesystem.reader import Reader
from sources.filesystem.refs import Refs
from sources.filesystem.repository import Repository
from sources.filesystem.tags import find_commits, read_types
from sources.span import Span

_EVERYTHING: Span = (None, None)
_SHOWN = 3


def read_pass(reader: Reader, position: Position | None) -> Generator[EventBatch, None, None]:
    """Give everything after ``position``; no batch at all where there is nothing.

    Raises:
        CursorInvalidError: what the position names is gone.
        GitFailedError: the repository cannot be read.
    """
    refs = reader.refs()
    tags = refs.tags if reader.config.tags else {}
    if position is None:
        position = _begin(reader, refs)
    elif find_news(position, refs, tags, reader.repository, reader.git) is None:
        return
    else:
        position = yield from _check(reader, position, refs, tags)
    if position.open is not None:
        position = yield from _finish(reader, position, refs, tags)
    if position.refs != refs.followed or position.tags != tags:
        opened = position.model_copy(update={"open": OpenRange(refs=refs.followed)})
        yield from _finish(reader, opened, refs, tags)


def find_news(
    position: Position, refs: Refs, tags: Mapping[str, str], repository: Repository, git: Git
) -> str | None:
    """Say in words what is new since ``position``; ``None`` if nothing is.

    Raises:
        GitFailedError: git was stopped.
    """
    if position.open is not None:
        return "a range is under way"
    if position.refs != refs.followed:
        changed = dict(refs.followed.items() - position.refs.items())
        gone = len(position.refs.keys() - refs.followed.keys())
        return f"{len(changed)} branches moved or appeared, {gone} went"
    if position.tags != tags:
        return "tags changed"
    # a bare repository's mailmap moves with its branch
    return _find_stale(position, repository, git, renamed=repository.in_work_tree)


def _find_stale(
    position: Position, repository: Repository, git: Git, *, renamed: bool
) -> str | None:
    """Say why what was read before would be read otherwise now; ``None`` if it would not.

    Args:
        position: what was read.
        repository: which one.
        git: runs the commands.
        renamed: whether to look at the mailmap as well.
    """
    if position.shallow != shallow_digest(repository):
        return "the clone was deepened or cut since the last sync"
    renamed = renamed and position.mailmap is not None
    if renamed and position.mailmap != read_digest(repository, git):
        return "the mailmap gives people other names now"
    here = repository.url is None or repository.root.is_dir()  # a copy may not be made yet
    if position.lacking and here and is_mended(git, position.lacking):
        return "the clone has objects now that it lacked"
    return None


def shallow_digest(repository: Repository) -> str:
    """Name where a shallow clone ends; empty for a whole one."""
    shallow = repository.shallow()
    return blake2b(" ".join(shallow).encode(), digest_size=8).hexdigest() if shallow else ""


def _mailmap(reader: Reader) -> str | None:
    return read_digest(reader.repository, reader.git) if reader.config.mailmap else None


def _begin(reader: Reader, refs: Refs) -> Position:
    return Position(
        mailmap=_mailmap(reader),
        boundary=_boundary(reader.git, refs, reader.config.max_commits),
        shallow=shallow_digest(reader.repository),
        open=OpenRange(refs=refs.followed, full=True),
    )


def _boundary(git: Git, refs: Refs, limit: int | None) -> list[str]:
    """Find the commits just outside the newest ``limit``: with all they reach, they stay out."""
    if limit is None or not refs.followed:
        return []
    tips = sorted({*find_commits(git, sorted({*refs.followed.values()})).values()})
    if not tips:
        return []
    options = ("--date-order", "--boundary", f"--max-count={limit}", "--stdin")
    stdin = "".join(f"{sha}\n" for sha in tips).encode()
    outside, inside = set(), set()
    with TemporaryFile() as file:
        spool_walk(git, *options, stdin=stdin, into=file)
        for line in file:
            text = line.decode("ascii").strip()
            if text.startswith("-"):
                outside.add(text[1:])
            elif text in tips:
                inside.add(text)
    return sorted(outside | (set(tips) - inside))


def _check(
    reader: Reader, position: Position, refs: Refs, tags: Mapping[str, str]
) -> Generator[EventBatch, None, Position]:
    """Make sure that one can go on from a position.

    Raises:
        CursorInvalidError: one cannot; what moved was observed before, as a new start knows
            nothing of it.
    """
    if SEED_KEY in position.refs:
        here = {"shallow": shallow_digest(reader.repository), "mailmap": _mailmap(reader)}
        position = position.model_copy(update=here)
    observed = position.open.refs if position.open else position.refs
    needed = {*position.refs.values(), *observed.values()}
    types = read_types(reader.git, sorted({*needed, *position.boundary}))
    gone = {sha for sha in needed if types[sha] == "missing"}
    reason = _find_break(reader, position, gone)
    if reason is not None:
        if shallow_digest(reader.repository) not in ("", position.shallow):
            # what the new cut took away is not known, so a branch may have gone on from there
            observed = {ref: sha for ref, sha in observed.items() if ref not in refs.followed}
        steps = (observed, refs.followed)
        moves = find_moves(reader.git, reader.source_id, steps, refs.known, gone)
        moves += find_tag_moves(reader.source_id, position.tags, tags)
        if moves:
            yield EventBatch(events=events_table(moves), cursor=position.to_cursor())
        raise invalid_cursor(reader.source_id, reason)
    # what vanished from the repository is reached by nothing, so it keeps nothing out either
    kept = [sha for sha in position.boundary if types[sha] == "commit"]
    return position.model_copy(update={"boundary": kept})


def _find_break(reader: Reader, position: Position, gone: Collection[str]) -> str | None:
    """Say why one cannot go on; ``None`` if one can."""
    if gone:
        lost = ", ".join(sorted(gone)[:_SHOWN])
        return f"commit {lost} is not in {reader.repository.url or reader.repository.root}"
    return _find_stale(position, reader.repository, reader.git, renamed=True)


def _finish(
    reader: Reader, position: Position, refs: Refs, tags: Mapping[str, str]
) -> Generator[EventBatch, None, Position]:
    """Give the open range to its end; a full one ends with what it may claim."""
    full = position.open is not None and position.open.full
    going = Range(reader=reader, position=position, refs=refs, tags=tags)
    for batch, closes in going.batches():
        if not (closes and full):
            yield batch
            continue
        cuts = (reader.repository.shallow(), going.position.boundary)
        claim = build_claim(
            _EVERYTHING,
            horizon=read_horizon(reader.git, reader.moments, *cuts),
            reason=cut_reason(reader),
            lacking=going.lacking,
        )
        yield replace(batch, complete=claim.complete, coverage=claim.coverage)
    return going.position


def cut_reason(reader: Reader) -> str:
    """Why older history is not there."""
    limit = reader.config.max_commits
    reasons = [] if limit is None else [f"max_commits is {limit}"]
    if reader.repository.shallow():
        reasons.append("the clone is shallow")
    return " and ".join(reasons)
