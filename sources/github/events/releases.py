"""Releases and stars."""

from sources.event import EpisodicEvent
from sources.github.events.building import Payload, Repo, moment, stamp
from sources.github.events.people import account


def release(repo: Repo, item: Payload) -> EpisodicEvent | None:
    """Make the event of a release; ``None``: it is a draft and has not happened yet."""
    published = item.get("published_at")
    if item.get("draft") or not published:
        return None
    tag = str(item["tag_name"])
    body = item.get("body")
    listed = [asset for asset in item.get("assets") or [] if asset]
    assets = [{"name": asset["name"], "size": asset.get("size")} for asset in listed]
    return repo.build(
        "github.release",
        (item["id"],),
        moment(published),
        account(item.get("author")),
        title=item.get("name") or tag,
        session_id=f"{repo.name}@{tag}",
        subject=tag,
        scope=item.get("target_commitish"),
        body=body,
        url=item.get("html_url"),
        outcome="prereleased" if item.get("prerelease") else "released",
        refs=tuple(repo.links(body).refs),
        attributes={"release_id": item["id"], "assets": sorted(assets, key=lambda a: a["name"])},
    )


def star(repo: Repo, item: Payload) -> EpisodicEvent:
    """Make the event of a star.

    Args:
        repo: the starred one.
        item: ``starred_at`` and ``user``.
    """
    happened, who = moment(item["starred_at"]), account(item.get("user"))
    return repo.build(
        "github.star",
        (repo.id, (item.get("user") or {}).get("id"), stamp(happened)),
        happened,
        who,
        title=f"{who.name} starred {repo.name}",
        session_id=repo.name,
        subject=repo.name,
        url=(item.get("user") or {}).get("html_url"),
    )
