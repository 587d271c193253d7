"""What tags lead to: a hundred by one query, or one by one."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sources.github.events.building import Payload
from sources.github.graphql import NoGraphQLError
from sources.github.reading import Reader

logger = logging.getLogger(__name__)

REFS: Final = "refs/tags/"
_LEADS: Final = {"tag": "tags", "commit": "commits"}
"""What has a time, by the name that a list has for it, and where one is asked for."""


def read_aims(reader: Reader, refs: Sequence[Payload]) -> Mapping[str, Payload]:
    """Ask for what tags lead to, all at once where that is to be had.

    Returns:
        By the object's id: a tag's own record or a commit's, as REST has them, as far as used.
        Those that GraphQL does not know, or knows otherwise by now, are left out.
    """
    wanted = [ref for ref in refs if ref["object"]["type"] in _LEADS]
    if reader.graphql is None or not wanted:
        return {}
    owner, _, name = reader.repo.name.partition("/")
    names = {f"q{number}": str(ref["ref"]) for number, ref in enumerate(wanted)}
    query = QUERY % (
        " ".join(f"${key}: String!" for key in names),
        " ".join(f"{key}: ref(qualifiedName: ${key}) {{...Aim}}" for key in names),
    )
    try:
        variables = {"owner": owner, "name": name, **names}
        reply = reader.graphql.ask(query, variables, patient=False)
    except NoGraphQLError as error:
        logger.info("%s: %s; tags are asked for one by one", reader.repo.source_id, error)
        return {}
    found = (reply.data or {}).get("repository") or {}
    nodes = [ref["target"] for ref in found.values() if ref and ref.get("target")]
    return {str(node["oid"]): _parse(node) for node in nodes if node["__typename"] in _NODES}


def read_aim(reader: Reader, ref: Payload, known: Mapping[str, Payload]) -> Payload | None:
    """Give what one tag leads to; ``None``: something without a time.

    Args:
        reader: of the repository.
        ref: as the tags are listed.
        known: what :func:`read_aims` found.
    """
    aim = ref["object"]
    if aim["type"] not in _LEADS:
        return None
    if (found := known.get(str(aim["sha"]))) is not None:
        return found
    answer = reader.get(reader.path(f"/git/{_LEADS[aim['type']]}/{aim['sha']}"), form=dict)
    record: Payload = answer.data
    return record


_NODES: Final = frozenset({"Tag", "Commit"})


def _parse(node: Mapping[str, Any]) -> Payload:
    if node["__typename"] != "Tag":
        return {"sha": node["oid"], "committer": {"date": node.get("committedDate")}}
    return {
        "sha": node["oid"],
        "message": node["message"],
        "tagger": node["tagger"],
        "object": {"sha": node["target"]["oid"]},
    }


QUERY: Final = """
query($owner: String!, $name: String!, %s) { repository(owner: $owner, name: $name) { %s } }
fragment Aim on Ref {
  target {
    __typename oid
    ... on Commit { committedDate }
    ... on Tag { message tagger { name email date } target { oid } }
  }
}
"""
