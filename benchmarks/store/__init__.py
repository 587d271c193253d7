"""The PostgreSQL store beside dlt's merge into the same server."""
