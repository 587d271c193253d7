"""Cursor stores: what is saved comes back, whoever is killed in between."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.cursors import FileCursorStore, MemoryCursorStore
from resources.stores.postgres import TableCursorStore, open_postgres
from sources.errors import StoreError, UnavailableError
from sources.factory import CursorStore
from tests.support.processes import ROOT, environment
from tests.support.waiting import wait_until

STORES = ["memory", "file", "table"]

WRITER = """
import sys
from resources.cursors import FileCursorStore
store, number = FileCursorStore(sys.argv[1]), 0
while True:
    store.save("demo", {"at": number, "padding": str(number) * 20_000})
    number += 1
"""


@pytest.fixture(params=STORES)
def cursors(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CursorStore]:
    match request.param:
        case "memory":
            yield MemoryCursorStore()
        case "file":
            yield FileCursorStore(tmp_path / "cursors")
        case _:
            with open_postgres(request.getfixturevalue("database_url")) as store:
                yield TableCursorStore(store)


def test_what_is_saved_comes_back(cursors: CursorStore) -> None:
    assert cursors.load("demo") is None
    cursor = {"last": "ü", "deep": {"list": [1, None]}}
    cursors.save("demo", cursor)
    cursors.save("other", {})
    cursor["last"] = "changed"
    assert cursors.load("demo") == {"last": "ü", "deep": {"list": [1, None]}}
    assert cursors.load("other") == {}
    cursors.save("demo", {"at": 2})
    assert cursors.load("demo") == {"at": 2}


@pytest.mark.parametrize("cursor", [{"at": float("nan")}, {"at": object()}])
def test_what_json_cannot_hold_is_refused(cursors: CursorStore, cursor: dict[str, object]) -> None:
    cursors.save("demo", {"at": 1})
    with pytest.raises(StoreError, match="demo"):
        cursors.save("demo", cursor)
    assert cursors.load("demo") == {"at": 1}


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_damaged_file_is_named_with_the_way_out(tmp_path: Path, text: str) -> None:
    (tmp_path / "demo.json").write_text(text)
    with pytest.raises(StoreError, match="Delete it"):
        FileCursorStore(tmp_path).load("demo")


def test_a_file_that_cannot_be_read_or_written_is_for_later(tmp_path: Path) -> None:
    (tmp_path / "demo.json").mkdir()
    with pytest.raises(UnavailableError, match="demo"):
        FileCursorStore(tmp_path).load("demo")
    with pytest.raises(UnavailableError, match="demo"):
        FileCursorStore(tmp_path).save("demo", {})
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]


@pytest.mark.parametrize("name", ["", "../demo", ".hidden", "a/b"])
def test_no_name_leaves_the_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError):
        FileCursorStore(tmp_path).save(name, {})


def test_a_killed_writer_leaves_a_whole_cursor(tmp_path: Path) -> None:
    for _ in range(4):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        process = subprocess.Popen(command, env=environment(PYTHONPATH=str(ROOT)))
        try:
            wait_until((tmp_path / "demo.json").exists, 30, "the first cursor")
            wait_until(lambda: any(tmp_path.glob(".*.tmp")), 30, "a cursor being written")
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        cursor = FileCursorStore(tmp_path).load("demo")
        assert cursor is not None
        assert cursor["padding"] == str(cursor["at"]) * 20_000
