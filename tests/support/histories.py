"""Long git histories, written in one go."""

import subprocess
from pathlib import Path

from tests.support.repositories import Repository

_BEGIN = 1_500_000_000
_APART = 86_400 // 11


def long_history(path: Path, commits: int) -> Repository:
    """Make a history on ``main``, eleven commits a day since July 2017, by Ada."""
    return _written(path, _branch("main", range(commits)))


def forked_history(path: Path, *, trunk: int, side: int) -> Repository:
    """Make two histories, ``left`` and ``right``, that share their first ``trunk`` commits.

    Args:
        path: where; it must not exist.
        trunk: commits on ``main``, from which both go on.
        side: commits of each side beyond those, at the same times.
    """
    beyond = range(trunk, trunk + side)
    sides = [_branch(name, beyond, "from refs/heads/main\n") for name in ("left", "right")]
    return _written(path, _branch("main", range(trunk)), *sides)


def _branch(name: str, numbers: range, base: str = "") -> str:
    stream = []
    for number in numbers:
        who = f"Ada <ada@example.org> {_BEGIN + number * _APART} +0100"
        text = f"Change {number} of {name}"
        stream.append(
            f"commit refs/heads/{name}\nauthor {who}\ncommitter {who}\ndata {len(text)}\n{text}\n"
            f"{base if number == numbers.start else ''}"
            f"M 100644 inline f{number % 50}.txt\ndata {len(text)}\n{text}\n"
        )
    return "".join(stream)


def _written(path: Path, *streams: str) -> Repository:
    path.mkdir()
    repository = Repository(path)
    repository.git("init", "--quiet", "--initial-branch=main")
    command = ["git", "fast-import", "--quiet"]
    subprocess.run(command, cwd=path, input="".join(streams), text=True, check=True)
    return repository
