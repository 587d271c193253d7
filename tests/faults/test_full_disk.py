"""A disk that fills up while events are written: said in words, nothing lost, and healed."""

import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from resources.embedded import EmbeddedPostgres
from resources.stores.base import EpisodicStore
from resources.stores.postgres import open_postgres
from sources import StoreError, UnavailableError
from tests.support.events import APRIL, MARCH, SOURCE, begin, make_batch, make_event

PER_BATCH = 20
BODY = 100_000


@contextmanager
def disk(directory: Path, size: str) -> Iterator[Path]:
    """Mount a disk of that size on a new directory."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


@pytest.fixture
def small_disk(daybook_home: Path) -> Iterator[Path]:
    """A home on a disk of 250 MB."""
    with disk(daybook_home, "250m") as home:
        try:
            yield home
        finally:
            EmbeddedPostgres(home).stop(force=True)


def write_batches(store: EpisodicStore, batches: int) -> None:
    """Write what is still to come of so many batches; their texts do not compress."""
    noise = random.Random(7)  # noqa: S311 -- texts, no secrets
    with begin(store) as writing:
        done = writing.cursor["done"] if writing.cursor else 0
        for number in range(done, batches):
            names = range(number * PER_BATCH, (number + 1) * PER_BATCH)
            events = [make_event(str(n), body=noise.randbytes(BODY // 2).hex()) for n in names]
            writing.write(make_batch(*events, cursor={"done": number + 1}))


def test_a_disk_that_fills_up_keeps_cursor_and_rows_together(small_disk: Path) -> None:
    server = EmbeddedPostgres(small_disk)
    url = server.ensure_running().url("daybook")
    filler = small_disk / "filler"
    with open_postgres(url) as store:
        write_batches(store, 2)
        free = os.statvfs(small_disk)
        size = free.f_bavail * free.f_frsize - (8 << 20)
        subprocess.run(["fallocate", "--length", str(size), filler], check=True)
        with pytest.raises((StoreError, UnavailableError)) as caught:
            write_batches(store, 200)
    assert caught.value.remedy
    filler.unlink()
    url = server.ensure_running().url("daybook")
    with open_postgres(url) as store:
        state = store.state(SOURCE)
        assert state is not None
        assert state.cursor is not None
        done = state.cursor["done"]
        assert 2 <= done < 200
        assert store.count() == done * PER_BATCH
        write_batches(store, done + 2)
        assert store.count() == (done + 2) * PER_BATCH


def test_what_is_drawn_while_the_room_for_more_ends_is_whole(
    database_url: str, tmp_path: Path
) -> None:
    noise = random.Random(7)  # noqa: S311 -- texts, no secrets
    large = noise.randbytes(4 << 20).hex()
    few = [make_event(str(n), occurred_at=MARCH + timedelta(hours=n)) for n in range(30)]
    with (
        disk(tmp_path / "small", "1m") as small,
        open_postgres(database_url, drafts=small) as store,
        begin(store) as writing,
    ):
        for event in few:
            writing.write(make_batch(event))
        with store.read_window(SOURCE, "2024-03") as (_, batches):
            found = [next(batches)]
            writing.write(make_batch(make_event("large", occurred_at=APRIL, body=large)))
            with store.read_window(SOURCE, "2024-04") as (_, others):
                assert sum(batch.num_rows for batch in others) == 1
            found += batches
        assert sum(batch.num_rows for batch in found) == len(few)
        assert os.statvfs(small).f_bfree == os.statvfs(small).f_blocks
