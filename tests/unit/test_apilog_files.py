"""Files of every kind: what may be named, what is refused, and what a look at them costs."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from sources import ApiLogEventSource, ConfigError, CursorInvalidError
from sources.api_log.blocks import read_blocks
from sources.api_log.naming import parse_name
from sources.api_log.streams import open_stream
from tests.support.access_logs import (
    START,
    Reader,
    Service,
    SmallBatches,
    compress,
    request,
    requests,
)
from tests.support.api_logs import combined_log
from tests.support.processes import ROOT, environment

LOOK = """
import asyncio, json, sys
from sources import ApiLogEventSource

directory, config = sys.argv[1], json.loads(sys.argv[2])
opened = []
sys.addaudithook(
    lambda event, given: opened.append(str(given[0]))
    if event == "open" and str(given[0]).startswith(directory) else None
)

async def look():
    source = await ApiLogEventSource.create({}, config)
    await source.validate()
    new = (await source.probe()).new
    return {"new": new, "batches": len([b async for b in source.generate_batches()])}

print(json.dumps(asyncio.run(look()) | {"opened": opened}))
"""


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (("access.log.2.gz", "access.log.1", "access.log"), "access.log"),
        (("a.log-20240308.gz", "a.log-20240309", "a.log"), "a.log"),
        (("a-2024-03-08.log.zst", "a-2024-03-09.log", "a.log"), "a.log"),
        (("a.3.log", "a.1.log", "a.log"), "a.log"),
        (("a.log.2.gz", "a.log.old", "a.log"), "a.log"),
        (("a.log-20240308-1709900000.gz", "a.log-20240308-1709900001", "a.log"), "a.log"),
        (("a.log-1709900000", "a.log-1709986400", "a.log"), "a.log"),
        (("a.log-2024030823", "a.log-2024030900", "a.log.gz", "a.log"), "a.log"),
        (("ssl.2024-03-08.txt", "ssl.2024-03-09.txt"), "ssl.txt"),
    ],
)
def test_names_tell_family_and_age(names: tuple[str, ...], family: str) -> None:
    found = [parse_name(f"/log/{name}") for name in names]
    assert {item.family for item in found} == {f"/log/{family}"}
    assert sorted(found, key=lambda item: item.order) == found


def refused(paths: object, **settings: object) -> str:
    reader = Reader(paths)
    reader.config |= settings
    with pytest.raises(ConfigError) as caught:
        reader.tick()
    assert caught.value.message.startswith("demo: ")
    assert caught.value.remedy
    return caught.value.message


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refused(str(tmp_path / "access.log"))


def test_a_directory_is_refused_and_the_glob_is_named(tmp_path: Path) -> None:
    assert "is a directory" in refused(str(tmp_path))


def test_what_is_no_regular_file_is_refused_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "no regular file" in refused(str(tmp_path / "pipe"))
    assert Reader(str(tmp_path / "*")).tick() == 0


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "core").write_bytes(bytes(range(256)) * 100)
    assert "no text file" in refused(str(tmp_path / "core"))


def test_a_file_that_only_looks_compressed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.log.1.gz").write_bytes(requests(range(3)))
    assert "not compressed by gzip" in refused(str(tmp_path / "a.log"))


def test_a_format_that_fits_no_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"Mar  9 12:00:00 host sshd[7]: session opened\n" * 20)
    assert "format" in refused(str(tmp_path / "a.log"))
    assert "format" in refused(str(tmp_path / "a.log"), format="auto")


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.log").symlink_to("/proc/self/mem")
    (tmp_path / "b.log").write_bytes(requests(range(3)))
    assert Reader(str(tmp_path / "*.log")).tick() == 3
    if os.geteuid() == 0:
        return
    (tmp_path / "b.log").chmod(0)
    assert "Permission denied" in refused(str(tmp_path / "b.log"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"format": "haproxy_http"}, "zone"),
        ({"format": "$remote_addr [$time_local] $status$status_no_end ${"}, "format"),
        ({"format": "combind"}, "combined"),
        ({"format": "^(?P<time>.{15}) (?P<status>.*)$", "time_format": "%b %d %H:%M:%S"}, "year"),
        ({"format": "%h [%d:%t] %s", "date_format": "%d/%b", "time_format": "%T"}, "year"),
        ({"timezone": "Mars/Olympus"}, "IANA"),
        ({"routes": ["users"]}, "begins with"),
    ],
)
def test_wrong_settings_are_refused_before_any_file_is_read(
    settings: dict[str, object], words: str
) -> None:
    assert words in refused("/nowhere/*.log", **settings)


def test_logs_that_are_only_numbered_are_all_written_to(tmp_path: Path) -> None:
    half = request("/half")[:40]
    for number in (1, 2):
        (tmp_path / f"shard.{number}.log").write_bytes(request(f"/{number}") + half)
    reader = Reader(str(tmp_path / "shard.*.log"))
    assert reader.tick() == 2
    assert reader.bad == []


def test_a_pinned_format_gives_way_to_a_named_one(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    reader.config["format"] = "auto"
    service.write(requests(range(120)))
    assert reader.tick() == 120
    reader.config["format"] = "common"
    line = b'192.0.2.7 - - [25/Feb/2024:12:00:00 +0000] "GET /plain HTTP/1.1" 200 512\n'
    service.write(line)
    assert reader.tick() == 1


def test_a_glob_that_matches_nothing_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = Reader(str(tmp_path / "*.log"))
    assert reader.tick() == 0
    assert not reader.probe().new
    assert "matches no file" in caplog.text


def test_no_path_and_unknown_settings_are_refused() -> None:
    assert "at least one path" in refused([])
    assert "did you mean 'paths'" in refused("a.log", pahts="b.log")


@pytest.mark.parametrize("cursor", [{"v": 2}, {"last_commit_sha": "a" * 40}, {"streams": 7}])
def test_a_foreign_cursor_is_refused(cursor: dict[str, object]) -> None:
    config = {"paths": "x", "source_id": "demo", "cursor": cursor}
    with pytest.raises(CursorInvalidError, match="demo"):
        asyncio.run(ApiLogEventSource.create({}, config))


def test_a_log_that_is_away_for_a_moment_is_no_fault(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(requests(range(3)))
    reader.tick()
    service.log.rename(tmp_path / "elsewhere")
    assert reader.tick() == 0
    (tmp_path / "elsewhere").rename(service.log)
    service.write(requests(range(3, 5)))
    assert reader.tick() == 2


def test_a_look_at_files_that_are_as_they_were_opens_none(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    for start in range(0, 30, 10):
        service.write(requests(range(start, start + 10)))
        service.rename()
    assert reader.tick() == 30
    config = json.dumps(reader.config | {"cursor": reader.cursor})
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(tmp_path), config],
        check=True,
        capture_output=True,
        text=True,
        env=environment(PYTHONPATH=str(ROOT)),
        timeout=60,
    )
    assert json.loads(done.stdout) == {"new": False, "batches": 0, "opened": []}


def test_links_and_doubled_globs_give_each_file_once(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.write(requests(range(10)))
    (tmp_path / "current.log").symlink_to(service.log)
    (tmp_path / "hard.log").hardlink_to(service.log)
    reader = Reader([str(tmp_path / "*.log"), str(service.log), str(tmp_path / "**" / "*.log")])
    assert reader.tick() == 10


def test_a_copy_that_is_under_way_is_waited_for(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(requests(range(50)))
    assert reader.tick() == 50
    whole = service.log.read_bytes()
    copy = service.generation(1)
    copy.write_bytes(whole[: len(whole) // 2])
    started = threading.Event()

    def finish() -> None:
        started.wait()
        copy.write_bytes(whole)
        os.truncate(service.log, 0)

    other = threading.Thread(target=finish)
    other.start()
    started.set()
    assert reader.tick() == 0
    other.join()
    service.write(requests(range(50, 60)))
    assert reader.tick() == 10
    assert reader.counts == Counter({f"/{number}": 1 for number in range(60)})


def test_a_log_that_is_cut_off_again_and_again_while_runs_look_at_it(tmp_path: Path) -> None:
    """The writer goes on at once, so that a run may list, match and read three different logs."""
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    numbers = count(step=20)
    pace = threading.Event()

    def write() -> None:
        with service.log.open("ab", buffering=0) as file:
            for day in range(20240101, 20240131):
                for _ in range(3):
                    file.write(requests(range(first := next(numbers), first + 20)))
                    pace.wait(0.003)
                copy = service.log.with_name(f"{service.log.name}-{day}")
                copy.write_bytes(service.log.read_bytes())
                os.truncate(service.log, 0)
                file.write(requests(range(first := next(numbers), first + 20)))

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        reader.tick()
    service.age()
    reader.tick()
    assert reader.counts == Counter({f"/{number}": 1 for number in range(next(numbers))})


def replace(service: Service) -> None:
    service.log.unlink()
    service.log.write_bytes(requests(range(500, 510)))


def cut(service: Service) -> None:
    """Cut the log off and write past the old place at once, between two reads."""
    service.generation(1).write_bytes(service.log.read_bytes())
    with service.log.open("r+b") as file:
        file.truncate()
        file.write(requests(range(500, 1_000)))
    service.age()


@pytest.mark.parametrize(
    ("happens", "lines"),
    [
        (Service.rename, 500),
        (Service.copy_and_truncate, 500),
        (cut, 1_000),
        (lambda service: service.write(requests(range(500, 510))), 510),
        (replace, None),
    ],
)
def test_anything_may_happen_to_a_file_while_it_is_read(
    tmp_path: Path, happens: Callable[[Service], object], lines: int | None
) -> None:
    service = Service(tmp_path)
    service.write(requests(range(500)))
    reader = Reader(str(service.log), SmallBatches)
    reader.interrupt(lambda: happens(service))
    reader.tick()
    assert not reader.bad
    assert set(reader.counts.values()) == {1}
    if lines is not None:
        assert reader.counts.total() == lines
        assert sorted(reader.again().ids) == sorted(reader.ids)
    else:
        assert {f"/{number}" for number in range(500, 510)} <= set(reader.counts)
    assert not reader.probe().new


def test_a_rotated_file_may_get_the_end_of_its_last_line_for_a_minute(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(requests(range(5)))
    service.rename()
    line = request("/5")
    rotated = service.generation(1)
    with rotated.open("ab", buffering=0) as file:
        file.write(line[:20])
        assert reader.tick() == 5
        assert not reader.probe().new
        file.write(line[20:] + request("/6").rstrip(b"\n"))
        assert reader.tick() == 1
    service.age()
    assert reader.probe().new, "a minute later it counts as it is"
    assert reader.tick() == 1
    assert reader.bad == []
    assert sorted(reader.again().ids) == sorted(reader.ids)


@pytest.mark.parametrize("hole", [3, 70_000, 3_000_000])
def test_zeros_that_a_writer_leaves_before_its_lines_are_none_of_them(
    tmp_path: Path, hole: int
) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    reader.config["format"] = "auto"
    with service.log.open("r+b", buffering=0) as file:
        file.write(requests(range(5)))
        assert reader.tick() == 5
        for number in range(10, 40, 10):
            service.generation(number).write_bytes(service.log.read_bytes())
            os.truncate(service.log, 0)
            file.seek(hole)
            file.write(requests(range(number, number + 5)))
            service.age()
            assert reader.tick() == 5
    assert {event.actor_key for event in reader.given} == {"192.0.2.7"}
    assert set(reader.counts.values()) == {1}
    assert reader.bad == []
    assert reader.again().counts == reader.counts


@pytest.mark.parametrize("packed", [False, True])
def test_a_byte_order_mark_belongs_to_no_line(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    fields = b"\xef\xbb\xbf#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
    log = tmp_path / "u_ex240225.log"
    log.write_bytes(fields + b"2024-02-25 12:00:00 192.0.2.7 GET /0 200\n")
    read = compress(log, tmp_path / "u_ex240225.log.gz") if packed else log
    reader = Reader(str(read))
    reader.config["format"] = "auto"
    assert reader.tick() == 1
    assert reader.bad == []
    (tmp_path / "plain.log").write_bytes(b"\xef\xbb\xbf" + request("/a"))
    plain = Reader(str(tmp_path / "plain.log"))
    assert plain.tick() == 1
    assert plain.given[0].actor_key == "192.0.2.7"


def test_generations_compressed_otherwise_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service(tmp_path)
    service.write(requests(range(5)))
    (tmp_path / "access.log.1.xz").write_bytes(b"\xfd7zXZ\0")
    assert Reader(str(service.log)).tick() == 5
    assert "access.log.1.xz is not read" in caplog.text


def test_it_is_said_about_how_many_lines_are_still_to_come(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.write(requests(range(2_000)))
    service.rename()
    service.rename()
    service.write(requests(range(2_000, 4_000)))
    reader = Reader(str(service.log), SmallBatches)
    assert reader.tick() == 4_000
    left = [batch.remaining for batch in reader.batches]
    assert left[-1] == 0
    assert [batch.estimated for batch in reader.batches] == [*(True for _ in left[:-1]), False]
    given = 0
    for batch in reader.batches:
        given += batch.events.num_rows
        if given > 2_000:  # the compressed one is read, and the other's length is known
            assert batch.remaining is not None
            assert abs(given + batch.remaining - 4_000) < 400


def test_a_copy_left_lying_is_a_log_of_its_own(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.write(requests(range(5)))
    service.generation(1).write_bytes(service.log.read_bytes())
    reader = Reader(str(service.log))
    assert reader.tick() == 10
    assert reader.again().ids == reader.ids


def test_lines_and_files_of_any_size_pass_in_bounded_blocks(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log), SmallBatches)
    long = request("/" + "x" * 6_000_000)
    service.write(request("/1") + long + request("/2") + long[:3_000_000])
    assert reader.tick() == 2
    assert len(reader.bad) == 1
    service.write(long[3_000_000:] + request("/3"))
    assert reader.tick() == 1
    assert len(reader.bad) == 2
    assert [len(bad.raw) <= 8192 for bad in reader.bad] == [True, True]
    assert reader.counts == Counter({"/1": 1, "/2": 1, "/3": 1})


def test_bad_lines_are_read_again_by_their_place(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(request("/1") + b"broken\n" + request("/2") + b"worse\n")
    service.rename()
    service.rename()
    reader.tick()
    first, second = reader.bad
    assert first.locator.endswith(str(service.log))
    assert first.raw == b"broken"
    (batch,) = reader.reread([first.locator])
    assert batch.events.num_rows == 0
    assert batch.quarantined == (first,)
    assert batch.cursor is None
    # a line that can be read, as after a better format, becomes the event that it always was
    (batch,) = reader.reread([second.locator, f"{first.locator.split(':')[0]}:0 x"])
    assert batch.events.column("event_id").to_pylist() == [reader.ids[0]]
    assert batch.quarantined == (second,)
    with pytest.raises(ConfigError, match="names no line"):
        reader.reread(["commit 123"])


def test_states_of_files_long_gone_are_dropped(tmp_path: Path) -> None:
    reader = Reader(str(tmp_path / "*.log"))
    for number in range(130):
        path = tmp_path / f"{number}.log"
        path.write_bytes(request(f"/{number}"))
        if number % 10 == 9:
            assert reader.tick() == 10
            for gone in tmp_path.iterdir():
                gone.unlink()
    assert reader.cursor is not None
    assert len(reader.cursor["streams"]) <= 110
    (tmp_path / "again.log").write_bytes(request("/0"))
    reader.tick()
    assert reader.ids[-1] == reader.ids[0], "what was dropped and comes again is the same event"


def test_windows_leave_old_files_unread_and_lose_nothing(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(requests(range(48), timedelta(hours=1)))
    old = compress(service.log, tmp_path / "access.log.2.gz")
    os.utime(old, (START.timestamp(), (START + timedelta(days=2)).timestamp()))
    middle = START + timedelta(days=1)
    early, late = reader.window(None, middle), reader.window(middle, None)
    assert (len(early), len(late)) == (24 * 2, 24 * 2)
    assert not reader.window(START + timedelta(days=9), START + timedelta(days=10))


def test_an_error_shows_the_line_that_fits_no_format_but_no_secret(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"hello 198.51.100.7 ?token=s3cret Basic s3cret\n" * 20)
    for settings in ({}, {"format": "combined"}, {"format": "iis"}):
        shown = refused(str(tmp_path / "a.log"), client_address="truncate", **settings)
        assert f"{tmp_path}/a.log" in shown
        assert "hello REDACTED ?token=REDACTED Basic REDACTED" in shown
        assert "s3cret" not in shown
    assert "before any #Fields line" in shown


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_packed_log_is_read_in_blocks_as_large_as_a_plain_one(
    tmp_path: Path, suffix: str
) -> None:
    plain = tmp_path / "access.log"
    plain.write_bytes(combined_log(20_000))
    packed = compress(plain, tmp_path / f"access.log.1{suffix}")
    blocks = []
    for path in (plain, packed):
        with open_stream(str(path), parse_name(path.name).codec) as stream:
            found = read_blocks(stream, closed=True, size=1 << 20)
            blocks.append([(block.offset, block.end, bytes(block.data)) for block in found])
    assert len(blocks[0]) > 2
    assert blocks[0] == blocks[1]


def test_a_batch_of_long_lines_has_fewer_of_them(tmp_path: Path) -> None:
    line = b'10.0.0.1 - - [23/Nov/2026:23:35:48 +0000] "GET /%d?q=%s HTTP/1.1" 200 6 "-" "curl"\n'
    path = tmp_path / "access.log"
    path.write_bytes(b"".join(line % (number, b"x" * 60_000) for number in range(1_200)))

    async def read() -> list[tuple[int, int]]:
        config = {"paths": [str(path)], "format": "combined"}
        source = await ApiLogEventSource.create({}, config)
        return [(b.events.num_rows, b.events.nbytes) async for b in source.generate_batches()]

    batches = asyncio.run(read())
    assert sum(rows for rows, _ in batches) == 1_200
    assert all(octets <= 48 << 20 for _, octets in batches)
    assert len(batches) < 10
