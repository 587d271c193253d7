"""What git is told: a repository can execute nothing, and nobody's settings change the answer.

System and user configuration are left out (save for ``safe.directory``, which is the user's own
word on whom to trust), what a repository's configuration could make git start or print
differently is overruled, replacement objects and grafts are off (an event tells of the object
its id names), and no protocol is allowed, so that a partial clone fetches nothing. What speaks to
a server, as :mod:`sources.filesystem.transfer` does, allows that server's protocol alone.
"""

import os
import subprocess
from collections.abc import Sequence
from typing import Final

_OVERRULED: Final = {
    "advice.graftFileDeprecated": "false",
    "core.askPass": "",
    "core.attributesFile": os.devnull,
    "core.bigFileThreshold": "512m",  # git's own default; what is larger has no lines
    "core.commentChar": "#",
    "core.commitGraph": "false",  # a copy of the commits, which may be damaged and go unnoticed
    "core.deltaBaseCacheLimit": "32m",  # a chunk of history gains nothing of more
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.quotePath": "false",
    "credential.helper": "",
    "diff.default.binary": "auto",
    "diff.renameLimit": "1000",  # git's own default since 2.34
    "diff.suppressBlankEmpty": "false",  # `patch-id` misreads what git then writes
    "i18n.logOutputEncoding": "UTF-8",
    "log.showSignature": "false",
    "mailmap.file": "",
    "trailer.separators": ":",
}

_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_INDEX_FILE": f"{os.devnull}-index",  # none is there: history needs none, good or broken
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    # Comparing files takes and gives back large pieces all the time. glibc asks the kernel for
    # each of them anew unless told to keep some: a seventh of git's time. Others pass it over.
    "MALLOC_MMAP_THRESHOLD_": str(4 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(16 << 20),
}


def build_environment(settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    """This process's environment, with nothing that speaks to git but what is said here.

    Args:
        settings: configuration besides what is always overruled; it wins over every file.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    pairs = [*_OVERRULED.items(), *settings]
    environment = {**inherited, **_ENVIRONMENT, "GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


def read_trusted() -> tuple[str, ...]:
    """The directories of other owners that this user's own configuration trusts.

    Raises:
        OSError: git cannot be run.
    """
    environment = {key: value for key, value in os.environ.items() if key != "GIT_DIR"}
    answer = subprocess.run(
        ["git", "config", "--null", "--get-all", "safe.directory"],
        cwd=os.sep,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return tuple(answer.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1])
