"""What a source may be configured with: typed, closed, and helpful about mistakes."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, ClassVar, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from sources.errors import ConfigError, CredentialsError

Model = TypeVar("Model", bound=BaseModel)


class SourceConfig(BaseModel):
    """Base of every source's ``CONFIG``: unknown keys are errors.

    ``source_id`` and ``cache_dir`` are put in by the factory; ``cursor`` is a start named by a
    person.

    Attributes:
        PATHS: the keys that hold paths; relative ones count from the configuration file.
        SUPPLIED: the keys that nobody writes into that file, as Daybook puts them in.
    """

    PATHS: ClassVar[tuple[str, ...]] = ()
    SUPPLIED: ClassVar[frozenset[str]] = frozenset({"source_id", "cache_dir"})

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_id: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        max_length=100,
        description="The source's identity; set by the factory.",
    )
    cache_dir: str | None = Field(
        default=None,
        description="The source's own directory for what it could read again; set by the factory.",
    )
    cursor: dict[str, Any] | None = Field(
        default=None, description="Where to start, instead of the saved cursor."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_url(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse a URL where a path goes: errors name paths, and a URL may hold a secret."""
        if info.field_name in cls.PATHS and any("://" in text for text in _texts(value)):
            other = (
                "; a repository on a server goes into 'url'" if "url" in cls.model_fields else ""
            )
            raise ValueError(f"a path of this machine goes here, no URL{other}")
        return value


class SourceCredentials(BaseModel):
    """Base of every source's ``CREDENTIALS``: unknown keys are errors; values stay hidden."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _texts(value: Any) -> Iterator[str]:
    """Give a text, or every one in lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def check_config(model: type[Model], data: Mapping[str, Any], *, source_id: str) -> Model:
    """Read ``data`` into ``model``.

    Raises:
        ConfigError: names every wrong key, and for an unknown one the nearest known.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise ConfigError(
            f"{source_id}: " + "; ".join(complaints(model, error)),
            remedy="`daybook sources schema` lists what each source type takes",
        ) from None


def check_credentials(model: type[Model], data: Mapping[str, Any], *, source_id: str) -> Model:
    """Read ``data`` into ``model``; no value ever enters the message.

    Raises:
        CredentialsError: names every wrong key.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise CredentialsError(
            f"{source_id}: credentials: " + "; ".join(complaints(model, error)),
            remedy="Give them as references, like {env: GITHUB_TOKEN}",
        ) from None


def complaints(model: type[BaseModel], error: ValidationError) -> Iterator[str]:
    """Say each thing wrong with the data in one sentence that names its key."""
    for item in error.errors(include_input=False, include_url=False, include_context=False):
        key = ".".join(str(part) for part in item["loc"]) or "settings"
        match item["type"]:
            case "extra_forbidden":
                yield f"unknown key '{key}'{nearest(key, model.model_fields)}"
            case "missing":
                yield f"key '{key}' is missing"
            case _:
                yield f"'{key}': {item['msg'].removeprefix('Value error, ')}"


def nearest(key: str, known: Mapping[str, Any] | list[str]) -> str:
    """Name the known key that was probably meant, as the tail of a sentence; else all of them.

    >>> nearest("brnach", ["branch", "root_dir"]), nearest("x", ["branch", "root_dir"])
    (", did you mean 'branch'?", ' (known: branch, root_dir)')
    """
    return guess(key, known) or f" (known: {', '.join(sorted(known))})"


def guess(key: str, known: Iterable[str]) -> str:
    """Name the known key that was probably meant, as the tail of a sentence; else nothing."""
    close = get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f", did you mean '{close[0]}'?" if close else ""


def read_since(value: Any) -> datetime | None:
    """Read from when on something is asked for: a day, or a time; without a zone it is UTC.

    >>> read_since("2024-03-09").isoformat()
    '2024-03-09T00:00:00+00:00'

    Raises:
        ValueError: it is no date, or lies in the future.
    """
    if value is None:
        return None
    read = _read_time(value)
    moment = read if read.tzinfo is not None else read.replace(tzinfo=UTC)
    if moment > datetime.now(UTC):
        raise ValueError(f"{moment:%Y-%m-%d %H:%M} UTC lies in the future")
    return moment.astimezone(UTC)


def _read_time(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is no date; write it like 2024-03-09") from None
