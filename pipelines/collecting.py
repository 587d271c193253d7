"""Python's search for objects that keep each other alive, as a command needs it: seldom."""

import atexit
import gc
from typing import Final

_NEW_OBJECTS: Final = 20_000
_ROUNDS: Final = 20


def collect_less() -> None:
    """Search seldom while modules are loaded, and not at all when the process ends.

    Loading makes a hundred thousand objects that all stay, of which Python otherwise searches the
    newest seven hundred at a time; at the end it searches all of them several times, although the
    system takes the memory back anyway. A fifth of a short command's time goes into that.
    """
    gc.set_threshold(_NEW_OBJECTS, _ROUNDS, _ROUNDS)
    atexit.register(gc.freeze)
