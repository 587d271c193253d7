"""What a sync or a refresh would take, asked of the source and nothing stored."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import add
from typing import Final

from pipelines.config import SourceSpec
from pipelines.reading import open_source, refuse_future
from sources import Cursor, Estimate
from sources.windows import reading_bounds

_ASKED: Final = 3
"""Windows that are asked about; of more, the first, the middle and the last stand for all."""


async def estimate_sync(spec: SourceSpec, cursor: Cursor | None) -> Estimate | None:
    """Say what a sync from ``cursor`` would take; ``None``: the source does not know.

    Raises:
        DaybookError: the source's.
    """
    async with open_source(spec, cursor) as source:
        return await source.estimate()


async def estimate_refresh(spec: SourceSpec, windows: Sequence[str]) -> Estimate | None:
    """Say what reading some windows again would take; ``None``: the source does not know.

    Raises:
        ConfigError: no such window.
        DaybookError: the source's.
    """
    for name in windows:
        refuse_future(spec, name)
    chosen = _spread(sorted(windows))
    found = []
    for name in chosen:
        one = await _estimate_span(spec, *reading_bounds(name, spec.grain, spec.start))
        if one is None:
            return None
        found.append(one)
    if not found:
        return Estimate(requests=0, working=0.0)
    return reduce(add, found).times(len(windows) / len(chosen))


async def _estimate_span(
    spec: SourceSpec, since: datetime | None, until: datetime | None
) -> Estimate | None:
    async with open_source(spec, None) as opened, opened.windowed(since, until) as source:
        return await source.estimate()


def _spread(names: Sequence[str]) -> Sequence[str]:
    """Choose some that stand for all.

    >>> _spread(["1", "2", "3", "4", "5", "6"])
    ['1', '4', '6']
    """
    if len(names) <= _ASKED:
        return names
    last = len(names) - 1
    return [names[round(last * number / (_ASKED - 1) + 0.01)] for number in range(_ASKED)]
