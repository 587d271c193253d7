"""What a source of the type ``github`` may be configured with."""

import re
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from sources.github.groups import DEFAULT, GROUPS, check_groups
from sources.http.address import check_base
from sources.settings import SourceConfig, SourceCredentials, read_since

PUBLIC_API: Final = "https://api.github.com"

_Owner = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=100)]
_Repo = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]*/)?[A-Za-z0-9._-]+$", max_length=200),
]
_Text = Annotated[str, StringConstraints(min_length=1, strict=True)]


class GithubCredentials(SourceCredentials):
    """The secret for the API; public repositories need none, and go slowly without."""

    token: SecretStr | None = Field(
        default=None,
        description="Personal access token, classic or fine-grained, or any other bearer token.",
    )
    app_id: str | None = Field(
        default=None, description="Instead of a token: number or client id of a GitHub App."
    )
    private_key: SecretStr | None = Field(
        default=None, description="The App's private key, PEM, from its first line to its last."
    )


class GithubConfig(SourceConfig):
    """Settings of one or more repositories."""

    PATHS = ("files",)

    owner: _Owner | None = Field(default=None, description="Whose repositories: user or org.")
    repo: _Repo | list[_Repo] | None = Field(
        default=None, description="Repository or list of them, as `name` or `owner/name`."
    )
    organisation: _Owner | None = Field(
        default=None, description="Instead of `repo`: all repositories of an organisation."
    )
    include: tuple[_Text, ...] = Field(
        default=("*",), description="With `organisation`: globs of names to read."
    )
    exclude: tuple[_Text, ...] = Field(
        default=(), description="With `organisation`: globs of names to leave out."
    )
    archived: bool = Field(
        default=True, strict=True, description="With `organisation`: whether archived ones count."
    )
    branch: _Text | None = Field(
        default=None, description="Whose commits to read; default: each repository's own default."
    )
    events: tuple[str, ...] = Field(
        default=DEFAULT, min_length=1, description=f"Which events: {', '.join(GROUPS)}."
    )
    since: datetime | None = Field(
        default=None,
        description="Only what happened from then on: a day, or a time with its zone.",
    )
    files: _Text | None = Field(
        default=None,
        description="Instead of asking GitHub: a glob of files with saved webhook deliveries or "
        "lines of GH Archive, `.gz` too.",
    )
    base_url: _Text = Field(
        default=PUBLIC_API,
        description="The API: `https://HOST/api/v3` of an Enterprise Server, "
        "`https://api.SUBDOMAIN.ghe.com` with data residency.",
    )
    budget: int | None = Field(
        default=None, ge=1, strict=True, description="Requests that one run may spend."
    )
    graphql: bool = Field(
        default=True,
        strict=True,
        description="Whether pull requests are asked for many at a time, where there is a token.",
    )
    details: bool = Field(
        default=True,
        strict=True,
        description="Whether each changed pull request is asked for its size, its branches and "
        "who merged it: a request each without GraphQL.",
    )

    changes: bool | None = Field(
        default=None,
        strict=True,
        description="Whether pull requests are asked for their commits and files. Unset: where "
        "that comes with the query for many; `true`: else too, by two requests each and more.",
    )
    references: bool | None = Field(
        default=None,
        strict=True,
        description="Whether issues and pull requests are asked for what refers to them. Unset: "
        "where that comes with the query for many; `true`: else too, by a request each.",
    )

    @field_validator("events", mode="before")
    @classmethod
    def _one_event(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("events")
    @classmethod
    def _known_events(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return check_groups(value)

    @field_validator("since", mode="before")
    @classmethod
    def _aware(cls, value: Any) -> Any:
        # A number is none of seconds since 1970.
        return read_since(str(value) if isinstance(value, int | float) else value)

    @field_validator("base_url")
    @classmethod
    def _api(cls, value: str) -> str:
        if re.fullmatch(r"https?://(www\.)?github\.com(/.*)?", value):
            raise ValueError(f"that is the website; write {PUBLIC_API}")
        return check_base(value)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.repo is None) == (self.organisation is None):
            raise ValueError("name either `repo` (with `owner`) or `organisation`")
        lonely = [name for name in self.named if "/" not in name]
        if lonely and self.owner is None:
            raise ValueError(f"whose is {lonely[0]!r}? Set `owner`, or write `owner/{lonely[0]}`")
        return self

    @property
    def named(self) -> list[str]:
        """The repositories as they are written."""
        if self.repo is None:
            return []
        return [self.repo] if isinstance(self.repo, str) else self.repo

    @property
    def repositories(self) -> list[str]:
        """The repositories named one by one, as ``owner/name``, each once."""
        whole = [name if "/" in name else f"{self.owner}/{name}" for name in self.named]
        return list(dict.fromkeys(whole))
