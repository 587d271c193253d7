"""Any sequence of rewrites, syncs and refreshes leaves in a store what the repository has."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow.compute as pc
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pipelines.config import SourceSpec
from pipelines.sync import probe_source, refresh_window, sync_source
from resources.stores.memory import MemoryStore
from sources import Cursor
from tests.support.events import comparable
from tests.support.git_random import History, Plan, histories, write_history
from tests.support.git_reading import SmallBatches
from tests.support.git_repository import GRACE

BRANCHES = st.sampled_from(["main", "b1", "b2", "b3"])
TAGS = st.sampled_from(["v1", "v2"])
WHICH = st.integers(0, 13)
FOLLOWED = st.sampled_from([None, "all", "b*"])


class Rewrites(RuleBasedStateMachine):
    """A bare repository of random commits whose refs go anywhere, and a store it is synced to."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="daybook-git-"))
        self.store = MemoryStore()
        self.history = History.__new__(History)
        self.followed: str | None = None
        self.available: list[str] = []

    @initialize(planned=histories, followed=FOLLOWED, shallow=st.booleans())
    def begin(self, planned: list[Plan], followed: str | None, *, shallow: bool) -> None:
        self.history, self.followed = write_history(self.folder, planned), followed
        self.available = list(self.history.shas)
        self.move("main", len(planned) - 1)
        if shallow:
            (self.folder / "shallow").write_text(f"{self.available[len(planned) // 2]}\n")

    @property
    def shallow(self) -> bool:
        """Whether history is cut: what a new start then does not meet is not proven gone."""
        return (self.folder / "shallow").exists()

    # Changing it --------------------------------------------------------------------------

    @rule(name=BRANCHES, which=WHICH)
    def move(self, name: str, which: int) -> None:
        self.git("update-ref", f"refs/heads/{name}", self.pick(which))

    @rule(name=BRANCHES)
    def delete(self, name: str) -> None:
        self.git("update-ref", "-d", f"refs/heads/{name}")

    @rule(old=BRANCHES, new=BRANCHES)
    def rename(self, old: str, new: str) -> None:
        tip = self.text("for-each-ref", "--format=%(objectname)", f"refs/heads/{old}")
        if tip:
            self.delete(old)
            self.git("update-ref", f"refs/heads/{new}", tip)

    @rule(name=TAGS, which=WHICH, annotated=st.booleans())
    def tag(self, name: str, which: int, *, annotated: bool) -> None:
        sha = self.pick(which)
        if annotated:
            head = f"object {sha}\ntype commit\ntag {name}\ntagger {GRACE.decode()} 1 +0000\n\n"
            sha = self.history.repository.write("tag", head.encode())
        self.git("update-ref", f"refs/tags/{name}", sha)

    @rule(name=TAGS)
    def delete_tag(self, name: str) -> None:
        self.git("update-ref", "-d", f"refs/tags/{name}")

    @rule(name=BRANCHES)
    def check_out(self, name: str) -> None:
        self.git("symbolic-ref", "HEAD", f"refs/heads/{name}")

    @rule(which=WHICH)
    def detach(self, which: int) -> None:
        self.git("update-ref", "--no-deref", "HEAD", self.pick(which))

    @rule()
    def deepen(self) -> None:
        (self.folder / "shallow").unlink(missing_ok=True)

    @precondition(lambda self: not self.shallow)
    @rule()
    def collect(self) -> None:
        tips = self.tips("refs/heads", "refs/tags")
        head = self.text("rev-list", "--max-count=1", "--all", "HEAD") if self.head() else ""
        if tips or head:
            self.git("prune", "--expire=now")
            kept = self.text("rev-list", *tips, *(["HEAD"] if self.head() else [])).split()
            self.available = [sha for sha in self.available if sha in kept]

    @precondition(lambda self: not self.shallow)
    @rule(followed=FOLLOWED)
    def configure(self, followed: str | None) -> None:
        self.followed = followed

    # Reading it ---------------------------------------------------------------------------

    @rule()
    def sync(self) -> None:
        self.read_on()
        self.check()

    @rule()
    def begin_a_sync(self) -> None:
        self.read_on(budget=0.0)

    @rule(year=st.integers(2000, 2024), month=st.integers(1, 12))
    def refresh(self, year: int, month: int) -> None:
        window = f"{year}-{month:02}"
        asyncio.run(refresh_window(self.store, self.spec, window, opener=self.open))

    def teardown(self) -> None:
        try:
            if self.available:
                self.read_on()
                self.check()
                anew = MemoryStore()
                asyncio.run(sync_source(anew, self.spec))
                assert lasting_rows(self.store) == lasting_rows(anew)
        finally:
            shutil.rmtree(self.folder)

    # What must be true --------------------------------------------------------------------

    def check(self) -> None:
        """Hold the live events to git's own commands, and a second look to find nothing."""
        live = self.store.get_events(limit=None)
        commits = sorted(event.subject for event in live if event.kind == "git.commit")
        tips = {None: ["HEAD"] if self.head() else [], "b*": self.tips("refs/heads/b*")}
        chosen = tips.get(self.followed, self.tips("refs/heads"))
        reached = self.text("rev-list", *chosen).split() if chosen else []
        assert commits == sorted(reached)
        tags = sorted(event.subject for event in live if event.kind == "git.tag")
        assert tags == sorted(self.tips("refs/tags", form="%(refname:strip=2)"))
        row = self.store.state("demo")
        assert row is not None
        assert not asyncio.run(probe_source(self.spec, row.cursor)).new

    @property
    def spec(self) -> SourceSpec:
        config = {"root_dir": str(self.folder), "branch": self.followed}
        return SourceSpec(id="demo", type="filesystem", config=config)

    @asynccontextmanager
    async def open(self, cursor: Cursor | None) -> AsyncIterator[SmallBatches]:
        config = {**self.spec.config, "source_id": "demo", "cursor": cursor}
        yield await SmallBatches.create({}, config)

    def read_on(self, budget: float | None = None) -> None:
        asyncio.run(sync_source(self.store, self.spec, budget=budget, opener=self.open))

    def pick(self, which: int) -> str:
        return self.available[which % len(self.available)]

    def head(self) -> bool:
        """Whether HEAD leads to a commit."""
        symbolic = (self.folder / "HEAD").read_text().strip()
        return not symbolic.startswith("ref:") or bool(self.tips(symbolic.partition(" ")[2]))

    def tips(self, *places: str, form: str = "%(objectname)") -> list[str]:
        return self.text("for-each-ref", f"--format={form}", *places).split()

    def git(self, *arguments: str) -> None:
        self.history.repository.git(*arguments)

    def text(self, *arguments: str) -> str:
        return self.history.repository.text(*arguments)


def lasting_rows(store: MemoryStore) -> list[dict[str, Any]]:
    """All that two readings agree on: the branch checked out is that of the first reading."""
    table = store.get_events_table()
    kept = table.filter(pc.field("kind") != "git.ref.moved").drop_columns(["scope", "digest"])
    return comparable(kept)


TestRewrites = Rewrites.TestCase
TestRewrites.settings = settings(
    max_examples=5,
    stateful_step_count=16,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # making a failure smaller would take minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
