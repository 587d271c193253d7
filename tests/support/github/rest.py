"""The REST interface: which path gives what."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.github import lists, singles
from tests.support.github.answers import Asked, Given, Refusal
from tests.support.github.paging import Listing, cut
from tests.support.github.payloads import Payloads
from tests.support.github.payloads_people import stamp
from tests.support.github.repository import Repository
from tests.support.github.search import search_issues
from tests.support.github.site import Site
from tests.support.github.things import Token, User

_REPOSITORY = re.compile(r"/(?:repos/(?P<name>[^/]+/[^/]+)|repositories/(?P<id>\d+))(?P<rest>/.*)?")

_VERSIONS = ("2022-11-28", "2026-03-10")
_SHORTER = frozenset({"issue", "issues", "pull", "pulls"})
_KEPT = 8
"""Lists that are not made anew for each page."""

_RIGHTS = {
    "actions": "actions",
    "branches": "contents",
    "comments": "contents",
    "commits": "contents",
    "issues": "issues",
    "pulls": "pull_requests",
    "releases": "contents",
}
"""The permission that a list needs, by the first word of its path."""


class Rest:
    """Answers requests.

    Args:
        site: what it tells of.
        api: the URL that it is reached by.

    Attributes:
        unnumbered: the list of issues names no last page, as that of a repository with many.
    """

    def __init__(self, site: Site, api: str) -> None:
        self.site = site
        self.api = api
        self.payloads = Payloads(api)
        self._lists: dict[object, Listing] = {}
        self.unnumbered = False

    def answer(self, asked: Asked) -> Given:
        """Do as asked.

        Raises:
            Refusal: something stands against it.
        """
        version = asked.headers.get("x-github-api-version", _VERSIONS[0])
        if version not in _VERSIONS:
            raise Refusal(400, "The API version is not supported")
        if match := _REPOSITORY.fullmatch(asked.path):
            given = self._below(asked, match)
            if version != _VERSIONS[0] and given.kind in _SHORTER:
                given.data = _shorten(given.data)
            return given
        for pattern, answer in _ELSEWHERE:
            if match := re.fullmatch(pattern, asked.path):
                given = answer(self, asked, *match.groups())
                given.kind = given.kind or asked.path.strip("/").split("/")[-1] or "root"
                return given
        raise Refusal(404, "Not Found")

    def _below(self, asked: Asked, match: re.Match[str]) -> Given:
        """Answer for a repository; what moved from it to another is told with a whole URL."""
        try:
            return self._of_repository(asked, match)
        except Refusal as refusal:
            headers = refusal.given.headers
            if "Location" in headers:
                headers["Location"] = self.api + headers["Location"]
            raise

    def _of_repository(self, asked: Asked, match: re.Match[str]) -> Given:
        repository = self._find(match)
        rest = match["rest"] or ""
        self._check(asked, repository, rest)
        if match["name"] and match["name"].lower() != repository.full_name.lower():
            return self._moved(asked, repository, rest)
        for pattern, kind, read in lists.LISTS:
            if found := re.fullmatch(pattern, rest):
                path = f"/repositories/{repository.id}{rest}"
                key = (path, repository.marks, _essence(asked))
                if key not in self._lists:
                    made = read(self.payloads, repository, asked, path, *found.groups())
                    self._lists = {**dict(list(self._lists.items())[-_KEPT:]), key: made}
                given = self._cut(self._lists[key], asked)
                given.kind = kind
                self._mark(given)
                return given
        for pattern, kind, single in singles.SINGLES:
            if found := re.fullmatch(pattern, rest):
                data = single(self.payloads, repository, *found.groups())
                return Given(data=data, kind=kind)
        raise Refusal(404, "Not Found")

    def _cut(self, listing: Listing, asked: Asked) -> Given:
        return cut(listing, asked, self.api, self.site.deepest)

    def _mark(self, given: Given) -> None:
        """Add what single lists have in their headers, and take away what they have not."""
        if given.kind == "issues" and self.unnumbered:
            links = given.headers.pop("Link", "").split(", ")
            given.headers["Link"] = ", ".join(one for one in links if 'rel="last"' not in one)
        if given.kind == "events":
            given.headers["X-Poll-Interval"] = "60"

    def _find(self, match: re.Match[str]) -> Repository:
        if match["id"]:
            found = self.site.repositories.get(int(match["id"]))
        else:
            found = self.site.find(match["name"])
        if found is None:
            raise Refusal(404, "Not Found")
        return found

    def _check(self, asked: Asked, repository: Repository, rest: str) -> None:
        if not may_see(asked.token, repository):
            raise Refusal(404, "Not Found")
        if repository.blocked:
            raise Refusal(451, "Repository access blocked")
        right = _RIGHTS.get(rest.strip("/").partition("/")[0], "metadata")
        token = asked.token
        if token is not None and right in token.denied:
            kind = "integration" if token.user is None else "personal access token"
            needed = {"X-Accepted-GitHub-Permissions": f"{right}=read"}
            raise Refusal(403, f"Resource not accessible by {kind}", **needed)

    def _moved(self, asked: Asked, repository: Repository, rest: str) -> Given:
        tail = "?" + asked.line.partition("?")[2] if asked.query else ""
        url = f"{self.api}/repositories/{repository.id}{rest}{tail}"
        data = {"message": "Moved Permanently", "url": url}
        return Given(status=301, data=data, headers={"Location": url}, kind="moved")

    # What belongs to no repository

    def root(self, _: Asked) -> Given:
        url = f"{self.api}/repos/{{owner}}/{{repo}}"
        return Given(data={"current_user_url": f"{self.api}/user", "repository_url": url})

    def meta(self, _: Asked) -> Given:
        return Given(data={"verifiable_password_authentication": False})

    def me(self, asked: Asked) -> Given:
        if asked.token is None or asked.token.user is None:
            raise Refusal(401, "Requires authentication")
        return Given(data=self.payloads.account(asked.token.user))

    def account(self, asked: Asked, login: str) -> Given:
        made = self.payloads.account(self._user(login))
        if asked.path.startswith("/orgs/"):
            made = {**made, **self.payloads.organisation(self._user(login))}
        return Given(data=made, kind="user")

    def owned(self, asked: Asked, login: str) -> Given:
        self._user(login)
        seen = [one for one in self.site.owned(login) if may_see(asked.token, one)]
        return self._repositories(asked, seen, f"/users/{login}/repos")

    def owned_by_organisation(self, asked: Asked, login: str) -> Given:
        user = self._user(login)
        if user.kind != "Organization":
            raise Refusal(404, "Not Found")
        seen = [one for one in self.site.owned(login) if may_see(asked.token, one)]
        return self._repositories(asked, seen, f"/organizations/{user.id}/repos")

    def by_number(self, asked: Asked, number: str) -> Given:
        found = [one for one in self.site.users.values() if one.id == int(number)]
        return self.owned_by_organisation(asked, found[0].login if found else "")

    def installed(self, asked: Asked) -> Given:
        seen = [one for one in self.site.repositories.values() if may_see(asked.token, one)]
        listing = Listing(
            things=seen,
            render=self.payloads.repository,
            path="/installation/repositories",
            wrap="repositories",
        )
        return self._cut(listing, asked)

    def installations(self, asked: Asked) -> Given:
        made = [
            {
                "id": number,
                "account": self.payloads.user(user),
                "app_id": 1,
                "target_type": user.kind,
                "access_tokens_url": f"{self.api}/app/installations/{number}/access_tokens",
                "permissions": {"metadata": "read"},
            }
            for number, user in self.site.installations.items()
        ]
        listing = Listing(things=made, render=lambda one: one, path="/app/installations")
        return self._cut(listing, asked)

    def new_token(self, asked: Asked, number: str) -> Given:
        if asked.method != "POST" or int(number) not in self.site.installations:
            raise Refusal(404, "Not Found")
        value = f"ghs_{self.site.new_id()}"
        expires = self.site.clock.now() + timedelta(hours=1)
        self.site.tokens[value] = Token(value=value, user=None, scopes=None, expires_at=expires)
        data = {"token": value, "expires_at": stamp(expires), "permissions": {"metadata": "read"}}
        return Given(status=201, data=data)

    def _repositories(self, asked: Asked, seen: list[Repository], path: str) -> Given:
        sort = asked.query.get("sort", "created")
        keys: dict[str, Callable[[Repository], Any]] = {
            "created": lambda one: (one.created_at, one.id),
            "updated": lambda one: (one.updated_at, one.id),
            "pushed": lambda one: (one.pushed_at, one.id),
            "full_name": lambda one: one.full_name.lower(),
        }
        usual = "asc" if sort == "full_name" else "desc"
        down = asked.query.get("direction", usual) == "desc"
        things = sorted(seen, key=keys[sort], reverse=down)
        return self._cut(Listing(things=things, render=self.payloads.repository, path=path), asked)

    def search(self, asked: Asked) -> Given:
        found = {one.full_name.lower(): one for one in self.site.repositories.values()}
        seen = {name: one for name, one in found.items() if may_see(asked.token, one)}
        given = self._cut(search_issues(self.payloads, seen, asked), asked)
        given.resource = "search"
        # What the description of the interface wants besides; nobody is found better than others.
        given.data |= {"incomplete_results": False, "search_type": "lexical"}
        given.data["items"] = [{**one, "score": 1.0} for one in given.data["items"]]
        return given

    def _user(self, login: str) -> User:
        if login not in self.site.users:
            raise Refusal(404, "Not Found")
        return self.site.users[login]


def _shorten(data: Any) -> Any:
    """Leave out what the newer version of the interface no longer tells."""
    if isinstance(data, list):
        return [_shorten(one) for one in data]
    gone = {"assignee", "merge_commit_sha"}
    return {name: value for name, value in data.items() if name not in gone}


def _essence(asked: Asked) -> object:
    """Give what a list depends on, whatever page of it is asked for."""
    query = {name: value for name, value in asked.query.items() if name not in {"page", "per_page"}}
    secret = None if asked.token is None else asked.token.value
    return frozenset(query.items()), asked.headers.get("accept"), secret


def may_see(token: Token | None, repository: Repository) -> bool:
    """Say whether a repository exists for whoever asks."""
    if not repository.private:
        return True
    if token is None or (token.scopes is not None and "repo" not in token.scopes):
        return False
    return token.private is None or repository.full_name in token.private


_ELSEWHERE: list[tuple[str, Callable[..., Given]]] = [
    ("/?", Rest.root),
    ("/meta", Rest.meta),
    ("/user", Rest.me),
    ("/search/issues", Rest.search),
    (r"/(?:users|orgs)/([^/]+)", Rest.account),
    (r"/users/([^/]+)/repos", Rest.owned),
    (r"/orgs/([^/]+)/repos", Rest.owned_by_organisation),
    (r"/organizations/(\d+)/repos", Rest.by_number),
    ("/installation/repositories", Rest.installed),
    ("/app/installations", Rest.installations),
    (r"/app/installations/(\d+)/access_tokens", Rest.new_token),
]
