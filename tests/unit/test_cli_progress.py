"""Plain lines of progress: nothing twice, and the last one tells the end."""

from datetime import datetime

import pytest
from rich.text import Text

from pipelines.cli.activity import shown_activity
from pipelines.cli.progress import Watch
from sources.activity import Waiting, tell
from tests.support.terminal import Terminal


def test_the_last_line_tells_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch() as watch:
        watch.show("demo", 2_000, None)
        watch.show("demo", 9_000, 18_000)
        watch.show("demo", 18_000, 18_000)
        watch.show("lake", 1, 77, "window")
        watch.show("lake", 2, 77, "window")
        watch.show("lake", 77, 77, "window")
    assert capsys.readouterr().err.splitlines() == [
        "demo: 2,000 events",
        "demo: 18,000 events",
        "lake: 1 of 77 windows",
        "lake: 77 windows",
    ]


def test_a_total_that_is_an_estimate_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch() as watch:
        watch.show("logs", 2_000, 9_000, about=True)
        watch.show("logs", 9_300, 9_300)
    assert capsys.readouterr().err.splitlines() == [
        "logs: 2,000 of about 9,000 events",
        "logs: 9,300 events",
    ]


def test_what_was_reached_is_told_though_nobody_knew_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Watch() as watch:
        for count in (1, 2, 2, 2, 3, 3):
            watch.show("demo", count, None)
    assert capsys.readouterr().err.splitlines() == ["demo: 1 event", "demo: 3 events"]


UNTIL = datetime.fromisoformat("2024-05-01T12:30:00Z")
PAUSE = Waiting(source_id="demo", reason="the quota is used up", until=UNTIL, seconds=90)


def test_a_wait_is_told_with_its_reason_and_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch() as watch, shown_activity(watch):
        watch.show("demo", 7, None)
        tell(PAUSE)
        watch.show("demo", 9, 9)
    assert capsys.readouterr().err.splitlines() == [
        "demo: 7 events",
        "demo: waiting until 12:30:00 UTC: the quota is used up",
        "demo: 9 events",
    ]


def test_a_wait_without_a_display_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    tell(PAUSE)
    [record] = caplog.records
    assert record.levelname == "WARNING"
    words = "demo: the quota is used up; waiting 90 s, until 12:30:00 UTC"
    assert record.getMessage() == words


def test_on_a_terminal_the_bar_tells_of_the_wait_until_it_moves_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with Watch() as watch, shown_activity(watch):
        tell(PAUSE)
    lines = [Text.from_ansi(line).plain for line in shown.getvalue().splitlines()]
    told = [line for line in lines if "waiting until 12:30:00 UTC: the quota is used up" in line]
    assert any(line.startswith("demo: ") for line in told)  # the line that stays
    assert any("━" in line for line in told)  # the bar
    with Watch() as watch, shown_activity(watch):
        tell(PAUSE)
        watch.show("demo", 9, 9)
    last = [line for line in shown.getvalue().splitlines() if "━" in line][-1]
    assert "9 events" in last
    assert "waiting" not in last
