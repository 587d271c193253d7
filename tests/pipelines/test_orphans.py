"""Runs without a process are ended by the machine that had it, and by no other."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, asset, materialize
from dagster._core.events import EngineEventData

from pipelines.orphans import cancel_orphans
from resources.configurable import HOST_TAG, StoreResource, this_host


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral(tempdir=str(tmp_path)) as made:
        yield made


def orphan(instance: DagsterInstance, **tags: str) -> str:
    """Leave a run that says it is under way, though its process has ended."""

    @asset
    def nothing() -> None:
        pass

    gone = subprocess.Popen(["true"])
    gone.wait()
    result = materialize([nothing], instance=instance)
    job = result.job_def
    run = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED, tags=tags)
    instance.report_engine_event("Started", run, EngineEventData.in_process(gone.pid))
    return run.run_id


def test_only_this_hosts_runs_are_ended_in_a_database_that_others_share(
    instance: DagsterInstance,
) -> None:
    own = orphan(instance, **{HOST_TAG: this_host()})
    others = {orphan(instance, **{HOST_TAG: "elsewhere-00"}), orphan(instance)}
    assert cancel_orphans(instance, shared=True) == [own]
    assert set(cancel_orphans(instance)) == others


def test_a_run_says_on_which_host_it_is(instance: DagsterInstance, tmp_path: Path) -> None:
    @asset
    def reading(store: StoreResource) -> None:
        assert store.home

    resources = {"store": StoreResource(home=str(tmp_path), lake_url=str(tmp_path))}
    run_id = materialize([reading], instance=instance, resources=resources).run_id
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.tags[HOST_TAG] == this_host() != ""
