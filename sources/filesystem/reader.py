"""What every reading of one repository needs: the commands, the settings, the times."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from sources.batch import QuarantineRecord
from sources.event import event_id
from sources.filesystem.chunks import read_chunks
from sources.filesystem.command import Git
from sources.filesystem.commits import parse_object
from sources.filesystem.config import FilesystemConfig
from sources.filesystem.coverage import ANY_MONTH, month_of
from sources.filesystem.events import COMMIT, Origin, commit_rows
from sources.filesystem.log import CommitIds, Reading, Wishes
from sources.filesystem.mailmap import can_correct
from sources.filesystem.moments import Moments
from sources.filesystem.refs import Listing, Refs, choose_refs, read_listing
from sources.filesystem.repository import Repository
from sources.filesystem.tags import read_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What every reading of one repository needs.

    Attributes:
        git: runs the commands; stopping it ends the reading.
        repository: which one.
        config: the source's settings.
        moments: the times of commits read so far.
        size: how many commits, at most, make a batch.
        listing: what a server said of its refs, of which the repository is a copy.
    """

    git: Git
    repository: Repository
    config: FilesystemConfig
    moments: Moments
    size: int
    listing: Listing | None = None

    @property
    def source_id(self) -> str:
        """Whose events these are."""
        return self.repository.source_id

    def refs(self) -> Refs:
        """Resolve the branches to follow, and the tags.

        Raises:
            ConfigError: a branch named exactly does not exist.
            GitFailedError: the refs cannot be read.
        """
        branches = self.config.branches
        listing = self.listing or read_listing(self.git, branches)
        return choose_refs(listing, self.repository, branches)

    def chunks(self, ids: CommitIds, start: int = 0) -> Iterator[list[Reading]]:
        """Read the commits from position ``start`` on, a bounded number each time."""
        ends = frozenset(self.repository.shallow())
        wishes = Wishes(mailmap=self._corrects(), patch_ids=self.config.patch_ids)
        with closing(read_chunks(self.git, ids, start, size=self.size, wishes=wishes)) as chunks:
            for readings in chunks:
                yield [
                    replace(one, cut=True, patch_id=None) if one.sha in ends else one
                    for one in readings
                ]

    def rows(self, readings: Sequence[Reading], scope: str | None) -> list[dict[str, Any]]:
        """Turn commits into rows."""
        origin = Origin(source_id=self.source_id, scope=scope, github=self.config.github)
        return commit_rows(origin, readings, self.moments)

    def tag_rows(self, tags: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        """Read tags into rows."""
        return read_tags(
            self.git,
            tags,
            source_id=self.source_id,
            moments=self.moments,
            mailmap=self._corrects(),
        )

    def _corrects(self) -> bool:
        """Whether names are as the mailmap corrects them."""
        return self.config.mailmap and can_correct(self.repository, self.git)

    def missing(self, readings: Sequence[Reading]) -> list[QuarantineRecord]:
        """Name the commits that the repository should hold and does not."""
        return [
            QuarantineRecord(
                locator=f"commit {reading.sha}",
                reason="the repository lacks this commit, or it is broken",
                event_id=event_id(self.source_id, COMMIT, reading.sha),
            )
            for reading in readings
            if reading.content is None
        ]

    def lacking(self, readings: Sequence[Reading]) -> frozenset[str]:
        """Name the months of the commits that could not be read whole."""
        return frozenset(
            ANY_MONTH
            if reading.content is None
            else month_of(self.moments.of(reading.sha, parse_object(reading.content)).seconds)
            for reading in readings
            if not reading.counted
        )
