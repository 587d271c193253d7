"""Objects written anew are what Python's JSON would have made of each of them."""

import json
from typing import Any

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from resources.stores.attributes import canonical_column
from sources.event import canonical_json

_TEXT = st.one_of(
    st.sampled_from(
        ["", " ", ", ", ": ", '"', "\\", '\\"', "\n", "{", "}", "[", "a b", "a.b", "é"]
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
)
_VALUE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**30), 10**30),
        st.floats(-1e6, 1e6),
        _TEXT,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXT, inner, max_size=2)),
    max_leaves=4,
)


def as_jsonb(value: dict[str, Any]) -> str:
    """Write an object with the spaces and the order of keys that ``jsonb`` has."""
    ordered = sorted(value.items(), key=lambda item: (len(item[0].encode()), item[0].encode()))
    return json.dumps(dict(ordered), ensure_ascii=False)


@given(objects=st.lists(st.dictionaries(_TEXT, _VALUE, max_size=4), max_size=6))
@example(objects=[{}, {"b": 1, "a.b": [1, ", "], "a": None}, {}])
@example(objects=[{'a"': "x", "a": '\\", "b": "'}, {"c": {"d": 1}}, {"e": 1.50}])
def test_objects_are_written_as_python_writes_them(objects: list[dict[str, Any]]) -> None:
    column = pa.array(["{}", *map(as_jsonb, objects)], pa.string()).slice(1)
    assert canonical_column(column).to_pylist() == [canonical_json(item) for item in objects]
