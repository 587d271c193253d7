"""Objects as no git of today writes them, each held to what ``git log`` makes of it."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources import EpisodicEvent
from tests.support.git_oracle import (
    CommitFacts,
    assert_equals_facts,
    assert_tags,
    assert_trailers,
    read_facts,
)
from tests.support.git_reading import read
from tests.support.git_repository import GitRepository, empty_repository

AUTHOR = b"author Ada <ada@x> 1700000000 +0100\n"
COMMITTER = b"committer Grace <grace@x> 1700000000 +0000\n"
PEOPLE = AUTHOR + COMMITTER
PLAIN = PEOPLE + b"\nPlain\n"
SIGNED = b"-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"

AFTER_THE_TREE = {
    "plain": PLAIN,
    "nothing after the headers": PEOPLE,
    "no line end at the end": PEOPLE.removesuffix(b"\n"),
    "no message": PEOPLE + b"\n",
    "message without line end": PEOPLE + b"\nsubject",
    "parents twice": b"parent PLAIN\nparent PLAIN\n" + PLAIN,
    "parent after the author": AUTHOR + b"parent PLAIN\n" + COMMITTER + b"\nlate\n",
    "two authors": AUTHOR + b"author Bob <bob@x> 1600000000 +0200\n" + COMMITTER + b"\ntwo\n",
    "two encodings": PEOPLE + b"encoding ISO-8859-1\nencoding UTF-8\n\nGr\xfc\xdfe\n",
    "encoding of two bytes a sign": PEOPLE + b"encoding UTF-16\n\nin truth none of those\n",
    "encoding in the message": PEOPLE + b"\nencoding ISO-8859-1\nGr\xfc\xdfe\n",
    "mergetag": b"parent PLAIN\nparent PLAIN\n" + PEOPLE + b"mergetag object PLAIN\n type commit\n"
    b" tag v1\n tagger B <b@x> 1 +0000\n \n encoding latin1\n author X <x@x> 1 +0000\n"
    b" -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nmerge\n",
    "signature with odd lines": PEOPLE + b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n \n author X\n"
    b"Version: 1\n  \n \n\nsigned\n",
    "signature without a kind": PEOPLE + b"gpgsig \n\nsigned\n",
    "headers of other tools": PEOPLE + b"HG:rename a:b\nHG:extra x\n\nfrom elsewhere\n",
    "CRLF": PEOPLE + b"\nsubject\r\n\r\nbody\r\nmore\r\n\r\nSigned-off-by: a <b@c>\r\n",
    "signature in the message": PEOPLE + b"\nsubject\n\n" + SIGNED,
}
ENCODINGS = (
    b"latin1", b"L1", b"ISO_8859-1", b"ISO8859-15", b"IBM850", b"MACINTOSH", b"ANSI_X3.4-1968",
    b"646", b"UTF8", b"KOI8-R", b"windows-1251", b"GB18030", b"none such", b"", b"TIS-620", b"UHC",
)  # fmt: skip
PERSONS = (
    b"", b" ", b"Foo", b"<>", b" <>", b"<a@b>", b"Foo <a@b", b"Foo a@b>", b"Foo <a@b> <c@d>",
    b"Foo <a@b>>", b"Foo <<a@b>>", b"Foo < a b >", b"  Foo  <a@b>", b"Foo<a@b>", b"F > B <a@b>",
    b"\tTab\t<a@b>", b"F\x04 <a\x05@b>", b"'Foo', <a@b>", b'"Foo". <a@b>', b"Foo \xff <a@\xff>",
    b"Foo (x <y> z) <a@b>", b"\xc2\xa0Foo\xc2\xa0 <a@b>", b"%aN <%aE>",
)  # fmt: skip
DATES = (
    b" 1700000000 +0100", b"1700000000 +0100", b"", b" +0100", b"  1700000000   +0100 ",
    b" 1700000000", b" 1700000000 0100", b" 1700000000 +051800", b" 17e8 +0000",
    b" 99999999999999999999 +0000",
)  # fmt: skip
MESSAGES = (
    b"  \n\t\nx", b"a\nb\nc\n\n\n\nd\n", b"a\n \nb", b"a\n\x0b\nb", b"\xc2\xa0\n\nx", b"a\r\rb\n",
    b"a \n b\n\n  c  \n", b"x" * 100_000, (b"x" * 80 + b"\n") * 2_000, b"\xef\xbb\xbfMark\n\nbody",
    b"a\n\nKey: v1\n folded\n\tmore\nkey: v2\nKEY: v3\n", b"a\n\nKey : v\n", b"# only\n# notes\n",
    b"Signed-off-by: A <b>\n", b"a\n\nx=y\nSigned-off-by: A\n", b"a\n\nSigned-off-by:\n",
    b"a\n\nReviewed-by: \xff\xfe\n", b"a\n\nK: v\n-- \n2.0\n", b"tree abc\nparent def\n\nx",
    b'a\n\nFixes: 123456789abc ("b")\nLink: https://x/y\nCc: a, b\n', b"a\n\nConflicts:\n\tx\n",
    b"a\n\nK: x\xe2\x80\xa8y\xc2\x85z\n", b"a\n\n---\nSigned-off-by: x\n",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Odd:
    """What was read, and what git says, by the commit's name here."""

    repository: GitRepository
    events: dict[str, EpisodicEvent]
    facts: dict[str, CommitFacts]


