"""What git's own commands say of a history, field by field, parsed apart from the product.

``log`` with a format for all that is text, ``log --raw`` and ``log --numstat`` for the files,
``interpret-trailers`` for trailers, ``for-each-ref`` and ``rev-parse`` for tags. The product
asks ``cat-file`` and ``diff-tree`` instead. Objects are read as they are, as the product does.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from sources import EpisodicEvent
from tests.support.git_reading import BLANK
from tests.support.git_repository import GitRepository, read_truth

TRUE_OBJECTS = MappingProxyType({"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": "/dev/null"})
"""An event tells of the object that its id names."""

FIRST_INCREDIBLE = 4_102_444_800
_NOBODY = ["%aN", "%aE", "", ""]
"""What ``log`` prints where it can read nobody out of the line: the placeholders themselves."""
_FIELDS = ("%H", "%T", "%P", "%aN", "%aE", "%an", "%ae", "%cn", "%ce", "%at", "%ct", "%e", "%s")

_TAG_FIELDS = (
    "%(refname:strip=2)", "%(objectname)", "%(objecttype)", "%(taggername)",
    "%(taggeremail:trim)", "%(taggerdate:raw)", "%(contents:subject)", "%(contents:body)",
)  # fmt: skip
_ENTRY = re.compile(rb":[0-7]{6} [0-7]{6} [0-9a-f]+ [0-9a-f]+ ([A-Z])\d*")

FileFacts = tuple[str, str | None, str, int | None, int | None]
"""Change, old path, path, additions, deletions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFacts:
    """One commit, as text."""

    sha: str
    tree: str
    parents: list[str]
    actor: tuple[str, str]
    author: tuple[str, str]
    committer: tuple[str, str]
    author_seconds: int | None
    committer_seconds: int | None
    encoding: str
    subject: str
    body: str
    signed: bool
    files: tuple[FileFacts, ...]


def read_facts(repository: GitRepository, *revisions: str) -> dict[str, CommitFacts]:
    """Read every commit that the revisions reach."""
    chosen = revisions or ("--branches",)
    form = "--format=%x02" + "%x01".join((*_FIELDS, "%b")) + "%x03"
    options = ("-z", "--use-mailmap", "--encoding=UTF-8", "--no-show-signature")
    output = repository.git("log", *options, form, *chosen, environ=TRUE_OBJECTS)
    letters = dict(_letters(repository, chosen))
    counts = read_truth(repository, *chosen, environ=TRUE_OBJECTS)
    found = {}
    for record in output.split(b"\x02")[1:]:
        facts = [text(item) for item in record.partition(b"\x03")[0].split(b"\x01")]
        sha, tree, parents, *people, authored, committed, encoding, subject, body = facts
        files = zip(letters[sha], counts[sha].files, strict=True)
        found[sha] = CommitFacts(
            sha=sha,
            tree=tree,
            parents=parents.split(),
            actor=("", "") if people[:4] == _NOBODY else (people[0], people[1]),
            author=(people[2], people[3]),
            committer=(people[4], people[5]),
            author_seconds=_credible(authored),
            committer_seconds=_credible(committed),
            encoding=encoding,
            subject=subject,
            body=body,
            signed=b"\ngpgsig" in repository.git("cat-file", "commit", sha).partition(b"\n\n")[0],
            files=tuple(
                (letter, None if old is None else text(old), text(new), added, deleted)
                for letter, (added, deleted, old, new) in files
            ),
        )
    return found


def assert_equals_facts(events: Iterable[EpisodicEvent], facts: dict[str, CommitFacts]) -> None:
    """Hold each commit event to all that git says of it, and the events to be all of them."""
    found = {event.subject: event for event in events}
    assert set(found) == set(facts)
    for sha, event in found.items():
        _assert_commit(event, facts[sha])


