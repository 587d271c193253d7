"""``sources.yaml``: checked whole, every mistake with its line, no secret inside."""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from pipelines.config import EnvReference
from pipelines.loading import load_settings, read_sources
from sources import (
    BaseEventSource,
    ConfigError,
    CredentialsError,
    EventBatch,
    EventSourceFactory,
)
from tests.support.events import make_batch


def write(path: Path, text: str) -> Path:
    file = path / "sources.yaml"
    file.write_text(text)
    return file


def test_a_source_is_read_with_its_defaults(tmp_path: Path) -> None:
    file = write(tmp_path, "sources:\n  - {id: repo, type: filesystem, config: {root_dir: code}}\n")
    (spec,) = read_sources(file)
    assert (spec.id, spec.type, spec.grain) == ("repo", "filesystem", "month")
    assert spec.start == date(2000, 1, 1)
    assert spec.every == timedelta(seconds=30)
    assert spec.config["root_dir"] == str(tmp_path / "code")
    assert spec.configured_at == datetime.fromtimestamp(file.stat().st_mtime, UTC)


class Whole(BaseEventSource):
    """A type that could only read everything for a window."""

    @classmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        return cls(config["source_id"], **credentials)

    async def validate(self) -> bool:
        return True

    async def generate_batches(self) -> AsyncGenerator[EventBatch, None]:
        yield make_batch()


def test_nothing_is_read_whole_every_night_unless_that_is_wanted(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """sources:
  - {id: git, type: filesystem}
  - {id: whole, type: whole}
  - {id: wanted, type: whole, refresh_windows: 1}
""",
    )
    EventSourceFactory.register_source("whole", Whole)
    try:
        specs = read_sources(file)
    finally:
        EventSourceFactory.unregister_source("whole")
    assert {spec.id: spec.refresh_windows for spec in specs} == {"git": 2, "whole": 0, "wanted": 1}


def test_paths_of_every_shape_begin_beside_the_file(tmp_path: Path) -> None:
    written = {"one": "a.log", "many": "[a.log, /b/*.log]", "labelled": "{web1: w/*.log}"}
    entries = [
        f"  - {{id: {k}, type: api_log, config: {{paths: {v}}}}}" for k, v in written.items()
    ]
    one, many, labelled = read_sources(write(tmp_path, "\n".join(["sources:", *entries])))
    assert one.config["paths"] == [f"{tmp_path}/a.log"]
    assert many.config["paths"] == [f"{tmp_path}/a.log", "/b/*.log"]
    assert labelled.config["paths"] == {"web1": [f"{tmp_path}/w/*.log"]}
    assert (one.grain, one.start, one.refresh_windows) == ("day", date(2020, 1, 1), 3)


def test_every_mistake_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """sources:
  - id: one
    type: filesystem
    config:
      brnach: main
  - id: Two
    type: filesystem
  - id: three
    type: filesytem
  - id: four
    type: filesystem
    every: soon
    colour: red
  - id: one
    type: filesystem
""",
    )
    with pytest.raises(ConfigError) as caught:
        read_sources(file)
    text = str(caught.value)
    assert f"{file}:5: one: unknown key 'brnach', did you mean 'branch'?" in text
    assert f"{file}:6: 'id'" in text
    assert "did you mean 'filesystem'?" in text
    assert f"{file}:12: 'every': write a duration like 30s, 5m, 2h or 1d" in text
    assert f"{file}:13: unknown key 'colour'" in text
    assert f"{file}:14: id 'one' stands in line 2 too" in text


def test_mistakes_inside_and_around_the_settings_come_together_by_line(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """sources:
  - id: one
    type: filesystem
    config:
      max_commits: many
      brnach: main
    credentials: {tokn: x}
    start: soon
    colour: red
extra: 1
""",
    )
    with pytest.raises(ConfigError) as caught:
        read_sources(file)
    lines = [line.removeprefix(f"{file}:") for line in caught.value.message.splitlines()]
    assert [line.partition(":")[0] for line in lines] == ["5", "6", "7", "8", "9", "10"]


def test_a_key_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """sources:
  - id: one
    type: filesystem
    config:
      branch: main
      root_dir: .
      branch: dev
    type: filesystem
sources:
  - {id: two, type: filesystem}
""",
    )
    with pytest.raises(ConfigError) as caught:
        read_sources(file)
    text = str(caught.value)
    assert f"{file}:7: key 'branch' stands in line 5 too" in text
    assert f"{file}:8: key 'type' stands in line 3 too" in text
    assert f"{file}:9: key 'sources' stands in line 1 too" in text


