"""Times of which a format string writes the parts one by one, joined to one time."""

from collections.abc import Iterable, Iterator
from typing import Final

from sources.api_log.formats.clocks import directives
from sources.api_log.formats.strings import Part
from sources.api_log.layout import TIME_PATTERNS, Field

_NAMED: Final = ("any", "utc")
_DAYS: Final = {"d", "j", "c", "x", "a", "A"}

FRACTIONS: Final = ("msec_frac", "usec_frac")
"""Apache's names of the part of a second behind the point."""


def join_times(parts: Iterable[Part]) -> Iterator[Part]:
    """Join what belongs to one time: ``%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t``."""
    time: Part | None = None
    texts: list[Part] = []
    for part in parts:
        if part.field is None and time is not None:
            texts.append(part)
            continue
        if part.field is not None and time is not None and time.field is not None:
            whole = _joined(time.field, "".join(text.text for text in texts), part.field)
            if whole is not None:
                time, texts = Part(at=time.at, field=whole), []
                continue
            yield from (_whole(time), *texts)
            time, texts = None, []
        if part.field is not None and part.field.role == "time":
            time = part
        else:
            yield part
    if time is not None:
        yield from (_whole(time), *texts)


def _whole(part: Part) -> Part:
    """A time that names its day; another is left out."""
    form = part.field.form if part.field else ""
    if form in TIME_PATTERNS or form in _NAMED or directives(form) & _DAYS:
        return part
    return Part(at=part.at, field=Field(role="drop", name=form))


def _joined(time: Field, between: str, behind: Field) -> Field | None:
    """One time of two fields; ``None``: they are two things."""
    if time.form == "epoch":
        return time if behind.name in FRACTIONS and between == "." else None
    if time.form in TIME_PATTERNS:
        return None
    text = between.replace("%", "%%")
    if behind.name in FRACTIONS:
        return Field(role="time", form=f"{time.form}{text}%f")
    strange = behind.role != "time" or behind.form in TIME_PATTERNS
    if strange or directives(time.form) & directives(behind.form):
        return None
    return Field(role="time", form=f"{time.form}{text}{behind.form}")
