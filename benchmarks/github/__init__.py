"""A repository on GitHub: Daybook beside Perceval, asking the same server on this machine."""
