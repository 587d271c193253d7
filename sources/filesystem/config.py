"""What a git history may be configured with."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from sources.filesystem.address import check_url
from sources.settings import SourceConfig, SourceCredentials

_Name = Annotated[str, StringConstraints(min_length=1, strict=True)]


class FilesystemCredentials(SourceCredentials):
    """The secret that a server may ask for; a repository on this machine takes none."""

    token: SecretStr | None = Field(
        default=None, description="Password or access token for the host of `url`."
    )


class FilesystemConfig(SourceConfig):
    """Settings of one git repository, on this machine or on a server."""

    PATHS = ("root_dir",)

    root_dir: _Name | None = Field(
        default=".", description="The repository: work tree, any folder in it, or a bare one."
    )
    url: _Name | None = Field(
        default=None,
        description="Instead of `root_dir`: a remote repository, `https://…` or `file:///…`.",
    )
    username: str | None = Field(
        default=None,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="Who the token belongs to, where the host of `url` asks for that.",
    )
    branch: _Name | list[_Name] | None = Field(
        default=None,
        description="Branch, list of branches and globs, or `all`: local and remote-tracking ones; "
        "default: the one checked out, at a `url` its default branch.",
    )
    max_commits: int | None = Field(
        default=None, ge=1, strict=True, description="Only the newest N commits at the first pass."
    )
    patterns: tuple[_Name, ...] = Field(
        default=(), description="Path globs; commits that touch none are left out, others whole."
    )
    tags: bool = Field(default=True, strict=True, description="Whether tags become events.")
    mailmap: bool = Field(
        default=True, strict=True, description="Whether `.mailmap` corrects names and e-mails."
    )
    patch_ids: bool = Field(
        default=False,
        strict=True,
        description="Whether commits have git's id of their change, which copies share; slower.",
    )
    github: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][\w.-]*/[\w.-]+$",
        description="The repository on GitHub, `owner/name`, that `#12` in messages speaks of.",
    )

    @model_validator(mode="before")
    @classmethod
    def _one_place(cls, data: Any) -> Any:
        """Take the default folder away where a URL is named."""
        if isinstance(data, Mapping) and data.get("url") is not None:
            if data.get("root_dir") is not None:
                raise ValueError("'root_dir' and 'url' name two places: take one of them out")
            return {**data, "root_dir": None}
        return data

    @model_validator(mode="after")
    def _some_place(self) -> Self:
        if self.root_dir is None and self.url is None:
            raise ValueError("name the repository: 'root_dir' or 'url'")
        if self.username is not None and self.url is None:
            raise ValueError("'username' goes with 'url'")
        return self

    @field_validator("url")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        return None if value is None else check_url(value)

    @field_validator("patterns", mode="before")
    @classmethod
    def _one_pattern(cls, value: Any) -> Any:
        """Take one glob for a list of one."""
        return [value] if isinstance(value, str) else value

    @property
    def branches(self) -> tuple[str, ...]:
        """The branches asked for; empty for the checked-out one."""
        if self.branch is None:
            return ()
        return (self.branch,) if isinstance(self.branch, str) else tuple(self.branch)

    @property
    def pathspecs(self) -> tuple[str, ...]:
        """The patterns as git reads them: `**` crosses folders, `*` does not."""
        return tuple(f":(glob){pattern}" for pattern in self.patterns)
