"""What a power failure must not take back."""

import os
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Have the disk keep which files are in ``directory``, renamed and deleted ones too.

    Raises:
        OSError: the directory cannot be opened, or the disk refuses.
    """
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
