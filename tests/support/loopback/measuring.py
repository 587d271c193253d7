"""A service in a process of its own, for those who measure."""

import json
import sys
from typing import Any

from tests.support.loopback.service import Service


def attend(service: Service[Any], about: dict[str, str]) -> None:
    """Say where it is, then how much was asked, until stdin ends.

    Prints ``about`` as a line of JSON; then, for each line on stdin, how much was asked since the
    line before. Such a line says how many milliseconds every answer is on its way from then on.
    """
    _say(about)
    for line in sys.stdin:
        service.latency = float(line) / 1_000
        _say(_take(service))


def _take(service: Service[Any]) -> dict[str, int]:
    with service.lock:
        statuses = [status for _, status, _ in service.asked]
        service.asked.clear()
    return {"requests": len(statuses), "refused": sum(status >= 400 for status in statuses)}


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
