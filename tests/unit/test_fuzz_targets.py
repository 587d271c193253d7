"""The targets of ``make soak``'s fuzzing: their seeds, and what Hypothesis makes of these."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fuzzing import TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_seeds_hold(name: str) -> None:
    for seed in TARGETS[name].seeds():
        TARGETS[name].check(seed)


@pytest.mark.parametrize("name", sorted(TARGETS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_pieces_of_seeds_put_together_hold(name: str, data: st.DataObject) -> None:
    seed = st.sampled_from(sorted(TARGETS[name].seeds()))
    begin, end = data.draw(seed), data.draw(seed)
    middle = data.draw(st.binary(max_size=12))
    at, on = data.draw(st.integers(0, len(begin))), data.draw(st.integers(0, len(end)))
    TARGETS[name].check(begin[:at] + middle + end[on:])
