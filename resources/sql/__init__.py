"""The SQL that the PostgreSQL store runs: one statement a file, found by name."""

from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

_HERE: Final = files(__name__)


class Migration(NamedTuple):
    """One numbered step of the schema."""

    version: int
    name: str
    sql: str


@cache
def statement(name: str) -> str:
    """Give the statement kept in ``<name>.sql``."""
    return _HERE.joinpath(f"{name}.sql").read_text(encoding="utf-8")


@cache
def migrations() -> tuple[Migration, ...]:
    """Give all migrations, first to last."""
    found = []
    for entry in _HERE.joinpath("migrations").iterdir():
        number, _, rest = entry.name.partition("_")
        if rest.endswith(".sql"):
            name = rest.removesuffix(".sql")
            found.append(Migration(int(number), name, entry.read_text(encoding="utf-8")))
    return tuple(sorted(found))
