"""Each known pitfall of reading access logs, one test: nothing lost, nothing twice."""

import gzip
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from tests.support.access_logs import (
    START,
    Reader,
    Service,
    SmallBatches,
    compress,
    path_of,
    request,
    requests,
)


def test_l1_copytruncate_loses_and_doubles_nothing(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(requests(range(1_000)))
    assert reader.tick() == 1_000
    service.write(requests(range(1_000, 1_200)))
    service.copy_and_truncate()
    service.write(requests(range(1_200, 1_250)))
    assert reader.tick() == 250
    assert reader.counts == Counter({f"/{number}": 1 for number in range(1_250)})
    assert len(set(reader.ids)) == 1_250


def test_l2_a_generation_is_read_once_under_all_its_names(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    for run in range(4):
        service.write(requests(range(run * 10, run * 10 + 10)))
        assert reader.tick() == 10
        service.rename()
        assert reader.tick() == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "access.log",
        "access.log.1",
        "access.log.2.gz",
        "access.log.3.gz",
        "access.log.4.gz",
    ]
    assert reader.counts == Counter({f"/{number}": 1 for number in range(40)})
    assert sorted(reader.again().ids) == sorted(reader.ids)


def test_l3_a_new_file_on_an_old_inode_is_read_from_its_beginning(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(requests(range(20)))
    reader.tick()
    inode = service.log.stat().st_ino
    with service.log.open("r+b") as file:  # the surest way to the same inode
        file.truncate()
        file.write(requests(range(100, 130)))
    assert service.log.stat().st_ino == inode
    assert reader.tick() == 30


def test_l4_equal_first_lines_and_short_files_hide_nothing(tmp_path: Path) -> None:
    (tmp_path / "one.log").write_bytes(request("/same") + request("/a"))
    (tmp_path / "two.log").write_bytes(request("/same") + request("/b"))
    (tmp_path / "tiny.log").write_bytes(b'::1 - - [09/Mar/2024:12:00:00 +0000] "GET /t" 2 0\n')
    reader = Reader(str(tmp_path / "*.log"))
    assert reader.tick() + len(reader.bad) == 5
    assert reader.counts["/same"] == 2
    assert reader.tick() == 0


def test_l5_a_last_line_waits_for_its_end_or_for_the_rotation(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    line = request("/2")
    service.write(request("/1") + line[:30])
    assert reader.tick() == 1
    service.write(line[30:])
    assert reader.tick() == 1
    service.write(request("/3").rstrip(b"\n"))
    assert reader.tick() == 0
    service.rename()
    assert reader.tick() == 1
    assert reader.tick() == 0
    assert not reader.bad
    assert reader.counts == Counter({"/1": 1, "/2": 1, "/3": 1})


def test_l6_equal_lines_are_as_many_events(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(request("/same") * 3)
    assert reader.tick() == 3
    assert reader.tick() == 0
    assert len(set(reader.ids)) == 3
    assert reader.again().ids == reader.ids


def test_l9_one_bad_line_does_not_turn_the_format(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    reader.config["format"] = "auto"
    service.write(b"{}\n" + requests(range(150)))
    assert reader.tick() == 150
    service.write(b'{"not": "this format"}\n' * 5 + requests(range(150, 160)))
    assert reader.tick() == 10
    assert len(reader.bad) == 6
    assert reader.cursor is not None
    assert reader.cursor["format"] == "combined"


def test_l10_headers_may_change_in_the_middle_and_between_runs(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log), SmallBatches)
    reader.config["format"] = "iis"
    times = [f"12:{number // 60:02}:{number % 60:02}" for number in range(120)]
    first = b"#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status\n"
    service.write(first + b"".join(f"2024-02-25 {t} GET /a 200\n".encode() for t in times))
    assert reader.tick() == 120
    service.write(b"2024-02-25 13:00:00 GET /b 200\n")
    assert reader.tick() == 1
    service.write(b"#Fields: date time cs-uri-stem cs-method sc-status\n")
    service.write(b"2024-02-25 14:00:00 /c POST 404\n")
    assert reader.tick() == 1
    service.write(b"2024-02-25 15:00:00 /d PUT 201\n")
    service.rename()
    assert reader.tick() == 1
    assert [event.title for event in reader.given[-3:]] == [
        "GET /b 200",
        "POST /c 404",
        "PUT /d 201",
    ]
    assert not reader.bad
    assert reader.again().given == reader.given


def test_l13_two_machines_may_write_the_same_name_and_lines(tmp_path: Path) -> None:
    for host in ("web1", "web2"):
        (tmp_path / host).mkdir()
        (tmp_path / host / "access.log").write_bytes(requests(range(10)))
    alike = Reader(str(tmp_path / "*" / "access.log"))
    assert alike.tick() == 20
    assert len(set(alike.ids)) == 20
    labelled = Reader({host: [str(tmp_path / host / "access.log")] for host in ("web1", "web2")})
    assert labelled.tick() == 20
    moved = tmp_path / "web2" / "access.log"
    (tmp_path / "web1" / "access.log").unlink()
    reader = Reader({"web2": [str(moved)]})
    reader.tick()
    assert set(reader.ids) < set(labelled.ids)
    assert labelled.tick() == 0


def test_l14_what_is_compressed_may_have_any_members_and_be_cut_anywhere(tmp_path: Path) -> None:
    parts = [requests(range(start, start + 100)) for start in range(0, 300, 100)]
    packed = b"".join(map(gzip.compress, parts))
    frames = b"".join(pa.compress(part, codec="zstd", asbytes=True) for part in parts)
    for name, data in (("old.log.1.gz", packed), ("new.log.1.zst", frames)):
        path = tmp_path / name
        reader = Reader(str(path.with_name(name.split(".")[0] + ".log")), SmallBatches)
        path.write_bytes(data[: len(data) // 2])
        early = reader.tick()
        path.write_bytes(data[:-7])
        early += reader.tick()
        assert 0 < early <= 300
        assert not reader.bad, "no half line was taken for a line"
        path.write_bytes(data)
        assert early + reader.tick() == 300
        assert reader.counts == Counter({f"/{number}": 1 for number in range(300)})
        assert reader.tick() == 0
        assert not reader.bad


def test_l14_a_generation_being_compressed_is_not_read_twice(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(requests(range(5_000)))
    service.rename()
    assert reader.tick() == 5_000
    whole = compress(service.generation(1), tmp_path / "access.log.1.gz").read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole)):
        (tmp_path / "access.log.1.gz").write_bytes(whole[:size])
        assert reader.tick() == 0
    service.generation(1).unlink()
    assert reader.tick() == 0
    assert not reader.probe().new
    os.truncate(tmp_path / "access.log.1.gz", len(whole) // 3)
    assert reader.tick() == 0


def test_l14_another_stream_under_the_uncompressed_name_hides_nothing(tmp_path: Path) -> None:
    """As where a rotation without ``compress`` follows one with it."""
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(requests(range(10)))
    assert reader.tick() == 10
    service.write(requests(range(10, 15)))  # not seen before the rotations
    packed = tmp_path / "access.log.2.gz"
    packed.write_bytes(gzip.compress(service.log.read_bytes()))
    (tmp_path / "access.log.2").write_bytes(requests(range(20, 30)))
    service.log.write_bytes(requests(range(30, 40)))
    assert reader.tick() == 25
    assert reader.counts == Counter({f"/{number}": 1 for number in [*range(15), *range(20, 40)]})
    assert sorted(reader.again().ids) == sorted(reader.ids)


def test_late_lines_land_in_the_window_of_their_own_time(tmp_path: Path) -> None:
    service = Service(tmp_path)
    reader = Reader(str(service.log))
    service.write(request("/now", START + timedelta(days=1)) + request("/late", START))
    service.rename()
    service.write(request("/later", START) + request("/next", START + timedelta(days=1)))
    day = START.replace(hour=0)
    first = reader.window(None, day + timedelta(days=1))
    second = reader.window(day + timedelta(days=1), day + timedelta(days=2))
    assert [path_of(event) for event in first] == ["/late", "/later"]
    assert [path_of(event) for event in second] == ["/now", "/next"]
