"""Commands as this person can type them here: what is shown works when it is copied."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_CARRIED: Final = ("DAYBOOK_HOME", "DAYBOOK_SOURCES")
"""What a command needs to find the same data; `DAYBOOK_DATABASE_URL` holds a secret."""


def typed(words: str = "", environ: Mapping[str, str] | None = None) -> str:
    """Give ``daybook words`` with the way to the program and the settings that it needs."""
    told = os.environ if environ is None else environ
    settings = [f"{name}={shlex.quote(told[name])}" for name in _CARRIED if told.get(name)]
    return " ".join([*settings, _program(told), *([words] if words else [])])


def _program(environ: Mapping[str, str]) -> str:
    """Name the program: by its name alone if the shell finds this one, else by its place."""
    program = Path(sys.executable).with_name("daybook")
    found = shutil.which("daybook", path=environ.get("PATH"))
    if found and program.exists() and program.samefile(found):
        return "daybook"
    here = Path.cwd()
    inside = program.is_relative_to(here)
    return shlex.quote(str(program.relative_to(here) if inside else program))
