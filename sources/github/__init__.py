"""What happened in repositories on GitHub, read through its programming interface."""
