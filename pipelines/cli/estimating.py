"""``--dry-run``: what a sync or a refresh would take, printed; nothing is read or stored."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from math import ceil

import typer

from pipelines.cli.answers import ErrorAnswer, EstimateAnswer, EstimatesAnswer, QuotaAnswer
from pipelines.cli.failures import complain, explain
from pipelines.cli.opening import opened_store
from pipelines.cli.output import print_json, print_table, show
from pipelines.config import Settings, SourceSpec
from pipelines.estimating import estimate_sync
from resources.stores.postgres import PostgresStore
from sources import DaybookError, Estimate

Ask = Callable[[PostgresStore, SourceSpec], Awaitable[Estimate | None]]
"""Asks one source."""

_MINUTE = 60


def ask_sync(*, everything: bool) -> Ask:
    """Ask what a sync would take, from where the last one ended or from the beginning."""

    async def ask(store: PostgresStore, spec: SourceSpec) -> Estimate | None:
        state = await asyncio.to_thread(store.state, spec.id)
        if everything or (state is not None and state.fingerprint != spec.fingerprint):
            return await estimate_sync(spec, None)
        return await estimate_sync(spec, state.cursor if state else spec.config.get("cursor"))

    return ask


def foretell(settings: Settings, specs: Sequence[SourceSpec], ask: Ask, *, as_json: bool) -> None:
    """Print what each source says; the first failure is the exit code.

    Raises:
        Exit: a source failed.
    """
    with opened_store(settings) as store:
        found = asyncio.run(_ask_all(store, specs, ask))
    answers = [_answer(spec, one) for spec, one in zip(specs, found, strict=True)]
    errors = [one for one in found if isinstance(one, DaybookError)]
    for error in errors:
        complain(error)
    if as_json:
        print_json(EstimatesAnswer(sources=answers))
    else:
        print_table(("source", "requests", "takes", ""), map(_row, answers))
    if errors:
        raise typer.Exit(errors[0].exit_code)


async def _ask_all(
    store: PostgresStore, specs: Sequence[SourceSpec], ask: Ask
) -> list[Estimate | DaybookError | None]:
    asking = (ask(store, spec) for spec in specs)
    answers = await asyncio.gather(*asking, return_exceptions=True)
    return [
        explain(answer, os.environ) if isinstance(answer, BaseException) else answer
        for answer in answers
    ]


def _answer(spec: SourceSpec, found: Estimate | DaybookError | None) -> EstimateAnswer:
    known = found if isinstance(found, Estimate) else None
    return EstimateAnswer(
        source_id=spec.id,
        requests=known.requests if known else None,
        seconds=round(known.seconds, 1) if known else None,
        waiting=round(known.waiting, 1) if known else None,
        quotas=[
            QuotaAnswer(
                name=quota.name,
                needed=quota.needed,
                left=quota.left,
                limit=quota.limit,
                renewed=quota.renewed,
            )
            for quota in (known.quotas if known else ())
        ],
        words=known.words if known else "",
        error=ErrorAnswer.of(found if isinstance(found, DaybookError) else None),
    )


def _row(answer: EstimateAnswer) -> tuple[object, ...]:
    if answer.error is not None:
        return (answer.source_id, None, None, answer.error.type)
    if answer.requests is None or answer.seconds is None:
        return (answer.source_id, None, None, "not known beforehand")
    minutes = timedelta(minutes=ceil(answer.seconds / _MINUTE))
    parts = [
        f"{quota.name}: {show(quota.left)} of {show(quota.limit)} an hour left, "
        f"{show(quota.needed)} needed"
        for quota in answer.quotas
    ]
    words = "; ".join(filter(None, (*parts, answer.words)))
    return (answer.source_id, answer.requests, minutes, words)
