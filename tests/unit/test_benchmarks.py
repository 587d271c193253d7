"""The benchmarks' arithmetic, and that they run; no time is asserted."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report import Goal, Line
from tests.support.git_repository import linear_repository
from tests.support.processes import ROOT, environment, uncounted


def line(goal: Goal | None = None, *, quick: bool = False) -> Line:
    return Line(
        what="this",
        unit="s",
        values=(1.0, 2.0, 4.0),
        peer="that",
        beside=(2.0, 6.0, 4.0),
        quick=quick,
        goal=goal,
    )


def test_a_ratio_is_the_middle_one_of_the_pairs() -> None:
    assert line(quick=True).ratio == 2.0
    assert line().ratio == 0.5
    assert Line(what="alone", unit="MB", values=(3.0,)).ratio is None


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal(limit=0.5, at="most", of="ratio"), True),
        (Goal(limit=0.6, at="least", of="ratio"), False),
        (Goal(limit=2.0, at="least", of="median"), True),
        (Goal(limit=1.9, at="most", of="median"), False),
        (None, None),
    ],
)
def test_a_goal_is_met_or_missed(goal: Goal | None, met: bool | None) -> None:  # noqa: FBT001
    assert line(goal).met is met
    assert ("MISSED" in line(goal).cells()) is (met is False)


def run(*arguments: str) -> list[dict[str, Any]]:
    """Run a benchmark and give its lines."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments, "--json"],
        check=True,
        cwd=ROOT,
        env=uncounted(environment()),
        capture_output=True,
        text=True,
    )
    lines: list[dict[str, Any]] = json.loads(done.stdout)["lines"]
    return lines


def test_the_source_is_measured_beside_git(tmp_path: Path) -> None:
    path = str(linear_repository(tmp_path / "demo", 40).path)
    alone = ("--pairs", "1", "--peers", "none", "--only", "source")
    (found,) = run("benchmarks.git", path, *alone)
    assert found["peer"] == "git log --numstat -M"
    assert len(found["values"]) == len(found["peer_values"]) == 1
    assert "40 commits" in found["what"]


def test_both_ways_of_asking_github_tell_the_same() -> None:
    alone = ("--pairs", "1", "--peers", "none", "--latency", "0")
    lines = run("benchmarks.github", *alone, "--issues", "8", "--pulls", "5")
    assert [line["peer"] for line in lines] == [None] * 10
    graphql, rest = medians(lines, "requests an event").values()
    assert graphql < rest


def test_slack_is_asked_less_the_second_time_and_more_where_threads_went_on() -> None:
    alone = ("--pairs", "1", "--peers", "none", "--latency", "0")
    lines = run("benchmarks.slack", *alone, "--channels", "2", "--messages", "40", "--days", "90")
    without, whole = medians(lines, "requests a message").values()
    assert without < whole
    first, quiet, newer, later = medians(lines, "calls").values()
    assert quiet < newer < later < first
    assert list(medians(lines, "messages given").values())[:2] == [100, 0]


def medians(lines: list[dict[str, Any]], what: str) -> dict[str, float]:
    """Give the medians of the lines that begin so."""
    return {line["what"]: line["median"] for line in lines if line["what"].startswith(what)}
