"""A service in a process of its own, for those who measure."""

import argparse
import json
import sys
import time
from typing import Any

from tests.support.loopback.service import Service


def read_sizes(program: str, description: str | None, *names: str) -> list[int]:
    """Read the whole numbers that such a process is started with."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    for name in names:
        parser.add_argument(name.lower(), metavar=name, type=int)
    options = vars(parser.parse_args())
    return [options[name.lower()] for name in names]


def attend(service: Service[Any], about: dict[str, str]) -> None:
    """Say where it is, then how much was asked, until stdin ends.

    Prints ``about`` as a line of JSON; then, for each line on stdin, how much was asked since the
    line before, and the processor seconds that took. Such a line says how many milliseconds every
    answer is on its way from then on.
    """
    _say(about)
    spent = time.process_time()
    for line in sys.stdin:
        service.latency = float(line) / 1_000
        before, spent = spent, time.process_time()
        _say(_take(service) | {"cpu": spent - before})


def _take(service: Service[Any]) -> dict[str, float]:
    with service.lock:
        statuses = [status for _, status, _ in service.asked]
        service.asked.clear()
    return {"requests": len(statuses), "refused": sum(status >= 400 for status in statuses)}


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
