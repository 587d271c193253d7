"""What the lake says: a file it holds, and a file that is not what it should be."""

from dataclasses import dataclass
from typing import Literal

Problem = Literal["missing", "orphan", "rows", "content", "unreadable"]
"""No file for a window with events; a file for none; another count, other rows, no Parquet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeFile:
    """One window's file.

    Attributes:
        source_id: whose events.
        window: which window.
        path: where it is: a local path, or a key of the object store.
        rows: how many events; 0: the window is empty and has no file.
        bytes: its size.
    """

    source_id: str
    window: str
    path: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeFault:
    """A window whose file is not what the store says.

    Attributes:
        source_id: whose events.
        window: which window.
        path: where the file is or should be.
        problem: what is wrong.
        detail: the same in words, with numbers.
    """

    source_id: str
    window: str
    path: str
    problem: Problem
    detail: str
