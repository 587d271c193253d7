"""Fixtures that tests of reading GitHub share."""

from tests.support.github_fixtures import app_key, server

__all__ = ["app_key", "server"]
