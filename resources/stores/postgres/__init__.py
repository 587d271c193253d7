"""The PostgreSQL store; the only place here that imports its driver."""

from resources.stores.postgres.store import PostgresStore, open_postgres

__all__ = ["PostgresStore", "open_postgres"]
