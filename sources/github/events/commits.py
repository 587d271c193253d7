"""Commits that are on the followed branch, and tags."""

from datetime import datetime
from typing import Final

from sources.event import EpisodicEvent
from sources.github.events.building import Payload, Repo, moment
from sources.github.events.people import NOBODY, committer
from sources.links import find_links

_CREDIBLE: Final = range(1970, 2100)
"""Years, as for commits that are read from git itself."""


def commit(repo: Repo, item: Payload, branch: str) -> EpisodicEvent:
    """Make the event of a commit.

    Args:
        repo: where.
        item: as the commits of a repository are listed.
        branch: the followed branch.
    """
    sha, written = str(item["sha"]), item["commit"]
    author = committer(written.get("author"), item.get("author"))
    happened = _written_at(written)
    message = str(written.get("message") or "")
    links = find_links(message, repo.name)
    known = item.get("parents")  # which a push does not say
    parents = [str(parent["sha"]) for parent in known or []]
    return repo.build(
        "github.commit",
        (repo.id, sha),
        happened,
        author,
        title=message,
        session_id=f"{author.key or repo.name} {happened:%Y-%m-%d}",
        subject=sha,
        scope=branch,
        body=message or None,
        url=item.get("html_url"),
        refs=tuple(dict.fromkeys([f"git:{sha}", *links.refs])),
        attributes={
            "parents": parents,
            "merge": None if known is None else len(parents) > 1,
            "author_login": (item.get("author") or {}).get("login"),
            "author_email": (written.get("author") or {}).get("email"),
            "committer_login": (item.get("committer") or {}).get("login"),
            "committer_date": (written.get("committer") or {}).get("date"),
            "verified": (written.get("verification") or {}).get("verified"),
            "closes": links.closes,
        },
    )


def _written_at(written: Payload) -> datetime:
    """Say when a commit was written; a date that is none, or not credible, gives way to the next.

    Raises:
        ValueError: it has no date.
    """
    people = [person for person in (written.get("author"), written.get("committer")) if person]
    found = [moment(person["date"]) for person in people if person.get("date")]
    if not found:
        raise ValueError("the commit has no date")
    return next((at for at in found if at.year in _CREDIBLE), found[0])


def tag(repo: Repo, name: str, target: Payload) -> EpisodicEvent:
    """Make the event of a tag.

    Args:
        repo: where.
        name: without ``refs/tags/``.
        target: what the tag leads to: a tag object (with a ``tagger``), or a commit.
    """
    sha = str(target["sha"])
    annotated = "object" in target
    person = target.get("tagger") or target.get("committer") or target.get("author") or {}
    leads_to = target["object"]["sha"] if annotated else sha
    return repo.build(
        "github.tag",
        (repo.id, name, sha),
        moment(person["date"]),
        committer(person, None) if annotated else NOBODY,
        title=name if not target.get("message") or not annotated else target["message"],
        session_id=f"{repo.name}@{name}",
        subject=name,
        body=target.get("message") if annotated else None,
        refs=(f"git:{leads_to}",),
        attributes={"annotated": annotated, "object": sha},
    )
