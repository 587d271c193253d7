"""Which file contents a clone lacks: partial clones, and snapshots that lost some."""

from collections.abc import Iterator, Sequence
from typing import Final

from sources.filesystem.changes import DIFF, read_tokens
from sources.filesystem.command import Git

_LINK: Final = b"160000"
"""Mode of a submodule's commit, which is in another repository."""


def find_lacking(git: Git, shas: Sequence[str]) -> set[str]:
    """Name the commits among ``shas`` that changed a file whose content is not here.

    Every object that is here is listed once, instead of asking for each that may not be: a
    partial clone would start a fetch for each of those.

    Raises:
        GitFailedError: git was stopped, or a tree is missing as well.
    """
    stdin = "".join(f"{sha}\n" for sha in shas).encode()
    with git.pipe(*DIFF, "--no-renames", stdin=stdin) as stdout:
        needed = dict(_contents(read_tokens(stdout)))
    lacking = set().union(*needed.values())
    listing = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
    with git.pipe(*listing) as stdout:
        for line in stdout:
            lacking.discard(line.rstrip())
    return {sha for sha, contents in needed.items() if contents & lacking}


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
        next(tokens)  # the path
        old_mode, new_mode, old, new, _ = entry[1:].split(b" ", 4)
        contents |= {
            content
            for mode, content in ((old_mode, old), (new_mode, new))
            if mode != _LINK and content.strip(b"0")
        }
    if sha is not None:
        yield sha.decode("ascii"), contents
