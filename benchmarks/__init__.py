"""Daybook beside its peers: what it costs in time and memory, one command each."""
