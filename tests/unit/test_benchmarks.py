"""The benchmarks' arithmetic, and that they run; no time is asserted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.report import Goal, Line
from tests.support.git_repository import linear_repository
from tests.support.processes import ROOT, environment


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


def test_the_source_is_measured_beside_git(tmp_path: Path) -> None:
    path = str(linear_repository(tmp_path / "demo", 40).path)
    command = [sys.executable, "-m", "benchmarks.git", path, "--pairs", "1", "--peers", "none"]
    done = subprocess.run(
        [*command, "--only", "source", "--json"],
        check=True,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    (found,) = json.loads(done.stdout)["lines"]
    assert found["peer"] == "git log --numstat -M"
    assert len(found["values"]) == len(found["peer_values"]) == 1
    assert "40 commits" in found["what"]


def test_both_ways_of_asking_github_tell_the_same() -> None:
    command = [sys.executable, "-m", "benchmarks.github", "--pairs", "1", "--peers", "none"]
    done = subprocess.run(
        [*command, "--issues", "8", "--pulls", "5", "--latency", "0", "--json"],
        check=True,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    requests = {
        line["what"]: line["median"]
        for line in json.loads(done.stdout)["lines"]
        if line["what"].startswith("requests an event")
    }
    assert [line["peer"] for line in json.loads(done.stdout)["lines"]] == [None] * 8
    graphql, rest = requests.values()
    assert graphql < rest
