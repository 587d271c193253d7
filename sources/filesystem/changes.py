"""Understanding what ``git diff-tree`` writes: changed files, trailers, corrected names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Final

from sources.filesystem.command import CutShortError
from sources.filesystem.commits import decode, encode_raw

DIFF: Final = (
    "diff-tree", "--stdin", "--always", "--root", "-r", "-M", "-z", "--no-abbrev",
    "--no-color", "--no-ext-diff", "--no-textconv", "--diff-algorithm=myers",
    "--ignore-submodules=none", "--raw",
)  # fmt: skip
"""Merges give no files, as with ``git log``; roots are compared with the empty tree.

A moved submodule is a change like any other, whatever the checked-out ``.gitmodules`` ignores.
"""

HEADS: Final = (
    "log", "--no-walk=unsorted", "--stdin", "-s", "-z", "--no-color", "--no-decorate",
)  # fmt: skip
"""Commits without what they changed, for which none of their trees is needed."""

_FIELD: Final = "%x00"
# long ones, as a value may hold any single sign
_PAIR: Final = "\x1f\x1f\x1e"
_ITEM: Final = "\x1e\x1e\x1f"
_TRAILERS: Final = "%(trailers:only,unfold,key_value_separator=%x1f%x1f%x1e,separator=%x1e%x1e%x1f)"
FORMATS: Final = {
    True: "--format=" + _FIELD.join(("%H", "%aN", "%aE", _TRAILERS)),
    False: "--format=" + _FIELD.join(("%H", "%an", "%ae", _TRAILERS)),
}
"""By whether the mailmap corrects names."""

_HEADER_FIELDS: Final = 4
_BLOCK: Final = 1 << 18


@dataclass(slots=True, kw_only=True)
class Changes:
    """What one commit did to files, and what only git itself reads out of its message.

    Attributes:
        sha: the commit.
        name: the author's, corrected if asked for.
        email: the author's, corrected if asked for.
        trailers: values by key as written, in their order.
        files: one dict a file, by the fields of ``FILE_CHANGE``.
        undecodable: base64 of paths that are not UTF-8, by ``<position>.<field>``.
        listed: whether the files could be read; else there are none.
    """

    sha: str
    name: str
    email: str
    trailers: dict[str, list[str]]
    files: list[dict[str, Any]] = field(default_factory=list)
    undecodable: dict[str, str] = field(default_factory=dict)
    listed: bool = True


def read_tokens(stdout: IO[bytes]) -> Iterator[bytes]:
    """Cut a stream at its NULs, holding one block and one token at a time."""
    rest = b""
    while block := stdout.read(_BLOCK):
        *tokens, rest = (rest + block).split(b"\0")
        yield from tokens
    if rest:
        yield rest


def parse_changes(tokens: Iterable[bytes]) -> Iterator[Changes]:
    """Group tokens into commits, in the order they were asked for.

    Args:
        tokens: the pieces between NULs of ``diff-tree`` with :data:`DIFF`, one of
            :data:`FORMATS`, and ``--numstat`` or not.

    Raises:
        CutShortError: they end in the middle of a commit.
    """
    try:
        yield from _group(iter(tokens))
    except (IndexError, ValueError) as error:
        raise CutShortError("diff-tree") from error


def take(stream: Iterator[bytes]) -> bytes:
    """Give the next token, of which there has to be one.

    Raises:
        CutShortError: there is none.
    """
    for token in stream:
        return token
    raise CutShortError("diff-tree")


def _group(stream: Iterator[bytes]) -> Iterator[Changes]:
    current: Changes | None = None
    counted = 0
    for token in stream:
        entry = token.lstrip(b"\n")
        if entry.startswith(b":"):
            _add_file(_open(current), entry, stream)
        elif b"\t" in entry:
            _count_file(_open(current), counted, entry, stream)
            counted += 1
        else:
            if current is not None:
                yield current
            current, counted = _parse_header(entry, stream), 0
    if current is not None:
        yield current


def _open(current: Changes | None) -> Changes:
    if current is None:
        raise ValueError("git gave a file before any commit")
    return current


def _parse_header(sha: bytes, stream: Iterator[bytes]) -> Changes:
    name, email, trailers = (decode(take(stream), None)[0] for _ in range(_HEADER_FIELDS - 1))
    return Changes(
        sha=sha.decode("ascii"), name=name, email=email, trailers=_parse_trailers(trailers)
    )


def _parse_trailers(text: str) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for item in text.split(_ITEM):
        key, found, value = item.partition(_PAIR)
        if found:
            pairs.setdefault(key.strip(), []).append(value.strip())
    return pairs


def _add_file(changes: Changes, entry: bytes, stream: Iterator[bytes]) -> None:
    """Read one raw entry: modes, objects, status, then one path or two."""
    status = entry.rsplit(b" ", 1)[1][:1].decode("ascii")
    position = len(changes.files)
    first = _path(changes, take(stream), f"{position}.path")
    old_path = None
    if status in "RC":
        if f"{position}.path" in changes.undecodable:
            changes.undecodable[f"{position}.old_path"] = changes.undecodable.pop(
                f"{position}.path"
            )
        old_path, first = first, _path(changes, take(stream), f"{position}.path")
    changes.files.append(
        {
            "path": first,
            "old_path": old_path,
            "change": status,
            "additions": None,
            "deletions": None,
        }
    )


def _path(changes: Changes, raw: bytes, key: str) -> str:
    text, lossless = decode(raw, None)
    if not lossless:
        changes.undecodable[key] = encode_raw(raw)
    return text


def _count_file(changes: Changes, number: int, entry: bytes, stream: Iterator[bytes]) -> None:
    """Read one numstat entry; git gives them in the order of the raw ones."""
    additions, deletions, path = entry.split(b"\t", 2)
    if not path:  # a rename: the old and the new path follow
        take(stream)
        path = take(stream)
    item = changes.files[number]
    if additions != b"-":
        item["additions"], item["deletions"] = int(additions), int(deletions)