def objects() -> dict[str, bytes]:
    found = dict(AFTER_THE_TREE)
    for name in ENCODINGS:
        found[f"encoding {name!r}"] = PEOPLE + b"encoding %s\n\nGr\xfc\xdfe\n" % name
    for person in PERSONS:
        for date in DATES if b"@" not in person or person.endswith(b"b") else DATES[:1]:
            who = person + date
            found[f"person {who!r}"] = b"author %s\ncommitter %s\n\nwho\n" % (who, who)
    return found | {f"message {text[:60]!r}": PEOPLE + b"\n" + text for text in MESSAGES}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Odd:
    repository = empty_repository(tmp_path_factory.mktemp("git") / "odd")
    tree = b"tree %s\n" % repository.git("mktree").strip()
    plain = repository.write("commit", tree + PLAIN).encode()
    shas = {
        name: repository.write("commit", tree + content.replace(b"PLAIN", plain))
        for name, content in objects().items()
    }
    refs = "".join(f"create refs/heads/{sha} {sha}\n" for sha in {*shas.values()})
    repository.git("update-ref", "--stdin", stdin=refs.encode())
    events, facts = read(repository.path, branch="all").by_subject(), read_facts(repository)
    assert set(events) == set(facts)
    return Odd(
        repository,
        {name: events[sha] for name, sha in shas.items()},
        {name: facts[sha] for name, sha in shas.items()},
    )


@pytest.mark.parametrize("name", objects())
def test_odd_commit_is_what_git_says(odd: Odd, name: str) -> None:
    event, facts = odd.events[name], odd.facts[name]
    assert_equals_facts([event], {facts.sha: facts})
    assert_trailers(odd.repository, [event])


@pytest.mark.parametrize("line", [b"Foo 1700000000 +0100", b"Foo <a@b 1700000000 +0100"])
def test_line_without_a_person_is_kept_raw(odd: Odd, line: bytes) -> None:
    event = odd.events[f"person {line!r}"]
    assert (event.actor, event.actor_key) == (None, None)
    assert {base64.b64decode(event.attributes["raw"][who]) for who in ("author", "committer")} == {
        line
    }


@pytest.mark.parametrize("mailmap", [True, False])
@pytest.mark.parametrize(
    ("people", "author"),
    [
        (b"author F\0oo <a@b> 1700000000 +0100\n" + COMMITTER, ("F\ufffdoo", "a@b")),
        (b"author Foo <a\0@b> 1700000000 +0100\n" + COMMITTER, ("Foo", "a\ufffd@b")),
        (b"committer G\0 <g@x> 1700000000 +0000\n" + AUTHOR, ("Ada", "ada@x")),
    ],
)
def test_a_nul_among_the_headers_hides_no_author(
    tmp_path: Path, people: bytes, author: tuple[str, str], *, mailmap: bool
) -> None:
    """Git's own answer is ``%aN``: to it the headers end there."""
    repository = empty_repository(tmp_path / "repo")
    tree = b"tree %s\n" % repository.git("mktree").strip()
    sha = repository.write("commit", tree + people + b"\nwho\n")
    repository.git("update-ref", "refs/heads/main", sha)
    (event,) = read(repository.path, mailmap=mailmap).events()
    assert (event.actor, event.actor_key) == author
    assert "author_name" not in event.attributes
    assert event.occurred_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


TAGGERS = (
    b" <a@b>", b"<a@b>", b"Foo <>", b"Foo <<a@b>>", b"Foo <a <b>", b"F > B <a@b>", b"<>", b" < >",
    b"'Foo', (x) <A@B.C>", b"%aN <%aE>",
)  # fmt: skip


