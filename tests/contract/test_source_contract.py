"""Every source: the nine laws, for the built-in types and for one from another package."""

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

from sources import EventSourceFactory
from sources.factory import ENTRY_POINTS
from sources.testing import LAWS, Law
from tests.contract.source_cases import CASES, GithubCase, SlackCase
from tests.support.github.server import github_server
from tests.support.processes import ROOT, environment
from tests.support.slack import slack_server

PLUGIN = ROOT / "tests" / "fixtures" / "plugin"

FRESH_PROCESS = """
import asyncio, sys
from sources import EventSourceFactory

async def read(path):
    factory = EventSourceFactory()
    source = await factory.create_source("jsonl", "lines", {}, {"path": path})
    titles = [event.title async for event in source.generate_events()]
    await factory.close_all_sources()
    return titles

assert "jsonl" in EventSourceFactory.get_registered_sources()
print(asyncio.run(read(sys.argv[1])))
assert EventSourceFactory.unregister_source("jsonl")
assert not EventSourceFactory.is_source_available("jsonl")
assert not EventSourceFactory.unregister_source("jsonl")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that the example package is really installed into, without network."""
    target = tmp_path_factory.mktemp("site")
    project = tmp_path_factory.mktemp("project") / "plugin"
    shutil.copytree(PLUGIN, project)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(target), str(project)],
        check=True,
        env=environment(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore"),
        cwd=project,
        timeout=120,
    )
    return target


@pytest.fixture(scope="module")
def registered(installed: Path) -> Iterator[None]:
    """The example's type, known in this process by the entry point of what was installed."""
    sys.path.insert(0, str(installed))
    sys.modules.pop("daybook_jsonl", None)
    importlib.invalidate_caches()
    (package,) = distributions(path=[str(installed)])
    (entry,) = package.entry_points.select(group=ENTRY_POINTS)
    source_class = entry.load()
    assert sys.modules["daybook_jsonl"].__file__ == str(installed / "daybook_jsonl.py")
    EventSourceFactory.register_source(entry.name, source_class)
    yield
    EventSourceFactory.unregister_source("jsonl")
    sys.path.remove(str(installed))
    del sys.modules["daybook_jsonl"]


@pytest.mark.usefixtures("registered")
def test_every_registered_type_is_held_to_the_laws() -> None:
    held = {case.source_type for case in CASES.values()}
    assert held == set(EventSourceFactory.get_registered_sources())


@pytest.fixture
def _service(request: pytest.FixtureRequest) -> Iterator[None]:
    """A service of its own for the case that reads one."""
    case = CASES[request.getfixturevalue("case")]
    if isinstance(case, GithubCase):
        with github_server() as case.server:
            yield
    elif isinstance(case, SlackCase):
        with slack_server() as case.server:
            yield
    else:
        yield


@pytest.mark.usefixtures("registered", "_service")
@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("case", CASES)
def test_the_source_keeps_the_law(case: str, law: Law, tmp_path: Path) -> None:
    law(CASES[case], tmp_path)


def test_an_installed_type_is_found_by_a_fresh_process(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text('{"time": "2024-03-09T12:00:00Z", "who": "Ada", "what": "It works"}\n')
    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS, str(file)],
        check=False,
        capture_output=True,
        text=True,
        env=environment(PYTHONPATH=f"{installed}:{ROOT}"),
        timeout=60,
    )
    assert (done.stdout, done.returncode) == ("['It works']\n", 0), done.stderr


def test_the_guide_shows_the_example_itself() -> None:
    guide = (ROOT / "docs" / "write-a-source.md").read_text()
    python = (PLUGIN / "daybook_jsonl.py").read_text()
    project = (PLUGIN / "pyproject.toml").read_text()
    blocks = re.findall(r"```(python|toml)\n(.*?)```", guide, re.DOTALL)
    assert len(blocks) > 3
    for language, block in blocks:
        assert block in (python if language == "python" else project), block
    shown = "".join(block for language, block in blocks if language == "python")
    assert re.findall(r"def \w+", shown) == re.findall(r"def \w+", python), "all of it is shown"


def test_the_example_stays_short() -> None:
    lines = (PLUGIN / "daybook_jsonl.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) < 60
