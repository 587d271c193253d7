"""A process that draws one window of a lake again and again, until it is killed.

Each drawing has one title throughout and more rows than the one before: a reader that sees two
titles, or fewer rows than the title says, has seen half a file.
"""

import sys
from itertools import count
from pathlib import Path

from resources.stores.lake import Lake
from resources.stores.memory import MemoryStore
from tests.support.events import SOURCE, make_event

ROWS = 500


def draw_forever(root: Path) -> None:
    """Draw drawing 0, 1, 2 and so on; drawing n has ``ROWS + n`` rows titled ``n``."""
    store, lake = MemoryStore(), Lake(root)
    for drawing in count():
        store.batch_record_events(
            make_event(str(number), title=str(drawing)) for number in range(ROWS + drawing)
        )
        lake.write_window(store, SOURCE, "2024-03")


if __name__ == "__main__":
    draw_forever(Path(sys.argv[1]))
