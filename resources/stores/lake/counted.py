"""What is counted of a window's requests, in its file and in the store."""

import pyarrow as pa

from resources.stores.base import EpisodicStore
from resources.stores.lake.names import TRAFFIC, file_name
from resources.stores.lake.parquet import read_columns, write_table
from resources.stores.lake.places import Place
from resources.stores.traffic import TRAFFIC_SCHEMA
from sources.errors import StoreError


def replace_traffic(
    place: Place, store: EpisodicStore, source_id: str, window: str, traffic: pa.Table
) -> None:
    """Put traffic into file and store, in the place of what was there; without any: no file."""
    name = file_name(source_id, window, TRAFFIC)
    if traffic.num_rows:
        with place.replacing(name) as stream:
            write_table(stream, traffic, source_id, window)
    else:
        place.delete(name)
    store.replace_traffic(source_id, window, traffic)


def compare_traffic(
    place: Place, store: EpisodicStore, source_id: str, window: str, traffic: pa.Table
) -> str | None:
    """Hold file and store against what the window's requests give; says what is wrong."""
    try:
        filed = read_columns(place, file_name(source_id, window, TRAFFIC), TRAFFIC_SCHEMA.names)
    except FileNotFoundError:
        filed = TRAFFIC_SCHEMA.empty_table()
    except StoreError as error:
        return str(error)
    if not filed.equals(traffic):
        return "another count than the requests give"
    if not store.get_traffic_table(source_id, window).equals(traffic):
        return "the table api_traffic counts otherwise than the requests give"
    return None
