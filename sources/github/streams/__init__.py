"""How each kind of record is listed, and how far it has been given."""
