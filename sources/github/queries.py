"""The queries for many issues and pull requests at once, and what they give as REST has it."""

from collections.abc import Sequence
from typing import Final

from sources.github.events.building import Payload
from sources.github.events.issues import is_pull
from sources.github.events.people import parse_actor


def compose(issues: Sequence[Payload], *, changes: bool, references: bool) -> str:
    """Write the query for some issues and pull requests; each is ``n`` and its number.

    Args:
        issues: as they are listed.
        changes: whether to ask for commits and files.
        references: whether to ask for what refers to them.
    """
    parts = [_HEAD % " ".join(_alias(issue) for issue in issues)]
    thread = _THREAD if references else ""
    if any(map(is_pull, issues)):
        parts.append(_PULL % (_CHANGES if changes else _COUNT, thread))
    if not all(map(is_pull, issues)):
        parts.append(_ISSUE % thread)
    return "".join([*parts, _ENDS if references else ""])


def compose_more(issue: Payload) -> str:
    """Write the query for what else refers to one: as ``thread``, by ``number`` and ``after``."""
    return _MORE % ("pullRequest" if is_pull(issue) else "issue")


def _alias(issue: Payload) -> str:
    number = int(issue["number"])
    if is_pull(issue):
        return f"n{number}: pullRequest(number: {number}) {{...Pull}}"
    return f"n{number}: issue(number: {number}) {{...Issue}}"


def parse_pull(node: Payload) -> Payload:
    """Write what a query gave as REST has it, as far as it is used."""
    return {
        "base": {"ref": node["baseRefName"], "sha": node["baseRefOid"]},
        "head": {"ref": node["headRefName"], "sha": node["headRefOid"]},
        "merged_at": node["mergedAt"],
        "merged_by": parse_actor(node["mergedBy"]),
        "merge_commit_sha": (node["mergeCommit"] or {}).get("oid"),
        "additions": node["additions"],
        "deletions": node["deletions"],
        "changed_files": node["changedFiles"],
        "commits": node["commits"]["totalCount"],
    }


def parse_review(node: Payload) -> Payload:
    """Write a review as REST has it."""
    return {
        "id": int(node["fullDatabaseId"]),
        "user": parse_actor(node["author"]),
        "body": node["body"],
        "state": node["state"],
        "html_url": node["url"],
        "submitted_at": node["submittedAt"],
        "commit_id": (node["commit"] or {}).get("oid"),
        "author_association": node["authorAssociation"],
    }


_HEAD: Final = """
query($owner: String!, $name: String!, $first: Int!) {
  repository(owner: $owner, name: $name) { %s }
}
"""
_PULL: Final = """
fragment Pull on PullRequest {
  number additions deletions changedFiles mergedAt
  baseRefName baseRefOid headRefName headRefOid
  mergedBy { __typename login }
  mergeCommit { oid }
  reviews(first: $first) {
    pageInfo { hasNextPage }
    nodes {
      fullDatabaseId body url state submittedAt authorAssociation
      author { __typename login }
      commit { oid }
    }
  }
  %s
  %s
}
"""
_COUNT: Final = "commits(first: 1) { totalCount }"
_CHANGES: Final = """
  commits(first: $first) {
    totalCount
    pageInfo { hasNextPage }
    nodes { commit { oid } }
  }
  files(first: $first) {
    pageInfo { hasNextPage }
    nodes { path additions deletions changeType }
  }
"""
_ISSUE: Final = """
fragment Issue on Issue { number %s }
"""
_TYPES: Final = """[
  CROSS_REFERENCED_EVENT, CONNECTED_EVENT, DISCONNECTED_EVENT,
  MARKED_AS_DUPLICATE_EVENT, UNMARKED_AS_DUPLICATE_EVENT
]"""
_ITEMS: Final = """{
  pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CrossReferencedEvent {
      createdAt willCloseTarget
      actor { __typename login }
      source { ...EndIssue ...EndPull }
    }
    ... on ConnectedEvent {
      source { ...EndIssue ...EndPull }
      subject { ...EndIssue ...EndPull }
    }
    ... on DisconnectedEvent {
      source { ...EndIssue ...EndPull }
      subject { ...EndIssue ...EndPull }
    }
    ... on MarkedAsDuplicateEvent { canonical { ...EndIssue ...EndPull } }
    ... on UnmarkedAsDuplicateEvent { canonical { ...EndIssue ...EndPull } }
  }
}"""
_THREAD: Final = f"timelineItems(first: $first, itemTypes: {_TYPES}) {_ITEMS}"
_ENDS: Final = """
fragment EndIssue on Issue { number repository { databaseId nameWithOwner } }
fragment EndPull on PullRequest { number repository { databaseId nameWithOwner } }
"""
_MORE: Final = f"""
query($owner: String!, $name: String!, $number: Int!, $first: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    thread: %s(number: $number) {{
      timelineItems(first: $first, after: $after, itemTypes: {_TYPES}) {_ITEMS}
    }}
  }}
}}
{_ENDS}"""
