"""Coverage-guided fuzzing: each target in a process of its own, bounded in time and memory.

Atheris stands in ``.venv/fuzz``, where the suite never looks. Each input has a deadline, so a hang
is a finding like a crash; a finding is kept as a file, and the command that runs it again is shown.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.soak.tally import Tally
from tests.support.fuzzing import TARGETS
from tests.support.processes import ROOT

ATHERIS: Final = Path(sys.prefix) / "fuzz"
"""Where ``make soak`` puts it, if there is a build for this Python and machine."""
FINDINGS: Final = ROOT / "reports" / "fuzz"
_DEADLINE: Final = 10
"""Seconds for one input; most take milliseconds."""
_MEMORY: Final = 2_048
"""Megabytes of a process; it begins with 300."""
_LONGEST: Final = 4_096
"""Bytes of an input."""
_GRACE: Final = 60.0
"""Seconds that a process has to start and to end, before it is stopped."""
_ROUND: Final = 120.0
"""Seconds for a target before it is the next one's turn."""
_SHOWN: Final = 3_000
_DONE: Final = re.compile(r"^(?:#(\d+)\t|stat::number_of_executed_units: (\d+))", re.MULTILINE)


def is_there() -> bool:
    """Whether Atheris could be installed."""
    return (ATHERIS / "atheris").is_dir()


def soak_fuzz(seed: int, wanted: int, seconds: float) -> Tally:
    """Let each target have its share of the time by turns, or of so many inputs.

    Raises:
        AssertionError: an input crashed, hung, or broke a promise; says where it is kept.
    """
    tally = Tally(what="inputs", wanted=wanted, seconds=seconds)
    findings: list[str] = []
    with TemporaryDirectory(prefix="daybook-soak-") as folder:
        corpora = _plant(Path(folder))
        turns: list[str] = []
        while corpora and not tally.over:
            turns = turns or list(corpora)
            name, part = turns[0], _part(turns)
            found = _fuzz(corpora[name], seed, tally, min(_ROUND, tally.left * part))
            if found:
                findings.append(found)
                del corpora[name]  # it would be found again
            turns, seed = turns[1:], (seed + 1) % (1 << 32)
    if findings:
        raise AssertionError("\n".join(findings))
    return tally


def _part(turns: Sequence[str]) -> float:
    """Which part of the time is the first one's, of those whose turn it is yet."""
    return TARGETS[turns[0]].share / sum(TARGETS[name].share for name in turns)


def _plant(folder: Path) -> dict[str, Path]:
    """Write the seeds of each target into a folder of its name."""
    corpora = {}
    for name, target in TARGETS.items():
        corpora[name] = folder / name
        corpora[name].mkdir()
        for seed in target.seeds():
            (corpora[name] / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    return corpora


def _fuzz(corpus: Path, seed: int, tally: Tally, seconds: float) -> str | None:
    """Fuzz one target for a while; gives words about what was found."""
    name = corpus.name
    FINDINGS.mkdir(parents=True, exist_ok=True)
    before = set(FINDINGS.iterdir())
    status, said = _run(name, _options(corpus, seed, tally, seconds), seconds)
    tally.count(name, _executed(said))
    kept = sorted(set(FINDINGS.iterdir()) - before)
    if status == 0 and not kept:
        return None
    words = [f"{name}: {_shorten(said)}"]
    words += [f"again: {again(name, file)}" for file in kept]
    return "\n".join(words)


def again(name: str, file: Path) -> str:
    """The command that runs a target with one input, without the fuzzer."""
    return f".venv/bin/python -m tests.soak.fuzz_child {name} {file.relative_to(ROOT)}"


def _options(corpus: Path, seed: int, tally: Tally, seconds: float) -> Iterator[str]:
    yield str(corpus)
    yield f"-seed={seed or 1}"
    yield f"-runs={max(1, tally.wanted - tally.counts['done'])}"
    yield f"-max_total_time={max(1, int(seconds))}"
    yield f"-timeout={_DEADLINE}"
    yield f"-rss_limit_mb={_MEMORY}"
    yield f"-max_len={_LONGEST}"
    yield f"-artifact_prefix={FINDINGS}/{corpus.name}-"
    yield "-print_final_stats=1"
    yield "-reload=0"


def _run(name: str, options: Iterator[str], seconds: float) -> tuple[int, str]:
    """Run the child to its end, which the last deadline makes sure of."""
    command: Sequence[str] = [sys.executable, "-m", "tests.soak.fuzz_child", name, *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ATHERIS)))}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds + _GRACE + _DEADLINE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return 1, f"{_text(error.output)}\nhad to be stopped"
    return done.returncode, _text(done.stdout)


def _text(output: bytes | None) -> str:
    return (output or b"").decode("utf-8", "replace")


def _executed(said: str) -> int:
    return max((int(a or b) for a, b in _DONE.findall(said)), default=0)


def _shorten(said: str) -> str:
    """What an exception said, and the end."""
    begin = said.find("Uncaught Python exception")
    return said[begin:][:_SHOWN] if begin >= 0 else said[-_SHOWN:]
