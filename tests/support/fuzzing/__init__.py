"""Targets for fuzzing: each takes any bytes and raises where a promise does not hold.

The suite gives them their seeds and what Hypothesis makes of these; ``make soak`` lets a
coverage-guided fuzzer go on from there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.support.fuzzing import seeds
from tests.support.fuzzing.compilers import check_compilers
from tests.support.fuzzing.events import check_events
from tests.support.fuzzing.exports import check_exports
from tests.support.fuzzing.files import check_files
from tests.support.fuzzing.git import check_git
from tests.support.fuzzing.logs import check_logs


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What takes bytes, and what to begin with.

    Attributes:
        check: raises where a promise does not hold.
        seeds: gives the inputs to begin with.
        share: of the time, beside the others'.
    """

    check: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    share: int = 1


TARGETS: Final[Mapping[str, Target]] = {
    "logs": Target(check=check_logs, seeds=seeds.log_seeds, share=3),
    "compilers": Target(check=check_compilers, seeds=seeds.compiler_seeds),
    "files": Target(check=check_files, seeds=seeds.file_seeds),
    "git": Target(check=check_git, seeds=seeds.git_seeds),
    "events": Target(check=check_events, seeds=seeds.event_seeds),
    "exports": Target(check=check_exports, seeds=seeds.export_seeds),
}
