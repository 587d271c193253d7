"""What the command prints, judged without starting it."""

import errno
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from rich.text import Text

from pipelines.cli.choosing import parse_moment
from pipelines.cli.failures import explain
from pipelines.cli.output import print_json, print_json_array, print_table, show, to_json
from pipelines.cli.progress import Watch
from pipelines.redacting import redact
from sources import ConfigError, CredentialsError
from tests.support.terminal import Terminal

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2024-01-01T00:00:00+00:00"),
        (date(2024, 1, 1), "2024-01-01"),
        (Decimal(12345678901234567890), 12345678901234567890),
        (Decimal("NaN"), None),
        (float("inf"), None),
        (memoryview(b"\0\xff"), "00ff"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"a": [Decimal("0.5"), None, True]}, {"a": [0.5, None, True]}),
        (timedelta(minutes=1), 60.0),
    ],
)
def test_values_of_postgresql_become_json(value: object, answer: Any) -> None:
    assert to_json(value) == answer


def test_cells_hold_no_control_characters() -> None:
    assert show("a\x1b[31m\nb") == "a [31m b"
    assert show(1234567) == "1,234,567"
    assert show(None) == "-"
    assert show({"a": [1, "é"]}) == '{"a": [1, "é"]}'


@pytest.mark.parametrize("values", [[], [{"a": "x\ny", "b": [1, {}]}, {}], [1, "é", NOW]])
def test_an_array_in_pieces_is_the_array(
    capsys: pytest.CaptureFixture[str], values: list[Any]
) -> None:
    print_json(values)
    whole = capsys.readouterr().out
    print_json_array(iter(values))
    assert capsys.readouterr().out == whole


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, *table: Any) -> list[str]:
    """Give the lines that a table takes on a terminal of so many columns."""
    shown = Terminal()
    monkeypatch.setattr("sys.stdout", shown)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    print_table(*table)
    return [Text.from_ansi(line).plain.rstrip() for line in shown.getvalue().splitlines()]


def test_a_table_is_whole_where_no_terminal_cuts_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("id", "text"), [(1, "x" * 300), (2, "[b]y[/b]")])
    names, one, two = capsys.readouterr().out.splitlines()
    assert names.split() == ["id", "text"]
    assert one == f"1   {'x' * 300}"
    assert two.split() == ["2", "[b]y[/b]"]


def test_on_a_terminal_the_widest_columns_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ("ann", "a" * 90, "b" * 50)
    _, cut = on_terminal(monkeypatch, 60, ("who", "what", "why"), [row])
    assert cut == f"ann  {'a' * 25}…  {'b' * 25}…"


def test_more_columns_than_a_terminal_has_room_for_stand_below_one_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"column_{number}" for number in range(8)]
    lines = on_terminal(monkeypatch, 60, names, [["x" * 80] * 8, [None] * 8])
    assert lines[:2] == ["-- 1 --", f"column_0  {'x' * 80}"]
    assert lines[9:11] == ["-- 2 --", "column_0  -"]
    assert len(lines) == 18


def test_lengths_of_time_have_units() -> None:
    assert show(timedelta(seconds=30)) == "30 s"
    assert show(timedelta(days=1, minutes=90)) == "1 d 1 h 30 min"
    assert show(timedelta(0)) == "0 s"


def test_one_of_a_thing_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch() as watch:
        watch.show("lake", 0, 1, "window")
        watch.show("demo", 1, None)
        watch.show("other", 3, 1200)
    said = capsys.readouterr().err
    assert said == "lake: 0 of 1 window\ndemo: 1 event\nother: 3 of 1,200 events\n"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-03-09", datetime(2024, 3, 9, tzinfo=UTC)),
        ("2024-03-09T10:00+02:00", datetime(2024, 3, 9, 8, tzinfo=UTC)),
        ("2w", NOW - timedelta(weeks=2)),
    ],
)
def test_times_as_people_write_them(text: str, moment: datetime) -> None:
    assert parse_moment(text, NOW) == moment


@pytest.mark.parametrize("text", ["soon", "2024-13", "999999w", ""])
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=repr(text)):
        parse_moment(text, NOW)


def test_secrets_of_the_environment_are_taken_out() -> None:
    environ = {
        "SLACK_TOKEN": "xoxb-1234",
        "DAYBOOK_DATABASE_URL": "postgresql://ann:p%40ss1@host/db",
        "SHORT_TOKEN": "a",
    }
    text = redact("xoxb-1234 and p%40ss1 and p@ss1, a word", environ)
    assert text == "*** and *** and ***, a word"


@pytest.mark.parametrize(
    "value",
    [
        "s3://key:t0p/s3cret@bucket/x",
        "https://[e.org, https://me:t0p/s3cret@proxy:80",
        "https://a:one1@b,https://me:t0p%2Fs3cret@proxy",
        "host=e.org password=t0p/s3cret user=me",
        r"host=e.org password = 't0p/s3cret' user=me",
        "postgresql://e.org/x?user=me&sslpassword=t0p/s3cret",
        "s3://bucket/x?secret_key=t0p/s3cret&region=eu",
    ],
)
def test_passwords_are_found_however_a_variable_writes_them(value: str) -> None:
    assert redact("no t0p/s3cret here", {"ANY": value}) == "no *** here"


@pytest.mark.parametrize(
    "value", ["http://localhost:3000/@vite/client", "sslmode=on password=true", "//e.org:1/@a/b@c"]
)
def test_what_is_no_password_is_left_where_it_stands(value: str) -> None:
    words = "http://127.0.0.1:3000/assets, registry:1/@a/b: true"
    assert redact(words, {"ANY": value}) == words


def test_urls_from_elsewhere_are_shown_without_their_login() -> None:
    assert redact("at https://me:t0ps3cret@e.org/x", {}) == "at https://***@e.org/x"


def test_what_was_not_foreseen_goes_to_a_log_without_secrets(tmp_path: Path) -> None:
    environ = {"DAYBOOK_HOME": str(tmp_path), "API_TOKEN": "t0ps3cret"}
    error = explain(KeyError("t0ps3cret"), environ)
    (log,) = (tmp_path / "logs").iterdir()
    assert str(log) in error.remedy
    assert "t0ps3cret" not in str(error) + log.read_text()
    assert "KeyError" in error.message


def test_own_errors_are_left_as_they_are(tmp_path: Path) -> None:
    error = CredentialsError("no", remedy="yes")
    assert explain(error, {"DAYBOOK_HOME": str(tmp_path)}) is error
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_named_wherever_it_is_met(tmp_path: Path) -> None:
    environ = {"DAYBOOK_HOME": str(tmp_path)}
    error = explain(OSError(errno.ENOSPC, "No space left on device"), environ)
    assert (error.exit_code, f"the disk that holds {tmp_path} is full" in error.message) == (
        7,
        True,
    )
    assert error.remedy
    assert not list(tmp_path.iterdir()), "there is no room for a log"
