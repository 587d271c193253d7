"""A GitHub in a process of its own, for those who measure.

As ``python -m tests.support.github.serve ISSUES PULLS``. What was asked once is answered from
memory.
"""

from typing import Final

from tests.support.github.repository import Repository
from tests.support.github.server import github_server
from tests.support.github.site import Site
from tests.support.loopback.measuring import attend, read_sizes

NAME: Final = "octo/cat"
SECRET: Final = "reader"  # noqa: S105  # opens what is made up


def fill(site: Site, issues: int, pulls: int) -> Repository:
    """Make a repository of so many issues and pull requests, mixed, the same every time.

    Each pull request has two reviews, a comment on a line and one below it; half of all issues
    have two comments. Twenty people take part.
    """
    made = site.repository(NAME)
    people = [site.user(f"person-{number}") for number in range(20)]
    made.commit("Begin", user=people[0])
    total = issues + pulls
    for number in range(total):
        who, other = people[number % 20], people[(number + 7) % 20]
        site.clock.move(minutes=17)
        if (number + 1) * pulls // total > number * pulls // total:
            made.commit(f"Work {number}", user=who, branch=f"topic-{number}")
            pull = made.open_pull(
                f"Change {number}", user=who, branch=f"topic-{number}", body=_TEXT
            )
            site.clock.move(minutes=3)
            made.review(pull, "CHANGES_REQUESTED", user=other, body="Why so?")
            made.review_comment(pull, "This line?", user=other)
            made.comment(pull, _TEXT, user=who)
            site.clock.move(minutes=3)
            made.review(pull, "APPROVED", user=other)
            made.merge(pull, by=other)
            continue
        issue = made.open_issue(f"Issue {number}", user=who, body=_TEXT)
        made.label(issue, "bug", by=other)
        if number % 2 == 0:
            made.comment(issue, _TEXT, user=other)
            made.comment(issue, "So it is.", user=who)
        if number % 3 == 0:
            made.close(issue, by=other)
    return made


_TEXT: Final = "It does not do what the page says that it does, and nobody knows why. " * 4


def main() -> None:
    """Serve until nobody asks any more."""
    issues, pulls = read_sizes("tests.support.github.serve", __doc__, "ISSUES", "PULLS")
    site = Site()
    fill(site, issues, pulls)
    site.token(SECRET, limit=100_000_000)
    with github_server(site, enterprise=True) as server:
        server.still = True
        attend(server, {"url": server.url, "name": NAME, "secret": SECRET})


if __name__ == "__main__":
    main()
