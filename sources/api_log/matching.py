"""Which file holds which stream: one rule for renaming, compressing and copying with truncation.

A stream is known by its first line, its number among the streams of that first line, and the
bytes before the offset up to which it has been given. Files are asked oldest generation first; each
takes the stream of the same first line whose bytes it has too, the furthest one first. A file that
finds none begins a new stream.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from sources.api_log.listing import LogFile
from sources.api_log.position import Position, StreamState, hash_first
from sources.api_log.streams import Stream, hash_tail, open_stream, skip_lead
from sources.api_log.telling import check_text

FIRST_LINE: Final = 1 << 16
"""Bytes of a first line that count."""
FRESH_SECONDS: Final = 1.0
"""Who has written within this time may be writing still."""
_CHUNK: Final = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A file that may have something to give, and the stream in it.

    Attributes:
        file: which.
        state: how far its stream has been given.
    """

    file: LogFile
    state: StreamState


@dataclass(slots=True, kw_only=True)
class Plan:
    """What every file is.

    Attributes:
        open: files that are not as they were.
        works: files to read on, oldest generation first.
        done: streams whose files are here, with nothing new.
        gone: streams whose files are not here, those longest gone first.
        idle: files with nothing to give as they are.
        unsettled: files that somebody seems to be making still.
    """

    open: list[LogFile] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    done: list[StreamState] = field(default_factory=list)
    gone: list[StreamState] = field(default_factory=list)
    idle: list[LogFile] = field(default_factory=list)
    unsettled: list[LogFile] = field(default_factory=list)


def match_files(files: Sequence[LogFile], position: Position) -> Plan:
    """Say of each file which stream it holds; blocking, reads first lines and where streams stand.

    Raises:
        OSError: a file may not be read.
    """
    plan = Plan()
    by_stamp = {state.stamp: state for state in position.streams if state.stamp is not None}
    unused = list(position.streams)
    heads: dict[str, str] = {}
    for file in files:
        if (state := by_stamp.pop(file.stamp, None)) is not None:
            plan.done.append(state)
            unused.remove(state)
            heads[file.path] = state.first
        elif file.stamp in position.idle:
            plan.idle.append(file)
        else:
            with suppress(FileNotFoundError):
                heads[file.path] = read_head(file)
                plan.open.append(file)
    plan.unsettled = _find_unsettled(plan.open, files, heads)
    known = list(position.streams)
    for file in plan.open:
        with suppress(FileNotFoundError):
            twin = heads.get(str(PurePath(file.path).with_suffix(""))) if file.doubled else None
            state = _choose(file, heads[file.path], twin, unused, known)
            if state is None:
                plan.idle.append(file)
                continue
            if state in unused:
                unused.remove(state)
            else:
                known.append(state)
            plan.works.append(Work(file=file, state=state))
    plan.gone = unused
    return plan


def open_log(file: LogFile) -> Stream:
    """Open the very file that was listed.

    Raises:
        FileNotFoundError: it has another name by now, under which it will be met, or was cut off,
            so that its first line may be another one.
        OSError: it may not be read.
    """
    stream = open_stream(file.path, file.generation.codec)
    same = (stream.info.st_dev, stream.info.st_ino) == (file.info.st_dev, file.info.st_ino)
    if not same or stream.info.st_size < file.info.st_size:
        stream.close()
        raise FileNotFoundError(file.path)
    return stream


def read_head(file: LogFile) -> str:
    """Give a file's first line as a hash, empty where there is none yet.

    Raises:
        FileNotFoundError: as :func:`open_log`.
        OSError: it may not be read.
    """
    with open_log(file) as stream:
        check_text(file.path, stream.read(_CHUNK))
        stream.skip_to(0)
        line = read_first_line(stream, closed=file.rotated)
    return "" if line is None else hash_first(file.host, line)


def read_first_line(stream: Stream, *, closed: bool) -> bytes | None:
    """Read the first line that is neither empty nor a header (``#…``), without its end.

    Args:
        stream: at its beginning.
        closed: whether a last line without an end is one.
    """
    skip_lead(stream)
    pending = b""
    while True:
        data = stream.read(_CHUNK)
        pending += data
        *lines, pending = pending.split(b"\n")
        for line in lines:
            if _is_data(line):
                return line[:FIRST_LINE]
        if _is_data(pending) and len(pending) >= FIRST_LINE:
            return pending[:FIRST_LINE]
        if not data:
            ended = closed and not stream.broken and _is_data(pending)
            return pending if ended else None


def _is_data(line: bytes) -> bool:
    return bool(line.strip()) and not line.startswith(b"#")


def _choose(
    file: LogFile,
    head: str,
    twin: str | None,
    unused: Sequence[StreamState],
    known: Sequence[StreamState],
) -> StreamState | None:
    """Give the stream that a file holds; ``None``: none, or none as yet.

    A compressed file beside the same one uncompressed says nothing new (another stream may have
    that name, where compressing was switched on or off), and one that is cut off and shorter than
    its stream is being written still.
    """
    alike = [state for state in known if state.first == head]
    if not head or head == twin:
        return None
    candidates = sorted(
        (state for state in unused if state.first == head),
        key=lambda state: state.offset,
        reverse=True,
    )
    if candidates:
        with open_log(file) as stream:
            for state in candidates:
                reached = stream.skip_to(state.offset)
                if reached and hash_tail(stream.tail) == state.tail:
                    return state
                if not reached and stream.broken and file.generation.codec:
                    return None
    ordinal = max((state.ordinal for state in alike), default=-1) + 1
    return StreamState(first=head, ordinal=ordinal, offset=0, tail=hash_tail(b""))


def _find_unsettled(
    changed: Sequence[LogFile], files: Sequence[LogFile], heads: Mapping[str, str]
) -> list[LogFile]:
    """Find copies that are under way: files just written to, each the beginning of a newer one.

    That is what `copytruncate` looks like before truncating.
    """
    now = time.time()
    fresh = [
        file
        for file in changed
        if file.generation.codec is None
        and heads[file.path]
        and abs(now - file.info.st_mtime) < FRESH_SECONDS
    ]
    return [
        file
        for file in fresh
        if any(
            heads.get(other.path) == heads[file.path] and _begins(file, other)
            for other in files
            if other.generation.family == file.generation.family
            and other.generation.order > file.generation.order
        )
    ]


def _begins(file: LogFile, other: LogFile) -> bool:
    """Whether ``file`` is the beginning of ``other``, by the bytes at its end."""
    size = file.info.st_size
    if other.generation.codec is not None or other.info.st_size < size:
        return False
    try:
        with open_log(file) as short, open_log(other) as long:
            return short.skip_to(size) and long.skip_to(size) and short.tail == long.tail
    except FileNotFoundError:
        return False
