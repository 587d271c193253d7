"""Dagster's own tables in a database of somebody else's settings."""

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from resources.dagster_storage import prepare_dagster_storage
from tests.support.databases import execute


def test_dagster_writes_utc_whatever_the_zone_of_the_database(database_url: str) -> None:
    name = str(make_url(database_url).database)
    execute(database_url, "alter database {} set timezone to 'Asia/Tokyo'", name)
    engine = create_engine(prepare_dagster_storage(database_url))
    with engine.connect() as connection:
        shown = [connection.execute(text(f"show {item}")).scalar() for item in _SETTINGS]
    engine.dispose()
    assert shown == ["UTC", "dagster"]


_SETTINGS = ("timezone", "search_path")
