"""What the peers do, each a script for the Python of their own environment."""
