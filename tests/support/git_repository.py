"""Git repositories written object by object, and what git's own plumbing says of them.

``eventful_repository`` makes the one that has everything; ``read_truth`` is an independent
reading of any repository: other commands and another parser than the product's.
"""

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

ADA = b"Ada Lovelace <ada@example.org>"
GRACE = b"Grace Hopper <Grace@Example.org>"
DAY = 86_400
START = 1_700_000_000

Edits = Mapping[bytes, bytes | None]
"""Content by path; ``None`` deletes."""


@dataclass(slots=True)
class GitRepository:
    """One repository on disk, written through ``git fast-import`` and plumbing."""

    path: Path
    clock: int = START
    trees: dict[str, str] = field(default_factory=dict)

    def git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        status: int = 0,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> bytes:
        """Run git in it, free of this machine's configuration; gives what it wrote."""
        person = ("-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.org")
        done = subprocess.run(
            ["git", *person, *arguments],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_COMMITTER_DATE": f"{self.clock} +0000",
                "LC_ALL": "C",
                **environ,
            },
        )
        assert done.returncode == status, done.stderr.decode()
        return done.stdout

    def text(self, *arguments: str, environ: Mapping[str, str] = MappingProxyType({})) -> str:
        """What git wrote, as one line of text."""
        return self.git(*arguments, environ=environ).decode().strip()

    def blob(self, content: bytes) -> str:
        """Store a file's content."""
        return self.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def commit(
        self,
        branch: str = "main",
        message: bytes = b"Change\n",
        edits: Edits | None = None,
        *,
        parents: Sequence[str] | None = None,
        author: bytes = ADA,
        date: bytes | None = None,
        committer_date: bytes | None = None,
        headers: bytes = b"",
    ) -> str:
        """Write a commit, byte by byte as given, and move the branch to it.

        Without ``parents`` it goes on from the branch; dates are ``seconds zone``, a day apart.
        """
        self.clock += DAY
        when = date if date is not None else b"%d +0100" % self.clock
        committed = committer_date if committer_date is not None else when
        if parents is None:
            tip = self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
            parents = tip.decode().split()
        tree = self._tree(parents[0] if parents else None, edits or {})
        content = b"".join(
            [
                b"tree %s\n" % tree.encode(),
                *(b"parent %s\n" % parent.encode() for parent in parents),
                b"author %s %s\n" % (author, when),
                b"committer %s %s\n" % (author, committed),
                headers,
                b"\n",
                message,
            ]
        )
        sha = self.write("commit", content)
        self.trees[sha] = tree
        self.git("update-ref", f"refs/heads/{branch}", sha)
        return sha

    def write(self, kind: str, content: bytes) -> str:
        """Store any object, however odd."""
        command = ("hash-object", "-t", kind, "-w", "--literally", "--stdin")
        return self.git(*command, stdin=content).decode().strip()

    def tag(self, name: str, target: str, *, kind: str = "commit", date: bytes = b"") -> str:
        """Make an annotated tag; without a date it has no tagger, as in old repositories."""
        tagger = b"tagger %s %s\n" % (GRACE, date) if date else b""
        content = b"object %s\ntype %s\ntag %s\n%s\nRelease\n\nNotes.\n" % (
            target.encode(),
            kind.encode(),
            name.encode(),
            tagger,
        )
        sha = self.write("tag", content)
        self.git("update-ref", f"refs/tags/{name}", sha)
        return sha

    def _tree(self, parent: str | None, edits: Edits) -> str:
        """Write the tree of ``parent`` with the edits done, through an index of its own."""
        base = parent and (self.trees.get(parent) or self.text("rev-parse", f"{parent}^{{tree}}"))
        entries: dict[bytes, bytes] = {}
        if base:
            for entry in self.git("ls-tree", "-r", "-z", "--full-tree", base).split(b"\0")[:-1]:
                meta, _, name = entry.partition(b"\t")
                entries[name] = meta.split()[2]
        for name, content in edits.items():
            if content is None:
                del entries[name]
            else:
                entries[name] = self.blob(content).encode()
        return self._nested(entries)

    def _nested(self, entries: Mapping[bytes, bytes]) -> str:
        folders: dict[bytes, dict[bytes, bytes]] = {}
        lines = []
        for name, sha in entries.items():
            first, slash, rest = name.partition(b"/")
            if slash:
                folders.setdefault(first, {})[rest] = sha
            else:
                lines.append(b"100644 blob %s\t%s\0" % (sha, name))
        for name, inner in folders.items():
            lines.append(b"040000 tree %s\t%s\0" % (self._nested(inner).encode(), name))
        return self.git("mktree", "-z", stdin=b"".join(lines)).decode().strip()


def empty_repository(path: Path, *options: str) -> GitRepository:
    """Make a repository without commits, its unborn branch called ``main``."""
    path.mkdir(parents=True, exist_ok=True)
    repository = GitRepository(path)
    repository.git("init", "--quiet", "--initial-branch=main", *options)
    return repository


