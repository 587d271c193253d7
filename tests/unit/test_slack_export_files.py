"""What may come as an export of Slack: every layout is read, and what cannot be trusted is not."""

import json
import os
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sources import ConfigError, UnavailableError
from tests.support.slack_exports import (
    CHANNELS,
    JAN_5,
    USERS,
    encode,
    events,
    export,
    make_folder,
    make_zip,
    message,
    read,
    texts,
)

ONE = export(general_05=[message(0, "One")])


def refused(path: Path, error: type[Exception] = ConfigError) -> str:
    """Read what has to be refused, and give the words."""
    with pytest.raises(error) as caught:
        read(path)
    words = str(caught.value)
    assert words.startswith("demo: "), words
    assert getattr(caught.value, "remedy", "")
    return words


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_every_packing_is_read(tmp_path: Path, method: int) -> None:
    assert texts(read(make_zip(tmp_path / "a.zip", ONE, method))) == ["One"]


def test_a_folder_tells_the_same_as_its_zip(tmp_path: Path) -> None:
    packed = events(read(make_zip(tmp_path / "a.zip", ONE)))
    assert events(read(make_folder(tmp_path / "unpacked", ONE))) == packed


@pytest.mark.parametrize("top", ["Acme Slack export Jan 1 2024 - Feb 1 2024/", "tëam/"])
def test_a_folder_around_everything_is_looked_through(tmp_path: Path, top: str) -> None:
    files = {top + name: content for name, content in ONE.items()}
    files["__MACOSX/" + top + "general/._2024-01-05.json"] = b"\0\5\26"
    files[".DS_Store"] = b"\0"
    assert texts(read(make_zip(tmp_path / "a.zip", files))) == ["One"]
    assert texts(read(make_folder(tmp_path / "b", files))) == ["One"]


@pytest.mark.parametrize("top", ["", "Acme export\\"])
def test_a_zip_that_was_packed_with_backslashes_is_read(tmp_path: Path, top: str) -> None:
    files = {top + name.replace("/", "\\"): content for name, content in ONE.items()}
    assert texts(read(make_zip(tmp_path / "a.zip", files))) == ["One"]
    files["general/2024-01-05.json"] = []
    if not top:
        assert "twice" in refused(make_zip(tmp_path / "b.zip", files))


def test_what_besides_messages_is_in_it_is_left_alone(tmp_path: Path) -> None:
    files = {
        **ONE,
        "integration_logs.json": [{"user_id": "U1"}],
        "canvases.json": b"not even JSON",
        "huddle_transcripts.json": [],
        "lists.json": [],
        "file_conversations.json": [{"id": "C9", "name": "FC:F1:Plan"}],
        "FC:F1:Plan/2024-01-05.json": [message(1, "A comment on a canvas")],
        "FC_F1_Plan/2024-01-05.json": [message(1, "The same, unpacked on Windows")],
        "general/canvas_in_the_conversation.json": [],
        "general/2024-02-31.json": [message(2, "There is no such day")],
        "general/attachments/F1-report.pdf": b"%PDF",
        "__uploads/F2/a\\b\u202e.txt": b"any name",
        "general/": b"",
    }
    assert texts(read(make_zip(tmp_path / "a.zip", files))) == ["One"]


def test_the_lists_say_which_conversation_a_folder_is_of(tmp_path: Path) -> None:
    files = {
        "org_users.json": USERS,
        "channels.json": CHANNELS,
        "groups.json": [{"id": "G0000001", "name": "secret", "members": ["U0000001"]}],
        "mpims.json": [{"id": "G0000002", "name": "mpdm-ada--bob--eve-1"}],
        "dms.json": [{"id": "D0000001", "members": ["U0000001", "U0000002"]}],
        "general/2024-01-05.json": [message(0)],
        "secret/2024-01-05.json": [message(1)],
        "mpdm-ada--bob--eve-1/2024-01-05.json": [message(2)],
        "D0000001/2024-01-05.json": [message(3)],
        "forgotten/2024-01-05.json": [message(4)],
    }
    path = make_zip(tmp_path / "a.zip", files)
    everything = sorted(events(read(path, channels=["*"])), key=lambda event: event.occurred_at)
    assert [(event.attributes["channel"], event.scope) for event in everything] == [
        ("C0000001", "general"),
        ("G0000001", "secret"),
        ("G0000002", "mpdm-ada--bob--eve-1"),
        ("D0000001", "@Ada, @Bob"),
        ("forgotten", "forgotten"),
    ]
    assert {event.actor for event in everything} == {"Ada"}
    assert {event.scope for event in events(read(path))} == {"general", "forgotten"}
    assert {event.scope for event in events(read(path, channels=["secret", "D*"]))} == {
        "secret",
        "@Ada, @Bob",
    }


