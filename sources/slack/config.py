"""What a source of the type ``slack`` may be configured with."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import Field, SecretStr, StringConstraints, field_validator

from sources.http.address import check_base
from sources.settings import SourceConfig, SourceCredentials, read_since
from sources.slack.redaction import check_pattern

PUBLIC_API: Final = "https://slack.com/api"

_SPAN: Final = re.compile(r"([1-9][0-9]{0,4})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_Text = Annotated[str, StringConstraints(min_length=1, max_length=500, strict=True)]


class SlackCredentials(SourceCredentials):
    """The secret for the API."""

    bot_token: SecretStr | None = Field(
        default=None,
        description="Bot User OAuth Token of an installed app, `xoxb-…`; exports need none.",
    )


class SlackConfig(SourceConfig):
    """Settings of one workspace."""

    PATHS = ("export",)

    workspace: _Text | None = Field(
        default=None,
        description="Name, domain or id of the workspace, to be sure that the token is of it.",
    )
    export: tuple[_Text, ...] | None = Field(
        default=None,
        min_length=1,
        description="Instead of asking Slack: exports of the workspace, zips or unpacked folders, "
        "by path or glob.",
    )
    channels: tuple[_Text, ...] = Field(
        default=("all",),
        min_length=1,
        description="Names, ids or globs of channels; `all` are the public ones that the bot is "
        "in. Private ones and direct messages are read only where named.",
    )
    since: datetime | None = Field(
        default=None,
        description="Only what was said from then on: a day, or a time with its zone.",
    )
    threads: bool = Field(
        default=True, strict=True, description="Whether replies are read, a request a thread."
    )
    include_bots: bool = Field(
        default=True, strict=True, description="Whether what bots say is taken."
    )
    lookback: str = Field(
        default="14d",
        description="How far back every reading looks for edits, reactions, replies, deletions: "
        "a span like `14d` or `36h`.",
    )
    sweep_every: str = Field(
        default="7d",
        description="How often all of history is looked through for them: a span like `7d`.",
    )
    redact: tuple[_Text, ...] = Field(
        default=(), description="Regular expressions (RE2); what they find is never kept."
    )
    join: bool = Field(
        default=False,
        strict=True,
        description="Whether the bot joins the public channels that are asked for.",
    )
    base_url: _Text = Field(
        default=PUBLIC_API, description="The API; plain `http` for this machine only."
    )
    budget: int | None = Field(
        default=None, ge=1, strict=True, description="Requests that one run may spend."
    )

    @field_validator("channels", "export", "redact", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("channels")
    @classmethod
    def _without_signs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        named = tuple(dict.fromkeys(name.strip().removeprefix("#") for name in value))
        if not all(named):
            raise ValueError("a name is empty")
        return named

    @field_validator("redact")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            check_pattern(pattern)
        return value

    @field_validator("lookback", "sweep_every", mode="before")
    @classmethod
    def _span(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            value = f"{value}d"
        if not isinstance(value, str) or _SPAN.fullmatch(value) is None:
            raise ValueError(f"{value!r} is no span of time; write it like 14d or 36h")
        return value

    @field_validator("since", mode="before")
    @classmethod
    def _aware(cls, value: Any) -> Any:
        return read_since(value)

    @field_validator("base_url")
    @classmethod
    def _api(cls, value: str) -> str:
        if re.match(r"https?://(?:[\w-]+\.)*slack\.com(?!/api/?$)", value):
            raise ValueError(f"that is not the API; write {PUBLIC_API}")
        return check_base(value)

    @property
    def window(self) -> timedelta:
        """How far back every reading looks."""
        return read_span(self.lookback)

    @property
    def sweeping(self) -> timedelta:
        """How often all of history is looked through."""
        return read_span(self.sweep_every)


def read_span(text: str) -> timedelta:
    """Read a span of time.

    >>> read_span("36h")
    datetime.timedelta(days=1, seconds=43200)
    """
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no span of time")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
