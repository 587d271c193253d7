"""A person full of words for the tests of erasing, and whether a store still says them."""

import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from psycopg2.extensions import parse_dsn

from resources.embedded.programs import binary
from resources.stores.base import EpisodicStore, EventFilter
from sources.batch import QuarantineRecord
from sources.event import EpisodicEvent, FileChange
from tests.support.events import make_event

ADA = "ada@example.org"
BOB = "bob@example.org"
EVERYTHING = EventFilter(retracted=True)


def by_ada(native: str = "1", **fields: Any) -> EpisodicEvent:
    """An event full of Ada's words."""
    words: dict[str, Any] = {
        "actor": "Ada Lovelace",
        "actor_key": ADA,
        "session_id": f"{ADA} 2024-03-09",
        "title": "marigold title",
        "body": "marigold body",
        "url": "https://example.org/marigold",
        "scope": "ada@example.org/wip",
        "refs": ("issue:MARIGOLD-1",),
        "files": (FileChange(path="marigold.py", change="M"),),
        "files_changed": 1,
        "additions": 7,
        "attributes": {"note": "marigold"},
    }
    return make_event(native, **{**words, **fields})


def by_bob(native: str, **fields: Any) -> EpisodicEvent:
    return make_event(native, actor="Bob", actor_key=BOB, title="tulip", **fields)


def held(store: EpisodicStore) -> list[dict[str, Any]]:
    """All rows and all that they said before, as they are kept."""
    rows = store.get_events_table(EVERYTHING).to_pylist()
    return [
        *rows,
        *(earlier for row in rows for earlier in store.revisions(row["event_id"]).to_pylist()),
    ]


def says(store: EpisodicStore, word: str) -> bool:
    """Whether a word stands anywhere in rows, revisions or quarantine."""
    records = [(row.locator, row.reason, row.raw.decode()) for row in store.quarantine()]
    return word in repr((held(store), records))


def row(store: EpisodicStore, number: int = 0) -> dict[str, Any]:
    rows: list[dict[str, Any]] = store.get_events_table(EVERYTHING).to_pylist()
    return rows[number]


BAD = QuarantineRecord(locator="log:1", reason="no time", raw=b"ada@example.org marigold")


def dumped(url: str) -> str:
    """All that stands in a database, as PostgreSQL's own backup has it."""
    parts = parse_dsn(url)
    password = parts.pop("password", "")
    place = " ".join(f"{name}='{value}'" for name, value in parts.items())
    done = subprocess.run(
        [binary("pg_dump"), f"--dbname={place}"],
        check=True,
        capture_output=True,
        text=True,
        env={"PGPASSWORD": password},
    )
    return done.stdout


def filed(lake: Path) -> str:
    """All that stands in the files of a lake; every one of them is one that we know."""
    found = []
    for path in sorted(path for path in lake.rglob("*") if path.is_file()):
        table = path.suffix == ".parquet"
        found.append(repr(pq.read_table(path).to_pylist()) if table else path.read_text())
    return "\n".join(found)


def holds(text: str, word: str) -> bool:
    """Whether a dump holds a word, as it is or as bytes in hexadecimal digits."""
    return word in text or word.encode().hex() in text
