"""What a person sees when something went wrong: one message, its remedy, and no secret."""

import json
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.redacting import redact
from sources.errors import DISK_FULL, DaybookError, StoreError, UnavailableError


def report(error: Exception, environ: Mapping[str, str], words: Sequence[str]) -> int:
    """Say what went wrong on stderr, and as JSON on stdout if that was asked for.

    Returns:
        The exit code.
    """
    failure = explain(error, environ)
    complain(failure)
    if "--json" in words:
        answer: dict[str, Any] = {"sources": []} if "sync" in words else {}
        sys.stdout.write(json.dumps({**answer, "error": failure.to_json()}) + "\n")
    return failure.exit_code


def explain(error: BaseException, environ: Mapping[str, str]) -> DaybookError:
    """Give the error itself if it is Daybook's own, else one that names the log with the trace.

    A full disk may meet any write, so its words are here.
    """
    if isinstance(error, DaybookError):
        return error
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        place = error.filename or Path(environ.get("DAYBOOK_HOME", ".daybook")).absolute()
        return StoreError(
            f"the disk that holds {place} is full",
            remedy="Make room there, then try again; nothing is lost",
        )
    path = _write_trace(error, environ)
    return UnexpectedError(
        redact(f"unexpected {type(error).__name__}: {error}", environ),
        remedy=f"The details are in {path}" if path else "Run it again with --verbose",
    )


class UnexpectedError(DaybookError):
    """Something that Daybook did not foresee; a log file holds the details."""


def code_of(name: str) -> int:
    """Give the exit code of an error by its name; of one not known here, that of trying again.

    >>> code_of("ConfigError"), code_of("SomethingElse")
    (2, 4)
    """
    kinds: list[type[DaybookError]] = [DaybookError]
    for kind in kinds:
        if kind.__name__ == name:
            return kind.exit_code
        kinds += kind.__subclasses__()
    return UnavailableError.exit_code


def complain(error: DaybookError) -> None:
    """Write an error and its remedy to stderr."""
    sys.stderr.write(f"daybook: {error.message}\n")
    if error.remedy:
        sys.stderr.write(f"  {error.remedy}\n")


def _write_trace(error: BaseException, environ: Mapping[str, str]) -> Path | None:
    folder = Path(environ.get("DAYBOOK_HOME", ".daybook")).absolute() / "logs"
    path = folder / f"failure-{time.strftime('%Y%m%dT%H%M%S')}.log"
    text = "".join(traceback.format_exception(error))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(redact(text, environ), encoding="utf-8")
    except OSError:
        return None
    return path
