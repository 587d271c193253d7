"""The ``daybook`` command, which leaves word of the processor time that it took.

As ``python -m benchmarks.git.launch FILE [ARGUMENT]...``. The processes it waited for are git's:
the server runs already and is nobody's child here.
"""

import atexit
import json
import resource
import sys
from pathlib import Path

from pipelines.cli import main


def account(path: Path) -> None:
    """Write the seconds of this process and of those it has waited for."""
    spent = {}
    for name, whose in (("own", resource.RUSAGE_SELF), ("git", resource.RUSAGE_CHILDREN)):
        usage = resource.getrusage(whose)
        spent[name] = usage.ru_utime + usage.ru_stime
    path.write_text(json.dumps(spent))


if __name__ == "__main__":
    atexit.register(account, Path(sys.argv.pop(1)))
    main()
