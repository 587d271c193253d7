"""``daybook query`` as people paste into it: comments, mistakes, several statements."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from pipelines.cli.command import load_command
from tests.e2e.conftest import COMMITS, Refusal
from tests.support.databases import execute
from tests.support.places import Place
from tests.support.processes import DAYBOOK, running
from tests.support.waiting import wait_until
from tests.unit.test_documentation import PAGES, blocks

SHOWN = [text for page in PAGES for text in blocks(page, "sql")]


@pytest.mark.parametrize("text", [*SHOWN, "--none\nselect 1", "-- a -- b\r\nselect 1"])
@pytest.mark.parametrize("options", [[], ["--json"], ["--limit", "3"]])
def test_a_query_of_the_pages_is_an_argument_as_it_stands(text: str, options: list[str]) -> None:
    command: Any = load_command("query")
    for words in ([*options, text], [text, *options], [*options, "--", text]):
        with command.make_context("query", list(words)) as context:
            assert context.params["statement"] == text
            assert context.params["json"] == ("--json" in options)


def test_a_statement_that_begins_with_a_comment_runs(held: Place) -> None:
    answer = held.answer("query", "-- How many?\nselect count(*) as n\nfrom commits; -- all")
    assert answer == [{"n": COMMITS}]


@pytest.mark.parametrize("option", ["--jsn", "--josn=1", "-j"])
def test_a_mistyped_option_is_no_statement(refused: Refusal, option: str) -> None:
    assert "No such option" in refused(2, "query", option, "select 1")


def test_what_is_wrong_is_pointed_at(held: Place) -> None:
    lines = held.refuse(2, "query", "select kind,\n  subjec\nfrom events").splitlines()
    assert lines[0] == 'daybook: column "subjec" does not exist'
    assert lines[1][lines[2].index("^") :] == "subjec"
    assert "docs/events.md" in lines[-1]
    done = held.run("query", "--json", "select * from evnts")
    assert json.loads(done.stdout)["error"]["type"] == "ConfigError"


def test_several_statements_and_changes_are_refused(held: Place) -> None:
    assert "daybook psql" in held.refuse(2, "query", "select 1; select 2")
    assert "only reads" in held.refuse(2, "query", "delete from events returning 1")
    assert "permission denied" in held.refuse(2, "query", "select * from pg_authid")
    assert "only reads" in held.refuse(2, "query", "create table mine (x int)")
    assert held.answer("query", "select count(*) as n from events") == [{"n": COMMITS}]


@pytest.fixture
def owner(empty_database_url: str) -> Iterator[str]:
    """The name of a login that owns an empty database and may do nothing else."""
    url, name = empty_database_url, f"owner_{uuid4().hex[:8]}"
    ((database, before),) = execute(url, "select current_database(), current_user")
    execute(url, "create role {} login password 'hunter22'", name)
    execute(url, "alter database {} owner to {}", str(database), name)
    yield name
    execute(url, "alter database {} owner to {}", str(database), str(before))
    execute(url, "drop owned by {}", name)
    execute(url, "drop role {}", name)


def test_a_login_needs_createrole_once(place: Place, owner: str, empty_database_url: str) -> None:
    parts = {**parse_dsn(empty_database_url), "user": owner, "password": "hunter22"}
    place.settings["DAYBOOK_DATABASE_URL"] = make_dsn(**parts)
    place.answer("sync")
    done = place.run("query", "select 1")
    assert done.returncode == 3
    remedy = done.stderr.splitlines()[1]
    assert f"alter role {owner} createrole" in remedy
    for right in ("createrole", "nocreaterole"):
        execute(empty_database_url, f"alter role {{}} {right}", owner)
        assert place.answer("query", "select count(*) as n from commits") == [{"n": COMMITS}]


def test_a_failure_midway_leaves_the_array_open(held: Place) -> None:
    done = held.run("query", "--json", "select 1 / (700 - generate_series(1, 1000)) as n")
    assert done.returncode == 2
    begun, _, told = done.stdout.rpartition("\n{")
    assert "division by zero" in json.loads("{" + told)["error"]["message"]
    assert len(json.loads(begun + "]")) == 500


def test_a_table_says_that_there_is_more(held: Place) -> None:
    done = held.run("query", "--limit", "2", "select sha from commits")
    assert len(done.stdout.splitlines()) == 3
    assert "more than 2 rows" in done.stderr
    done = held.run("query", "select sha from commits")
    assert len(done.stdout.splitlines()) == COMMITS + 1
    assert done.stderr == ""


def test_numbers_and_times_are_shown_as_a_question_takes_them(held: Place) -> None:
    moment = "timestamptz '2024-01-01 02:00:05.25+02'"
    shown = held.run("query", f"select 2026 as year, true as yes, {moment} as moment").stdout
    assert shown.splitlines()[1].split() == ["2026", "yes", "2024-01-01", "00:00:05.250000"]


@pytest.fixture
def asked(held: Place) -> Callable[[], int]:
    """How many people's statements the server has, computing them or waiting for a reader."""
    url = held.settings["DAYBOOK_DATABASE_URL"]

    def count() -> int:
        ((found,),) = execute(
            url,
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and application_name = 'daybook query'",
        )
        return int(str(found))

    return count


def test_it_ends_when_it_is_interrupted(
    held: Place, asked: Callable[[], int], tmp_path: Path
) -> None:
    log = tmp_path / "query.log"
    command: list[str | Path] = [DAYBOOK, "query", "select pg_sleep(50)"]
    with running(command, env=held.environ(), cwd=held.folder, log=log) as process:
        wait_until(asked, 60, "the server to run the statement")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    wait_until(lambda: not asked(), 30, "the server to give it up")
    assert "Traceback" not in log.read_text()


def test_an_endless_answer_is_printed_until_it_is_interrupted(
    held: Place, asked: Callable[[], int], tmp_path: Path
) -> None:
    log = tmp_path / "query.log"
    text = "select generate_series(1, 1000000000000) as n"
    command: list[str | Path] = [DAYBOOK, "query", "--json", text]
    with running(command, env=held.environ(), cwd=held.folder, log=log) as process:
        wait_until(lambda: '"n": 2000\n' in log.read_text(), 60, "the first rows")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    wait_until(lambda: not asked(), 30, "the server to give it up")
    assert "Traceback" not in log.read_text()
