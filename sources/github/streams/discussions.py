"""Discussions with their comments and replies.

The first reading goes by age, where nothing moves under it; later ones from the latest change to
where the last reading began. A reply changes no discussion: it is met when something else does,
or by the next full reading.
"""

from collections.abc import Generator, Iterator
from datetime import timedelta
from typing import Any, Final

from sources.event import EpisodicEvent
from sources.github.costs import Cost, pages_of
from sources.github.events.building import Payload, moment, stamp
from sources.github.events.discussions import discussion, discussion_comment
from sources.github.reading import Piece, Reader, mark
from sources.github.states import Talks
from sources.github.streams.stars import ask

_OVERLAP: Final = timedelta(minutes=1)
_SHOWN: Final = 30
"""Comments of a discussion that come with it."""


def newest_change(reader: Reader) -> str | None:
    """Say when a discussion changed last; ``None``: there is none."""
    nodes = ask(reader, NEWEST, {})["discussions"]["nodes"]
    return str(nodes[0]["updatedAt"]) if nodes else None


def is_new(reader: Reader, state: Talks) -> bool:
    """Whether a discussion changed; that costs a point of GraphQL's own quota."""
    return newest_change(reader) != state.until


def cost(reader: Reader, state: Talks) -> Cost:
    """Say what :func:`read_discussions` would take."""
    found = ask(reader, NEWEST, {})["discussions"]
    changed = str(found["nodes"][0]["updatedAt"]) if found["nodes"] else None
    look = Cost(queries=1, points=1)
    if reader.graphql is None or changed is None or changed == state.until:
        return look
    size = reader.graphql.size
    pages = pages_of(found["totalCount"], size) if state.until is None else 1
    each = max((1 + size * (2 + _SHOWN)) / 100, 1)  # as GitHub weighs a query
    return look + Cost(queries=pages, points=pages * each)


def read_discussions(reader: Reader, state: Talks) -> Generator[Piece, None, None]:
    """Give what was discussed; the state is that after the piece when the piece is given."""
    if state.top is None:
        top = newest_change(reader)
        if top is None or top == state.until:
            return
        state.top = top
    first = state.until is None
    after = state.after
    while True:
        field, direction = ("CREATED_AT", "ASC") if first else ("UPDATED_AT", "DESC")
        order = {"field": field, "direction": direction}
        found = ask(reader, QUERY, {"after": after, "order": order})["discussions"]
        nodes, bad = reader.sift(found["nodes"], "discussion", _check)
        if bad.bad:
            yield bad
        fresh = [node for node in nodes if _is_fresh(reader, node, state)]
        after = found["pageInfo"]["endCursor"]
        if first:
            state.after = after
        piece = reader.convert(fresh, "discussion", lambda node: list(_make(reader, node)))
        state.seen |= {str(node["number"]): mark(node, "updatedAt") for node in fresh}
        yield piece
        ended = not found["pageInfo"]["hasNextPage"]
        if ended or (not first and nodes and _is_old(nodes[-1], state)):
            break
    since = stamp(moment(state.top) - _OVERLAP)
    state.seen = {key: time for key, time in state.seen.items() if time >= since}
    state.until, state.top, state.after = state.top, None, None


def _check(node: Payload) -> object:
    return int(node["number"]), moment(node["updatedAt"]), mark(node, "updatedAt")


def _is_fresh(reader: Reader, node: Payload, state: Talks) -> bool:
    floor = stamp(reader.floor) if reader.floor else ""
    changed = str(node["updatedAt"])
    known = state.seen.get(str(node["number"])) == mark(node, "updatedAt")
    return changed >= floor and not known and not _is_old(node, state)


def _is_old(node: Payload, state: Talks) -> bool:
    if state.until is None:
        return False
    return str(node["updatedAt"]) < stamp(moment(state.until) - _OVERLAP)


def _make(reader: Reader, node: Payload) -> Iterator[EpisodicEvent]:
    yield from discussion(reader.repo, node)
    for comment in _comments(reader, node):
        yield discussion_comment(reader.repo, node, comment)
        for reply in _replies(reader, comment):
            yield discussion_comment(reader.repo, node, reply)


def _comments(reader: Reader, node: Payload) -> Iterator[Payload]:
    found: Any = node["comments"]
    while True:
        yield from found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            return
        variables = {"number": node["number"], "after": found["pageInfo"]["endCursor"]}
        found = ask(reader, MORE, variables)["discussion"]["comments"]


def _replies(reader: Reader, comment: Payload) -> Iterator[Payload]:
    found: Any = comment["replies"]
    while True:
        yield from found["nodes"]
        if not found["pageInfo"]["hasNextPage"] or reader.graphql is None:
            return
        variables = {"id": comment["id"], "after": found["pageInfo"]["endCursor"]}
        reply = reader.graphql.ask(REPLIES, variables)
        found = (reply.data or {})["node"]["replies"]


_COMMENT: Final = """
fragment Said on DiscussionComment {
  databaseId body url createdAt lastEditedAt authorAssociation
  author { __typename login }
  replyTo { databaseId }
}
"""
_THREAD: Final = f"""
fragment Thread on DiscussionCommentConnection {{
  pageInfo {{ hasNextPage endCursor }}
  nodes {{
    id ...Said
    replies(first: 30) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...Said }} }}
  }}
}}
{_COMMENT}"""

NEWEST: Final = """
query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    discussions(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) {
      totalCount
      nodes { updatedAt }
    }
  }
}
"""
QUERY: Final = f"""
query(
  $owner: String!, $name: String!, $first: Int!, $after: String, $order: DiscussionOrder!
) {{
  repository(owner: $owner, name: $name) {{
    discussions(first: $first, after: $after, orderBy: $order) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        number title body url createdAt updatedAt closedAt stateReason answerChosenAt
        authorAssociation
        author {{ __typename login }}
        answerChosenBy {{ __typename login }}
        category {{ name }}
        labels(first: 20) {{ nodes {{ name }} }}
        comments(first: 30) {{ ...Thread }}
      }}
    }}
  }}
}}
{_THREAD}"""
MORE: Final = f"""
query($owner: String!, $name: String!, $first: Int!, $after: String, $number: Int!) {{
  repository(owner: $owner, name: $name) {{
    discussion(number: $number) {{ comments(first: $first, after: $after) {{ ...Thread }} }}
  }}
}}
{_THREAD}"""
REPLIES: Final = f"""
query($id: ID!, $first: Int!, $after: String) {{
  node(id: $id) {{
    ... on DiscussionComment {{
      replies(first: $first, after: $after) {{
        pageInfo {{ hasNextPage endCursor }}
        nodes {{ ...Said }}
      }}
    }}
  }}
}}
{_COMMENT}"""
