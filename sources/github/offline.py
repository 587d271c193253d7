"""Files of saved webhook deliveries and of GH Archive, read as a source of their own.

Each line is one JSON object; a file may be one object or a list of them as well. Files are read in
the order of their names, which begin with their time where GitHub or its archive named them. One
that grew is read on from where it ended; a half-written last line waits.
"""

import gzip
import logging
import zlib
from collections import Counter
from collections.abc import Generator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from sources.batch import RAW_LIMIT, EventBatch, QuarantineRecord
from sources.errors import ConfigError
from sources.event import EpisodicEvent
from sources.github.config import GithubConfig
from sources.github.cursor import File, Position
from sources.github.events.building import Repo
from sources.github.events.deliveries import TOLD, delivered
from sources.github.events.envelopes import Delivery, changed_at, parse_delivery, say_what
from sources.github.events.withdrawals import is_final, withdrawn
from sources.github.gathering import make_batch
from sources.github.groups import group_of
from sources.github.passes import MakeReader
from sources.github.reading import MALFORMED, Piece, Reader, say_why
from sources.github.remembering import Memory
from sources.github.saved import Saved, open_file, parse_line, put_in_order, read_lines
from sources.github.writing import CursorWriter

logger = logging.getLogger(__name__)

BATCH: Final = 500
"""Lines of a batch at most, which are read in the order of their times."""

BYTES: Final = 4 << 20
"""Bytes that are enough for a batch, however few lines."""

_REMEMBERED: Final = {"discussion": "discussion", "star": "star", "push": "tag", "delete": "tag"}
"""Deliveries that are remembered, where their events are asked for."""


def find_files(config: GithubConfig, source_id: str) -> list[Path]:
    """Find the files, by name.

    Raises:
        ConfigError: there is none.
    """
    pattern = Path(config.files or "").absolute()
    found = Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
    files = sorted(path for path in found if path.is_file())
    if not files:
        raise ConfigError(
            f"{source_id}: no file fits {config.files}", remedy="Correct `files`, a path or a glob"
        )
    return files


def find_news_in_files(config: GithubConfig, source_id: str, position: Position) -> str | None:
    """Name a file that is new or changed; ``None``: there is none."""
    for path in find_files(config, source_id):
        known = position.files.get(str(path))
        if known is None or known.size != path.stat().st_size:
            return f"{path.name} is new" if known is None else f"{path.name} has changed"
    return None


def read_files(
    make_reader: MakeReader,
    source_id: str,
    config: GithubConfig,
    position: Position,
    passed: Counter[str],
) -> Generator[EventBatch, None, None]:
    """Give what is new in the files; the cursor of each batch holds once it is stored.

    Args:
        make_reader: for each repository.
        source_id: whose.
        config: its settings.
        position: how far the files have been given.
        passed: counts what no event is made of, by its name; what is there already stays.

    Raises:
        ConfigError: there is no file, or one cannot be read.
    """
    writer = CursorWriter(position)
    position.full, before = None, writer.write()
    reading = _Reading(make_reader, source_id, config, position, passed)
    for path in find_files(config, source_id):
        size, known = path.stat().st_size, position.files.get(str(path))
        if known is not None and known.size == size:
            continue
        place = File(size=size, done=known.done if known and known.size < size else 0)
        position.files[str(path)] = File(size=-1, done=place.done)
        for piece in reading.read(path, position.files[str(path)]):
            yield make_batch(piece, writer.write())
        place.done = position.files[str(path)].done
        position.files[str(path)] = place
    if passed:
        told = ", ".join(f"{number:,} {name}" for name, number in passed.most_common())
        logger.info("%s: passed over: %s", source_id, told)
    if writer.write() != before:
        yield make_batch(Piece(), writer.write())


