"""Arrow as Daybook's own processes use it: without pandas till it is asked for, in less memory."""

import ctypes
import sys
from contextlib import suppress
from importlib.abc import MetaPathFinder
from typing import Final

import pyarrow as pa

_PANDAS: Final = "pandas"
_M_ARENA_MAX: Final = -8  # of malloc.h
_ARENAS: Final = 2


class _Denial(MetaPathFinder):
    """Says that pandas is not there."""

    def find_spec(self, fullname: str, *_: object) -> None:
        """Refuse pandas; whether there are others is not for this one to say."""
        if fullname == _PANDAS:
            raise ModuleNotFoundError("pandas is not looked for yet", name=fullname)


def spare_pandas() -> None:
    """Keep pyarrow from importing pandas for the first array that it makes of Python values.

    It looks, once in a process, whether what it was given may be of pandas, of which the command
    gives it nothing: that look takes half a second and 50 MB. Who uses pandas before or after,
    as a source of another package may, has it: conversions from and to it look again.
    """
    if _PANDAS in sys.modules:
        return
    denial = _Denial()
    sys.meta_path.insert(0, denial)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(denial)


def use_system_memory() -> None:
    """Have Arrow take memory from the C library from now on.

    Arrow's own allocator gives a batch's memory back to the system and takes as much again for the
    next one, so that a reading spends a tenth of its time on fresh pages; the C library keeps it.
    A log of 2,000,000 lines is read with a seventh less of processors' time, a git history synced
    with a third less memory.

    glibc gives threads heaps of their own, eight a processor, and each keeps what its threads have
    let go: with two of them 2,000,000 lines are stored in a quarter less memory, and no slower.
    """
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
    pa.set_memory_pool(pa.system_memory_pool())
