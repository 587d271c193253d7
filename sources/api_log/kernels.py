"""Arrow's kernels, as they are used here: on whole columns and plain constants alike.

The published type stubs describe a narrower use (no plain constants, no mixed types); what is
passed and returned is said in words and held by tests.
"""

from typing import Any, TypeAlias

import pyarrow.compute

Column: TypeAlias = Any
"""A pyarrow ``Array``."""

pc: Any = pyarrow.compute

arrow: Any = pyarrow
