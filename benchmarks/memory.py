"""The memory of a family of processes, looked at again and again while they run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import psutil

_EVERY: Final = 0.05
_MB: Final = 1_024  # of the kernel's kB


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Memory held at one moment, in MB.

    Attributes:
        pss: what shared pages are, divided among those who share them, and all others; 0 where it
            was not asked for, as the kernel goes through all pages for it and holds the process up.
        own: what is no page of a file: nothing else could have it back.
    """

    pss: float = 0.0
    own: float = 0.0

    def __add__(self, other: Self) -> "Held":
        """Both together."""
        return Held(pss=self.pss + other.pss, own=self.own + other.own)

    def peak(self, other: Self) -> "Held":
        """The larger one of each."""
        return Held(pss=max(self.pss, other.pss), own=max(self.own, other.own))


def held_by(root: psutil.Process, *, shares: bool = True) -> Held:
    """Add up what a process and all below it hold now; those that just ended hold nothing.

    Args:
        root: the process.
        shares: whether ``pss`` is asked for, and pages that processes share are divided in ``own``
            (those of a child that has not yet become its program are shared too).
    """
    total = Held()
    with suppress(psutil.NoSuchProcess):
        for process in (root, *root.children(recursive=True)):
            total += _read_shares(process.pid) if shares else _read_counts(process.pid)
    return total


def _read_shares(pid: int) -> Held:
    sizes = _read_sizes(f"/proc/{pid}/smaps_rollup", "Pss")
    return Held(pss=sizes["Pss"], own=sizes["Pss"] - sizes["Pss_File"]) if sizes else Held()


def _read_counts(pid: int) -> Held:
    sizes = _read_sizes(f"/proc/{pid}/status", "Rss")
    return Held(own=sizes["RssAnon"] + sizes["RssShmem"]) if sizes else Held()


def _read_sizes(path: str, prefix: str) -> dict[str, float]:
    """Read lines ``Name: number kB`` whose names begin so; nothing where the process is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        parts = (line.partition(":") for line in Path(path).read_text().splitlines())
        return {
            name: int(rest.split()[0]) / _MB for name, _, rest in parts if name.startswith(prefix)
        }
    return {}


class Watch:
    """The peaks so far: of the command's processes, and of the server's.

    Attributes:
        command: of the processes below this one, the server's not among them.
        server: of the server's.
    """

    def __init__(self) -> None:
        self.command = Held()
        self.server = Held()


@contextmanager
def watched(server: psutil.Process | None = None) -> Iterator[Watch]:
    """Look every 50 ms, while the block runs, at this process's children and the server, if any.

    Without a server nothing is shared, so that counts are enough, which cost the process nothing.
    """
    watch, over = Watch(), threading.Event()
    here = psutil.Process()

    def look() -> None:
        while not over.wait(_EVERY):
            shares = server is not None
            held = sum((held_by(child, shares=shares) for child in here.children()), Held())
            watch.command = watch.command.peak(held)
            if server is not None:
                watch.server = watch.server.peak(held_by(server))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()
