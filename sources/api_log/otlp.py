"""Lines of OpenTelemetry: a log record each, or what a Collector wrote to a file at once."""

from dataclasses import replace

import numpy as np

from sources.api_log.json_lines import JsonParser, find_objects
from sources.api_log.lines import Lines, Positions
from sources.api_log.otlp_lines import (
    LONGEST_REQUESTS,
    Requests,
    are_requests,
    split_requests,
)
from sources.api_log.otlp_records import OtlpRecords
from sources.api_log.parsing import LONGEST_LINE, BadLine, Parsed
from sources.api_log.results import TOO_LONG, bad_lines, join_parsed, join_results


class OtelParser(JsonParser):
    """Parses log records, each of which has an offset of its own, many in a line or one."""

    @property
    def longest(self) -> int:
        """Many records may stand in a line."""
        return LONGEST_REQUESTS

    def read(self, lines: Lines) -> Parsed:
        """Read lines of one piece."""
        begins = find_objects(lines)
        several = are_requests(lines, begins)
        if not several.any():
            return super().read(lines)
        parts = [self._read_requests(lines.at(several), begins[several])]
        if not several.all():
            parts.append(super().read(lines.at(~several)))
        return join_parsed(parts)

    def _read_requests(self, lines: Lines, begins: Positions) -> Parsed:
        requests = split_requests(lines, begins)
        records = requests.records
        long = records.ends - records.starts > LONGEST_LINE
        reasons = dict.fromkeys(np.flatnonzero(long).tolist(), TOO_LONG)
        rows = np.flatnonzero(~long)
        tables = self._take(records, rows, OtlpRecords(requests, self._paths), reasons)
        bad = bad_lines(lines, requests.strange, self._privacy)
        bad += self._bad_records(lines, requests, reasons)
        return join_results(tables, bad, requests.empty)

    def _bad_records(
        self, lines: Lines, requests: Requests, reasons: dict[int, str]
    ) -> list[BadLine]:
        """Say of bad records which of their line they are."""
        starts = lines.starts[requests.line] + lines.first_offset
        bad = bad_lines(requests.records, reasons, self._privacy)
        return [
            replace(line, within=int(starts[row]), number=int(requests.number[row]) + 1)
            for row, line in zip(reasons, bad, strict=True)
        ]