def _assert_commit(event: EpisodicEvent, facts: CommitFacts) -> None:
    attributes = event.attributes
    assert attributes["tree"] == facts.tree
    assert attributes["parents"] == facts.parents
    assert attributes["merge"] is (len(facts.parents) > 1)
    assert (event.actor or "", event.actor_key or "") == (
        facts.actor[0].strip(),
        facts.actor[1].strip().lower(),
    )
    raw = (attributes.get("author_name"), attributes.get("author_email"))
    assert raw == (facts.author if facts.author != facts.actor else (None, None))
    assert (attributes["committer_name"], attributes["committer_email"]) == facts.committer
    assert attributes.get("encoding", "") == facts.encoding
    subject = facts.subject.strip(BLANK).replace(
        "\r", " "
    )  # a title is one line, to all who show it
    assert event.title == (subject or "(no message)"), facts.subject
    assert (event.body or "") == facts.body.rstrip(BLANK)
    assert ("signature" in attributes) is facts.signed
    files = event.files or ()
    given = [(f.change, f.old_path, f.path, f.additions, f.deletions) for f in files]
    assert given == list(facts.files)
    assert event.files_changed == len(facts.files)
    assert event.additions == sum(item[3] or 0 for item in facts.files)
    assert event.deletions == sum(item[4] or 0 for item in facts.files)
    _assert_moment(event, facts)


def _assert_moment(event: EpisodicEvent, facts: CommitFacts) -> None:
    basis = event.attributes.get("occurred_at_basis", "author")
    if facts.author_seconds is not None:
        expected, whose = facts.author_seconds, "author"
    elif facts.committer_seconds is not None:
        expected, whose = facts.committer_seconds, "committer"
    else:
        assert basis in {"ancestor", "none"}
        return
    assert (basis, event.occurred_at) == (whose, datetime.fromtimestamp(expected, UTC))


def assert_trailers(repository: GitRepository, events: Iterable[EpisodicEvent]) -> None:
    """Hold the trailers to ``git interpret-trailers``, asked once for each message."""
    for event in events:
        message = repository.git(
            "log", "-1", "--encoding=UTF-8", "--format=%B", event.subject, environ=TRUE_OBJECTS
        )
        message = re.sub(rb"\A([ \t\r]*\n)+", b"", message)  # a message begins with its title
        shown = repository.git("interpret-trailers", "--parse", "--no-divider", stdin=message)
        given = [
            f"{key}: {value}".strip()
            for key, values in event.attributes.get("trailers", {}).items()
            for value in values
        ]
        expected = [text(line).strip() for line in shown.split(b"\n") if line.strip()]
        assert sorted(given) == sorted(expected), message


def assert_tags(repository: GitRepository, events: Iterable[EpisodicEvent]) -> None:
    """Hold tag events to ``for-each-ref``, and where they lead to ``rev-parse``."""
    form = "%00".join(_TAG_FIELDS)
    output = repository.git("for-each-ref", f"--format={form}%01", "refs/tags")
    found = {event.subject: event for event in events}
    names = set()
    for record in output.split(b"\x01\n")[:-1]:
        name, sha, kind, tagger, email, date, subject, body = map(text, record.split(b"\0"))
        names.add(name)
        event, annotated = found[name], kind == "tag"
        target = repository.text("rev-parse", f"{sha}^{{}}")
        attributes = event.attributes
        assert attributes["annotated"] is annotated
        assert (attributes["object"], attributes["target"]) == (sha, target)
        assert attributes["target_type"] == repository.text("cat-file", "-t", target)
        if annotated:
            assert (event.actor or "", event.actor_key or "") == (tagger, email.lower())
            assert event.title == (f"{name}: {subject}" if subject else name)
            assert (event.body or "") == body.rstrip(BLANK)
            assert attributes["tagger_date"] == date
    assert names == set(found)


def text(raw: bytes) -> str:
    """Bytes as an event shows them."""
    return raw.decode("utf-8", "replace").replace("\0", "\ufffd")


def _letters(
    repository: GitRepository, revisions: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    options = ("-z", "--raw", "-M", "--no-abbrev", "--format=%x02%H%x03")
    output = repository.git("log", *options, *revisions, environ=TRUE_OBJECTS)
    for record in output.split(b"\x02")[1:]:
        sha, _, tail = record.partition(b"\x03")
        entries = map(_ENTRY.fullmatch, tail.lstrip(b"\0\n").split(b"\0"))
        yield sha.decode(), [entry[1].decode() for entry in entries if entry]


def _credible(seconds: str) -> int | None:
    number = int(seconds) if seconds.isdigit() else -1
    return number if 0 <= number < FIRST_INCREDIBLE else None