@pytest.mark.parametrize("mailmap", [True, False])
def test_odd_taggers_are_who_git_says(tmp_path: Path, *, mailmap: bool) -> None:
    repository = empty_repository(tmp_path / "repo")
    commit = repository.commit()
    for number, who in enumerate(TAGGERS):
        head = b"object %s\ntype commit\ntag t%d\n" % (commit.encode(), number)
        sha = repository.write("tag", head + b"tagger %s 1700000000 +0000\n\nRelease\n" % who)
        repository.git("update-ref", f"refs/tags/t{number}", sha)
    (repository.path / ".mailmap").write_text("Bob <bob@x> <no@x>\n")
    form = "--format=%(refname:strip=2)%00%(taggername)%00%(taggeremail:trim)"
    lines = repository.git("for-each-ref", form, "refs/tags").decode().splitlines()
    expected = {tag: (name.strip(), mail.strip()) for tag, name, mail in map(parts, lines)}
    tags = read(repository.path, mailmap=mailmap).by_subject("git.tag")
    assert {tag: (event.actor or "", event.actor_key or "") for tag, event in tags.items()} == {
        tag: (name, mail.lower()) for tag, (name, mail) in expected.items()
    }


def parts(line: str) -> list[str]:
    return line.split("\0")


def test_odd_tags_are_what_git_says(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    commit = repository.commit()
    other = SIGNED.replace(b"PGP", b"SSH")
    messages = {
        "empty": b"",
        "signed": b"Release\n\nNotes\n" + SIGNED,
        "signed-only": SIGNED,
        "signed-twice": b"Release\n\n" + other + b"Between\n\n" + SIGNED,
        "message": b"Release\n" + SIGNED.replace(b"SIGNATURE", b"MESSAGE"),
        "key": b"My key\n\n" + SIGNED.replace(b"SIGNATURE", b"PUBLIC KEY BLOCK"),
        "mentioned": b"Not -----BEGIN PGP SIGNATURE-----\n",
    }
    for name, message in messages.items():
        head = f"object {commit}\ntype commit\ntag {name}\ntagger Ada <ada@x> 1700000000 +0000\n\n"
        sha = repository.write("tag", head.encode() + message)
        repository.git("update-ref", f"refs/tags/{name}", sha)
    tags = read(repository.path).by_subject("git.tag")
    assert_tags(repository, tags.values())
    assert {name: tag.attributes.get("signature") for name, tag in tags.items()} == {
        "empty": None,
        "signed": "openpgp",
        "signed-only": "openpgp",
        "signed-twice": "openpgp",
        "message": "openpgp",
        "key": None,
        "mentioned": None,
    }


def write_tree(repository: GitRepository, *entries: tuple[bytes, bytes, str]) -> str:
    """Store a tree byte by byte: mode, name and object of each entry."""
    parts = [b"%s %s\0%s" % (mode, name, bytes.fromhex(sha)) for mode, name, sha in entries]
    return repository.write("tree", b"".join(parts))


def test_odd_trees_and_a_great_octopus_are_what_git_says(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    one, two, three = (repository.blob(b"%d\nline\n" % number * 20) for number in range(3))
    binary, longer = repository.blob(b"\0\1"), repository.blob(b"\0\1\2")
    empty, link = repository.blob(b""), "ab" * 20
    inner = write_tree(repository, (b"100644", b"in", one))
    trees = [
        [(b"100644", b"a", one), (b"40000", b"d", inner)],
        [(b"100664", b"a", one), (b"040000", b"d", inner)],  # group may write; a zero too many
        [(b"100755", b"a", one), (b"40000", b"d", inner)],
        [(b"120000", b"a", one), (b"40000", b"d", inner)],
        [(b"160000", b"a", link), (b"40000", b"d", inner)],
        [(b"160000", b"a", link[::-1]), (b"160000", b"d", link)],
        [(b"100644", b"a", two), (b"100644", b"a", three)],  # twice
        [(b"100644", b"z", two), (b"100644", b"a", three)],  # out of order
        [(b"100644", b"a\nb\x01\x7f", two), (b"100644", b"\xff\xc3", three)],
        [(b"100644", b"r\xff", two), (b"100644", b"copy", three), (b"100644", b"ok", three)],
        [(b"100644", b".git", three), (b"100644", b"..", two), (b"100644", b"a/b", one)],
        [(b"100600", b"x", three), (b"100444", b"bin", binary), (b"100644", b"empty", empty)],
        [(b"100644", b"bin", longer), (b"120000", b"empty", empty)],
        [],
    ]

    def commit(tree: str, parents: list[str], words: str) -> str:
        head = "".join(f"parent {parent}\n" for parent in parents)
        content = f"tree {tree}\n{head}".encode() + PEOPLE + f"\n{words}\n".encode()
        return repository.write("commit", content)

    tips: list[str] = []
    for entries in trees:
        tips = [commit(write_tree(repository, *entries), tips, "odd")]
    tips += [commit(inner, [], f"tip {number}") for number in range(65)]
    repository.git("update-ref", "refs/heads/main", commit(inner, tips, "octopus"))
    assert_equals_facts(read(repository.path).events("git.commit"), read_facts(repository))
