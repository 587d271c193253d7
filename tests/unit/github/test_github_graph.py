"""What only GraphQL tells of: stars and discussions."""

import pytest

from sources import ConfigError, CredentialsError
from sources.testing.case import Mirror
from tests.support.github import GitHubServer, Repository
from tests.support.github_reading import events, held, look, read


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    return server.site.repository("octo/cat")


def test_stars_are_read_once_each(server: GitHubServer, repository: Repository) -> None:
    for number in range(120):
        server.site.clock.move(minutes=5)
        repository.star(server.site.user(f"user-{number}"))
    batches = read(server, events="star")
    assert len(events(batches)) == len({event.event_id for event in events(batches)}) == 120
    for stop in range(1, len(batches)):
        rest = events(read(server, batches[stop - 1].cursor, events="star"))
        assert len(events(batches[:stop])) + len(rest) == 120
    cursor = batches[-1].cursor
    asked = server.count("graphql")
    assert read(server, cursor, events="star") == []
    assert not look(server, cursor, events="star").new
    assert server.count("graphql") == asked
    repository.unstar(server.site.user("user-3"))
    repository.star(server.site.user("late"))
    repository.unstar(server.site.user("user-119"))
    (event,) = events(read(server, cursor, events="star"))
    assert (event.actor, event.kind) == ("late", "github.star")


def test_discussions_are_read_with_all_that_was_said(
    server: GitHubServer, repository: Repository
) -> None:
    clock, ada, bob = server.site.clock, server.site.user("ada"), server.site.user("bob")
    for number in range(60):
        clock.move(minutes=5)
        talk = repository.discuss(f"Talk {number}", user=ada, body="About #1")
    clock.move(minutes=5)
    said = [repository.say(talk, f"Comment {number}", user=bob) for number in range(70)]
    for number in range(65):
        repository.say(talk, f"Reply {number}", user=ada, reply_to=said[0])
    clock.move(minutes=5)
    repository.answer(talk, said[1], by=ada)
    clock.move(minutes=5)
    repository.close_discussion(talk)
    mirror = Mirror().take(read(server, events="discussion"), full=True)
    found = [event.kind.rpartition(".")[2] for event in mirror.events.values()]
    counts = {kind: found.count(kind) for kind in set(found)}
    assert counts == {"opened": 60, "comment": 135, "answered": 1, "closed": 1}
    assert read(server, mirror.cursor, events="discussion") == []
    assert not look(server, mirror.cursor, events="discussion").new
    old = repository.discussions[1]
    clock.move(minutes=5)
    repository.say(old, "Late", user=None)
    mirror.take(read(server, mirror.cursor, events="discussion"), full=False)
    assert mirror.events == held(server, events="discussion")
    assert len(mirror.events) == 198


def test_h2_a_discussion_that_changes_while_the_list_is_read_is_not_lost(
    server: GitHubServer, repository: Repository
) -> None:
    clock, ada = server.site.clock, server.site.user("ada")
    talks = []
    for number in range(160):
        clock.move(minutes=5)
        talks.append(repository.discuss(f"Talk {number}", user=ada))
    mirror = Mirror()
    batches = read(server, events="discussion")
    mirror.take(batches[:1], full=True)
    clock.move(minutes=5)
    repository.say(talks[-1], "Touched", user=ada)
    mirror.take(read(server, mirror.cursor, events="discussion"), full=False)
    mirror.take(read(server, mirror.cursor, events="discussion"), full=False)
    assert mirror.events == held(server, events="discussion")


@pytest.mark.parametrize("name", ["star", "discussion"])
def test_what_only_graphql_tells_needs_a_token(server: GitHubServer, name: str) -> None:
    with pytest.raises(CredentialsError, match=f"tells of '{name}', and it needs a token"):
        read(server, events=name, token=None)
    with pytest.raises(ConfigError, match=f"only GraphQL tells of '{name}'"):
        read(server, events=name, graphql=False)
