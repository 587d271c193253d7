"""What most commands begin with: the settings read, the store opened."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.cli.home import prepare_home
from pipelines.config import Settings
from pipelines.lean import spare_pandas, use_system_memory
from pipelines.loading import load_place, load_settings
from pipelines.wording import counted
from resources.embedded import EmbeddedPostgres
from resources.opening import open_store
from resources.stores.postgres import PostgresStore
from sources.errors import ConfigError

logger = logging.getLogger(__name__)


def read_settings() -> Settings:
    """Read what environment and configuration file say.

    Raises:
        ConfigError: all mistakes at once.
    """
    return load_settings(os.environ, Path.cwd())


def read_settings_to_look() -> Settings:
    """Read the same for a command that only looks at what is stored.

    A mistake in the configuration is said in one line, and then no source is known. So is a home
    that is not there yet: whoever looks into it for what is elsewhere would find nothing.
    """
    place = load_place(os.environ, Path.cwd())
    elsewhere = place.database_url or os.environ.get("DAYBOOK_LAKE")
    if not elsewhere and not place.home.exists():
        note(f"daybook: {place.home} is new, so it holds nothing; DAYBOOK_HOME names another")
    try:
        return read_settings()
    except ConfigError as error:
        first, *more = error.message.splitlines()
        rest = f" (and {counted(len(more), 'more mistake', 'more mistakes')})" if more else ""
        note(f"daybook: {first}{rest}; looking only at what is stored")
        return place


@contextmanager
def opened_store(settings: Settings, *, drafts: bool = False) -> Iterator[PostgresStore]:
    """Open the store that the settings mean; the embedded server is started if need be.

    Args:
        settings: what they are.
        drafts: whether the command stores and then draws the lake.
    """
    spare_pandas()
    use_system_memory()
    prepare_home(settings.home)
    url = settings.database_url
    with open_store(home=settings.home, database_url=url, drafts=drafts) as store:
        yield store


def note(text: str) -> None:
    """Say something to the person, apart from the answer: on stderr.

    Where the terminal was closed there is nobody to hear it, and what is being ended then has to be
    ended all the same.
    """
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        logger.debug("nobody reads stderr any more: %s", text)


def owner_url(settings: Settings) -> str:
    """Give the URL that logs in as the owner of the tables; starts the embedded server."""
    return settings.database_url or EmbeddedPostgres(settings.home).url()