def test_an_alias_may_be_shared_but_not_hold_itself(tmp_path: Path) -> None:
    shared = """sources:
  - {id: one, type: filesystem, config: &same {branch: main}}
  - {id: two, type: filesystem, config: *same}
"""
    assert len(read_sources(write(tmp_path, shared))) == 2
    with pytest.raises(ConfigError, match=":1: a source is a mapping"):
        read_sources(write(tmp_path, "sources: &all\n  - *all\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources: [", ":1:11: not YAML"),
        ("sources: [", "Correct it there"),
        ("", "is empty: it names no source"),
        ("{}", "is empty: it names no source"),
        ("# nothing yet\n", "  - id: my-repo"),
        ("sources: []", ":1: no source is named. Write at least one"),
        ("sources:\n", ":1: no source is named. Write at least one"),
        ("- id: a", ":1: the file is a mapping with the one key `sources`"),
        ("sources: {id: a}", ":1: a list goes here: each source begins with `- id:`"),
        ("sourcs: []", "unknown key 'sourcs', did you mean 'sources'?"),
        ("sources:\n  - {id: a, type: filesystem, start: 1960-01}", "lies before 1970"),
        ("sources:\n  - {id: a, type: filesystem, start: soon}", "'soon' is no date"),
        ("sources:\n  - {id: a, type: filesystem, grain: year}", "'grain'"),
        ("sources:\n  - {id: a, type: filesystem, config: {max_commits: many}}", "'max_commits'"),
        ("sources:\n  - just text", ":2: a source is a mapping with the keys id and type"),
        ("sources:\n  - {id: a, type: filesystem, start: 2015-01-01 10:00:00, x: 1}", "key 'x'"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_sources(write(tmp_path, text))
    said = str(caught.value)
    assert message in said
    assert not re.search(r"_[A-Z]|[?.!]\.(\s|$)|Value error", said), "no insides, no two full stops"


def test_a_mistyped_key_is_one_mistake(tmp_path: Path) -> None:
    file = write(tmp_path, "source:\n  - {id: a, type: filesystem}")
    with pytest.raises(ConfigError) as caught:
        read_sources(file)
    assert caught.value.message.splitlines() == [
        f"{file}:1: unknown key 'source', did you mean 'sources'?"
    ]


def test_a_literal_secret_is_refused_and_never_repeated(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """sources:
  - id: one
    type: filesystem
    credentials:
      token: hunter2
""",
    )
    with pytest.raises(ConfigError) as caught:
        read_sources(file)
    assert "hunter2" not in str(caught.value)
    assert f"{file}:5" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "key"), [("filesystem", "root_dir"), ("api_log", "paths"), ("slack", "export")]
)
@pytest.mark.parametrize("url", ["https://u:hunter2@e.org/x", "s3://hunter2/x"])
def test_a_url_is_no_path_and_never_repeated(tmp_path: Path, kind: str, key: str, url: str) -> None:
    file = write(tmp_path, f"sources:\n  - {{id: a, type: {kind}, config: {{{key}: '{url}'}}}}")
    with pytest.raises(ConfigError, match=f"'{key}': a path of this machine goes here") as caught:
        read_sources(file)
    assert "hunter2" not in str(caught.value)
    assert ("goes into 'url'" in str(caught.value)) == (kind == "filesystem")


@pytest.mark.parametrize("config", ["repo: a/b", "channels: all"])
@pytest.mark.parametrize("url", ["https://u:hunter2@e.org", "https://e.org?token=hunter2"])
def test_a_secret_in_a_base_url_is_refused_before_it_is_shown(
    tmp_path: Path, config: str, url: str
) -> None:
    kind = "github" if config.startswith("repo") else "slack"
    entry = f"{{id: a, type: {kind}, config: {{{config}, base_url: '{url}'}}}}"
    with pytest.raises(ConfigError, match="'base_url': it h") as caught:
        read_sources(write(tmp_path, f"sources:\n  - {entry}"))
    assert "hunter2" not in str(caught.value)


def test_a_url_is_no_repository_of_this_machine(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DAYBOOK_REPO names a folder") as caught:
        load_settings({"DAYBOOK_REPO": "https://u:hunter2@e.org/x"}, tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_missing_secret_names_its_variable() -> None:
    reference = EnvReference(name="SOME_TOKEN")
    assert reference.resolve({"SOME_TOKEN": "x"}, source_id="one") == "x"
    with pytest.raises(CredentialsError, match="one: the environment variable SOME_TOKEN"):
        reference.resolve({}, source_id="one")


def test_without_a_file_the_repository_one_stands_in_is_the_source(tmp_path: Path) -> None:
    place = tmp_path / "My Project"
    place.mkdir()
    settings = load_settings({}, place)
    assert settings.home == place / ".daybook"
    assert settings.lake_url == str(place / ".daybook" / "lake")
    assert settings.database_url is None
    (spec,) = settings.sources
    assert (spec.id, spec.config["root_dir"]) == ("my-project", str(place))
    with pytest.raises(ConfigError, match="no source 'other'") as caught:
        settings.source("other")
    assert "Without a configuration file the one source is 'my-project'" in str(caught.value)
    write(place, "sources:\n  - {id: a, type: filesystem}")
    with pytest.raises(ConfigError, match=r"no source 'other' is configured in .*Configured: a"):
        load_settings({}, place).source("other")
    assert settings.source("my-project") is spec


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.yaml does not exist"):
        load_settings({"DAYBOOK_SOURCES": "none.yaml"}, tmp_path)


def test_the_environment_moves_everything(tmp_path: Path) -> None:
    write(tmp_path, "sources:\n  - {id: a, type: filesystem}")
    settings = load_settings(
        {
            "DAYBOOK_HOME": "state",
            "DAYBOOK_DATABASE_URL": "postgresql://there/db",
            "DAYBOOK_LAKE": "s3://bucket/lake",
        },
        tmp_path,
    )
    assert settings.home == tmp_path / "state"
    assert settings.database_url == "postgresql://there/db"
    assert settings.lake_url == "s3://bucket/lake"
    assert [spec.id for spec in settings.sources] == ["a"]


def test_the_fingerprint_follows_what_shapes_the_events(tmp_path: Path) -> None:
    def fingerprint(entry: str) -> str:
        (spec,) = read_sources(write(tmp_path, f"sources:\n  - {{id: a, type: filesystem{entry}}}"))
        return spec.fingerprint

    plain = fingerprint("")
    assert fingerprint(", every: 5m, description: x") == plain
    assert fingerprint(", config: {cursor: {last_commit_sha: abc}}") == plain
    assert fingerprint(", config: {branch: dev}") != plain


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory") as caught:
        load_settings({"DAYBOOK_SOURCES": "."}, tmp_path)
    assert "DAYBOOK_SOURCES" in caught.value.remedy
