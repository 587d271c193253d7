"""What a file's name says of rotation: whose generation it is, how old, and how it is packed."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal

Codec = Literal["gzip", "zstd"]

PACKED: Final[dict[str, Codec]] = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
"""Codec by the suffix of a compressed file."""

UNREADABLE: Final = (".bz2", ".xz", ".lzma", ".lz4", ".br", ".Z", ".zip", ".7z")
"""Suffixes of files that are compressed in a way that is not understood."""

_DATE: Final = r"\d{4}-?\d\d-?\d\d(?:[-_]\d{10}|[-_T.]?\d\d(?:[-:]?\d\d){0,2})?|\d{10}"
_ROTATED: Final = re.compile(
    rf"(?P<stem>.+?)(?:[._-](?P<date>{_DATE}))?(?:\.(?P<number>\d{{1,4}}|old))?(?P<tail>\.[a-zA-Z_]+)?"
)
_NEWEST_ROTATED: Final = (0, "~", 0)
_LIVE: Final = (1, "", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One generation of a log.

    Attributes:
        family: path of the log, as the file is called that is written now.
        order: among the generations of a family the oldest has the smallest.
        codec: how it is compressed, in pyarrow's words; ``None``: it is not.
    """

    family: str
    order: tuple[int, str, int]
    codec: Codec | None

    @property
    def is_live(self) -> bool:
        """Whether the name is that of the log itself."""
        return self.order == _LIVE


def parse_name(path: str) -> Generation:
    """Read a file's name as logrotate and its like give them.

    >>> parse_name("/log/access.log.2.gz")
    Generation(family='/log/access.log', order=(0, '', -2), codec='gzip')
    >>> parse_name("/log/access-20240309.log")
    Generation(family='/log/access.log', order=(0, '20240309', 0), codec=None)
    >>> parse_name("/log/access.log").is_live
    True
    """
    place = PurePath(path)
    codec = PACKED.get(place.suffix)
    name = place.name.removesuffix(place.suffix) if codec else place.name
    match = _ROTATED.fullmatch(name)
    date, number = (match["date"], match["number"]) if match else (None, None)
    if match is None or (date is None and number is None):
        family = str(place.with_name(name))
        return Generation(family=family, order=_NEWEST_ROTATED if codec else _LIVE, codec=codec)
    digits = re.sub(r"\D", "", date or "")
    return Generation(
        family=str(place.with_name(match["stem"] + (match["tail"] or ""))),
        order=(0, digits, -int(number.replace("old", "1")) if number else 0),
        codec=codec,
    )


def rotated_patterns(pattern: str) -> list[str]:
    """Give globs that find every generation of what ``pattern`` finds, and more.

    >>> rotated_patterns("/log/*.log")
    ['/log/*.log', '/log/*.log[._-]*', '/log/*[._-]*.log', '/log/*[._-]*.log.*']
    """
    place = PurePath(pattern)
    patterns = [pattern, f"{pattern}[._-]*"]
    if place.suffix and place.suffix not in PACKED and place.stem:
        inner = str(place.with_name(f"{place.stem}[._-]*{place.suffix}"))
        patterns += [inner, f"{inner}.*"]
    return patterns
