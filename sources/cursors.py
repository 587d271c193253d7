"""Cursors read back from JSON: what one that is none is answered with."""

from collections.abc import Mapping
from typing import Any, Protocol, Self, TypeVar

from pydantic import ValidationError

from sources.errors import CursorInvalidError


class Versioned(Protocol):
    """A model of what a source has seen, in a form that has a number."""

    @property
    def v(self) -> int:
        """The number of the form."""

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """Read it."""


Position = TypeVar("Position", bound=Versioned)


def read_cursor(
    model: type[Position],
    cursor: Mapping[str, Any],
    *,
    version: int,
    source_id: str,
    refusal: str,
) -> Position:
    """Read a cursor into the model of one source type.

    Args:
        model: what its cursors are.
        cursor: of whatever source, of whatever form.
        version: the form that is read.
        source_id: whose it is to be.
        refusal: says that it is none.

    Raises:
        CursorInvalidError: it is none, or of another version.
    """
    try:
        position = model.model_validate(dict(cursor))
    except ValidationError as error:
        (first, *_) = error.errors(include_input=False, include_url=False)
        place = ".".join(str(part) for part in first["loc"])
        raise invalid_cursor(source_id, f"{refusal}: {place}: {first['msg']}") from None
    if position.v != version:
        raise invalid_cursor(source_id, f"the cursor has version {position.v}, not {version}")
    return position


def invalid_cursor(source_id: str, reason: str) -> CursorInvalidError:
    """Make the error for a cursor that cannot be gone on from."""
    return CursorInvalidError(
        f"{source_id}: {reason}", remedy="The next sync starts from nothing, which is safe"
    )
