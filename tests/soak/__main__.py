"""``python -m tests.soak --minutes 30``: all parts side by side, and one line about them."""

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from random import SystemRandom
from typing import Final

from tests.soak.fuzz import is_there, soak_fuzz
from tests.soak.kills import soak_kills
from tests.soak.logs import soak_logs
from tests.soak.rewrites import soak_rewrites
from tests.soak.tally import Tally, tell

PARTS: Final[Mapping[str, Callable[[int, int, float], Tally]]] = {
    "kills": soak_kills,
    "histories": soak_rewrites,
    "logs": soak_logs,
    "fuzz": soak_fuzz,
}
_NO_FUZZ: Final = "fuzz left out: there is no Atheris for this Python and machine"


def main() -> int:
    """Run the parts that are asked for; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="after which nothing is begun")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    parser.add_argument("--only", choices=list(PARTS), action="append", help="one part; repeat")
    parser.add_argument("--kills", type=int, default=1_000, help="how many kills")
    parser.add_argument("--histories", type=int, default=1_000, help="how many histories")
    parser.add_argument("--logs", type=int, default=1_000, help="how many logs")
    parser.add_argument("--fuzz", type=int, default=1_000_000, help="how many inputs to fuzz with")
    options = parser.parse_args()
    tell(f"soak: seed {options.seed}, at most {options.minutes:g} minutes and what was begun then")
    for name in [name for name in os.environ if name.startswith("DAYBOOK_")]:
        del os.environ[name]  # no setting of whoever runs it may reach the product
    chosen = options.only or list(PARTS)
    left_out = [_NO_FUZZ] if "fuzz" in chosen and not is_there() else []
    chosen = [name for name in chosen if name != "fuzz" or not left_out]
    for words in left_out:
        tell(f"soak: {words}")
    if not chosen:
        return 1
    with ProcessPoolExecutor(len(chosen)) as pool:
        running = {
            name: pool.submit(PARTS[name], options.seed, vars(options)[name], options.minutes * 60)
            for name in chosen
        }
        failed = [name for name, part in running.items() if not _say_failure(name, part)]
    for name in failed:
        tell(f"again: make soak SOAK_ARGS='--only {name} --seed {options.seed}'")
    done = [str(part.result()) for name, part in running.items() if name not in failed]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "passed"
    tell("; ".join([f"soak: {verdict}", *done, *left_out, f"seed {options.seed}"]))
    return 1 if failed else 0


def _say_failure(name: str, part: Future[Tally]) -> bool:
    """Wait for a part; gives whether it went well, and shows why not."""
    error = part.exception()
    if error is not None:
        tell(f"{name}: {''.join(traceback.format_exception(error))}")
    return error is None


if __name__ == "__main__":
    sys.exit(main())
