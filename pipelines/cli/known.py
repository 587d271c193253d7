"""What may be named: the sources and kinds that there are, configured or held."""

from collections.abc import Callable, Iterable

from pipelines.cli.opening import note
from pipelines.config import Settings
from resources.stores.base import EpisodicStore, EventFilter
from sources.errors import ConfigError
from sources.factory import EventSourceFactory
from sources.settings import guess


def check_named(settings: Settings, store: EpisodicStore, where: EventFilter) -> None:
    """See that the source and the kind of a filter exist.

    Raises:
        ConfigError: one does not; names those that do.
    """
    check_source(settings, where.source, lambda: held_sources(store))
    if where.kind is not None:
        _check_kind(settings, store, where.kind)


def check_source(
    settings: Settings, source_id: str | None, held: Callable[[], Iterable[str]]
) -> None:
    """See that a source is configured, or that something is still held of it.

    Args:
        settings: what is configured.
        source_id: the source; ``None``: any, which is no mistake.
        held: gives the sources of which something is held; asked for only if need be.

    Raises:
        ConfigError: nobody knows it; names those that are known.
    """
    known = {spec.id for spec in settings.sources}
    if source_id is None or source_id in known:
        return
    known |= set(held())
    if source_id not in known:
        raise _unknown("source", source_id, known)


def held_sources(store: EpisodicStore) -> list[str]:
    """Give the sources of which the store holds anything."""
    return [source.source_id for source in store.sources()]


def _check_kind(settings: Settings, store: EpisodicStore, kind: str) -> None:
    types = {spec.type for spec in settings.sources}
    declared = [_declared(name) for name in sorted(types)]
    known = {name for kinds in declared for name in kinds}
    if _is_among(kind, known):
        return
    held = store.timeline(EventFilter(retracted=True), grain="year")["kind"]
    known |= {str(name) for name in held.to_pylist()}
    if _is_among(kind, known):
        return
    if declared and all(declared):
        raise _unknown("kind", kind, known)
    note(f"No event of a kind {kind!r} is held; there are {', '.join(sorted(known)) or 'none'}.")


def _declared(source_type: str) -> tuple[str, ...]:
    try:
        return EventSourceFactory.get_source_class(source_type).KINDS
    except ConfigError:  # its package is broken; what it once gave can still be asked for
        return ()


def _is_among(kind: str, known: Iterable[str]) -> bool:
    """Whether a kind, or ``git.*`` for all that begin so, is one of those."""
    if kind.endswith("*"):
        return any(name.startswith(kind[:-1]) for name in known)
    return kind in known


def _unknown(what: str, name: str, known: Iterable[str]) -> ConfigError:
    names = sorted(known)
    return ConfigError(
        f"there is no {what} {name!r}{guess(name, names)}",
        remedy=f"Known: {', '.join(names) or 'none'}",
    )
