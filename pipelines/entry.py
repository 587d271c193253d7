"""One item of ``sources:``, checked whole: a source, or everything that is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.config import QUARANTINE_SHARE, TRAILING_WINDOWS, EnvReference, SourceSpec
from pipelines.yaml_lines import Place
from sources import BaseEventSource, ConfigError, EventSourceFactory
from sources.settings import complaints, nearest
from sources.windows import parse_start

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_UNIT: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

_LITERAL: Final = (
    "credential '{key}' holds a value, not a reference. Write {key}: {{env: NAME}} and set NAME "
    "where Daybook runs; if the value was a real secret, replace it at its service"
)

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong with the file.

    Attributes:
        place: where.
        text: what, and what to write instead.
    """

    place: Place
    text: str


class _Entry(BaseModel):
    """The item as written; what its type takes is checked by the type."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=100)
    type: str
    config: dict[str, Any] = Field(default_factory=dict)
    credentials: dict[str, Any] = Field(default_factory=dict)
    grain: Literal["month", "day"] | None = None
    start: date | None = None
    every: timedelta = timedelta(seconds=30)
    refresh_windows: int | None = Field(default=None, ge=0, le=366)
    quarantine_share: float = Field(default=QUARANTINE_SHARE, ge=0, le=1)
    description: str = ""
    owners: list[str] = Field(default_factory=list)

    @field_validator("config", "credentials", mode="before")
    @classmethod
    def _read_nothing(cls, value: object) -> object:
        """Take a key with nothing below it for an empty mapping."""
        return {} if value is None else value

    @field_validator("start", mode="before")
    @classmethod
    def _read_start(cls, value: object) -> date | None:
        if value is None:
            return None
        written = value.date() if isinstance(value, datetime) else value
        return parse_start(written if isinstance(written, date) else str(written), "day")

    @field_validator("every", mode="before")
    @classmethod
    def _read_duration(cls, value: object) -> timedelta:
        match = _DURATION.fullmatch(str(value).strip())
        if not match:
            raise ValueError("write a duration like 30s, 5m, 2h or 1d")
        return timedelta(**{_UNIT[match[2]]: float(match[1])})


def check_entry(data: Any, at: Place, path: Path, written: datetime) -> SourceSpec | list[Mistake]:
    """Check one item of the file: the source it means, or all that is wrong with it.

    Args:
        data: the item.
        at: where it stands.
        path: the file, beside which relative paths begin.
        written: when that was written, aware.
    """
    if not isinstance(data, Mapping):
        return [Mistake(place=at, text="a source is a mapping with the keys id and type")]
    check = _Check(data, at, path)
    entry = check.read(_Entry, data, ())
    source_class = check.find_class(data.get("type"))
    if source_class is None:
        return check.mistakes
    # Though the item is wrong elsewhere: all mistakes are shown at once.
    config = check.check_config(source_class, data.get("config"))
    credentials = check.check_credentials(source_class, data.get("credentials"))
    if entry is None or check.mistakes:
        return check.mistakes
    grain = entry.grain or source_class.GRAIN
    # Nobody's whole history is read every night unless that is wanted.
    usual = TRAILING_WINDOWS[grain] if source_class.reads_windows() else 0
    refresh = usual if entry.refresh_windows is None else entry.refresh_windows
    return SourceSpec(
        id=entry.id,
        type=entry.type,
        config=config,
        credentials=credentials,
        grain=grain,
        start=parse_start(entry.start, grain),
        every=entry.every,
        refresh_windows=refresh,
        quarantine_share=entry.quarantine_share,
        description=entry.description,
        owners=tuple(entry.owners),
        configured_at=written,
    )


class _Check:
    """The parts of one item, and what is wrong with them."""

    def __init__(self, data: Mapping[str, Any], at: Place, path: Path) -> None:
        self.mistakes: list[Mistake] = []
        self._at = at
        self._path = path
        self._name = data.get("id") or "this source"

    def _find(self, place: Place, text: str) -> None:
        self.mistakes.append(Mistake(place=(*self._at, *place), text=text))

    def read(self, model: type[Model], data: Mapping[str, Any], place: Place) -> Model | None:
        """Read one part of the item; what is wrong with it becomes mistakes."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            below = f"{self._name}: " if place else ""
            for item, text in zip(error.errors(), complaints(model, error), strict=True):
                self._find((*place, *item["loc"]), below + text)
        return None

    def find_class(self, name: object) -> type[BaseEventSource] | None:
        """Give the class of the source's type."""
        if not isinstance(name, str):
            return None  # said already
        try:
            return EventSourceFactory.get_source_class(name)
        except ConfigError as error:
            self._find(("type",), f"{self._name}: {error}")
        return None

    def check_config(self, source_class: type[BaseEventSource], written: object) -> dict[str, Any]:
        """Check the settings, and make relative paths mean the file's own directory."""
        if written is not None and not isinstance(written, dict):
            return {}  # said already
        config = dict(written or {})
        for key in source_class.CONFIG.SUPPLIED & config.keys():
            self._find(("config", key), f"{self._name}: '{key}' is put in by Daybook: remove it")
        model = self.read(source_class.CONFIG, config, ("config",))
        if model is None:
            return {}
        for key in type(model).PATHS:
            if (value := getattr(model, key)) is not None:
                config[key] = _beside(self._path, value)
        return config

    def check_credentials(
        self, source_class: type[BaseEventSource], written: object
    ) -> dict[str, EnvReference]:
        """Check that secrets are references; no value of one enters a message."""
        known = source_class.CREDENTIALS.model_fields
        found = {}
        for key, value in written.items() if isinstance(written, dict) else ():
            place = ("credentials", key)
            match value:
                case _ if key not in known:
                    takes = nearest(str(key), list(known)) if known else "; this type takes none"
                    self._find(place, f"{self._name}: unknown credential '{key}'{takes}")
                case {"env": str(name)} if len(value) == 1:
                    found[str(key)] = EnvReference(name=name)
                case _:
                    self._find(place, f"{self._name}: " + _LITERAL.format(key=key))
        return found


def _beside(path: Path, value: Any) -> Any:
    """Read a relative path, or several of them, from the directory of the file it stands in."""
    if isinstance(value, Mapping):
        return {key: _beside(path, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_beside(path, item) for item in value]
    return str(path.parent / str(value))
