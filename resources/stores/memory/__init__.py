"""A store in memory: the whole contract, for tests, notebooks and trying things out."""

from resources.stores.memory.store import MemoryStore

__all__ = ["MemoryStore"]
