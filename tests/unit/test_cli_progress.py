"""Plain lines of progress: nothing twice, and the last one tells the end."""

import pytest

from pipelines.cli.progress import Watch


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


def test_what_was_reached_is_told_though_nobody_knew_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Watch() as watch:
        for count in (1, 2, 2, 2, 3, 3):
            watch.show("demo", count, None)
    assert capsys.readouterr().err.splitlines() == ["demo: 1 event", "demo: 3 events"]
