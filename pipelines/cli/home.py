"""Where state is kept: the directory that ``DAYBOOK_HOME`` names, and what it remembers."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pipelines.cli.hints import typed
from pipelines.config import Settings
from pipelines.loading import default_source
from pipelines.remembered import read_repository, write_repository
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


def announce_repository(
    settings: Settings, environ: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """Say which repository is read where that may surprise; see :func:`keep_repository`."""
    if settings.has_file:
        return
    (spec,) = settings.sources
    repository = Path(spec.config["root_dir"])
    known = read_repository(settings.home)
    if not environ.get("DAYBOOK_REPO"):
        if known and known != Path.cwd():
            say(f"Reading {known}, as this home was told; --repo or DAYBOOK_REPO names another")
    elif known is None:
        say(f"Reading {repository}, and next time too, if it can be read, until another is named")
    elif known != repository:
        say(f"Reading {repository}; until now this home read {known}")
        old = default_source(known).id
        if old == spec.id:
            say(f"Both are the source {old}: what only the old one has is withdrawn. To keep both,")
            say("end this and set DAYBOOK_HOME to another directory")
        else:
            say(f"The events of {old} stay until {typed(f'sources remove {old}')}")


def keep_repository(settings: Settings, environ: Mapping[str, str]) -> None:
    """Remember the repository that was named, once it has proved to be one."""
    if environ.get("DAYBOOK_REPO") and not settings.has_file:
        (spec,) = settings.sources
        repository = Path(spec.config["root_dir"])
        if read_repository(settings.home) != repository:
            write_repository(prepare_home(settings.home), repository)
