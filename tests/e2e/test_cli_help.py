"""Help: quick, complete, with examples, and the same as the page about it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.command import COMMANDS, app, load_command
from pipelines.cli.reference import write_reference
from pipelines.cli.shapes import SHAPES, describe
from sources import EpisodicEvent, EventSourceFactory, errors
from tests.support.processes import DAYBOOK, ROOT, environment, run_daybook, uncounted

EVENT_NAMES = {item.name for item in fields(EpisodicEvent)}
HEAVY = {"dagster", "pandas", "pyarrow", "psycopg2", "git", "pydantic"}


def commands() -> dict[str, object]:
    """Every command by the words that call it."""
    found: dict[str, object] = {}
    for name in COMMANDS:
        command = load_command(name)
        for inner, each in getattr(command, "commands", {}).items():
            found[f"{name} {inner}"] = each
        if not hasattr(command, "commands"):
            found[name] = command
    return found


CALLED = list(dict.fromkeys(["", *COMMANDS, *commands()]))
"""The program, its groups and its commands, each once."""


@pytest.mark.parametrize("words", commands())
def test_each_command_has_examples_and_describes_each_option(words: str) -> None:
    command = commands()[words]
    caption, _, examples = str(getattr(command, "help", "")).partition("Examples:\n")
    assert caption.strip()
    assert examples.strip().startswith(f"daybook {words}")
    for item in getattr(command, "params", ()):
        assert item.name == "help" or getattr(item, "help", None), item.name


def test_every_type_of_source_is_named_where_daybook_is_introduced() -> None:
    names = {"filesystem": "git", "github": "GitHub", "slack": "Slack", "api_log": "access logs"}
    assert set(EventSourceFactory.get_registered_sources()) == set(names)
    told = {
        "daybook --help": " ".join(CliRunner().invoke(app, ["--help"]).stdout.split()),
        "pyproject.toml": (ROOT / "pyproject.toml").read_text(),
        "README.md": (ROOT / "README.md").read_text(),
    }
    unnamed = [
        (place, name) for place in told for name in names.values() if name not in told[place]
    ]
    assert unnamed == []


@pytest.mark.parametrize("words", CALLED)
def test_help_is_whole(words: str, tmp_path: Path) -> None:
    env = uncounted(environment())
    done = run_daybook(*words.split(), "--help", env=env, cwd=tmp_path)
    assert done.returncode == 0
    shown = done.stdout.splitlines()
    assert not [line for line in shown if line.endswith("...") and "Usage" not in line], "cut off"
    assert "Examples:" in done.stdout
    assert "[[" not in done.stdout
    for kind in ("github", "slack", "web-log"):
        assert (kind in EventSourceFactory.get_registered_sources()) or kind not in done.stdout


@pytest.mark.parametrize("words", CALLED)
def test_h_asks_for_help_everywhere(words: str) -> None:
    answers = [CliRunner().invoke(app, [*words.split(), option]) for option in ("-h", "--help")]
    assert [answer.exit_code for answer in answers] == [0, 0]
    assert answers[0].stdout == answers[1].stdout
    assert "-h, --help" in answers[0].stdout


def test_captions_are_those_of_the_commands() -> None:
    for name, (_, caption) in COMMANDS.items():
        assert str(load_command(name).help).splitlines()[0] == caption


def test_the_page_is_written_from_the_commands() -> None:
    assert (ROOT / "docs" / "cli.md").read_text() == write_reference()


def test_each_answer_in_json_is_described() -> None:
    answering = {
        words
        for words, command in commands().items()
        if any("--json" in item.opts for item in getattr(command, "params", ()))
    }
    assert answering == {
        words for words in SHAPES if words != "sessions SESSION" and "--" not in words
    }
    page = (ROOT / "docs" / "cli.md").read_text()
    for words, shape in SHAPES.items():
        for line in describe(shape):
            assert line.rstrip() in page, words
    rows = [line for line in page.splitlines() if re.match(r"\| `[\w.\[\]]+` \|", line)]
    assert [row for row in rows if row.endswith("|  |")] == [], "each field says what it is"
    unknown = [row for row in rows if "events.md" in row and row.split("`")[1] not in EVENT_NAMES]
    assert unknown == []


def test_exit_codes_are_described() -> None:
    for source_type in EventSourceFactory.get_registered_sources():
        EventSourceFactory.get_source_class(source_type)  # it may bring errors of its own
    page = (ROOT / "docs" / "operations.md").read_text()
    for kind in _below(errors.DaybookError):
        if kind is not errors.RecordError:
            row = next(line for line in page.splitlines() if f"`{kind.__name__}`" in line)
            assert row.startswith(f"| {kind.exit_code} |"), row


def _below(kind: type[errors.DaybookError]) -> Iterator[type[errors.DaybookError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def modules_of(words: list[str], cwd: Path, **settings: str) -> set[str]:
    """The modules that a process of its own has read after one command that succeeded."""
    program = (
        "import json, sys\n"
        "from pipelines.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        check=True,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**settings),
    )
    return set(json.loads(done.stderr))


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    assert not HEAVY & modules_of(words, tmp_path)


@pytest.mark.parametrize("source_type", ["filesystem", "api_log"])
def test_status_reads_no_module_of_another_type(
    source_type: str, database_url: str, tmp_path: Path
) -> None:
    entry = {"id": "demo", "type": source_type}
    given = {"filesystem": {"root_dir": "."}, "api_log": {"paths": ["access.log"]}}
    (tmp_path / "sources.yaml").write_text(
        json.dumps({"sources": [{**entry, "config": given[source_type]}]})
    )
    read = modules_of(["status"], tmp_path, DAYBOOK_DATABASE_URL=database_url)
    types = {f"sources.{name}" for name in EventSourceFactory.get_registered_sources()}
    assert types & read == {f"sources.{source_type}"}
    assert not {"dagster", "pandas", "requests"} & read


def test_sync_needs_no_dagster_and_no_pandas(tmp_path: Path) -> None:
    program = "import sys, pipelines.cli.sync; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
    )
    assert not {"dagster", "pandas"} & set(done.stdout.split())


def test_a_mistyped_command_is_guessed(tmp_path: Path) -> None:
    done = run_daybook("synk", env=environment(), cwd=tmp_path)
    assert done.returncode == 2
    assert "sync" in done.stderr


def test_completion_knows_commands_and_options(tmp_path: Path) -> None:
    def complete(line: str) -> str:
        words = line.split()
        return subprocess.run(
            [DAYBOOK],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(
                _DAYBOOK_COMPLETE="complete_bash",
                COMP_WORDS=line,
                COMP_CWORD=str(len(words) - 1),
            ),
        ).stdout

    assert "quarantine" in complete("daybook qua")
    assert "--accept-retractions" in complete("daybook sync --acc")
