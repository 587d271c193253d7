"""Histories at random: any graph, any files, any names, any dates, written by git itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

from tests.support.git_repository import GitRepository, empty_repository

# git's own answers are cut out of its output at these, so no text may hold them
MARKS = "\0\1\2\3"
TEXT = st.characters(exclude_characters=MARKS, exclude_categories=["Cs"])

ODD_DATES = (
    b"0 +0000", b"9223372036854775807 +0000", b"4102444799 -1200", b"4102444800 +0000",
    b"1700000000 +051800", b"1700000000 -9999", b"1700000000 +02:00", b"yesterday", b"",
    b"-5 +0000", b"1700000000", b"00000000000000000007 +0000", b"1700000000 +0100 trailing",
)  # fmt: skip
ODD_PATHS = (
    b"new\nline", b'quo"te', b"ta\tb", b"\xff\xfe\xfd", b"-dash", b"--", b":(glob)*", b"a=> {b",
    b"d/" * 30 + b"deep", b"long" * 300, "größe/naïve.txt".encode(), b" blank ", b"\\back", b"x\r",
)  # fmt: skip
PARAGRAPHS = (
    b"", b" ", b"Signed-off-by: Ada <ada@example.org>", b"Fixes: #3", b"key: value", b"---", b"#",
    b"Co-authored-by: J\xc3\xbcrgen <j@x>\n continued", b"Key: a\x1eb\x1fc", b"Latin \xe9t\xe9",
    b"(cherry picked from commit " + b"a" * 40 + b")", b"\r", b"diff --git a/x b/x",
)  # fmt: skip
_LINES = b"".join(b"line %d\n" % number for number in range(30))
_MODES = (b"100644", b"100644", b"100644", b"100755", b"120000", b"160000")

dates = st.one_of(
    st.sampled_from(ODD_DATES),
    st.builds(
        lambda seconds, zone: b"%d %s" % (seconds, zone),
        st.integers(0, 4_102_444_799),
        st.sampled_from([b"+0000", b"-0330", b"+1400", b"+0545"]),
    ),
)
people = st.one_of(
    st.sampled_from(
        [
            b"Ada <ada@x>",
            b" <>",
            b"A <b> <c@d>",
            b"J\xfcrgen <J@X>",
            b"<only@mail>",
            b"Nobody",
            b"No <end",
            b" Spaced  < a b >",
            b"Two << a@b >>",
        ]
    ),
    st.text(st.characters(exclude_characters=MARKS + "\n<>", exclude_categories=["Cs"]), max_size=9)
    .map(str.encode)
    .map(lambda name: name + b" <Some@One>"),
)
lines = st.one_of(st.sampled_from(PARAGRAPHS), st.text(TEXT, max_size=20).map(str.encode))
messages = st.lists(lines, max_size=7).map(b"\n".join)
components = st.binary(min_size=1, max_size=6).filter(
    lambda name: not set(name) & set(b"\0\1\2\3/") and name not in {b".", b".."}
    and b"git" not in name.lower()
)  # fmt: skip
paths = st.one_of(
    st.sampled_from(ODD_PATHS), st.lists(components, min_size=1, max_size=3).map(b"/".join)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change of the files: what is done, to which of those there are, under which name."""

    kind: str
    which: int
    path: bytes
    content: bytes
    mode: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One commit: parents are counted back from it."""

    parents: tuple[int, ...]
    edits: tuple[Edit, ...]
    author: bytes
    committer: bytes
    author_date: bytes
    committer_date: bytes
    headers: bytes
    message: bytes


edits = st.builds(
    Edit,
    kind=st.sampled_from(["write", "write", "move", "copy", "mode", "drop"]),
    which=st.integers(0, 50),
    path=paths,
    content=st.one_of(
        st.binary(max_size=4),
        st.integers(0, 30).map(lambda cut: _LINES[cut * 4 :] + b"%d\n" % cut),
    ),
    mode=st.sampled_from(_MODES),
)
plans = st.builds(
    Plan,
    parents=st.one_of(
        st.just((1,)),
        st.just((1,)),
        st.lists(st.integers(1, 6), max_size=4, unique=True).map(tuple),
    ),
    edits=st.lists(edits, max_size=3).map(tuple),
    author=people,
    committer=people,
    author_date=dates,
    committer_date=dates,
    headers=st.sampled_from(
        [b"", b"", b"encoding ISO-8859-1\n", b"encoding nonsense\n", b"odd header\n",
         b"encoding IBM850\nencoding UTF-8\n", b"mergetag object 0\n encoding L1\n author X\n",
         b"gpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n"]
    ),
    message=messages,
)  # fmt: skip
histories = st.lists(plans, min_size=1, max_size=14)

Entries = dict[bytes, tuple[bytes, bytes]]
"""Mode and content (of a submodule: its commit) by path."""


@dataclass(slots=True)
class History:
    """A repository written from plans, with the ids in their order."""

    repository: GitRepository
    shas: list[str] = field(default_factory=list)


def write_history(path: Path, planned: Sequence[Plan], *options: str) -> History:
    """Write the files with ``fast-import``, the commits byte by byte with ``hash-object``."""
    repository = empty_repository(path, "--bare", *options)
    trees = _write_trees(repository, planned)
    history = History(repository)
    algorithm = hashlib.sha256 if "--object-format=sha256" in options else hashlib.sha1
    written = []
    for number, plan in enumerate(planned):
        parents = [history.shas[number - back] for back in plan.parents if back <= number]
        content = b"".join(
            [
                b"tree %s\n" % trees[number].encode(),
                *(b"parent %s\n" % parent.encode() for parent in parents),
                b"author %s %s\n" % (plan.author, plan.author_date),
                b"committer %s %s\n" % (plan.committer, plan.committer_date),
                plan.headers,
                b"\n",
                plan.message,
            ]
        )
        file = path / f"commit-{number}"
        file.write_bytes(content)
        written.append(file)
        history.shas.append(algorithm(b"commit %d\0%s" % (len(content), content)).hexdigest())
    names = "".join(f"{file}\n" for file in written).encode()
    options = ("-t", "commit", "-w", "--literally", "--stdin-paths")
    assert repository.git("hash-object", *options, stdin=names).decode().split() == history.shas
    return history


def point(history: History, branches: Sequence[int]) -> None:
    """Make ``main`` and ``b1``, ``b2`` … point to these commits, and no other branch exist."""
    repository = history.repository
    names = repository.text("for-each-ref", "--format=%(refname)", "refs/heads").split()
    commands = [f"delete {name}\n" for name in names]
    repository.git("update-ref", "--stdin", stdin="".join(commands).encode())
    commands = [
        f"create refs/heads/{'main' if number == 0 else f'b{number}'} "
        f"{history.shas[which % len(history.shas)]}\n"
        for number, which in enumerate(branches)
    ]
    repository.git("update-ref", "--stdin", stdin="".join(commands).encode())


def _write_trees(repository: GitRepository, planned: Sequence[Plan]) -> list[str]:
    """Give each commit's tree: that of its first parent, edited."""
    states: list[Entries] = []
    stream = []
    for number, plan in enumerate(planned):
        before = [states[number - back] for back in plan.parents if back <= number]
        entries = dict(before[0]) if before else {}
        for edit in plan.edits:
            _apply(entries, edit)
        states.append(entries)
        stream.append(b"commit refs/trees/%d\ncommitter x <x> 1 +0000\ndata 0\n" % number)
        for path, (mode, content) in entries.items():
            if mode == b"160000":
                stream.append(b"M 160000 %s %s\n" % (content, _quoted(path)))
            else:
                data = b"data %d\n%s\n" % (len(content), content)
                stream.append(b"M %s inline %s\n%s" % (mode, _quoted(path), data))
    repository.git("fast-import", "--quiet", stdin=b"".join(stream))
    wanted = "".join(f"refs/trees/{number}^{{tree}}\n" for number in range(len(planned)))
    answer = repository.git("cat-file", "--batch-check=%(objectname)", stdin=wanted.encode())
    return answer.decode().split()


def _apply(entries: Entries, edit: Edit) -> None:
    names = sorted(entries)
    name = names[edit.which % len(names)] if names else None
    if edit.kind == "write" or name is None:
        if edit.mode == b"160000":
            link = hashlib.sha256(edit.content).hexdigest()[:40].encode()
            _put(entries, edit.path, (edit.mode, link))
        else:
            _put(entries, edit.path, (edit.mode, edit.content))
    elif edit.kind == "drop":
        del entries[name]
    elif edit.kind == "mode" and entries[name][0] != b"160000":
        entries[name] = (b"100755", entries[name][1])
    else:
        kept = entries[name] if edit.kind == "copy" else entries.pop(name)
        changed = kept if kept[0] == b"160000" else (kept[0], kept[1] + edit.content[:4])
        _put(entries, edit.path, changed)


def _put(entries: Entries, path: bytes, entry: tuple[bytes, bytes]) -> None:
    """A path is a file or a folder, never both."""
    for other in list(entries):
        if other.startswith(path + b"/") or path.startswith(other + b"/"):
            del entries[other]
    entries[path] = entry


def _quoted(path: bytes) -> bytes:
    return b'"%s"' % b"".join(b"\\%03o" % byte for byte in path)
