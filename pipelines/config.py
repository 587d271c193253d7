"""What Daybook was told, as checked values: where state lives, and which sources there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from sources import ConfigError, CredentialsError
from sources.event import canonical_json
from sources.windows import Grain

TRAILING_WINDOWS: Final[dict[Grain, int]] = {"month": 2, "day": 3}
"""Windows that the nightly refresh reads again, the current one included; never that one alone,
or what came after the last refresh of a window would not be read again."""

QUARANTINE_SHARE: Final = 0.01
"""Share of a source's records that may be in quarantine, unless configured otherwise."""


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
        quarantine_share: share of bad records, 0 to 1, above which its check fails.
        description: for the web UI.
        owners: for the web UI, e-mail addresses or ``team:name``.
        configured_at: when the file was written, UTC; ``None`` without a file.
        cache_dir: where sources keep what they could read again; no setting of this one.
    """

    id: str
    type: str
    config: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, EnvReference] = field(default_factory=dict)
    grain: Grain = "month"
    start: date = date(2000, 1, 1)
    every: timedelta = timedelta(seconds=30)
    refresh_windows: int = TRAILING_WINDOWS["month"]
    quarantine_share: float = QUARANTINE_SHARE
    description: str = ""
    owners: tuple[str, ...] = ()
    configured_at: datetime | None = None
    cache_dir: Path | None = None

    @property
    def fingerprint(self) -> str:
        """Digest of what shapes the events: type and settings, without start and secrets."""
        config = {key: value for key, value in self.config.items() if key != "cursor"}
        text = canonical_json({"type": self.type, "config": config})
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def secrets(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Look up what the credentials refer to.

        Raises:
            CredentialsError: a variable is not set.
        """
        return {
            name: reference.resolve(environ, source_id=self.id)
            for name, reference in self.credentials.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything Daybook was told: where state lives, and which sources there are.

    Attributes:
        home: the state directory, absolute.
        sources_path: the configuration file; it may not exist.
        database_url: the external PostgreSQL; ``None``: the embedded one.
        lake_url: directory or pyarrow filesystem URL of the lake.
        sources: all configured sources, by order of the file.
        mistaken: the sources could not be read; none of them is known.
    """

    home: Path
    sources_path: Path
    database_url: str | None
    lake_url: str
    sources: tuple[SourceSpec, ...]
    mistaken: bool = False

    @property
    def has_file(self) -> bool:
        """Whether the sources stand in a file; without one there is a single one, git history."""
        return self.sources_path.is_file()

    def source(self, source_id: str) -> SourceSpec:
        """Give one source by id.

        Raises:
            ConfigError: not configured.
        """
        for spec in self.sources:
            if spec.id == source_id:
                return spec
        if self.has_file:
            raise ConfigError(
                f"no source {source_id!r} is configured in {self.sources_path}",
                remedy=f"Configured: {', '.join(spec.id for spec in self.sources)}",
            )
        raise ConfigError(
            f"there is no source {source_id!r}",
            remedy=f"Without a configuration file the one source is {self.sources[0].id!r}; "
            f"to have others, name them in {self.sources_path}",
        )
