"""Events over time as an image: any number of windows, each as wide as it is long."""

import base64
import io
from typing import Any

import pytest
from matplotlib import image

from pipelines.config import SourceSpec
from pipelines.display import plot
from sources.windows import Grain


def coloured(counts: dict[str, int], grain: Grain) -> float:
    """The share of the image's columns in which there are events."""
    shown = plot(SourceSpec(id="demo", type="filesystem", grain=grain), counts)
    assert shown.startswith(f"![events of demo by {grain}](data:image/png;base64,")
    encoded = shown.partition("base64,")[2].removesuffix(")")
    untyped: Any = image
    red, _, blue = untyped.imread(io.BytesIO(base64.b64decode(encoded)))[..., :3].T
    return float((blue - red > 0.2).any(axis=1).mean())


@pytest.mark.parametrize(("grain", "window"), [("day", "2024-02-29"), ("month", "2024-02")])
def test_one_window_alone_is_no_slab(grain: Grain, window: str) -> None:
    assert 0.05 < coloured({window: 7}, grain) < 0.1


def test_a_gap_is_as_wide_as_it_was_long() -> None:
    days = {f"2024-02-{day:02d}": 5 for day in (*range(1, 11), *range(21, 30))}
    assert 0.5 < coloured(days, "day") < 0.7


def test_a_window_is_seen_among_thousands() -> None:
    assert 0.0 < coloured({"2000-01": 9, "2026-11": 9}, "month") < 0.02
