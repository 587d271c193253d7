"""Histories at random: each line once, and the same from nothing."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.log_histories import ALIKE, STEPS, History


@pytest.mark.timeout(600)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), alike=st.sampled_from(ALIKE))
def test_every_line_comes_once_whatever_happens_to_the_files(seed: int, alike: float) -> None:
    with TemporaryDirectory() as directory:
        history = History(Path(directory), seed, alike)
        history.live(STEPS)
        history.check()
