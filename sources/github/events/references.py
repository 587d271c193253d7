"""What refers to an issue or pull request, and what it is linked with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sources.event import EpisodicEvent
from sources.github.events.building import Payload, Repo, moment, stamp
from sources.github.events.issues import is_pull
from sources.github.events.markdown import read_prose
from sources.github.events.people import account, parse_actor
from sources.links import find_links

WORD: Final = "cross_referenced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What else belongs to an issue or pull request.

    Attributes:
        mentions: each time another one spoke of it, as :func:`parse_mention` has it.
        linked: what it is connected with by hand now, in normal form.
        duplicate_of: what it is a duplicate of now, in normal form.
    """

    mentions: tuple[Payload, ...] = ()
    linked: tuple[str, ...] = ()
    duplicate_of: tuple[str, ...] = ()


NO_THREAD: Final = Thread()


def cross_referenced(repo: Repo, issue: Payload, mention: Payload) -> EpisodicEvent:
    """Make the event of another issue or pull request that spoke of this one.

    Args:
        repo: where this one is.
        issue: this one, as issues are listed.
        mention: as :func:`parse_mention` or :func:`parse_thread` gives it.
    """
    number, happened = int(issue["number"]), moment(mention["created_at"])
    source = mention["source"]
    there = f"{source['repository']}#{int(source['number'])}"
    return repo.build(
        f"github.{'pull_request' if is_pull(issue) else 'issue'}.{WORD}",
        (
            f"{repo.id}#{number}",
            WORD,
            stamp(happened),
            f"{source['repository_id']}#{source['number']}",
        ),
        happened,
        account(mention.get("actor")),
        title=f"Cross referenced {there}",
        session_id=repo.subject(number),
        subject=repo.subject(number),
        url=issue.get("html_url"),
        refs=(f"github:{there}",),
        attributes={"source": there, "closes": source["closes"] or None},
    )


def parse_mention(repo: Repo, number: int, item: Payload) -> Payload | None:
    """Read an item ``cross-referenced`` of the timeline that REST gives; ``None``: of nothing.

    It does not say whether the source closes this one, but a pull request's text does.
    """
    source = (item.get("source") or {}).get("issue") or {}
    where = source.get("repository") or {}
    if not (source.get("number") and where.get("id") and where.get("full_name")):
        return None
    closes = find_links(read_prose(source.get("body") or ""), str(where["full_name"])).closes
    return {
        "created_at": item["created_at"],
        "actor": item.get("actor"),
        "source": {
            "repository_id": where["id"],
            "repository": where["full_name"],
            "number": source["number"],
            "closes": is_pull(source) and f"github:{repo.subject(number)}" in closes,
        },
    }


def parse_thread(repo: Repo, number: int, nodes: Iterable[Payload | None]) -> Thread:
    """Read the items of the timeline that GraphQL gives, in their order.

    An end that this token may not see is ``null``, as is a node that fails: both are left out.
    """
    mentions: list[Payload] = []
    links: dict[tuple[str, str], None] = {}
    here = f"github:{repo.subject(number)}"
    for node in nodes:
        kind = str((node or {}).get("__typename"))
        if node is None or kind not in _KINDS:
            continue
        if kind == "CrossReferencedEvent":
            mentions += _mention(node)
            continue
        group, added = _KINDS[kind]
        for end in (_name(node.get(field)) for field in _ENDS):
            if end in {None, here}:
                continue
            if added:
                links[group, str(end)] = None
            else:
                links.pop((group, str(end)), None)
    return Thread(
        mentions=tuple(mentions),
        linked=tuple(end for group, end in links if group == "linked"),
        duplicate_of=tuple(end for group, end in links if group == "duplicate"),
    )


_KINDS: Final[Mapping[str, tuple[str, bool]]] = {
    "CrossReferencedEvent": ("", True),
    "ConnectedEvent": ("linked", True),
    "DisconnectedEvent": ("linked", False),
    "MarkedAsDuplicateEvent": ("duplicate", True),
    "UnmarkedAsDuplicateEvent": ("duplicate", False),
}
"""What each type of items adds to or takes from."""

_ENDS: Final = ("source", "subject", "canonical")


def _mention(node: Payload) -> list[Payload]:
    source: Any = node.get("source") or {}
    where = source.get("repository") or {}
    if not source.get("number") or not where.get("databaseId"):
        return []
    return [
        {
            "created_at": node["createdAt"],
            "actor": parse_actor(node["actor"]),
            "source": {
                "repository_id": where["databaseId"],
                "repository": where["nameWithOwner"],
                "number": source["number"],
                "closes": bool(node["willCloseTarget"]),
            },
        }
    ]


def _name(end: Payload | None) -> str | None:
    where = (end or {}).get("repository")
    return None if not where or end is None else f"github:{where['nameWithOwner']}#{end['number']}"