def linear_repository(path: Path, commits: int, *, branch: str = "main") -> GitRepository:
    """Make a bare-bones history of any length quickly, a commit an hour."""
    repository = empty_repository(path)
    stream = []
    for number in range(commits):
        stream.append(
            b"commit refs/heads/%s\nauthor %s %d +0100\ncommitter %s %d +0100\n"
            % (branch.encode(), ADA, START + number * 3600, GRACE, START + number * 3600)
        )
        stream.append(_data(b"Change number %d\n" % number))
        stream.append(b"M 100644 inline folder%d/file%d\n" % (number % 7, number % 101))
        stream.append(_data(b"".join(b"line %d\n" % line for line in range(number % 50 + 1))))
    repository.git("fast-import", "--quiet", stdin=b"".join(stream))
    repository.clock = START + commits * 3600
    return repository


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def eventful_repository(path: Path) -> GitRepository:
    """Make the repository that has everything a history may have.

    Two roots, merges (one of three parents), renames, deletions, binary and strangely named
    files, empty commits and messages, trailers, a revert, foreign and undecodable encodings,
    dates that cannot be, and tags of commits, tags, trees and blobs.
    """
    repository = empty_repository(path)
    commit = repository.commit
    text = b"".join(b"line %d\n" % number for number in range(40))
    first = commit("main", b"Begin\n\nThe body\nhas two lines.\n", {b"src/a.py": text, b"b": b"b"})
    commit("main", b"Move", {b"src/a.py": None, b"lib/a.py": text + b"more\n"}, author=GRACE)
    side = commit("side", b"Beside\n", {b"side": b"1\n"}, parents=[first])
    commit("side", b"Names\n", {b"new\nline": b"x\n", b'quo"te\td': b"y\n", b"\xff\xfe": b"z\n"})
    other = commit("other", b"Another root\n", {b"other/root": b"\0\1binary\0"}, parents=[])
    tips = [repository.text("rev-parse", f"refs/heads/{name}") for name in ("main", "side")]
    commit("main", b"Merge three\n", {b"side": b"1\n"}, parents=[*tips, other])
    commit("main", b"", {b"b": None})
    commit("main", b"Nothing changes\n\nCo-authored-by: Grace Hopper <Grace@Example.org>\n")
    commit("main", b'Revert "Beside"\n\nThis reverts commit %s.\n' % side.encode(), {b"side": None})
    commit(
        "main", b"Pick ABC-12\n\n(cherry picked from commit %s)\n" % first.encode(), {b"c": b"1"}
    )
    commit("main", b"Gr\xfc\xdfe\n", {b"d": b"1"}, headers=b"encoding ISO-8859-1\n")
    commit("main", b"Bytes \xff\xfe\n", {b"e": b"1"}, author=b"J\xfcrgen <j@example.org>")
    odd_dates(repository)
    commit("main", b"Last\n\nSigned-off-by: Ada <ada@example.org>\n", {b"z": b"end\n"})
    tags(repository, first)
    return repository


def odd_dates(repository: GitRepository) -> list[str]:
    """Add commits with dates that occur in the wild and cannot be true."""
    odd = [b"0 +0000", b"9223372036854775807 +0000", b"10000000000 +1400", b"yesterday", b""]
    odd += [b"1700000000 +051800", b"1700000000 -9999", b"-5 +0000"]
    return [
        repository.commit(
            "main",
            b"Odd %d\n" % number,
            {b"odd": b"%d\n" % number},
            date=date,
            committer_date=b"1700000000 +0200" if number % 2 else date,
        )
        for number, date in enumerate(odd)
    ]


def tags(repository: GitRepository, commit: str) -> None:
    """Tag whatever can be tagged."""
    inner = repository.tag("v1.0", commit, date=b"1700500000 +0200")
    repository.tag("nested", inner, kind="tag", date=b"1700600000 +0000")
    repository.tag("dateless", commit)
    repository.tag("of-tree", repository.text("rev-parse", "main^{tree}"), kind="tree")
    repository.git("update-ref", "refs/tags/light", commit)
    repository.git("update-ref", "refs/tags/blob", repository.blob(b"tagged\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitTruth:
    """One commit as ``git log --numstat -M`` shows it; files are (added, deleted, old, new)."""

    sha: str
    parents: tuple[str, ...]
    author: bytes
    email: bytes
    subject: bytes
    body: bytes
    files: tuple[tuple[int | None, int | None, bytes | None, bytes], ...]


def read_truth(
    repository: GitRepository,
    *revisions: str,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, CommitTruth]:
    """Read commits with ``git log``, one pretty-printed record and its numstat each."""
    output = repository.git(
        "log", "-z", "--numstat", "-M", "--use-mailmap", "--encoding=UTF-8",
        "--format=%x02%H%x01%P%x01%aN%x01%aE%x01%s%x01%b%x03", *(revisions or ("--branches",)),
        environ=environ,
    )  # fmt: skip
    truths = (_truth(record) for record in output.split(b"\x02")[1:])
    return {truth.sha: truth for truth in truths}


def expected_events(repository: GitRepository, *revisions: str) -> set[tuple[str, str]]:
    """Kind and subject of each event that a history holds, by ``rev-list`` and ``for-each-ref``."""
    commits = repository.text("rev-list", *(revisions or ("--branches",))).split()
    names = repository.text("for-each-ref", "--format=%(refname:strip=2)", "refs/tags").split()
    return {("git.commit", sha) for sha in commits} | {("git.tag", name) for name in names}


def _truth(record: bytes) -> CommitTruth:
    head, _, tail = record.partition(b"\x03")
    sha, parents, author, email, subject, body = head.split(b"\x01")
    return CommitTruth(
        sha=sha.decode(),
        parents=tuple(parents.decode().split()),
        author=author,
        email=email,
        subject=subject,
        body=body,
        files=tuple(_numstat(tail.lstrip(b"\0\n").split(b"\0"))),
    )


def _numstat(
    pieces: Iterable[bytes],
) -> Iterable[tuple[int | None, int | None, bytes | None, bytes]]:
    stream = iter(pieces)
    for piece in stream:
        if not piece.strip(b"\n"):
            continue
        added, deleted, name = piece.split(b"\t", 2)
        old = None if name else next(stream)
        counts = [None if count == b"-" else int(count) for count in (added, deleted)]
        yield counts[0], counts[1], old, name or next(stream)
