"""``sources.yaml`` in, checked configuration out: whole, before anything starts.

Every mistake is found in one go and named with its line. Secrets stand in the file only as
references to environment variables, ``{env: GITHUB_TOKEN}``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.yaml_lines import LineMap, read_yaml
from sources import (
    BaseEventSource,
    ConfigError,
    CredentialsError,
    DaybookError,
    EventSourceFactory,
    SourceCredentials,
)
from sources.event import canonical_json
from sources.settings import check_config, complaints
from sources.windows import Grain, parse_start

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_UNIT: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
TRAILING_WINDOWS: Final[dict[Grain, int]] = {"month": 2, "day": 3}
"""Windows that the nightly refresh reads again, the current one included; never that one alone,
or what came after the last refresh of a window would not be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvReference:
    """A secret by the name of the environment variable that holds it; never its value."""

    name: str

    def resolve(self, environ: Mapping[str, str], *, source_id: str) -> str:
        """Give the value.

        Raises:
            CredentialsError: the variable is not set, or empty.
        """
        value = environ.get(self.name, "")
        if not value:
            raise CredentialsError(
                f"{source_id}: the environment variable {self.name} is not set",
                remedy=f"Set it where Daybook runs: export {self.name}=…",
            )
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """One configured source, checked.

    Attributes:
        id: its identity; rename it and it is another source.
        type: a registered source type.
        config: its settings, paths absolute.
        credentials: its secrets, by reference.
        grain: size of its windows.
        start: first day of its first window, UTC.
        every: shortest time between two looks of its sensor.
        refresh_windows: windows the nightly refresh reads again, the current one included.
        description: for the web UI.
        owners: for the web UI, e-mail addresses or ``team:name``.
        configured_at: when the file was written, UTC; ``None`` without a file.
    """

    id: str
    type: str
    config: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, EnvReference] = field(default_factory=dict)
    grain: Grain = "month"
    start: date = date(2000, 1, 1)
    every: timedelta = timedelta(seconds=30)
    refresh_windows: int = TRAILING_WINDOWS["month"]
    description: str = ""
    owners: tuple[str, ...] = ()
    configured_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """Digest of what shapes the events: type and settings, without start and secrets."""
        config = {key: value for key, value in self.config.items() if key != "cursor"}
        text = canonical_json({"type": self.type, "config": config})
        return blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything Daybook was told: where state lives, and which sources there are.

    Attributes:
        home: the state directory, absolute.
        sources_path: the configuration file; it may not exist.
        database_url: the external PostgreSQL; ``None``: the embedded one.
        lake_url: directory or pyarrow filesystem URL of the lake.
        sources: all configured sources, by order of the file.
    """

    home: Path
    sources_path: Path
    database_url: str | None
    lake_url: str
    sources: tuple[SourceSpec, ...]

    def source(self, source_id: str) -> SourceSpec:
        """Give one source by id.

        Raises:
            ConfigError: not configured.
        """
        for spec in self.sources:
            if spec.id == source_id:
                return spec
        known = ", ".join(spec.id for spec in self.sources) or "none"
        raise ConfigError(
            f"no source {source_id!r} is configured in {self.sources_path}",
            remedy=f"Configured: {known}",
        )


class _Entry(BaseModel):
    """One item of ``sources:`` as written."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=100)
    type: str
    config: dict[str, Any] = Field(default_factory=dict)
    credentials: dict[str, Any] = Field(default_factory=dict)
    grain: Literal["month", "day"] | None = None
    start: str | date | None = None
    every: timedelta = timedelta(seconds=30)
    refresh_windows: int | None = Field(default=None, ge=0, le=366)
    description: str = ""
    owners: list[str] = Field(default_factory=list)

    @field_validator("every", mode="before")
    @classmethod
    def _read_duration(cls, value: object) -> timedelta:
        match = _DURATION.fullmatch(str(value).strip())
        if not match:
            raise ValueError("write a duration like 30s, 5m, 2h or 1d")
        return timedelta(**{_UNIT[match[2]]: float(match[1])})


class _File(BaseModel):
    """The whole file as written; entries are checked one by one."""

    model_config = ConfigDict(extra="forbid")

    sources: list[Any]


