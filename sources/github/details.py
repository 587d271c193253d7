"""What the list of issues does not say: size, branches and reviews, and what refers to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from sources.github.contents import read_contents
from sources.github.costs import Cost
from sources.github.events.building import Payload, moment
from sources.github.events.issues import is_pull, merged_at
from sources.github.events.references import NO_THREAD, Thread, parse_mention
from sources.github.events.sizes import Contents, named
from sources.github.reading import Reader

_MISSING: Final = (404,)
_GONE: Final = (404, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One issue or pull request.

    Attributes:
        pull: a pull request's own record; ``None``: not asked for, or gone.
        reviews: all of them.
        contents: its commits and files; ``None``: not asked for.
        thread: what refers to it.
    """

    pull: Payload | None = None
    reviews: Sequence[Payload] = field(default=())
    contents: Contents | None = None
    thread: Thread = NO_THREAD


class Details(Protocol):
    """Gives what is not listed of some issues and pull requests.

    Attributes:
        size: so many of them at a time.
        referred: whether all that were asked for came with what refers to them.
    """

    size: int
    referred: bool

    def read(self, reader: Reader, issues: Sequence[Payload]) -> Mapping[int, Detail]:
        """Ask for some issues and pull requests; by their numbers."""

    def cost(self, reader: Reader, issues: float, share: float) -> Cost:
        """Say what that would take for so many issues, of which ``share`` are pull requests."""


class RestDetails:
    """Asks for one after the other: a request for a record, one for its reviews, and so on.

    Args:
        reader: of the repository.
        everything: whether commits, files and what refers to it are asked for unless the settings
            forbid it; else only where they demand it.
    """

    size = 10

    def __init__(self, reader: Reader, *, everything: bool = False) -> None:
        self._changes = wants_changes(reader, cheap=everything)
        self.referred = wants_references(reader, cheap=everything)

    def read(self, reader: Reader, issues: Sequence[Payload]) -> Mapping[int, Detail]:
        """Ask for some issues and pull requests; by their numbers."""
        return {int(issue["number"]): self._read(reader, issue) for issue in issues}

    def _read(self, reader: Reader, issue: Payload) -> Detail:
        number = int(issue["number"])
        thread = NO_THREAD
        if self.referred and reader.wants(group_of(issue)):
            thread = read_thread(reader, number)
        if not is_pull(issue):
            return Detail(thread=thread)
        pull = self._pull(reader, issue) if wants_record(reader, issue) else None
        return Detail(
            pull=pull,
            reviews=read_reviews(reader, number) if reader.wants("review") else (),
            contents=read_contents(reader, number, pull) if pull and self._changes else None,
            thread=thread,
        )

    def cost(self, reader: Reader, issues: float, share: float) -> Cost:
        """Say what that would take for so many issues, of which ``share`` are pull requests."""
        records = reader.config.details and reader.wants("pull_request")
        each = records + reader.wants("review") + 2 * (records and self._changes)
        threads = 0.0
        if self.referred:
            pulls, others = reader.wants("pull_request"), reader.wants("issues")
            threads = share * pulls + (1 - share) * others
        return Cost(requests=issues * (share * each + threads))

    def _pull(self, reader: Reader, issue: Payload) -> Payload | None:
        answer = reader.get(reader.path(f"/pulls/{issue['number']}"), lacking=_MISSING, form=dict)
        return answer.data if answer.good else None


def read_reviews(reader: Reader, number: int) -> list[Payload]:
    """Ask for all reviews of a pull request."""
    pages = reader.pages(reader.path(f"/pulls/{number}/reviews"), lacking=_MISSING)
    return [review for answer in pages if answer.good for review in named(answer.data, "id")]


def read_thread(reader: Reader, number: int) -> Thread:
    """Ask for what refers to an issue or pull request; REST does not say what it is linked with."""
    pages = reader.pages(reader.path(f"/issues/{number}/timeline"), lacking=_GONE)
    items = (item for page in pages if page.good for item in named(page.data, "created_at"))
    mentions = (item for item in items if item.get("event") == "cross-referenced")
    told = (parse_mention(reader.repo, number, item) for item in mentions)
    return Thread(mentions=tuple(mention for mention in told if mention is not None))


def group_of(issue: Payload) -> str:
    """Name the group of events that an issue or pull request belongs to."""
    return "pull_request" if is_pull(issue) else "issues"


def wants_record(reader: Reader, issue: Payload) -> bool:
    """Whether a pull request's own record says anything of an event that is asked for."""
    if not (reader.config.details and reader.wants("pull_request")):
        return False
    times = (issue["created_at"], merged_at(issue))
    return any(time and reader.asked_for(moment(time)) for time in times)


def wants_changes(reader: Reader, *, cheap: bool) -> bool:
    """Whether commits and files are asked for; ``cheap``: they take no requests of their own."""
    setting = reader.config.changes
    wanted = cheap if setting is None else setting
    return wanted and reader.config.details and reader.wants("pull_request")


def wants_references(reader: Reader, *, cheap: bool) -> bool:
    """Whether it is asked what refers to an issue; ``cheap``: that takes no request for each."""
    setting = reader.config.references
    wanted = cheap and reader.config.details if setting is None else setting
    return wanted and (reader.wants("pull_request") or reader.wants("issues"))
