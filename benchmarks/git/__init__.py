"""Git histories: Daybook beside git itself, GitPython, PyDriller and Perceval."""
