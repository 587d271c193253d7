"""All repositories of an organisation: found, renamed, archived, deleted."""

from collections.abc import Iterator
from typing import Any

import pytest

from sources import ConfigError
from sources.testing.case import Mirror
from tests.support.github import GitHubServer, github_server
from tests.support.github_reading import events, look, read


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with github_server() as made:
        made.site.organisation("octo")
        for name in ("cat", "dog", "old-dog", "cat-docs"):
            made.site.repository(f"octo/{name}").open_issue(f"In {name}", user=None)
        yield made


def titles(server: GitHubServer, **more: Any) -> set[str]:
    found = events(read(server, repo=None, organisation="octo", **more))
    return {event.title.removeprefix("In ") for event in found}


def test_globs_choose_repositories(server: GitHubServer) -> None:
    server.site.repositories[min(server.site.repositories)].archived = True
    assert titles(server) == {"cat", "dog", "old-dog", "cat-docs"}
    assert titles(server, archived=False) == {"dog", "old-dog", "cat-docs"}
    assert titles(server, include=["*dog"]) == {"dog", "old-dog"}
    assert titles(server, exclude=["*-*"]) == {"cat", "dog"}
    with pytest.raises(ConfigError, match="no repository of octo is chosen"):
        titles(server, include=["lion"])


def test_an_account_of_a_person_will_do(server: GitHubServer) -> None:
    server.site.repository("ada/notes").open_issue("Note", user=None)
    found = events(read(server, repo=None, organisation="ada"))
    assert [event.title for event in found] == ["Note"]
    with pytest.raises(ConfigError, match="no organisation nobody"):
        read(server, repo=None, organisation="nobody")


def test_repositories_that_come_and_go_are_noticed(server: GitHubServer) -> None:
    asked: dict[str, Any] = {"repo": None, "organisation": "octo"}
    mirror = Mirror().take(read(server, **asked), full=True)
    spent = server.spent("secret")
    assert read(server, mirror.cursor, **asked) == []
    assert not look(server, mirror.cursor, **asked).new
    assert server.spent("secret") == spent
    server.site.clock.move(minutes=2)
    server.site.repository("octo/new").open_issue("In new", user=None)
    cat = server.site.find("octo/cat")
    assert cat is not None
    server.site.rename(cat, "octo/lion")
    cat.open_issue("In lion", user=None)
    dog = server.site.find("octo/dog")
    assert dog is not None
    server.site.delete(dog)
    found = events(read(server, mirror.cursor, **asked))
    assert {event.title: event.subject for event in found} == {
        "In new": "octo/new#1",
        "In lion": "octo/lion#2",
        "In cat": "octo/lion#1",  # as new as the last that was read, and under its new name
    }


def test_more_repositories_than_a_page(server: GitHubServer) -> None:
    for number in range(130):
        server.site.repository(f"octo/repository-{number}")
    asked: dict[str, Any] = {"repo": None, "organisation": "octo", "events": ["issues"]}
    batches = read(server, **asked)
    assert len(events(batches)) == 4
    cursor = batches[-1].cursor
    assert cursor is not None
    assert len(cursor["repositories"]) == 134
    server.site.repository("octo/zebra").open_issue("Last", user=None)
    assert [event.title for event in events(read(server, cursor, **asked))] == ["Last"]
