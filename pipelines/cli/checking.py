"""Whether sources can be read now: all of them asked at once, each answer kept."""

import asyncio
import os
from collections.abc import Sequence

from pipelines.cli.failures import explain
from pipelines.config import SourceSpec
from pipelines.reading import open_source
from sources import DaybookError


async def check_all(specs: Sequence[SourceSpec]) -> list[DaybookError | None]:
    """Give what is wrong with each source, or ``None``."""
    answers = await asyncio.gather(*map(_check, specs), return_exceptions=True)
    return [
        explain(answer, os.environ) if isinstance(answer, BaseException) else None
        for answer in answers
    ]


async def _check(spec: SourceSpec) -> None:
    async with open_source(spec, spec.config.get("cursor")) as source:
        await source.probe()
        await source.examine()