class _Reading:
    """Turns lines into events."""

    def __init__(
        self,
        make_reader: MakeReader,
        source_id: str,
        config: GithubConfig,
        position: Position,
        passed: Counter[str],
    ) -> None:
        self._make_reader = make_reader
        self._source_id = source_id
        self._config = config
        self._memory = Memory(position)
        self._passed = passed
        self._named = {name.lower() for name in config.repositories}

    def read(self, path: Path, place: File) -> Generator[Piece, None, None]:
        """Give a file's pieces from ``place`` on, which is moved behind each before it is given."""
        piece, records, begun = Piece(), list[Saved](), place.done
        try:
            with open_file(path) as file:
                file.seek(place.done)
                for number, line in enumerate(read_lines(file), 1):
                    records += _parse(line, f"{path.name}:{place.done}", piece)
                    place.done += len(line)
                    if number % BATCH == 0 or place.done - begun >= BYTES:
                        yield self._fill(piece, records)
                        piece, records, begun = Piece(), [], place.done
        except (EOFError, zlib.error) as error:
            piece.bad.append(self._cut(path, place, error))
        except OSError as error:
            if not (isinstance(error, gzip.BadGzipFile) and place.done):
                raise ConfigError(
                    f"{self._source_id}: {path} cannot be read: {error}",
                    remedy="Give the right to read it, or take it away if it is damaged",
                ) from error
            piece.bad.append(self._cut(path, place, error))  # it is one, and damaged
        yield self._fill(piece, records)

    def _cut(self, path: Path, place: File, error: Exception) -> QuarantineRecord:
        """Say that a packed file cannot be read on; once it has changed, that is tried again."""
        logger.warning(
            "%s: %s breaks off behind %d bytes, unpacked; the other files are read, and this one "
            "is read on once its size has changed",
            self._source_id,
            path,
            place.done,
        )
        return _bad(f"{path.name}:{place.done} rest", error, b"")

    def _fill(self, piece: Piece, records: list[Saved]) -> Piece:
        """Add what records tell; one that cannot be understood takes nothing else with it."""
        for record in put_in_order(records):
            try:
                made, gone = self._understand(parse_delivery(record.value))
            except MALFORMED as error:
                piece.bad.append(_bad(record.locator, error, record.raw()))
            else:
                given = {event.event_id for event in made}  # again, if it was taken back before
                piece.retracted = [one for one in piece.retracted if one not in given] + gone
                piece.events += made
        self._memory.forget()
        return piece

    def _understand(self, delivery: Delivery) -> tuple[list[EpisodicEvent], list[str]]:
        if delivery.name not in TOLD:
            return self._pass_over(delivery.name)
        where = delivery.repository
        if where is None or not self._chosen(where[1]):
            return self._pass_over("of another repository")
        number, name = where
        if number is None:
            raise ValueError("the line does not number its repository")
        reader = self._make_reader(Repo(source_id=self._source_id, id=number, name=name))
        told = [one for one in delivered(reader.repo, delivery, self._config.branch) if one]
        kept = self._memory.known if reader.wants(_REMEMBERED.get(delivery.name, "")) else {}
        gone = list(withdrawn(reader.repo, delivery, kept))
        if not told and not gone:
            return self._pass_over(say_what(delivery))
        if is_final(delivery):
            self._memory.bury(gone)
        wanted, changed = (one for one in told if _is_wanted(reader, one)), changed_at(delivery)
        made = [event for event in wanted if self._memory.admits(event, changed)]
        for _ in range(len(told) - len(made)):
            reader.skip()
        return made, gone

    def _pass_over(self, reason: str) -> tuple[list[EpisodicEvent], list[str]]:
        self._passed[reason] += 1
        return [], []

    def _chosen(self, full_name: str) -> bool:
        owner, _, name = full_name.partition("/")
        if self._config.organisation is None:
            return full_name.lower() in self._named
        return (
            owner.lower() == self._config.organisation.lower()
            and any(fnmatchcase(name, item) for item in self._config.include)
            and not any(fnmatchcase(name, item) for item in self._config.exclude)
        )


def _parse(line: bytes, locator: str, piece: Piece) -> list[Saved]:
    try:
        return parse_line(line, locator)
    except ValueError as error:
        piece.bad.append(_bad(locator, error, line))
        return []


def _is_wanted(reader: Reader, event: EpisodicEvent) -> bool:
    return reader.wants(group_of(event.kind)) and reader.asked_for(event.occurred_at)


def _bad(locator: str, error: Exception, raw: bytes) -> QuarantineRecord:
    return QuarantineRecord(locator=locator, reason=say_why(error), raw=raw[:RAW_LIMIT])
