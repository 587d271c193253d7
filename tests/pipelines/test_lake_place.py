"""The place of the lake may hold a secret: nobody is shown it."""

from pathlib import Path

import pytest

from pipelines.cli.summary import print_summary
from pipelines.loading import load_settings
from resources.stores.postgres.overview import Overview
from tests.support.processes import environment, run_daybook

PLACES = {
    "s3://bucket/history?access_key=key&secret_key=a@hunter2": "s3://bucket/history",
    "s3://key:a?a@hunter2/history": "s3://…",
}
PLACE = "s3://key:hunter2@bucket/history?region=eu-west-1"


def test_the_status_names_the_lake_without_its_secret(database_url: str, tmp_path: Path) -> None:
    env = environment(
        DAYBOOK_DATABASE_URL=database_url, DAYBOOK_HOME=str(tmp_path), DAYBOOK_LAKE=PLACE
    )
    for form in ([], ["--json"]):
        done = run_daybook("status", *form, env=env, cwd=tmp_path)
        assert done.returncode == 0
        assert "s3://bucket/history" in done.stdout
        assert "hunter2" not in done.stdout


@pytest.mark.parametrize(("place", "shown"), PLACES.items())
def test_a_secret_with_signs_of_a_url_is_not_taken_for_the_place(
    database_url: str, tmp_path: Path, place: str, shown: str
) -> None:
    env = environment(
        DAYBOOK_DATABASE_URL=database_url, DAYBOOK_HOME=str(tmp_path), DAYBOOK_LAKE=place
    )
    for words in (("status",), ("lake", "rebuild")):
        done = run_daybook(*words, env=env, cwd=tmp_path)
        assert shown in done.stdout + done.stderr
        assert "hunter2" not in done.stdout + done.stderr


def test_the_summary_names_the_lake_without_its_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = Overview(events=0)
    print_summary(load_settings({"DAYBOOK_LAKE": PLACE}, tmp_path), nothing, "http://127.0.0.1")
    printed = capsys.readouterr().out
    assert 'read_parquet("s3://bucket/history/events")' in printed
    assert "hunter2" not in printed
