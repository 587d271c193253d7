"""A range read in contiguous chunks, several side by side, given in their order."""

import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from sources.filesystem.command import Git
from sources.filesystem.contents import Contents
from sources.filesystem.log import CommitIds, Reading, Wishes, read_chunk

SIDE_BY_SIDE: Final = min(4, os.cpu_count() or 1)
"""Chunks being read at once: git's work is the greater part, and each has a git of its own."""
AHEAD: Final = 2 * SIDE_BY_SIDE
"""Chunks begun before the one that is due: chunks differ, and no git shall wait for another."""


def read_chunks(
    git: Git, ids: CommitIds, start: int, *, size: int, wishes: Wishes
) -> Generator[list[Reading], None, None]:
    """Give the commits from position ``start`` on, each time ``size`` at most.

    Memory is bounded by the chunks under way and the one given. Closing the iterator waits for
    those under way; stopping ``git`` first makes that short.

    Raises:
        GitFailedError: git was stopped, or cannot read the repository at all.
    """
    with Contents(git) as here, ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="git") as pool:

        def begin(shas: Sequence[str]) -> tuple[Sequence[str], Future[list[Reading]]]:
            return shas, pool.submit(read_chunk, git, shas, wishes, here)

        ahead: deque[tuple[Sequence[str], Future[list[Reading]]]] = deque()
        begun = start
        try:
            while ahead or begun < len(ids):
                while len(ahead) < AHEAD and begun < len(ids):
                    ahead.append(begin(ids.slice(begun, size)))
                    begun += len(ahead[-1][0])
                shas, chunk = ahead.popleft()
                readings = chunk.result()
                if len(readings) < len(shas):  # a bound was met; the rest comes next
                    ahead.appendleft(begin(shas[len(readings) :]))
                elif begun < len(ids):  # keep git at work while the caller is
                    ahead.append(begin(ids.slice(begun, size)))
                    begun += len(ahead[-1][0])
                yield readings
        except BaseException:
            git.stop()
            raise
        finally:
            for _, chunk in ahead:
                chunk.cancel()
