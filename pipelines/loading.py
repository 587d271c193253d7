"""``sources.yaml`` in, checked configuration out: whole, before anything starts.

Every mistake is found in one go and named with its line. Secrets stand in the file only as
references to environment variables, ``{env: GITHUB_TOKEN}``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pipelines.config import Settings, SourceSpec
from pipelines.entry import Mistake, check_entry
from pipelines.remembered import read_repository
from pipelines.yaml_lines import LineMap, read_yaml
from sources import ConfigError
from sources.settings import guess, nearest

CACHE: Final = "cache"
"""Directory in the home of what may be deleted at any time, a directory in it for each source."""

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_EXAMPLE: Final = (
    "Write at least one, for instance\n"
    "sources:\n"
    "  - id: my-repo\n"
    "    type: filesystem\n"
    "    config: {root_dir: .}\n"
    "or remove the file, and Daybook reads the git repository it stands in"
)


def load_settings(environ: Mapping[str, str], cwd: Path) -> Settings:
    """Read what Daybook was told by environment and file.

    ``DAYBOOK_HOME`` (default ``.daybook``), ``DAYBOOK_SOURCES`` (default ``sources.yaml``),
    ``DAYBOOK_DATABASE_URL`` (default: embedded), ``DAYBOOK_LAKE`` (default ``lake`` in the home),
    ``DAYBOOK_REPO`` (the one source if there is no file; default: the one that the home was told
    to read the last time, else where it stands).

    Raises:
        ConfigError: all mistakes of the file at once, each with its line.
    """
    settings = load_place(environ, cwd)
    path, home = settings.sources_path, settings.home
    named = environ.get("DAYBOOK_SOURCES")
    if path.is_file() or (named and path.exists()):
        sources = read_sources(path)
    elif named:
        raise ConfigError(f"{path} does not exist", remedy="DAYBOOK_SOURCES names it: correct it")
    else:
        repository = environ.get("DAYBOOK_REPO") or read_repository(home) or "."
        refuse_url(str(repository), "DAYBOOK_REPO")
        sources = (default_source(cwd / repository),)
    known = tuple(replace(spec, cache_dir=home / CACHE) for spec in sources)
    return replace(settings, sources=known, mistaken=False)


def load_place(environ: Mapping[str, str], cwd: Path) -> Settings:
    """Read where things are kept, without the sources; no mistake in their file hinders that."""
    home = (cwd / environ.get("DAYBOOK_HOME", ".daybook")).absolute()
    return Settings(
        home=home,
        sources_path=(cwd / (environ.get("DAYBOOK_SOURCES") or "sources.yaml")).absolute(),
        database_url=environ.get("DAYBOOK_DATABASE_URL") or None,
        lake_url=environ.get("DAYBOOK_LAKE") or str(home / "lake"),
        sources=(),
        mistaken=True,
    )


def refuse_url(repository: str, name: str) -> None:
    """Refuse a URL for the one repository: messages name it, and a URL may hold a secret.

    Raises:
        ConfigError: it is one, also where a path was made of it, which has one slash of the two.
    """
    if _URL.match(repository):
        raise ConfigError(
            f"{name} names a folder of this machine, and was given a URL",
            remedy="Name a repository on a server as `url` in a configuration file",
        )


def default_source(repository: Path) -> SourceSpec:
    """Configure the git history of ``repository``, for use without a file."""
    root = repository.resolve()
    slug = re.sub(r"[^a-z0-9_-]+", "-", root.name.lower()).strip("-_") or "repository"
    return SourceSpec(id=slug, type="filesystem", config={"root_dir": str(root)})


def read_sources(path: Path) -> tuple[SourceSpec, ...]:
    """Read and check a configuration file.

    Raises:
        ConfigError: everything wrong with it, a line each.
    """
    try:
        data, lines = read_yaml(path)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}",
            remedy="Give this user the right to read it, or name another file in DAYBOOK_SOURCES",
        ) from error
    if data is None or data == {}:
        raise ConfigError(f"{path} is empty: it names no source", remedy=_EXAMPLE)
    mistakes = list(_check_top(data))
    entries = data.get("sources") if isinstance(data, dict) else None
    if isinstance(entries, list) and not entries:
        mistakes.append(Mistake(place=("sources",), text=f"no source is named. {_EXAMPLE}"))
    specs: list[SourceSpec] = []
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        found = check_entry(entry, ("sources", index), path, written)
        if isinstance(found, SourceSpec):
            specs.append(found)
        else:
            mistakes += found
    _refuse(path, [*_place(mistakes, lines), *_find_doubles(entries, lines)])
    return tuple(specs)


def _check_top(data: Any) -> Iterator[Mistake]:
    """Find what is wrong outside the items."""
    if not isinstance(data, dict):
        yield Mistake(place=(), text="the file is a mapping with the one key `sources`")
        return
    for key in data:
        if key != "sources":
            close = nearest(str(key), ["sources"])
            yield Mistake(place=(str(key),), text=f"unknown key {str(key)!r}{close}")
    if "sources" not in data and not any(guess(str(key), ["sources"]) for key in data):
        yield Mistake(place=(), text=f"key 'sources' is missing. {_EXAMPLE}")
    elif "sources" in data and data["sources"] is None:
        yield Mistake(place=("sources",), text=f"no source is named. {_EXAMPLE}")
    elif not isinstance(data.get("sources", []), list):
        yield Mistake(place=("sources",), text="a list goes here: each source begins with `- id:`")


def _place(mistakes: list[Mistake], lines: LineMap) -> Iterator[tuple[int, str]]:
    return ((lines.line(mistake.place), mistake.text) for mistake in mistakes)


def _find_doubles(entries: Any, lines: LineMap) -> Iterator[tuple[int, str]]:
    """Find keys that a mapping has twice, and ids that two sources have."""
    for double in lines.duplicates:
        yield double.line, f"key {double.key!r} stands in line {double.first} too"
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        name = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(name, str):
            line = lines.line(("sources", index, "id"))
            if name in seen:
                yield line, f"id {name!r} stands in line {seen[name]} too"
            seen.setdefault(name, line)


def _refuse(path: Path, mistakes: list[tuple[int, str]]) -> None:
    """Refuse a file with mistakes, in the order of its lines."""
    if mistakes:
        raise ConfigError(
            "\n".join(f"{path}:{line}: {text}" for line, text in sorted(mistakes)),
            remedy=f"Correct {path}; nothing was started",
        )
