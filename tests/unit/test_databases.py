"""The suite's own databases: the ground other tests stand on."""

from tests.support.databases import execute


def test_each_test_has_a_database_of_its_own(database_url: str, empty_database_url: str) -> None:
    names = [
        execute(url, "select current_database()") for url in (database_url, empty_database_url)
    ]
    assert names[0] != names[1]


def test_the_external_server_is_an_older_postgresql(external_server: str) -> None:
    ((version,),) = execute(external_server, "show server_version_num")
    assert 150000 <= int(str(version)) < 160000
