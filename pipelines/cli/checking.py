"""Whether sources can be read now: all of them asked at once, each answer kept."""

import asyncio
import os
from collections.abc import Sequence

from pipelines.cli.failures import explain
from pipelines.config import SourceSpec
from pipelines.sync import probe_source
from sources import DaybookError


async def check_all(specs: Sequence[SourceSpec]) -> list[DaybookError | None]:
    """Give what is wrong with each source, or ``None``."""
    probes = (probe_source(spec, spec.config.get("cursor")) for spec in specs)
    answers = await asyncio.gather(*probes, return_exceptions=True)
    return [
        explain(answer, os.environ) if isinstance(answer, BaseException) else None
        for answer in answers
    ]