def load_settings(environ: Mapping[str, str], cwd: Path) -> Settings:
    """Read what Daybook was told by environment and file.

    ``DAYBOOK_HOME`` (default ``.daybook``), ``DAYBOOK_SOURCES`` (default ``sources.yaml``),
    ``DAYBOOK_DATABASE_URL`` (default: embedded), ``DAYBOOK_LAKE`` (default ``lake`` in the home),
    ``DAYBOOK_REPO`` (the one source if there is no file; default: where it stands).

    Raises:
        ConfigError: all mistakes of the file at once, each with its line.
    """
    home = (cwd / environ.get("DAYBOOK_HOME", ".daybook")).absolute()
    named = environ.get("DAYBOOK_SOURCES")
    path = (cwd / (named or "sources.yaml")).absolute()
    if path.is_file():
        sources = read_sources(path)
    elif named:
        raise ConfigError(f"{path} does not exist", remedy="DAYBOOK_SOURCES names it: correct it")
    else:
        sources = (default_source(cwd / environ.get("DAYBOOK_REPO", ".")),)
    return Settings(
        home=home,
        sources_path=path,
        database_url=environ.get("DAYBOOK_DATABASE_URL") or None,
        lake_url=environ.get("DAYBOOK_LAKE") or str(home / "lake"),
        sources=sources,
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
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        entries = _File.model_validate(data).sources
    except ValidationError as error:
        raise _refusal(path, [f"{path}: {text}" for text in complaints(_File, error)]) from None
    mistakes: list[str] = []
    specs: list[SourceSpec] = []
    for index, entry in enumerate(entries):
        found = _check_entry(entry, index, path, lines, written)
        if isinstance(found, SourceSpec):
            specs.append(found)
        else:
            mistakes += found
    mistakes += _check_ids(entries, path, lines)
    if mistakes:
        raise _refusal(path, mistakes)
    return tuple(specs)


def _check_ids(entries: list[Any], path: Path, lines: LineMap) -> list[str]:
    seen: dict[Any, int] = {}
    mistakes = []
    for index, entry in enumerate(entries):
        identity = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(identity, str):
            continue
        line = lines.line(("sources", index, "id"))
        if identity in seen:
            mistakes.append(f"{path}:{line}: id {identity!r} stands in line {seen[identity]} too")
        seen.setdefault(identity, line)
    return mistakes


def _check_entry(
    data: Any, index: int, path: Path, lines: LineMap, written: datetime
) -> SourceSpec | list[str]:
    at: tuple[str | int, ...] = ("sources", index)
    try:
        entry = _Entry.model_validate(data)
    except ValidationError as error:
        places = [at + item["loc"] for item in error.errors()]
        texts = complaints(_Entry, error)
        return [
            f"{path}:{lines.line(place)}: {text}" for place, text in zip(places, texts, strict=True)
        ]
    mistakes: list[str] = []
    try:
        return _build_spec(entry, path, written)
    except DaybookError as error:
        place = (*at, "credentials" if isinstance(error, CredentialsError) else "config")
        line = lines.line(_narrow(place, error.message, lines))
        mistakes.append(f"{path}:{line}: {error}")
    return mistakes


def _narrow(place: tuple[str | int, ...], message: str, lines: LineMap) -> tuple[str | int, ...]:
    """Point at the key that the message names, where it stands in the file."""
    for key in re.findall(r"'([\w.-]+)'", message):
        for candidate in ((*place, key), (*place[:-1], key)):
            if candidate in lines:
                return candidate
    return place


def _build_spec(entry: _Entry, path: Path, written: datetime) -> SourceSpec:
    source_class = EventSourceFactory.get_source_class(entry.type)
    grain = entry.grain or source_class.GRAIN
    config = _check_settings(source_class, entry, path)
    refresh = TRAILING_WINDOWS[grain] if entry.refresh_windows is None else entry.refresh_windows
    return SourceSpec(
        id=entry.id,
        type=entry.type,
        config=config,
        credentials=_references(entry, source_class.CREDENTIALS),
        grain=grain,
        start=parse_start(entry.start, grain),
        every=entry.every,
        refresh_windows=refresh,
        description=entry.description,
        owners=tuple(entry.owners),
        configured_at=written,
    )


def _check_settings(
    source_class: type[BaseEventSource], entry: _Entry, path: Path
) -> dict[str, Any]:
    """Check the settings, and make relative paths mean the file's own directory."""
    model = check_config(source_class.CONFIG, entry.config, source_id=entry.id)
    config = dict(entry.config)
    for key in type(model).PATHS:
        config[key] = _beside(path, getattr(model, key))
    return config


def _beside(path: Path, value: Any) -> Any:
    """Read a relative path, or a list of them, from the directory of the file it stands in."""
    if isinstance(value, list | tuple):
        return [_beside(path, item) for item in value]
    return None if value is None else str(path.parent / str(value))


def _references(entry: _Entry, model: type[SourceCredentials]) -> dict[str, EnvReference]:
    found = {}
    for key, value in entry.credentials.items():
        if key not in model.model_fields:
            known = ", ".join(sorted(model.model_fields)) or "none"
            raise CredentialsError(
                f"{entry.id}: unknown credential '{key}'", remedy=f"{entry.type} takes: {known}"
            )
        match value:
            case {"env": str(name)} if len(value) == 1:
                found[key] = EnvReference(name=name)
            case _:
                raise CredentialsError(
                    f"{entry.id}: credential '{key}' holds a value, not a reference",
                    remedy=f"Write {key}: {{env: NAME}} and set NAME where Daybook runs; "
                    "if the value was a real secret, replace it at its service",
                )
    return found


def _refusal(path: Path, mistakes: list[str]) -> ConfigError:
    return ConfigError("\n".join(mistakes), remedy=f"Correct {path}; nothing was started")
