"""The settings of the Dagster instance that ``daybook up`` runs; no Dagster needed to write them.

What they rest on: runs wait in a queue and a pool holds one run, so that a source has one writer;
monitoring ends runs whose process is gone; storage is PostgreSQL, by the name of the variable that
holds its URL, since that has the password in it.
"""

from pathlib import Path
from typing import Any, Final

import yaml

from sources import StoreError

UP_VARIABLE: Final = "DAYBOOK_UP"
"""What every process below a ``daybook up`` has in its environment: its home."""

_DAYS_OF_SILENCE: Final = 7
"""As Dagster has it for sensors; a source has thousands of such ticks a day."""


def instance_settings(dagster_url_env: str, keep_days: int) -> dict[str, Any]:
    """Give the contents of ``dagster.yaml``.

    Args:
        dagster_url_env: variable that holds the storage's URL, ``postgresql+psycopg2://…``.
        keep_days: how long ticks are kept; those with nothing to say a week at most.
    """
    ticks = {
        "skipped": min(keep_days, _DAYS_OF_SILENCE),
        **dict.fromkeys(("started", "success", "failure"), keep_days),
    }
    return {
        "storage": {"postgres": {"postgres_url": {"env": dagster_url_env}}},
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "retention": {
            kind: {"purge_after_days": dict(ticks)}
            for kind in ("schedule", "sensor", "auto_materialize")
        },
        "run_monitoring": {
            "enabled": True,
            "poll_interval_seconds": 10,
            "start_timeout_seconds": 60,
            "cancel_timeout_seconds": 30,
            "free_slots_after_run_end_seconds": 15,
            "max_runtime_seconds": 3600,
        },
        "sensors": {"use_threads": True, "num_workers": 4},
        "schedules": {"use_threads": True, "num_workers": 2},
        "backfills": {"use_threads": True, "num_workers": 2},
        "concurrency": {
            "pools": {"granularity": "run", "default_limit": 1},
            "runs": {"max_concurrent_runs": 4},
        },
        "run_coordinator": {
            "module": "dagster",
            "class": "QueuedRunCoordinator",
            "config": {
                "dequeue_interval_seconds": 1,
                "dequeue_use_threads": True,
                "dequeue_num_workers": 4,
                # What an earlier start left in the queue waits two minutes for the code server;
                # without this, Dagster fails a run that it takes from the queue too early.
                "max_user_code_failure_retries": 60,
                "user_code_failure_retry_delay": 2,
            },
        },
        "python_logs": {
            "managed_python_loggers": ["sources", "resources"],
            "python_log_level": "INFO",  # else Python itself keeps all but warnings back
        },
    }


def write_instance(
    home: Path, keep_days: int, dagster_url_env: str = "DAYBOOK_DAGSTER_URL"
) -> Path:
    """Write ``dagster.yaml`` into ``home/dagster``, which is ``DAGSTER_HOME``.

    Returns:
        The file.

    Raises:
        StoreError: it cannot be written.
    """
    path = home / "dagster" / "dagster.yaml"
    text = yaml.safe_dump(instance_settings(dagster_url_env, keep_days), sort_keys=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}",
            remedy="Make the state directory writable, or name another in DAYBOOK_HOME",
        ) from error
    return path
