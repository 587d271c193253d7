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
        pss: what shared pages are, divided among those who share them, and all others.
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


def held_by(root: psutil.Process) -> Held:
    """Add up what a process and all below it hold now; those that just ended hold nothing."""
    total = Held()
    with suppress(psutil.NoSuchProcess):
        for process in (root, *root.children(recursive=True)):
            total += _read(process.pid)
    return total


def _read(pid: int) -> Held:
    with suppress(FileNotFoundError, ProcessLookupError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        sizes = {
            name: int(rest.split()[0]) for name, _, rest in (li.partition(":") for li in lines)
        }
        return Held(pss=sizes["Pss"] / _MB, own=(sizes["Pss"] - sizes["Pss_File"]) / _MB)
    return Held()


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
def watched(server: psutil.Process) -> Iterator[Watch]:
    """Look every 50 ms, while the block runs, at this process's children and the server."""
    watch, over = Watch(), threading.Event()
    here = psutil.Process()

    def look() -> None:
        while not over.wait(_EVERY):
            held = sum((held_by(child) for child in here.children()), Held())
            watch.command = watch.command.peak(held)
            watch.server = watch.server.peak(held_by(server))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()
