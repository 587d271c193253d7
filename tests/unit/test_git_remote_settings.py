"""A remote repository in ``sources.yaml``, in the factory, and in the command's words."""

import asyncio
import logging
from pathlib import Path

import pytest

from pipelines.cli.activity import shown_activity
from pipelines.cli.progress import Watch
from pipelines.config import EnvReference
from pipelines.loading import load_settings, read_sources
from sources import ConfigError, EventSourceFactory
from sources.activity import Activity, tell
from tests.support.repositories import make_repository

ENTRY = """sources:
  - id: remote
    type: filesystem
    config:
      url: {url}
    credentials:
      token: {token}
"""


def write(path: Path, *, url: str = "https://git.example.org/a.git", token: str = "") -> Path:
    file = path / "sources.yaml"
    file.write_text(ENTRY.format(url=url, token=token or "{env: SOME_TOKEN}"))
    return file


def test_an_entry_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    (spec,) = load_settings({}, tmp_path).sources
    assert spec.config == {"url": "https://git.example.org/a.git"}
    assert spec.credentials == {"token": EnvReference(name="SOME_TOKEN")}
    assert spec.cache_dir == tmp_path / ".daybook" / "cache"


def test_a_literal_secret_is_refused_with_its_line_and_not_repeated(tmp_path: Path) -> None:
    file = write(tmp_path, url="https://ada:hunter2@git.example.org/a.git", token="hunter3")  # noqa: S106
    with pytest.raises(ConfigError) as caught:
        read_sources(file)
    text = str(caught.value)
    assert f"{file}:5: remote: 'url': the URL holds a user or a secret" in text
    assert f"{file}:7: remote: credential 'token' holds a value" in text
    assert "hunter" not in text


@pytest.mark.parametrize("key", ["source_id", "cache_dir"])
def test_what_daybook_puts_in_is_refused_in_the_file(tmp_path: Path, key: str) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(f"sources:\n  - id: one\n    type: filesystem\n    config:\n      {key}: a\n")
    with pytest.raises(ConfigError, match=f":5: one: '{key}' is put in by Daybook: remove it"):
        read_sources(file)


def test_the_place_of_copies_is_no_part_of_the_truth(tmp_path: Path) -> None:
    write(tmp_path)
    homes = ({"DAYBOOK_HOME": name} for name in ("one", "two"))
    one, two = (load_settings(environ, tmp_path).sources[0] for environ in homes)
    assert one.cache_dir != two.cache_dir
    assert one.fingerprint == two.fingerprint


def test_each_source_of_a_factory_has_a_directory_of_its_own(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repository", 2)

    async def read() -> int:
        factory = EventSourceFactory(cache_dir=tmp_path / "cache")
        config = {"url": repository.path.as_uri()}
        counts = []
        for name in ("one", "two"):
            source = await factory.create_source("filesystem", name, {}, config)
            counts.append(len([event async for event in source.generate_events()]))
        await factory.close_all_sources()
        return sum(counts)

    assert asyncio.run(read()) == 4
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["one", "two"]


def test_the_command_shows_what_a_source_does_before_its_events(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = Activity(source_id="demo", what="fetch", done=5, total=7, unit="object")
    logger = logging.getLogger("sources.activity")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with Watch() as watch, shown_activity(watch):
        tell(told)
        logger.info("something else")
    tell(told)
    assert capsys.readouterr().err == "demo (fetch): 5 of 7 objects\n"
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