def test_direct_messages_are_called_after_each_person_once(tmp_path: Path) -> None:
    files = {
        "users.json": USERS,
        "dms.json": [
            {"id": "D0000001", "members": ["U0000001", "U0000001"]},
            {"id": "D0000002", "members": ["USLACKBOT", "U0000001"]},
        ],
        "D0000001/2024-01-05.json": [message(0)],
        "D0000002/2024-01-05.json": [message(1)],
    }
    given = events(read(make_zip(tmp_path / "a.zip", files), channels=["D*"]))
    assert [event.scope for event in given] == ["@Ada", "@Ada, @Slackbot"]


@pytest.mark.parametrize("top", ["", "Acme export/"])
def test_an_organisation_has_its_workspaces_in_folders_of_their_own(
    tmp_path: Path, top: str
) -> None:
    plan = {"id": "C0000007", "name": "general", "created": JAN_5}
    files = {
        "org_users.json": USERS[:1],
        "channels.json": CHANNELS,
        "general/2024-01-05.json": [message(0, "To all")],
        "teams/east/users.json": USERS,
        "teams/east/channels.json": [plan],
        "teams/east/general/2024-01-05.json": [message(1, "East", user="U0000002")],
        "teams/west/groups.json": [{"id": "G0000008", "name": "general"}],
        "teams/west/general/2024-01-05.json": [message(2, "West")],
        "teams/west/forgotten/2024-01-05.json": [message(3, "In no list")],
        "teams/west/general/attachments/2024-01-05.json": b"an upload",
    }
    files = {top + name: content for name, content in files.items()}
    packed = read(make_zip(tmp_path / "a.zip", files), channels=["*"])
    said = [event for event in events(packed) if event.kind == "slack.message"]
    assert sorted((e.attributes["channel"], e.scope, e.title, e.actor) for e in said) == [
        ("C0000001", "general", "To all", "Ada"),
        ("C0000007", "general", "East", "Bob"),
        ("G0000008", "general", "West", "Ada"),
        ("teams/west/forgotten", "forgotten", "In no list", "Ada"),
    ]
    assert events(read(make_folder(tmp_path / "b", files), channels=["*"])) == events(packed)


def test_people_of_old_exports_have_no_profile(tmp_path: Path) -> None:
    users = [{"id": "U0000001", "name": "ada", "real_name": "Ada Lovelace"}, {"id": "U2"}]
    (event,) = events(read(make_zip(tmp_path / "a.zip", {**ONE, "users.json": users})))
    assert (event.actor, event.actor_key) == ("Ada Lovelace", "U0000001")
    alone = {name: content for name, content in ONE.items() if name != "users.json"}
    (event,) = events(read(make_zip(tmp_path / "b.zip", alone)))
    assert event.actor == "U0000001"


def test_a_list_of_answers_and_a_profile_change_nothing(tmp_path: Path) -> None:
    """What an export adds to a message is no part of the event."""
    more: dict[str, Any] = {
        "replies": [{"user": "U0000002", "ts": "1704456001.000000"}],
        "user_profile": {"real_name": "Somebody", "avatar_hash": "g1"},
        "team": "T1",
        "user_team": "T1",
        "source_team": "T1",
    }
    files = export(general_05=[message(0, "One", **more)])
    told = events(read(make_zip(tmp_path / "a.zip", files)))
    assert told == events(read(make_zip(tmp_path / "b.zip", ONE)))


def test_of_two_channels_with_one_name_the_living_one_is_meant(tmp_path: Path) -> None:
    files = {
        **ONE,
        "channels.json": [
            {"id": "C3", "name": "general", "created": 3, "is_archived": True},
            {"id": "C2", "name": "general", "created": 2},
            {"id": "C1", "name": "general", "created": 1},
        ],
    }
    found = events(read(make_zip(tmp_path / "a.zip", files)))
    (said,) = [event for event in found if event.kind == "slack.message"]
    assert said.attributes["channel"] == "C2"


def test_names_that_a_mac_or_an_old_program_wrote_are_understood(tmp_path: Path) -> None:
    channels = [{"id": "C1", "name": "café"}, {"id": "C2", "name": "größe"}]
    files = {"channels.json": channels, "cafe\u0301/2024-01-05.json": [message(0)]}
    path = make_zip(tmp_path / "a.zip", files)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("gr__e/2024-01-05.json".replace("__", "xyxy"))
        archive.writestr(info, encode([message(1)]))
    data = path.read_bytes().replace(b"grxyxye/", "größe/".encode())
    path.write_bytes(data)
    assert [event.scope for event in events(read(path))] == ["café", "größe"]


