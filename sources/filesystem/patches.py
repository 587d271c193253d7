"""Which commits make the same change: git's own patch ids."""

from collections.abc import Sequence
from typing import Final

from sources.filesystem.command import Git, GitFailedError

_PATCH: Final = (
    "diff-tree", "--stdin", "--root", "-r", "-p", "--full-index", "--no-renames", "--no-color",
    "--no-ext-diff", "--no-textconv", "--diff-algorithm=myers", "--ignore-submodules=none",
)  # fmt: skip


def read_patch_ids(git: Git, shas: Sequence[str]) -> dict[str, str]:
    """Give the id of each commit's change: a rebased or picked copy has the same.

    Merges and commits that change nothing have none; nor has what cannot be read.

    Raises:
        GitFailedError: git was stopped.
    """
    found: dict[str, str] = {}
    stdin = "".join(f"{sha}\n" for sha in shas).encode()
    try:
        with (
            git.pipe(*_PATCH, stdin=stdin) as patches,
            git.pipe("patch-id", "--stable", stdin=patches) as answer,
        ):
            for line in answer:
                patch_id, sha = line.decode("ascii").split()
                found[sha] = patch_id
    except GitFailedError as error:
        if error.status < 0:
            raise
    return found
