"""Packages that bring source types, as far as importlib's metadata can tell."""

from pathlib import Path


def broken_package(site: Path) -> Path:
    """Install into ``site`` a package whose source type ``broken`` cannot be loaded."""
    package = site / "broken-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[daybook.sources]\nbroken = not_there:Source\n")
    return site
