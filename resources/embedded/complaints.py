"""What a PostgreSQL program said when it failed, as an error with a remedy."""

import re
import shutil
from pathlib import Path

from sources.errors import ConfigError, StoreError

_MEGABYTE = 1 << 20
_TAIL = 5
_TO_CLIENTS = re.compile(r"FATAL: +(?:57P03: )?the database system is ")
"""A refusal while the server starts, recovers or stops (``cannot_connect_now``): no cause told."""
_NO_CAUSE = re.compile(r"^\s*$|^pg_ctl: |^Examine |\b(LOG|DETAIL|HINT|LOCATION): ")
_FULL = re.compile(r"No space left on device|Disk quota exceeded|Check free disk space")


def tells_no_cause(output: str) -> bool:
    """Whether nothing that a PostgreSQL program said is why it ended: it was killed."""
    return all(_NO_CAUSE.search(line) or _TO_CLIENTS.search(line) for line in output.splitlines())


def explain(output: str, place: Path, *, code: int | None = None) -> ConfigError | StoreError:
    """Turn what a PostgreSQL program said into an error with a remedy.

    Args:
        output: its log or standard error.
        place: the directory concerned.
        code: what it ended with; negative: a signal's number.
    """
    if _FULL.search(output):
        free = shutil.disk_usage(place).free // _MEGABYTE
        return StoreError(
            f"the disk that holds {place} is full ({free} MB free)",
            remedy="Free some space and start again; nothing is lost",
        )
    if "Permission denied" in output:
        return ConfigError(
            f"PostgreSQL may not use {place}: {_last_complaint(output)}",
            remedy="Give the directory to the user who runs Daybook, or set DAYBOOK_HOME",
        )
    ended = "" if code is None else f" (exit code {code})"
    return StoreError(
        f"PostgreSQL did not start in {place}{ended}: {_last_complaint(output)}",
        remedy=f"{place / 'server.log'} says more{_tail(output)}",
    )


def _last_complaint(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    lines = [
        line
        for line in lines
        if not line.startswith(("pg_ctl:", "Examine")) and not _TO_CLIENTS.search(line)
    ]
    loud = [line for line in lines if re.search(r"FATAL|PANIC|error:|could not", line)]
    return (loud or lines or ["it said nothing"])[-1]


def _tail(output: str) -> str:
    """Give the last lines, if there are more than the one complaint."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()][-_TAIL:]
    return "; the last of it:\n" + "\n".join(f"  | {line}" for line in lines) if lines[1:] else ""
