"""What git writes, around any bytes that people can put into a repository."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from sources.digests import digests
from sources.filesystem.changes import Changes, parse_changes, read_tokens
from sources.filesystem.commits import ObjectText, decode, parse_object
from sources.filesystem.events import Origin, commit_row, events_table
from sources.filesystem.hearing import Hearing, parse_wait
from sources.filesystem.log import Reading
from sources.filesystem.moments import Moment, own_moment
from sources.filesystem.refs import decode_ref, encode_ref

_ZERO: Final = b"0" * 40
_STATUSES: Final = b"AMDTRC"
_ORIGIN: Final = Origin(source_id="demo", scope="main", github="me/mine")
_SECRET: Final = "s3cret-token"  # noqa: S105 -- looked for in what must not hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    status: int
    old: bytes
    path: bytes
    additions: bytes

    @property
    def moved(self) -> bool:
        return self.status in b"RC"


def check_git(data: bytes) -> None:
    """Read a commit object, the changes of several commits, and git's complaints.

    Pieces between NULs are a commit object, then for each commit a name, an e-mail, a message's
    trailers, and paths.

    Raises:
        AssertionError: a commit or file is lost, or is another one.
    """
    content, *pieces = data.split(b"\0")
    commit = parse_object(content.replace(b"\1", b"\0"))
    assert "\n" not in commit.title
    commits = [_commit(number, some) for number, some in enumerate(_groups(pieces))]
    written = b"".join(part for _, parts in commits for part in parts)
    found = list(parse_changes(read_tokens(BytesIO(written))))
    assert [changes.sha for changes in found] == [_sha(number) for number in range(len(commits))]
    for changes, (files, _) in zip(found, commits, strict=True):
        _check_files(changes, files)
    _check_events(content, commit, found)
    _check_words(content)


def _groups(pieces: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    return iter([tuple(pieces[at : at + 9]) for at in range(0, len(pieces), 9)])


def _sha(number: int) -> str:
    return f"{number:040x}"


def _commit(number: int, pieces: Sequence[bytes]) -> tuple[list[_File], list[bytes]]:
    """Write one commit as ``diff-tree`` does; gives its files too."""
    name, email, trailers, *paths = [*pieces, b"", b"", b""][: max(3, len(pieces))]
    files = [_file(path, paths[at - 1]) for at, path in enumerate(paths) if path]
    header = b"\0".join([_sha(number).encode(), name, email, trailers, b""])
    raw = [_raw(file) for file in files]
    counts = [_count(file) for file in files]
    return files, [header, b"\n" * bool(files), *raw, *counts]


def _file(path: bytes, other: bytes) -> _File:
    status = _STATUSES[path[0] % len(_STATUSES)]
    additions = b"-" if path[-1] % 5 == 0 else b"%d" % (path[-1] << path[0] % 24)
    return _File(status=status, old=other or path, path=path, additions=additions)


def _raw(file: _File) -> bytes:
    score = b"087" if file.moved else b""
    head = b":100644 100644 %b %b %c%b\0" % (_ZERO, _ZERO, file.status, score)
    return head + (file.old + b"\0" if file.moved else b"") + file.path + b"\0"


def _count(file: _File) -> bytes:
    head = b"%b\t%b\t" % (file.additions, file.additions)
    return head + (b"\0%b\0%b\0" % (file.old, file.path) if file.moved else file.path + b"\0")


def _check_files(changes: Changes, files: Sequence[_File]) -> None:
    assert len(changes.files) == len(files)
    for item, file in zip(changes.files, files, strict=True):
        assert item["change"] == chr(file.status)
        assert item["path"] == decode(file.path, None)[0]
        assert item["old_path"] == (decode(file.old, None)[0] if file.moved else None)
        lines = None if file.additions == b"-" else int(file.additions)
        assert (item["additions"], item["deletions"]) == (lines, lines)


def _check_events(content: bytes, commit: ObjectText, found: Sequence[Changes]) -> None:
    """See that every commit can be a row of the table, with a digest."""
    moment = own_moment(commit) or Moment(seconds=0, offset=None, basis="none")
    rows: list[dict[str, Any]] = [
        commit_row(
            _ORIGIN,
            Reading(sha=changes.sha, content=content, changes=changes, counted=True),
            commit,
            moment,
        )
        for changes in found
    ]
    table = events_table(rows)
    table.validate(full=True)
    assert len(digests(table)) == len(found)


def _check_words(content: bytes) -> None:
    """See that nothing a server says is too odd, nor shows a secret, nor waits for ever."""
    hearing = Hearing("demo", [_SECRET])
    for line in content.split(b"\n"):
        hearing.hear(line)
        wait = parse_wait(line.decode("utf-8", "replace"), datetime(2024, 1, 1, tzinfo=UTC))
        assert wait is None or 0 <= wait <= 86_400
        if b"\\" not in line:
            assert encode_ref(decode_ref(line)) == line
    assert _SECRET not in hearing.complaint
