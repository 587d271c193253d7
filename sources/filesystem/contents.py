"""Which file contents a clone lacks: partial clones, and snapshots that lost some."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from threading import Lock
from types import TracebackType
from typing import Final, Self

from sources.filesystem.changes import DIFF, read_tokens, take
from sources.filesystem.command import Git

_LINK: Final = b"160000"
"""Mode of a submodule's commit, which is in another repository."""

_EMPTY: Final = frozenset(
    {
        b"4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        b"6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
    }
)
"""The tree without files, by both formats of ids, which git knows whether it is stored or not."""


class Contents:
    """Knows the objects that a clone has, once somebody has to ask; for any number of threads.

    All that are here are listed once, in a file, instead of asking for each that may not be: a
    partial clone would start a fetch for each of those.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._lock = Lock()
        self._open = ExitStack()
        self._listed: mmap | None = None

    def __enter__(self) -> Self:
        """The same; nothing is listed yet."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Forget the list."""
        self._open.close()

    def find_lacking(self, shas: Sequence[str]) -> set[str]:
        """Name the commits among ``shas`` that changed a file whose content is not here.

        Raises:
            GitFailedError: git was stopped, or a tree is missing as well.
        """
        stdin = "".join(f"{sha}\n" for sha in shas).encode()
        with self._git.pipe(*DIFF, "--no-renames", stdin=stdin) as stdout:
            needed = dict(_contents(read_tokens(stdout)))
        listed = self._all()
        asked = set().union(*needed.values())
        lacking = {content for content in asked if not _is_listed(listed, content)}
        return {sha for sha, contents in needed.items() if contents & lacking}

    def find_treeless(self, trees: Mapping[str, bytes]) -> set[str]:
        """Name the commits, given with their trees, of which not even that tree is here.

        Raises:
            GitFailedError: git was stopped.
        """
        listed = self._all()
        missing = {tree for tree in {*trees.values()} - _EMPTY if not _is_listed(listed, tree)}
        return {sha for sha, tree in trees.items() if tree in missing}

    def _all(self) -> mmap:
        with self._lock:
            self._listed = self._listed or self._list()
            return self._listed

    def _list(self) -> mmap:
        """Write the ids of all objects to a file, a line each, sorted as git gives them."""
        listing = ("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
        with TemporaryFile() as file:
            self._git.spool(*listing, stdin=b"", into=file)
            return self._open.enter_context(mmap(file.fileno(), 0, access=ACCESS_READ))


def _is_listed(listed: mmap, content: bytes) -> bool:
    """Whether an id is among sorted lines of its own length."""
    width = len(content) + 1

    def line(number: int) -> bytes:
        return listed[number * width : number * width + len(content)]

    lines = range(len(listed) // width)
    place = bisect_left(lines, content, key=line)
    return place < len(lines) and line(place) == content


def _contents(tokens: Iterator[bytes]) -> Iterator[tuple[str, set[bytes]]]:
    """Give each commit with the contents that counting its lines takes."""
    sha: bytes | None = None
    contents: set[bytes] = set()
    for token in tokens:
        entry = token.lstrip(b"\n")
        if not entry.startswith(b":"):
            if sha is not None:
                yield sha.decode("ascii"), contents
            sha, contents = entry, set()
            continue
        take(tokens)  # the path
        old_mode, new_mode, old, new, _ = entry[1:].split(b" ", 4)
        contents |= {
            content
            for mode, content in ((old_mode, old), (new_mode, new))
            if mode != _LINK and content.strip(b"0")
        }
    if sha is not None:
        yield sha.decode("ascii"), contents
