"""What a git history may be configured with."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator

from sources.settings import SourceConfig

_Name = Annotated[str, StringConstraints(min_length=1, strict=True)]


class FilesystemConfig(SourceConfig):
    """Settings of one git repository on this machine."""

    PATHS = ("root_dir",)

    root_dir: _Name = Field(
        default=".", description="The repository: work tree, any folder in it, or a bare one."
    )
    branch: _Name | list[_Name] | None = Field(
        default=None,
        description="Branch, list of branches and globs, or `all`: local and remote-tracking ones; "
        "default: the one checked out.",
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
