"""What access logs may be configured with."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator

from sources.api_log.settings import ParsingConfig

_Glob = Annotated[str, StringConstraints(min_length=1, strict=True)]


class ApiLogConfig(ParsingConfig):
    """Settings of the access logs of one service on this machine."""

    PATHS = ("paths",)

    paths: tuple[_Glob, ...] | dict[str, tuple[_Glob, ...]] = Field(
        description="Log files, or globs, or such by host label; their rotated generations, also "
        "`.gz` and `.zst`, are found by themselves."
    )
    host: str = Field(
        default="",
        max_length=200,
        description="Label of the machine that wrote the files; part of each line's identity.",
    )

    @field_validator("paths", mode="before")
    @classmethod
    def _many(cls, value: Any) -> Any:
        """Take one path for a list of one, and refuse an empty list."""
        if isinstance(value, dict):
            return {key: cls._many(item) for key, item in value.items()}
        many = [value] if isinstance(value, str) else value
        if many in ([], ()):
            raise ValueError("name at least one path or glob")
        return many

    def patterns(self) -> Iterator[tuple[str, str]]:
        """Give each host label with each of its paths."""
        groups = self.paths if isinstance(self.paths, dict) else {self.host: self.paths}
        for host, patterns in groups.items():
            for pattern in patterns:
                yield host, pattern
