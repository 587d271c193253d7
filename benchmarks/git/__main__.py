"""Measure on one repository: ``python -m benchmarks.git PATH --pairs 5 --peers all``."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.commands import PEERS_PYTHON
from benchmarks.git.contests import PARTS, Field, describe
from benchmarks.git.sides import PEERS, count_commits, make_mirror
from benchmarks.pairs import say
from benchmarks.report import print_lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the parts asked for, and print the lines."""
    options = _parser().parse_args(arguments)
    path = options.path.resolve()
    peers = _choose_peers(options.peers)
    with tempfile.TemporaryDirectory(prefix="daybook-bench-") as folder:
        field = Field(
            path=path,
            commits=count_commits(path),
            pairs=options.pairs,
            peers=peers,
            bound=options.peer_commits,
            mirror=make_mirror(path, Path(folder)),
        )
        lines = [line for part in options.only or PARTS for line in PARTS[part](field)]
    print_lines(lines, describe(field), as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.git", description=__doc__)
    parser.add_argument("path", type=Path, help="a git repository, bare or not")
    parser.add_argument("--pairs", type=int, default=5, help="how often each side runs")
    parser.add_argument("--peers", default="all", help="all, none, or names: " + ",".join(PEERS))
    parser.add_argument(
        "--peer-commits", type=int, default=1_000, help="newest commits that peers read; 0: all"
    )
    parser.add_argument("--only", action="append", choices=list(PARTS), help="one part; repeat")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _choose_peers(names: str) -> list[str]:
    chosen = {"all": list(PEERS), "none": []}.get(names, names.split(","))
    if unknown := set(chosen) - set(PEERS):
        raise SystemExit(f"no such peer: {', '.join(sorted(unknown))}; there are {list(PEERS)}")
    if chosen and not PEERS_PYTHON.exists():
        say("the peers are not installed: `make peers`; going on without them")
        return []
    return chosen


if __name__ == "__main__":
    main()
