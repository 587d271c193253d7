"""Erasing a person's text: what stores promise, and what is left of a row."""

from resources.stores.erasing.blank import ERASED, blank, withhold
from resources.stores.erasing.contract import (
    ActorFound,
    ErasingStore,
    Erasure,
    ErasureReport,
    Observer,
    Waiter,
)
from resources.stores.erasing.known import Erasures, new_erasure, recall, written_by
from resources.stores.erasing.records import Scrubbed, Sought, scrub_known

__all__ = [
    "ERASED",
    "ActorFound",
    "ErasingStore",
    "Erasure",
    "ErasureReport",
    "Erasures",
    "Observer",
    "Scrubbed",
    "Sought",
    "Waiter",
    "blank",
    "new_erasure",
    "recall",
    "scrub_known",
    "withhold",
    "written_by",
]
