"""The formats and their fields as a page of documentation: ``python -m`` this prints the tables."""

from collections.abc import Iterable, Iterator

from sources.api_log.formats.apache import HEADERS, LETTERS
from sources.api_log.formats.goaccess import SPECIFIERS
from sources.api_log.formats.json_presets import JSON_FORMATS
from sources.api_log.formats.names import FAMILIES, fields_of, needs_zone
from sources.api_log.formats.nginx import VARIABLES
from sources.api_log.formats.presets import TEXT_FORMATS
from sources.api_log.json_format import JsonFormat
from sources.api_log.layout import Field
from sources.api_log.text import TextFormat
from sources.api_log.w3c import FIELDS

_COLUMNS = {
    "client": "client_ip", "peer": "client_ip", "request": "method path query protocol",
    "target": "path query", "time": "occurred_at", "date": "occurred_at", "clock": "occurred_at",
    "duration": "duration_ms", "duration_part": "duration_ms", "tail": "",
}  # fmt: skip
_LEFT_OUT = ("drop", "drop_token", "client_port", "extra", "extra_list")


def columns_of(fields: Iterable[Field]) -> list[str]:
    """The columns of the normal form that fields fill, in their order."""
    names: dict[str, None] = {}
    for field in fields:
        if field.role not in _LEFT_OUT:
            names.update(dict.fromkeys(_COLUMNS.get(field.role, field.role).split()))
    return list(names)


def extras_of(fields: Iterable[Field]) -> list[str]:
    """The extras that fields fill."""
    return list(dict.fromkeys(f.name for f in fields if f.role in ("extra", "extra_list")))


def format_tables() -> str:
    """Three tables: formats, what their fields become, what format strings may hold."""
    return "\n\n".join(("\n".join(_formats()), "\n".join(_families()), "\n".join(_strings())))


def _formats() -> Iterator[str]:
    yield "| format | lines | columns | extras | time zone |"
    yield "|---|---|---|---|---|"
    forms: list[TextFormat | JsonFormat] = [*TEXT_FORMATS.values(), *JSON_FORMATS.values()]
    for form in forms:
        fields = list(fields_of(form))
        kind = "JSON" if isinstance(form, JsonFormat) else "text"
        zone = "`timezone`" if needs_zone(form) else "in the line"
        yield _row(
            f"`{form.name}`", kind, _codes(columns_of(fields)), _codes(extras_of(fields)), zone
        )
    columns = _codes(columns_of(FIELDS.values()))
    for name in ("iis", "cloudfront"):
        yield _row(f"`{name}`", "`#Fields`", columns, "every other field", "UTC")


def _families() -> Iterator[str]:
    yield "| name | stands for |"
    yield "|---|---|"
    for name, members in FAMILIES.items():
        yield _row(f"`{name}`", _codes(members))


def _strings() -> Iterator[str]:
    yield "| column or extra | nginx | Apache | GoAccess | W3C |"
    yield "|---|---|---|---|---|"
    sources = (
        {f"${name}": field for name, field in VARIABLES.items()},
        {f"%{name}": field for name, field in LETTERS.items()}
        | {f"%{{{name}}}i": field for name, field in HEADERS.items()},
        {f"%{name}": field for name, field in SPECIFIERS.items()},
        dict(FIELDS),
    )
    labels = {_label(field): None for source in sources for field in source.values()}
    for label in labels:
        if label:
            found = (
                [name for name, f in source.items() if _label(f) == label] for source in sources
            )
            yield _row(f"`{label}`", *(_codes(names) for names in found))


def _label(field: Field) -> str:
    return field.name if field.role.startswith("extra") else " ".join(columns_of([field]))


def _codes(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(format_tables() + "\n")
