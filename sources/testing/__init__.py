"""The laws of every source, for whoever writes one.

Part of the package and free of any test framework, so that a source from another package can be
held to the same laws as the built-in ones: describe it in a :class:`SourceCase` and call each
law of :data:`LAWS`, from pytest like this::

    @pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
    def test_my_source(law: Law, tmp_path: Path) -> None:
        law(MyCase(), tmp_path)

A broken law raises :class:`BrokenLawError`, an ``AssertionError`` that says which and where.
"""

from sources.testing.case import BrokenLawError, SourceCase
from sources.testing.laws import LAWS, Law

__all__ = ["LAWS", "BrokenLawError", "Law", "SourceCase"]
