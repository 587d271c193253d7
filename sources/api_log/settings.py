"""What the reading of lines may be configured with."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from sources.api_log.goaccess_conf import read_settings
from sources.api_log.privacy import SECRET_KEYS
from sources.settings import SourceConfig, SourceCredentials

_Name = Annotated[str, StringConstraints(min_length=1, strict=True)]

MAPPED: Final = (
    "time", "host", "client_ip", "user", "request", "method", "target", "path", "query", "route",
    "protocol", "status", "bytes_out", "bytes_in", "duration_s", "duration_ms", "duration_us",
    "duration_ns", "referrer", "user_agent", "request_id", "trace_id", "upstream", "tls",
)  # fmt: skip
"""What keys of JSON lines can be mapped to; any other name becomes an extra of that name."""


class ParsingConfig(SourceConfig):
    """Settings of how lines are understood."""

    format: _Name = Field(
        default="auto",
        description="A format's name, an nginx `log_format`, an Apache `LogFormat`, a regular "
        "expression with named groups, a GoAccess format, or `auto`: told from the first lines.",
    )
    fields: Mapping[_Name, _Name | tuple[_Name, ...]] = Field(
        default_factory=dict,
        description="JSON lines: which key holds what, `status: response.code`; several keys are "
        "tried in order; a name that is no column is kept as an extra.",
    )
    date_format: _Name | None = Field(
        default=None,
        description="GoAccess formats: what `%d` looks like, `%d/%b/%Y`; `iis_native`: what days "
        "look like.",
    )
    time_format: _Name | None = Field(
        default=None, description="GoAccess formats: what `%t` looks like, `%H:%M:%S`."
    )
    timezone: _Name | None = Field(
        default=None,
        description="IANA zone of times that name none, such as `Europe/Berlin`.",
    )
    client_address: Literal["keep", "truncate", "hash"] = Field(
        default="keep",
        description="Clients' addresses: kept, cut to /24 and /48, or a keyed hash of them.",
    )
    users: Literal["keep", "redact"] = Field(
        default="keep", description="Whether names of authenticated users are kept."
    )
    redact: tuple[_Name, ...] = Field(
        default=SECRET_KEYS,
        description="Keys of query strings whose values are redacted, in any case of letters; "
        "an empty list redacts nothing.",
    )
    routes: tuple[_Name, ...] = Field(
        default=(),
        description="Route templates such as `/users/{id}/posts`, tried in order before the route "
        "that the log names, or one that is inferred.",
    )
    infer_routes: bool = Field(
        default=True,
        strict=True,
        description="Whether numbers, UUIDs, hexadecimal ids, dates and e-mail addresses in a "
        "path become placeholders of its route.",
    )

    @model_validator(mode="before")
    @classmethod
    def _lines_of_goaccess(cls, given: Any) -> Any:
        """Take a name of GoAccess's, or lines of its configuration, for what they say."""
        return read_settings(given) if isinstance(given, Mapping) else given

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        """Refuse a zone that is none."""
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError):
                raise ValueError(f"{value!r} is no IANA time zone, such as Europe/Berlin") from None
        return value

    @field_validator("routes")
    @classmethod
    def _whole_routes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a route that no path can take."""
        for route in value:
            if not route.startswith("/"):
                raise ValueError(f"a route begins with '/', {route!r} does not")
        return value


class ParsingCredentials(SourceCredentials):
    """The secret of hashed addresses."""

    client_key: SecretStr | None = Field(
        default=None, description="Key of the hash, where `client_address: hash` is set."
    )
