"""Windows of one source read at the same time: they share an App's token, and nothing else."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sources import EventBatch
from sources.github import GithubEventSource
from sources.testing.case import drain
from tests.support.github import Fault, GitHubServer, Site, StillClock, github_server
from tests.support.github_reading import events, settings

BEGAN = datetime.now(UTC) - timedelta(days=200)


MONTHS = [BEGAN + timedelta(days=40 * number) for number in range(5)]


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def server(key: rsa.RSAPrivateKey) -> Iterator[GitHubServer]:
    """A repository with twenty issues in five months, read by an App."""
    with github_server(Site(StillClock(BEGAN))) as made:
        site, owner = made.site, made.site.user("octo")
        repository = site.repository("octo/cat")
        for number in range(20):
            site.clock.move(days=9)
            issue = repository.open_issue(f"Issue {number}", user=owner)
            repository.comment(issue, "So it is", user=owner)
        site.clock.move(seconds=(datetime.now(UTC) - site.clock.now()).total_seconds())
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        pem = key.public_key().public_bytes(serialization.Encoding.PEM, form)
        site.apps["4711"] = pem.decode()
        site.installations[8] = owner
        yield made


async def create(server: GitHubServer, key: rsa.RSAPrivateKey) -> GithubEventSource:
    form, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
    return await GithubEventSource.create(
        {"app_id": "4711", "private_key": private}, settings(server)
    )


async def read(source: GithubEventSource, number: int) -> list[EventBatch]:
    start = MONTHS[number] if number else None
    end = MONTHS[number + 1] if number + 1 < len(MONTHS) else None
    async with source.windowed(start, end) as window:
        return await drain(window)


def test_all_windows_at_once_are_all_there_is(server: GitHubServer, key: rsa.RSAPrivateKey) -> None:
    async def collect() -> list[list[EventBatch]]:
        source = await create(server, key)
        return await asyncio.gather(*(read(source, number) for number in range(len(MONTHS))))

    told = [events(batches) for batches in asyncio.run(collect())]
    assert all(told)
    found = [event.event_id for window in told for event in window]
    assert len(found) == len(set(found)) == 40
    assert server.count("access_tokens") == 1


def test_a_window_that_ends_early_ends_no_other(
    server: GitHubServer, key: rsa.RSAPrivateKey
) -> None:
    """One gets the App's token, which takes long; the other waits for that, and is cancelled."""
    held = Event()
    fault = Fault(match="access_tokens", hold=held, cut=1)
    server.faults.append(fault)

    async def collect() -> list[EventBatch]:
        source = await create(server, key)
        first = asyncio.ensure_future(read(source, 1))
        assert await asyncio.to_thread(fault.reached.wait, 30)
        second = asyncio.ensure_future(read(source, 2))
        await asyncio.sleep(0)  # it has begun
        second.cancel()
        ended, _ = await asyncio.wait([second], timeout=30)
        assert ended
        assert second.cancelled()
        assert not held.is_set()
        held.set()
        return await first

    assert len(events(asyncio.run(collect()))) == 8


def test_a_window_read_to_its_end_leaves_the_next_one_a_token(
    server: GitHubServer, key: rsa.RSAPrivateKey
) -> None:
    async def collect() -> int:
        source = await create(server, key)
        told = 0
        for number in range(len(MONTHS)):
            told += len(events(await read(source, number)))
        return told

    assert asyncio.run(collect()) == 40
    assert server.count("access_tokens") == 1
