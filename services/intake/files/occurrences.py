"""Counting equal rows without keeping them: exact, in bounded memory."""

import sqlite3
from typing import Final

IN_MEMORY_MAX: Final = 100_000
"""Counters that are kept in memory; beyond them they go to a temporary database on disk."""
CACHE_KIB: Final = 8_192


class Counters:
    """Counts by key; the first time a key is seen its number is 1."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._seen: dict[bytes, int] = {}
        self._disk: sqlite3.Connection | None = None

    def number(self, key: bytes) -> int:
        """Count a key and return its number so far."""
        if self._disk is None:
            number = self._seen.get(key, 0) + 1
            self._seen[key] = number
            if len(self._seen) > IN_MEMORY_MAX:
                self._spill()
            return number
        found = self._disk.execute(
            "insert into seen values (?, 1) "
            "on conflict (key) do update set times = times + 1 returning times",
            (key,),
        ).fetchone()
        return int(found[0])

    def _spill(self) -> None:
        # An empty name: a temporary database that SQLite keeps on disk and removes by itself.
        disk = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        disk.execute(f"pragma cache_size = -{CACHE_KIB}")
        disk.execute("pragma journal_mode = off")
        disk.execute("pragma synchronous = off")
        disk.execute("create table seen (key blob primary key, times integer) without rowid")
        disk.execute("begin")
        disk.executemany("insert into seen values (?, ?)", self._seen.items())
        self._disk = disk
        self._seen = {}

    def close(self) -> None:
        """Give the temporary database back."""
        if self._disk is not None:
            self._disk.close()
            self._disk = None
