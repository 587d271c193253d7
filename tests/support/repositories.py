"""Small git histories for whoever cares little for git: plain text, weeks apart.

The writing is that of ``tests.support.git_repository``, where odder histories are made.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.git_repository import GitRepository, empty_repository

FIRST = datetime(2024, 1, 15, 10, tzinfo=UTC)


@dataclass
class Repository:
    """One repository; commits on ``main`` come three weeks apart unless a time is given."""

    path: Path
    moment: datetime = FIRST
    objects: GitRepository = field(init=False)

    def __post_init__(self) -> None:
        """Take the directory as it is."""
        self.objects = GitRepository(self.path)

    def git(self, *arguments: str, **environ: str) -> str:
        """Run git in it and give what it printed."""
        return self.objects.text(*arguments, environ=environ)

    def commit(self, message: str, *, author: str = "Ada", **files: str) -> str:
        """Commit files, by name without suffix; gives the commit's id."""
        texts = files or {"notes": message}
        sha = self.objects.commit(
            message=f"{message}\n".encode(),
            edits={f"{name}.txt".encode(): f"{text}\n".encode() for name, text in texts.items()},
            author=f"{author} <{author.lower()}@example.org>".encode(),
            date=b"%d +0000" % self.moment.timestamp(),
        )
        self.moment += timedelta(weeks=3)
        return sha


def make_repository(path: Path, commits: int = 0) -> Repository:
    """Make a repository on branch ``main`` with so many commits by two people."""
    empty_repository(path)
    repository = Repository(path)
    for number in range(commits):
        author = ("Ada", "Grace")[number % 2]
        repository.commit(f"Change number {number}", author=author, notes=f"line {number}")
    return repository