@pytest.mark.parametrize(
    "name",
    [
        "../general/2024-01-06.json",
        "general/../../2024-01-06.json",
        "/general/2024-01-06.json",
        "\\general\\2024-01-06.json",
        "general\\..\\..\\2024-01-06.json",
        "C:/general/2024-01-06.json",
        "gene\u202eral/2024-01-06.json",
        "gene\nral/2024-01-06.json",
        "../../etc/passwd",
        "/etc/passwd",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    words = refused(make_zip(tmp_path / "a.zip", {**ONE, name: [message(1)]}))
    assert "leads out" in words or "its name" in words


def test_a_name_with_a_nul_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {**ONE, "general/2024-01-06.jsonX.png": [message(1)]})
    path.write_bytes(path.read_bytes().replace(b".jsonX.png", b".json\0.png"))
    assert "hides where it leads" in refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ONE)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("general/2024-01-05.json", encode([message(1)]))
    assert "holds general/2024-01-05.json twice" in refused(path)


def test_a_symbolic_link_is_refused_and_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("[]")
    path = make_zip(tmp_path / "a.zip", ONE)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("general/2024-01-06.json")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, str(secret))
    assert "symbolic link" in refused(path)
    folder = make_folder(tmp_path / "folder", ONE)
    (folder / "general" / "2024-01-06.json").symlink_to(secret)
    assert "symbolic link" in refused(folder)
    (folder / "general" / "2024-01-06.json").unlink()
    (folder / "elsewhere").symlink_to(folder / "general", target_is_directory=True)
    assert texts(read(folder)) == ["One"]


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "folder", ONE)
    os.mkfifo(folder / "general" / "2024-01-06.json")
    batches = read(folder)
    assert texts(batches) == ["One"]


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    files = {**ONE, "general/2024-01-06.json": b" " * (20 << 20)}
    assert "zip bomb" in refused(make_zip(tmp_path / "a.zip", files))


def test_files_that_lie_within_each_other_are_refused(tmp_path: Path) -> None:
    files = {**export(), "a/2024-01-05.json": os.urandom(1000)}
    path = make_zip(tmp_path / "a.zip", files, zipfile.ZIP_STORED)
    data = path.read_bytes()
    end = data.rindex(b"PK\5\6")
    fields = list(struct.unpack("<4s4H2LH", data[end:]))
    entry = data[data.rindex(b"PK\1\2") : end]
    copies = b"".join(entry.replace(b"a/2024", b"%c/2024" % letter) for letter in b"bcdefgh")
    fields[3] = fields[4] = fields[4] + 7
    fields[5] += len(copies)
    path.write_bytes(data[:end] + copies + struct.pack("<4s4H2LH", *fields))
    assert "within each other" in refused(path)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ONE)
    data = bytearray(path.read_bytes())
    at = -1
    while (at := data.find(b"PK\1\2", at + 1)) >= 0:
        data[at + 8] |= 1
    path.write_bytes(data)
    assert "is encrypted" in refused(path)


def test_a_packing_that_is_not_known_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ONE)
    data = path.read_bytes()
    at = data.index(b"PK\1\2")
    path.write_bytes(data[: at + 10] + b"\x09\x00" + data[at + 12 :])
    assert "packed by a method (9)" in refused(path)


def test_what_is_missing_or_no_export_is_said(tmp_path: Path) -> None:
    assert "there is no file" in refused(tmp_path / "nothing.zip")
    (tmp_path / "text.zip").write_text("Hello")
    assert "no zip" in refused(tmp_path / "text.zip")
    (tmp_path / "empty.zip").write_bytes(b"")
    assert "no zip" in refused(tmp_path / "empty.zip")
    assert "no export of a Slack" in refused(make_zip(tmp_path / "a.zip", {"a.txt": b"A"}))
    assert "no export of a Slack" in refused(make_folder(tmp_path / "folder", {"a.txt": b"A"}))
    two = {f"{top}/users.json": USERS for top in "ab"}
    assert "no export of a Slack" in refused(make_zip(tmp_path / "two.zip", two))


def test_a_zip_that_ends_too_early_may_still_be_copied(tmp_path: Path) -> None:
    whole = make_zip(tmp_path / "a.zip", ONE).read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "part.zip").write_bytes(whole[:size])
        assert "ends too early" in refused(tmp_path / "part.zip", UnavailableError)


