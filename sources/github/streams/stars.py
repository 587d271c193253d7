"""Stars, oldest first: the service marks where a reading ended, and goes on behind it.

A star that was taken away is listed no more, and no list says when that was.
"""

from collections.abc import Generator, Mapping
from typing import Any, Final, cast

from sources.errors import CredentialsError, UnavailableError
from sources.github.costs import Cost, pages_of
from sources.github.cursor import Place
from sources.github.events.building import Payload
from sources.github.events.releases import star
from sources.github.reading import Piece, Reader

_RIGHTS: Final = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})
"""Types of the errors that say that the token lacks a right."""


def is_new(place: Place) -> bool:
    """Whether the repository's own record changed, which counts the stars."""
    return place.stars.record != _record(place)


def read_stars(reader: Reader, place: Place) -> Generator[Piece, None, None]:
    """Give the stars behind the last one; the state is that after the piece."""
    state = place.stars
    if not is_new(place):
        return
    while True:
        found = ask(reader, QUERY, {"after": state.after})["stargazers"]
        state.after = found["pageInfo"]["endCursor"] or state.after
        listed = [_parse(edge) for edge in found["edges"]]
        if listed:
            yield reader.convert(listed, "star", lambda item: [star(reader.repo, item)])
        if not found["pageInfo"]["hasNextPage"]:
            break
    state.record = _record(place)


def cost(reader: Reader, place: Place) -> Cost:
    """Say what :func:`read_stars` would take; asks nothing."""
    if not is_new(place) or reader.graphql is None:
        return Cost()
    pages = pages_of(place.stargazers, reader.graphql.size) if place.stars.after is None else 1
    return Cost(queries=pages, points=pages)


def ask(reader: Reader, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask GraphQL of the repository.

    Raises:
        CredentialsError: the token lacks a right.
        UnavailableError: it does not tell.
    """
    if reader.graphql is None:
        raise TypeError("the settings ask for GraphQL where there is none")
    owner, _, name = reader.repo.name.partition("/")
    reply = reader.graphql.ask(query, {"owner": owner, "name": name, **variables})
    found = (reply.data or {}).get("repository")
    if found is None or reply.errors:
        words = "; ".join(str(error.get("message"))[:200] for error in reply.errors)
        if any(error.get("type") in _RIGHTS for error in reply.errors):
            raise CredentialsError(
                f"{reader.repo.source_id}: GraphQL may not tell of {reader.repo.name}: {words}",
                remedy="Give the token the right that is named, or leave `star` and `discussion` "
                "out of `events`",
            )
        raise UnavailableError(
            f"{reader.repo.source_id}: GraphQL does not tell of {reader.repo.name}: {words}",
            remedy="May the token read it? Else leave `star` and `discussion` out of `events`",
        )
    return cast("Mapping[str, Any]", found)


def _record(place: Place) -> str:
    return f"{place.stargazers} {place.etag or ''}"


def _parse(edge: Payload) -> Payload:
    who = edge["node"]
    user = {"login": who["login"], "id": who["databaseId"], "html_url": who["url"]}
    return {"starred_at": edge["starredAt"], "user": user}


QUERY: Final = """
query($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    stargazers(first: $first, after: $after, orderBy: {field: STARRED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      edges { starredAt node { login databaseId url } }
    }
  }
}
"""
