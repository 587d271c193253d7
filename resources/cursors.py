"""Cursor stores for the factory: where sources used without a store leave off.

They have nothing to do with the progress row of a store: who reads without storing must not
move it. A third one, in a table, is ``resources.stores.postgres.TableCursorStore``.
"""

import json
import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from resources.durable import sync_directory
from sources.batch import Cursor
from sources.errors import StoreError, UnavailableError

_SUFFIX: Final = ".json"


class MemoryCursorStore:
    """Cursors in this process, gone with it."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lock = threading.Lock()

    def load(self, source_id: str) -> Cursor | None:
        """Give the saved cursor, or ``None``."""
        with self._lock:
            text = self._texts.get(source_id)
        return None if text is None else _parse(text, source_id)

    def save(self, source_id: str, cursor: Cursor) -> None:
        """Keep ``cursor``."""
        text = _write(cursor, source_id)
        with self._lock:
            self._texts[source_id] = text


class FileCursorStore:
    """Cursors in a directory, one JSON file a source, each replaced whole."""

    def __init__(self, directory: str | Path) -> None:
        self._directory = Path(directory)

    def load(self, source_id: str) -> Cursor | None:
        """Give the saved cursor, or ``None``.

        Raises:
            StoreError: the file holds no cursor.
            UnavailableError: the file cannot be read now.
        """
        try:
            text = self._path(source_id).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise UnavailableError(
                f"{source_id}: its cursor in {self._directory} cannot be read: {error}"
            ) from error
        return _parse(text, source_id)

    def save(self, source_id: str, cursor: Cursor) -> None:
        """Keep ``cursor``; whoever is killed meanwhile leaves the old one or the new one.

        Raises:
            StoreError: JSON cannot hold it.
            UnavailableError: the directory takes no file now.
        """
        text = _write(cursor, source_id)
        try:
            self._replace(self._path(source_id), text)
        except OSError as error:
            raise UnavailableError(
                f"{source_id}: its cursor cannot be saved in {self._directory}: {error.strerror}",
                remedy="See to the directory's rights and space",
            ) from error

    def _replace(self, path: Path, text: str) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._directory)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
        sync_directory(self._directory)

    def _path(self, source_id: str) -> Path:
        if not source_id or source_id.startswith(".") or "/" in source_id or "\0" in source_id:
            raise StoreError(f"{source_id!r} cannot be the name of a file")
        return self._directory / f"{source_id}{_SUFFIX}"


def _write(cursor: Cursor, source_id: str) -> str:
    try:
        return json.dumps(cursor, allow_nan=False, ensure_ascii=False, indent=1)
    except (TypeError, ValueError) as error:
        raise StoreError(f"{source_id}: the cursor cannot be written as JSON: {error}") from error


def _parse(text: str, source_id: str) -> Cursor:
    try:
        cursor: Any = json.loads(text)
    except ValueError as error:
        raise StoreError(
            f"{source_id}: the saved cursor is no JSON: {error}",
            remedy="Delete it; the source is then read from nothing",
        ) from error
    if not isinstance(cursor, dict):
        raise StoreError(
            f"{source_id}: the saved cursor is no JSON object",
            remedy="Delete it; the source is then read from nothing",
        )
    return cursor
