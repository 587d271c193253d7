"""Real git repositories for tests, with dates and people of their own."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

FIRST = datetime(2024, 1, 15, 10, tzinfo=UTC)


@dataclass
class Repository:
    """One git repository on disk; commits come three weeks apart unless a time is given."""

    path: Path
    moment: datetime = FIRST

    def git(self, *arguments: str, **environ: str) -> str:
        """Run git in it and give what it printed."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            check=True,
            capture_output=True,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.path),
                "GIT_CONFIG_NOSYSTEM": "1",
                **environ,
            },
        )
        return done.stdout.strip()

    def commit(self, message: str, *, author: str = "Ada", **files: str) -> str:
        """Write files, by name without suffix, and commit them; gives the commit's id."""
        for name, text in (files or {"notes": message}).items():
            (self.path / f"{name}.txt").write_text(f"{text}\n")
        self.git("add", "--all")
        date = self.moment.isoformat()
        address = f"{author.lower()}@example.org"
        self.git(
            *("commit", "--quiet", "--allow-empty", "--message", message),
            GIT_AUTHOR_NAME=author,
            GIT_AUTHOR_EMAIL=address,
            GIT_AUTHOR_DATE=date,
            GIT_COMMITTER_NAME=author,
            GIT_COMMITTER_EMAIL=address,
            GIT_COMMITTER_DATE=date,
        )
        self.moment += timedelta(weeks=3)
        return self.git("rev-parse", "HEAD")


def make_repository(path: Path, commits: int = 0) -> Repository:
    """Make a repository on branch ``main`` with so many commits by two people."""
    path.mkdir(parents=True)
    repository = Repository(path)
    repository.git("init", "--quiet", "--initial-branch=main")
    for number in range(commits):
        author = ("Ada", "Grace")[number % 2]
        repository.commit(f"Change number {number}", author=author, notes=f"line {number}")
    return repository
