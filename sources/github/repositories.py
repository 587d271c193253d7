"""Which repositories are read: those that are named, or all of an organisation."""

from collections.abc import Generator
from fnmatch import fnmatchcase
from typing import Any

from sources.errors import ConfigError
from sources.github.config import GithubConfig
from sources.github.cursor import Place, Position
from sources.github.events.building import Payload
from sources.github.faults import no_github, refusal
from sources.http import Answer, HttpClient

_MISSING = 404


def find_places(
    client: HttpClient, config: GithubConfig, source_id: str, position: Position, *, token: bool
) -> dict[str, Place]:
    """Find the repositories, and where each of them stands in the position.

    What is known of one is asked for by its etag, so that it costs nothing where it is unchanged.

    Returns:
        Places by the repository's number; those of the position are changed in place.

    Raises:
        ConfigError: there is none of that name, or no access to it.
        CredentialsError: the token is refused, or lacks a right.
    """
    finder = _Finder(client, config, source_id, position, token=token)
    return dict(finder.listed() if config.organisation else finder.named())


class _Finder:
    def __init__(
        self,
        client: HttpClient,
        config: GithubConfig,
        source_id: str,
        position: Position,
        *,
        token: bool,
    ) -> None:
        self._client = client
        self._config = config
        self._source_id = source_id
        self._position = position
        self._token = token

    def named(self) -> Generator[tuple[str, Place], None, None]:
        for name in self._config.repositories:
            yield self._find(name)

    def _find(self, name: str) -> tuple[str, Place]:
        known = self._position.repositories.items()
        number, place = next(
            ((key, place) for key, place in known if (place.asked or place.name) == name),
            (None, None),
        )
        answer = self._client.get(f"/repos/{name}", etag=place.etag if place else None)
        if number is not None and place is not None and answer.unchanged:
            return number, place
        data = self._check(answer, f"repository {name}", dict)
        return self._note(data, name, answer.etag)

    def listed(self) -> Generator[tuple[str, Place], None, None]:
        owner = self._config.organisation
        position = self._position
        pages: list[Answer] = []
        # What is known to be there comes first: to be told of the other costs a request each time.
        for kind in ("users", "orgs") if position.person else ("orgs", "users"):
            pages = self._list(f"/{kind}/{owner}/repos", position.listing)
            if pages[0].status != _MISSING:
                position.person = kind == "users"
                break
        if all(page.unchanged for page in pages):
            yield from position.repositories.items()
            return
        if any(page.unchanged for page in pages):
            position.listing = []
            yield from self.listed()
            return
        position.listing = [page.etag or "" for page in pages]
        found = [
            self._note(data, str(data["full_name"]), None)
            for page in pages
            for data in self._check(page, f"organisation {owner}", list)
            if self._chosen(data)
        ]
        if not found:
            raise ConfigError(
                f"{self._source_id}: no repository of {owner} is chosen",
                remedy="Look into `include`, `exclude` and `archived`; or may the token see none?",
            )
        position.repositories = dict(found)
        yield from found

    def _list(self, path: str, etags: list[str]) -> list[Answer]:
        pages: list[Answer] = []
        while True:
            number = len(pages) + 1
            etag = etags[number - 1] if number <= len(etags) else None
            params = {"per_page": 100, "sort": "full_name", "page": number if number > 1 else None}
            answer = self._client.get(path, params, etag=etag or None)
            pages.append(answer)
            more = number < len(etags) if answer.unchanged else answer.next_url is not None
            if not more:
                return pages

    def _chosen(self, data: Payload) -> bool:
        name = str(data["full_name"]).rpartition("/")[2]
        return (
            any(fnmatchcase(name, glob) for glob in self._config.include)
            and not any(fnmatchcase(name, glob) for glob in self._config.exclude)
            and (self._config.archived or not data.get("archived"))
        )

    def _check(self, answer: Answer, what: str, form: type) -> Any:
        if not answer.good:
            raise refusal(answer, self._source_id, what, token=self._token)
        listed = answer.data if isinstance(answer.data, list) else [answer.data]
        sound = all(isinstance(one, dict) and {"id", "full_name"} <= one.keys() for one in listed)
        if not sound or not isinstance(answer.data, form):
            raise no_github(self._source_id)
        return answer.data

    def _note(self, data: Payload, asked: str, etag: str | None) -> tuple[str, Place]:
        number = str(data["id"])
        place = self._position.repositories.get(number)
        name, branch = str(data["full_name"]), str(data.get("default_branch") or "main")
        if place is None:
            place = Place(name=name)
            self._position.repositories[number] = place
        place.asked = "" if asked == name else asked
        place.name, place.branch, place.etag = name, branch, etag
        place.pushed = data.get("pushed_at")
        place.archived = data.get("archived") is True
        place.undiscussed = data.get("has_discussions") is False
        place.pulls_only = data.get("has_issues") is False
        place.stargazers = int(data.get("stargazers_count") or 0)
        return number, place
