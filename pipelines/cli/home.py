"""Where state is kept: the directory that ``DAYBOOK_HOME`` names."""

import os
from pathlib import Path

from sources.errors import StoreError


def read_home() -> Path:
    """Say where state is kept, for commands that need no configuration."""
    return (Path.cwd() / os.environ.get("DAYBOOK_HOME", ".daybook")).absolute()


def prepare_home(home: Path) -> Path:
    """Make the state directory, and have git pass over it.

    Raises:
        StoreError: it cannot be written.
    """
    ignore = home / ".gitignore"
    try:
        (home / "logs").mkdir(parents=True, exist_ok=True)
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"the state directory {home} cannot be written: {error.strerror}",
            remedy="Make it writable, or name another directory in DAYBOOK_HOME",
        ) from error
    return home
