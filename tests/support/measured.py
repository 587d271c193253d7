"""What is counted of the processes that tests start, where coverage is: what Daybook's own run."""

import os
import sys
from pathlib import Path
from typing import Any, Final

from coverage.plugin import CoveragePlugin
from coverage.types import TConfigurable

STARTED: Final = "COVERAGE_PROCESS_CONFIG"
"""The variable by which a process that a test starts knows that it is counted."""


class Started(CoveragePlugin):
    """In a process that a test starts, coverage leaves out what it does in vain."""

    def configure(self, config: TConfigurable) -> None:
        """Look for nothing that did not run, and count no process below a ``daybook up``.

        What nobody ran the tests' own process finds, once, at the end. What Dagster's processes
        run of Daybook is counted where tests run it without them; tracing costs each half as much
        again.
        """
        if STARTED not in os.environ:
            return
        folders: Any = config.get_option("run:source")
        if folders:
            config.set_option("run:include", [str(Path(name).absolute() / "*") for name in folders])
            config.set_option("run:source", None)
        if [Path(word).name for word in sys.orig_argv[1:3]] == ["daybook", "up"]:
            config.set_option("run:patch", [])
            del os.environ[STARTED]


def coverage_init(registry: Any, _: object) -> None:
    """Make it known to coverage."""
    registry.add_configurer(Started())
