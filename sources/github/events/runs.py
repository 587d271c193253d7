"""What ran: workflows and their jobs."""

from datetime import datetime
from typing import Any

from sources.event import EpisodicEvent
from sources.github.events.building import Payload, Repo, milliseconds, moment, revision
from sources.github.events.people import NOBODY, Person, account


def workflow_run(repo: Repo, run: Payload) -> EpisodicEvent:
    """Make the event of a run; running it again revises it."""
    started = moment(run.get("run_started_at") or run["created_at"])
    listed = [item for item in run.get("pull_requests") or [] if item]
    pulls = [f"github:{_subject(repo, item)}" for item in listed]
    return repo.build(
        "github.workflow_run",
        (run["id"],),
        moment(run["created_at"]),
        _starter(run),
        title=run.get("display_title") or run.get("name"),
        session_id=f"{repo.name}@{run['head_sha']}",
        subject=str(run.get("name") or run.get("path") or run["id"]),
        scope=run.get("head_branch"),
        url=run.get("html_url"),
        outcome=run.get("conclusion"),
        duration_ms=_taken(run, started, run.get("updated_at")),
        refs=(f"git:{run['head_sha']}", *pulls),
        revised_at=revision(run),
        attributes={
            "run_id": run["id"],
            "run_number": run.get("run_number"),
            "run_attempt": run.get("run_attempt"),
            "status": run.get("status"),
            "trigger": run.get("event"),
            "path": run.get("path"),
        },
    )


def workflow_job(repo: Repo, job: Payload) -> EpisodicEvent:
    """Make the event of one job of a run; its end revises it, whatever is told of it afterwards."""
    ended = job.get("completed_at") if job.get("status") == "completed" else None
    started = moment(job.get("started_at") or job["created_at"])
    return repo.build(
        "github.workflow_job",
        (job["id"],),
        started,
        _runner(job),
        title=job.get("name"),
        session_id=f"{repo.name}@{job['head_sha']}",
        subject=str(job.get("workflow_name") or job["name"]),
        scope=job.get("head_branch"),
        url=job.get("html_url"),
        outcome=job.get("conclusion"),
        duration_ms=_taken(job, started, ended),
        refs=(f"git:{job['head_sha']}",),
        # Deliveries may come in another order than what they tell of.
        # https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/troubleshooting-webhooks
        revised_at=moment(ended) if ended else None,
        attributes={
            "job_id": job["id"],
            "run_id": job.get("run_id"),
            "run_attempt": job.get("run_attempt"),
            "status": job.get("status"),
            "labels": sorted(str(label) for label in job.get("labels") or [] if label),
            "failed_steps": _failed(job),
        },
    )


def _subject(repo: Repo, pull: Payload) -> str:
    """Name a pull request of a run, which may be one into the repository that this is a fork of."""
    where = (pull.get("base") or {}).get("repo") or {}
    number = int(pull["number"])
    if where.get("id") in {None, repo.id}:
        return repo.subject(number)
    owner, name = str(where["url"]).rsplit("/", 2)[1:]
    return f"{owner}/{name}#{number}"


def _starter(run: Payload) -> Person:
    """Name who started a run; records of before 2022 do not say."""
    who = run.get("triggering_actor") or run.get("actor")
    return NOBODY if who is None and "actor" not in run else account(who)


def _runner(job: Payload) -> Person:
    """Name the machine; a job that waits for one is nobody's yet."""
    name = job.get("runner_name")
    return account({"login": name}) if name else NOBODY


def _taken(item: Payload, started: datetime, ended: str | None) -> float | None:
    if item.get("status") != "completed" or not ended:
        return None
    return milliseconds(started, moment(ended))


def _failed(job: Payload) -> list[Any]:
    steps = [step for step in job.get("steps") or [] if step]
    return [step["name"] for step in steps if step.get("conclusion") == "failure"]
