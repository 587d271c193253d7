"""The formats that have a name, and the compilers of format strings."""
