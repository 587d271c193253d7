"""What tests of reading GitHub begin with, as fixtures."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.github import GitHubServer, github_server

_PEM = serialization.Encoding.PEM


class AppKey:
    """The key of a GitHub App, both halves of it as text."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        public = serialization.PublicFormat.SubjectPublicKeyInfo
        self.private = key.private_bytes(_PEM, form, plain).decode()
        self.public = key.public_key().public_bytes(_PEM, public).decode()


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    """A GitHub on which there is nothing yet."""
    with github_server() as made:
        yield made


@pytest.fixture(scope="session")
def app_key() -> AppKey:
    """One for all, as it takes long to make."""
    return AppKey()
