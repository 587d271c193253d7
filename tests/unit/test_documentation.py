"""What the pages show is true: queries and programs run, links lead somewhere, names exist."""

import asyncio
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.cli.command import COMMANDS, load_command
from pipelines.config import SourceSpec
from pipelines.loading import load_settings
from pipelines.sync import sync_source
from resources.opening import open_lake
from resources.stores.postgres import Reader, open_postgres
from sources.errors import StoreError
from sources.slack.redaction import Redactor
from tests.support.git_repository import empty_repository
from tests.support.processes import environment
from tests.support.repositories import Repository, make_repository

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
PRODUCT = ("sources", "resources", "pipelines")

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SETTING = re.compile(r"\bDAYBOOK_[A-Z_]+\b")
_CODE = re.compile(r"`([^`\n]+)`")


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of a page in one language."""
    return [text for name, text in _BLOCK.findall(page.read_text()) if name == language]


def having(language: str) -> list[Any]:
    """The pages with blocks in a language, as parameters of a test."""
    return [pytest.param(page, id=page.name) for page in PAGES if blocks(page, language)]


@pytest.fixture
def place(tmp_path: Path) -> Repository:
    """A repository of four commits, with a tag; where the programs of the pages are run."""
    repository = make_repository(tmp_path / "here", 4)
    repository.git("tag", "v1", "main~2")
    return repository


def test_every_query_runs_for_the_reader(place: Repository, database_url: str) -> None:
    spec = SourceSpec(id="here", type="filesystem", config={"root_dir": str(place.path)})
    queries = [text for page in PAGES for text in blocks(page, "sql")]
    assert len(queries) > 10
    with open_postgres(database_url) as store:
        asyncio.run(sync_source(store, spec))
        reader = store.ensure_reader(place.path)
    wrong = {}
    with closing(Reader(reader)) as connected:
        assert connected.query("select count(*) from commits").rows == [(4,)]
        for text in queries:
            try:
                connected.query(text)
            except StoreError as error:
                wrong[text] = error.message
    assert wrong == {}


def test_the_queries_of_commits_count_each_once(tmp_path: Path, database_url: str) -> None:
    repository = empty_repository(tmp_path / "repo")
    now = b"%d +0000" % datetime.now(UTC).timestamp()
    for key in (b"Co-authored-by", b"Co-Authored-By", b"co-authored-by"):
        message = b"ABC-1\n\nCloses nothing\n\n%s: Grace <grace@x>\n" % key
        repository.commit(message=message, edits={b"a": key, b"b": key}, date=now)
    repository.commit(edits={b"gone": b"1\n", b"old": b"2\n" * 9}, date=b"1700000000 +0000")
    repository.commit(
        edits={b"gone": None, b"old": None, b"new": b"2\n" * 9}, date=b"1700000001 +0000"
    )
    with open_postgres(database_url) as store:
        for name in ("one", "two"):
            config = {"root_dir": str(repository.path)}
            spec = SourceSpec(id=name, type="filesystem", config=config)
            asyncio.run(sync_source(store, spec))
        reader = store.ensure_reader(tmp_path)
    found = {}
    with closing(Reader(reader)) as connected:
        for text in blocks(ROOT / "docs/queries.md", "sql"):
            found[text.split(".\n")[0].split(";")[0]] = connected.query(text).rows
    assert found["-- Commits and lines per person this year"] == [("Ada Lovelace", 3, 6, 4)]
    together = found["-- Files that change together: pairs in the same commit"]
    assert together[0] == ("a", "b", 3)
    (at_risk,) = (rows for text, rows in found.items() if text.startswith("-- Knowledge at risk"))
    assert sorted(at_risk) == [
        ("a", "Ada Lovelace", 3),
        ("b", "Ada Lovelace", 3),
        ("new", "Ada Lovelace", 1),
    ]
    assert found["-- Commits by the issue they name"] == [("issue:ABC-1", 3)]
    assert found["-- Co-authors, from commit trailers"] == [("Grace <grace@x>", 3)]


@pytest.mark.parametrize("page", having("python"))
def test_the_programs_of_a_page_run(page: Path, place: Repository, database_url: str) -> None:
    spec = SourceSpec(id="here", type="filesystem", config={"root_dir": str(place.path)})
    with open_postgres(database_url) as store:
        asyncio.run(sync_source(store, spec))
        open_lake(str(place.path / ".daybook/lake")).rebuild(store)
    done = subprocess.run(
        [sys.executable, "-c", "".join(blocks(page, "python"))],
        cwd=place.path,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_the_source_of_the_guide_is_the_one_under_test() -> None:
    told = "".join(blocks(ROOT / "docs/write-a-source.md", "python"))
    kept = (ROOT / "tests/fixtures/plugin/daybook_jsonl.py").read_text()
    lines = [line for line in told.splitlines() if line.strip()]
    assert [line for line in lines if line not in kept.splitlines()] == []


@pytest.mark.parametrize("page", having("yaml"))
def test_configurations_are_accepted(page: Path, tmp_path: Path) -> None:
    make_repository(tmp_path / "athena", 1)
    here = tmp_path / "here"
    here.mkdir()
    for text in blocks(page, "yaml"):
        (here / "sources.yaml").write_text(text)
        assert load_settings({"DAYBOOK_HOME": str(tmp_path / "home")}, here).sources


def test_the_patterns_of_the_page_on_slack_find_secrets_and_leave_words() -> None:
    (config,) = (text for text in blocks(ROOT / "docs" / "slack.md", "yaml") if "PRIVATE" in text)
    patterns = yaml.safe_load(config)["sources"][0]["config"]["redact"]
    redactor = Redactor(patterns)
    secrets = (
        'password="a s3cret" b',
        "password='a s3cret' b",
        "DB password: s3cret",
        "see https://ada:s3cret@s3cret@example.org/x",
        "curl -H 'Authorization: Basic s3cretAAAA=' e.org",
        "curl -u ada:s3cret https://example.org",
        'mysql --password "a s3cret" --user ada',
        "-----BEGIN RSA PRIVATE KEY-----\ns3cret\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ns3cret",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.s3cret",
        *(f"it is {begin}{'s3cret' * 4}" for begin in ("ghp_", "github_pat_", "glpat-", "npm_")),
        *(f"it is {begin}{'s3cret' * 6}" for begin in ("pypi-AgE", "AIza", "sk-", "sk-proj-")),
        f"AKIAABCDEFGHIJKLMNOP {'s3cret+/' * 5}",
    )
    for secret, hidden in zip(secrets, redactor.hide(secrets), strict=True):
        assert "s3cret" not in hidden, secret
    words = (
        "the password is reset",
        "a basic idea, sk-i and npm_x",
        "https://e.org:80/a@b",
        "-u x",
    )
    assert redactor.hide(words) == list(words)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    links = [link.partition("#")[0] for link in _LINK.findall(page.read_text())]
    inside = {link for link in links if link and "://" not in link}
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_settings_exist() -> None:
    known = {
        name
        for folder in (*PRODUCT, "tests")
        for path in (ROOT / folder).rglob("*.py")
        for name in _SETTING.findall(path.read_text())
    }
    told = {name for page in PAGES for name in _SETTING.findall(page.read_text())}
    assert told
    assert told <= known


def test_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = "\n".join(page.read_text() for page in PAGES)
    told = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert {"run", "test", "install"} <= told <= targets


def commands_of(page: Path) -> Iterator[list[str]]:
    """The commands that a page shows, in blocks and in the text, as words after ``daybook``."""
    text = page.read_text()
    shown = [line for _, block in _BLOCK.findall(text) for line in block.splitlines()]
    shown += [line for line in text.splitlines() if line.startswith("    daybook ")]
    shown += _CODE.findall(_BLOCK.sub("", text))
    for line in shown:
        found = re.match(r"\s*(?:\.venv/bin/)?daybook (.+)", line)
        if found:
            simple = re.split(r" [|<] ", found[1])[0]
            yield shlex.split(simple, comments=True)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_commands_and_options_exist(page: Path) -> None:
    wrong = [words for words in commands_of(page) if not is_known(words)]
    assert wrong == []


def is_known(words: list[str]) -> bool:
    """Whether a command and its options exist."""
    name, *rest = words
    if name.startswith("-"):
        return name in {"--help", "--version", "--verbose", "-v", "--install-completion"}
    if name not in COMMANDS:
        return False
    command: Any = load_command(name)
    inner = getattr(command, "commands", None)
    if inner is not None and rest and not rest[0].startswith("-"):
        command = inner.get(rest.pop(0))
        if command is None:
            return False
    options = {"--help"} | {
        option for item in command.params for option in (*item.opts, *item.secondary_opts)
    }
    own = rest[: rest.index("--")] if "--" in rest else rest
    return all(word in options for word in own if word.startswith("--"))