def test_a_damaged_list_is_refused_as_nobody_knows_what_is_what(tmp_path: Path) -> None:
    files = {**ONE, "channels.json": b'[{"id": '}
    assert "channels.json is damaged" in refused(make_zip(tmp_path / "a.zip", files))


def test_a_glob_that_finds_nothing_is_no_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert read(tmp_path / "*.zip") == []
    assert "no zip and no folder fits" in caplog.text
    make_zip(tmp_path / "a.zip", ONE)
    (tmp_path / "notes.txt").write_text("Not an export")
    assert texts(read(tmp_path / "*")) == ["One"]


DAMAGED: dict[str, Any] = {
    "cut": b'[{"type": "message", "ts": "1704456000.000000"},',
    "object": b'{"ok": true}',
    "text": b"Hello",
    "nothing": b"",
    "behind": b"[] []",
    "latin": '["\xe9"]'.encode("latin-1"),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_day_is_kept_apart_and_the_others_are_read(
    tmp_path: Path, content: bytes
) -> None:
    days = export(general_04=[message(-86_400, "Before")], general_06=[message(86_400, "After")])
    files = {**days, "general/2024-01-05.json": content}
    batches = read(make_zip(tmp_path / "a.zip", files))
    assert texts(batches) == ["Before", "After"]
    (bad,) = [record for batch in batches for record in batch.quarantined]
    assert bad.locator == "C0000001/2024-01-05"
    assert "general/2024-01-05.json" in bad.reason


def test_a_day_with_a_wrong_checksum_is_kept_apart(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ONE, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b'"One"', b'"Two"'))
    (batch,) = read(path)
    assert batch.events.num_rows == 0
    assert [bad.locator for bad in batch.quarantined] == ["C0000001/2024-01-05"]


def test_lists_of_nothing_are_empty_days(tmp_path: Path) -> None:
    files = {**export(general_05=[]), "random/2024-01-05.json": b"null"}
    (batch,) = read(make_zip(tmp_path / "a.zip", files))
    assert (batch.events.num_rows, batch.quarantined) == (0, ())


def test_a_message_that_is_none_is_kept_apart_alone(tmp_path: Path) -> None:
    told = [message(0, "One"), 5, None, {}, {"ts": "soon"}, message(1, "Two"), {"ts": "\ud83d"}]
    batches = read(make_zip(tmp_path / "a.zip", export(general_05=told)))
    assert texts(batches) == ["One", "Two"]
    found = [record.locator for batch in batches for record in batch.quarantined]
    assert found == [f"C0000001/2024-01-05:{index}" for index in (1, 2, 3, 4, 6)]


def test_days_at_the_ends_of_the_calendar_are_days(tmp_path: Path) -> None:
    days = {f"general/{day}.json": [message(0)] for day in ("0001-01-01", "9999-12-31")}
    assert texts(read(make_zip(tmp_path / "a.zip", {**export(), **days}))) == ["Hello"] * 2


def test_half_of_a_sign_does_no_harm(tmp_path: Path) -> None:
    content = json.dumps([message(0, "Cut \ud83d here")]).encode()
    (event,) = events(
        read(make_zip(tmp_path / "a.zip", {**ONE, "general/2024-01-05.json": content}))
    )
    assert event.title.startswith("Cut ")


def test_a_large_day_is_read_in_pieces_and_as_a_small_one(tmp_path: Path) -> None:
    told = [message(number, f"{number} " + "x" * 4_000) for number in range(2_000)]
    files = {**export(), "general/2024-01-05.json": json.dumps(told, indent=1).encode()}
    assert len(files["general/2024-01-05.json"]) > 7 << 20
    large = events(read(make_zip(tmp_path / "a.zip", files)))
    halves = export(general_05=told[:1_000], general_06=told[1_000:])
    assert large == events(read(make_zip(tmp_path / "b.zip", halves)))
    files["general/2024-01-05.json"] = json.dumps(told).encode()[:-1] + b', {"ts"'
    batches = read(make_zip(tmp_path / "c.zip", files))
    assert events(batches) == []
    assert len(batches[-1].quarantined) == 1


def test_a_zip_of_more_than_four_gibibytes_is_read(tmp_path: Path) -> None:
    """The file is sparse: it begins with a hole, behind which all offsets need zip64."""
    path = tmp_path / "big.zip"
    with path.open("wb") as file:
        file.seek(5 << 30)
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in ONE.items():
                archive.writestr(name, encode(content))
    assert b"PK\6\6" in _tail(path)
    assert texts(read(path)) == ["One"]


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(5 << 30)
        return file.read()
