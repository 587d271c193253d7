"""Whatever happens in a repository, and wherever readings end: what is held is what is there."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources import CursorInvalidError
from sources.testing.case import Mirror
from tests.support.github import Change, GitHubServer, Repository, github_server
from tests.support.github.things import Issue
from tests.support.github_reading import held, read

EVENTS: Final = [
    *("push", "pull_request", "issues", "review", "comment", "release", "tag"),
    *("workflow_run", "workflow_job"),
]

WAYS: Final[list[dict[str, Any]]] = [
    {},
    {"graphql": False},
    {"graphql": False, "changes": True, "references": True},
]
"""By queries for many, and by a request each: for what is cheap, and for everything."""


class Life:
    """Lets things happen in a repository, at random."""

    def __init__(self, server: GitHubServer, random: Random) -> None:
        self.site, self.random = server.site, random
        self.made: Repository = server.site.repository("octo/cat")
        self.people = [self.site.user(name) for name in ("ada", "bob", "tidy[bot]")]
        self.made.commit("Begin", user=None)

    def live(self, deeds: int) -> None:
        """Do so many things."""
        choices: list[Callable[[], object]] = [
            *(self.open, self.open, self.say, self.turn, self.label, self.edit, self.commit),
            *(self.pull, self.judge, self.merge, self.force, self.release, self.tag, self.run),
            *(self.mention, self.link, self.push, self.push, self.sort),
        ]
        for _ in range(deeds):
            self.site.clock.move(seconds=self.random.choice([0, 0, 1, 40, 90, 4_000, 90_000]))
            self.random.choice(choices)()

    def someone(self) -> object:
        return self.random.choice(self.people)

    def issue(self, *, pull: bool | None = None) -> Issue | None:
        found = [one for one in self.made.issues.values() if pull is None or bool(one.pull) is pull]
        return self.random.choice(found) if found else None

    def open(self) -> None:
        self.made.open_issue("Issue", user=self.random.choice([*self.people, None]))

    def say(self) -> None:
        if issue := self.issue():
            self.made.comment(issue, "See #1", user=self.random.choice(self.people))
        if pull := self.issue(pull=True):
            self.made.review_comment(pull, "Here", user=self.random.choice(self.people))
        self.made.comment_commit(self.made.branches["main"], "Hm", user=self.people[0])

    def turn(self) -> None:
        issue = self.issue()
        if issue is None or (issue.pull and issue.pull.merged_at):
            return
        if issue.state == "open":
            self.made.close(issue, by=self.random.choice(self.people))
        else:
            self.made.reopen(issue, by=self.random.choice(self.people))

    def label(self) -> None:
        if issue := self.issue():
            name = self.random.choice(["bug", "idea"])
            change = self.made.unlabel if name in issue.labels else self.made.label
            change(issue, name, by=self.people[0])

    def edit(self) -> None:
        if issue := self.issue():
            self.made.edit(issue, f"Edited {self.random.random()}")
        for kept in (self.made.comments, self.made.review_comments, self.made.commit_comments):
            if kept:
                comment = self.random.choice(list(kept.values()))
                self.made.edit_comment(comment, f"Edited {self.random.random()}")

    def commit(self) -> None:
        self.made.commit(f"Work {self.random.random()}", user=self.random.choice(self.people))

    def pull(self) -> None:
        name = f"topic-{self.random.random()}"
        self.made.commit("Topic", user=self.people[0], branch=name)
        self.made.open_pull("Pull", user=self.people[0], branch=name, draft=True)

    def sort(self) -> None:
        for _ in range(30):
            self.label()

    def push(self) -> None:
        pull = self.issue(pull=True)
        if pull is None or pull.pull is None or pull.state != "open":
            return
        tip = self.made.commits[pull.pull.head_sha]
        if self.random.random() < 0.3 and len(pull.pull.commits) > 1:
            self.made.push(pull.pull.head_ref, tip.parents[0])
        else:
            path = self.random.choice(["a.py", "b.py", "c.py"])
            changes = (Change(path=path, additions=self.random.randrange(9)),)
            self.made.commit("More", user=None, branch=pull.pull.head_ref, changes=changes)

    def mention(self) -> None:
        issue, source = self.issue(), self.issue()
        if issue is not None and source is not None and issue is not source:
            self.made.mention(issue, source=source, by=self.random.choice(self.people))

    def link(self) -> None:
        issue, pull = self.issue(pull=False), self.issue(pull=True)
        if issue is not None and pull is not None:
            change = self.made.connect if self.random.random() < 0.6 else self.made.disconnect
            change(issue, pull, by=self.people[0])

    def judge(self) -> None:
        if pull := self.issue(pull=True):
            review = self.made.review(pull, "APPROVED", user=self.people[1])
            if self.random.random() < 0.5:
                self.made.dismiss(review, by=self.people[0])

    def merge(self) -> None:
        pull = self.issue(pull=True)
        if pull is not None and pull.state == "open":
            self.made.merge(pull, by=self.people[0])

    def force(self) -> None:
        tip = self.made.commits[self.made.branches["main"]]
        if tip.parents:
            self.made.push("main", tip.parents[0])

    def release(self) -> None:
        releases = list(self.made.releases.values())
        if releases and self.random.random() < 0.5:
            one = self.random.choice(releases)
            if self.random.random() < 0.5:
                self.made.delete_release(one)
            else:
                self.made.edit_release(one, "Why")
        else:
            self.made.release(f"v{self.random.random()}", author=self.people[0])

    def tag(self) -> None:
        names = list(self.made.tags)
        if names and self.random.random() < 0.5:
            self.made.untag(self.random.choice(names))
        else:
            self.made.tag(f"t{self.random.randrange(4)}")

    def run(self) -> None:
        runs = list(self.made.runs.values())
        if runs and self.random.random() < 0.6:
            run = self.random.choice(runs)
            if run.status == "completed":
                self.made.rerun(run)
            else:
                self.made.end_run(run)
        else:
            self.made.start_run(actor=self.people[0])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.integers(0, 2**32))
def test_h11_readings_that_end_anywhere_hold_what_one_full_reading_does(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - no secret depends on it
    asked: dict[str, Any] = {"events": EVENTS, **random.choice(WAYS)}
    with github_server() as server:
        life, mirror = Life(server, random), Mirror()
        server.site.deepest = random.choice([100, 40_000])
        full = True
        for _ in range(random.randrange(1, 5)):
            life.live(random.randrange(25))
            try:
                batches = read(server, mirror.cursor, **asked)
            except CursorInvalidError:
                mirror, full = Mirror(), True
                continue
            server.site.clock.move(seconds=1)  # what a list shows of a second is all of that second
            kept = batches[: random.randrange(len(batches) + 1)]
            mirror.take(kept, full=full)
            full = full and not kept
        server.site.clock.move(days=2)
        mirror.take(read(server, mirror.cursor, **asked), full=full)
        mirror.take(read(server, mirror.cursor, **asked), full=False)
        assert mirror.events == held(server, **asked)
        assert not mirror.quarantined
        assert read(server, mirror.cursor, **asked) == []
