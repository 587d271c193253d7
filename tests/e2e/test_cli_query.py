"""``daybook query`` as people paste into it: comments, mistakes, several statements."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

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


def test_a_statement_that_begins_with_a_comment_runs(synced: Place) -> None:
    answer = synced.answer("query", "-- How many?\nselect count(*) as n\nfrom commits; -- all")
    assert answer == [{"n": COMMITS}]


@pytest.mark.parametrize("option", ["--jsn", "--josn=1", "-j"])
def test_a_mistyped_option_is_no_statement(refused: Refusal, option: str) -> None:
    assert "No such option" in refused(2, "query", option, "select 1")


def test_what_is_wrong_is_pointed_at(synced: Place, refused: Refusal) -> None:
    lines = refused(2, "query", "select kind,\n  subjec\nfrom events").splitlines()
    assert lines[0] == 'daybook: column "subjec" does not exist'
    assert lines[1][lines[2].index("^") :] == "subjec"
    assert "docs/events.md" in lines[-1]
    done = synced.run("query", "--json", "select * from evnts")
    assert json.loads(done.stdout)["error"]["type"] == "ConfigError"


def test_several_statements_and_changes_are_refused(synced: Place, refused: Refusal) -> None:
    assert "daybook psql" in refused(2, "query", "select 1; select 2")
    assert "only reads" in refused(2, "query", "delete from events returning 1")
    assert "permission denied" in refused(2, "query", "select * from pg_authid")
    assert "only reads" in refused(2, "query", "create table mine (x int)")
    assert synced.answer("query", "select count(*) as n from events") == [{"n": COMMITS}]


def test_it_ends_when_it_is_interrupted(synced: Place) -> None:
    log = synced.folder / "query.log"
    url = synced.settings["DAYBOOK_DATABASE_URL"]

    def asked() -> int:
        ((count,),) = execute(
            url,
            "select count(*) from pg_stat_activity where state = 'active'"
            " and datname = current_database() and query like 'select pg_sleep%'",
        )
        return int(str(count))

    command: list[str | Path] = [DAYBOOK, "query", "select pg_sleep(50)"]
    with running(command, env=synced.environ(), cwd=synced.folder, log=log) as process:
        wait_until(asked, 60, "the server to run the statement")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    wait_until(lambda: not asked(), 30, "the server to give it up")
    assert "Traceback" not in log.read_text()
