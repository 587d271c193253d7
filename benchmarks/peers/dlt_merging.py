"""dlt: the rows merged into PostgreSQL, then the same rows once more.

As ``dlt_merging.py URL FILE arrow|dict FOLDER``; prints the seconds, as JSON. Reading the file
is not counted. Rows as an Arrow table are loaded by COPY from CSV, its quickest way; dicts by
its own default. Columns of lists are left out: dlt would make tables of them.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import dlt
from dlt.destinations import postgres
from pyarrow import feather

url, path, kind, folder = sys.argv[1:]
rows = feather.read_table(path).drop_columns(["files", "refs"])
data = rows if kind == "arrow" else rows.to_pylist()
options = {"loader_file_format": "csv"} if kind == "arrow" else {}
pipeline = dlt.pipeline(
    "measured", destination=postgres(url), dataset_name="merged", pipelines_dir=folder
)


def events() -> Iterator[Any]:
    """Give all rows."""
    yield data


resource = dlt.resource(events, name="events", write_disposition="merge", primary_key="event_id")
seconds = []
for _ in range(2):
    began = time.perf_counter()
    pipeline.run(resource(), **options).raise_on_failed_jobs()
    seconds.append(time.perf_counter() - began)
with pipeline.sql_client() as client:
    ((stored,),) = client.execute_sql("select count(*) from events")
if stored != rows.num_rows:
    raise RuntimeError(f"dlt stored {stored} rows of {rows.num_rows}")
print(json.dumps({"fresh": seconds[0], "replay": seconds[1]}))
