"""GitHub on this machine: a site that changes, and a server that tells of it as GitHub does."""

from tests.support.github.repository import Repository
from tests.support.github.server import GitHubServer, github_server
from tests.support.github.site import Site
from tests.support.github.things import Change, Token
from tests.support.loopback.clock import START, StillClock
from tests.support.loopback.faults import Fault

__all__ = [
    "START",
    "Change",
    "Fault",
    "GitHubServer",
    "Repository",
    "Site",
    "StillClock",
    "Token",
    "github_server",
]
