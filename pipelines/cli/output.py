"""How answers look: JSON for programs, tables and bars for people."""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.wording import UNITS, duration

_GAP: Final = 2
_READABLE: Final = 12


def print_json(value: Any) -> None:
    """Print ``value`` as one JSON document on stdout."""
    sys.stdout.write(json.dumps(to_json(value), ensure_ascii=False, indent=2) + "\n")


def print_json_array(values: Iterable[Any]) -> None:
    """Print what :func:`print_json` prints for a list, each value as soon as it comes.

    Where ``values`` fails before the first one nothing is printed; later, the array stays unclosed.
    """
    begun = False
    try:
        for value in values:
            text = json.dumps(to_json(value), ensure_ascii=False, indent=2)
            sys.stdout.write((",\n  " if begun else "[\n  ") + text.replace("\n", "\n  "))
            begun = True
    finally:
        if begun:
            sys.stdout.write("\n")
    sys.stdout.write("]\n" if begun else "[]\n")


def to_json(value: object) -> Any:
    r"""Give what JSON has for an answer, or for a value of PostgreSQL.

    Times in ISO 8601 and UTC, bytes in hex, numbers as numbers; what is no number is ``null``.

    >>> to_json([b"\x01\xff", Decimal("1.50"), Decimal(3), float("nan")])
    ['01ff', 1.5, 3, None]
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            return _number(value)
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items()}
        case bytes() | memoryview():
            return bytes(value).hex()
        case Iterable():
            return [to_json(item) for item in value]
        case _:
            return _other(value)


def _number(value: float | Decimal) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if isinstance(value, Decimal) and value % 1 == 0 else float(value)


def _other(value: object) -> Any:
    match value:
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
        case timedelta():
            return value.total_seconds()
        case date() | time():
            return value.isoformat()
        case _ if is_dataclass(value):
            return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
        case _:
            return str(value)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as a table: in full where stdout is no terminal, cut to it where it is one.

    What would be cut to less than can be read stands below one another, a row at a time.
    """
    cells = [[show(cell) for cell in row] for row in rows]
    needed = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    gaps = _GAP * (len(columns) - 1)
    out = console(least=sum(needed) + gaps)
    widths = fit(needed, out.width - gaps)
    if widths != needed and max(widths) < _READABLE:
        _print_records(columns, cells, out)
        return
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for name, width in zip(columns, widths, strict=True):
        table.add_column(name, overflow="ellipsis", no_wrap=True, max_width=width)
    for row in cells:
        table.add_row(*map(Text, row))
    out.print(table)


def fit(widths: Sequence[int], room: int) -> list[int]:
    """Cut the widest columns, to one width, until all of them have room.

    >>> fit([3, 40, 9], 60), fit([3, 40, 9], 30), fit([30, 40], 20)
    ([3, 40, 9], [3, 18, 9], [10, 10])
    """
    left = room
    for place, width in enumerate(sorted(widths)):
        share = left // (len(widths) - place)
        if width > share:
            return [min(each, max(share, 1)) for each in widths]
        left -= width
    return list(widths)


def _print_records(columns: Sequence[str], rows: Sequence[Sequence[str]], out: Console) -> None:
    """Print a line for each cell, with its column's name before it."""
    width = max(map(cell_len, columns))
    for number, row in enumerate(rows, 1):
        out.print(Text(f"-- {number:,} --", style="bold"))
        for name, cell in zip(columns, row, strict=True):
            out.print(Text(f"{set_cell_size(name, width)}  {cell}"), soft_wrap=True)


def console(least: int = 0) -> Console:
    """Give the console on stdout; wide where no terminal sets a width.

    Args:
        least: columns that it has at least where no terminal sets a width.
    """
    width = None if sys.stdout.isatty() else max(200, least)
    return Console(highlight=False, width=width, soft_wrap=False)


def show(value: object) -> str:
    """Write one cell: counts with separators, times to the minute in UTC, nothing as a dash."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
        case timedelta():
            return duration(value)
        case _:
            text = str(value)
            if isinstance(value, dict | list):
                text = json.dumps(to_json(value), ensure_ascii=False)
            return "".join(sign if sign.isprintable() else " " for sign in text)


def age(moment: datetime, now: datetime) -> str:
    """Say how long ago ``moment`` was, in its largest unit.

    >>> age(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 3, 5, tzinfo=UTC))
    '2 d ago'
    """
    seconds = max(0, int((now - moment).total_seconds()))
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "now"


def bar(value: float, most: float, width: int) -> str:
    """Draw ``value`` as a bar in eighths of a sign; ``most`` fills ``width`` signs.

    >>> bar(1, 2, 4), bar(2, 2, 4), bar(0, 2, 4)
    ('██', '████', '')
    """
    eighths = round(value / most * width * 8) if most else 0
    if value and not eighths:
        eighths = 1
    return "█" * (eighths // 8) + ("▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else "")
