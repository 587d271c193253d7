"""Whether a clone that lacked objects has them now."""

from collections.abc import Sequence

from sources.filesystem.changes import DIFF, read_tokens
from sources.filesystem.command import Git, GitFailedError
from sources.filesystem.log import read_objects


def is_mended(git: Git, shas: Sequence[str]) -> bool:
    """Whether all of these commits, that could not be read whole, can be so now.

    Raises:
        GitFailedError: git was stopped.
    """
    if any(content is None for _, content in read_objects(git, shas)):
        return False
    stdin = "".join(f"{sha}\n" for sha in shas).encode()
    try:
        with git.pipe(*DIFF, "--numstat", stdin=stdin) as stdout:
            for _ in read_tokens(stdout):
                pass
    except GitFailedError as error:
        if error.status < 0:
            raise
        return False
    return True
