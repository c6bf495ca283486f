"""Template files of one's own, as they lie in their folder now.

A file that is put there, changed or taken away while processes run counts from its next use, in
each of them: what a list offers can be used, and what it no longer offers cannot. Whether anything
changed is told by what the file system knows of each file; content is read only then, or as long as
a file cannot be read.

A folder that is named has to be there: without it a process does not start, for its forms would be
those of a deployment that has no templates. Goes it while processes run, they keep what they have.
"""

import fnmatch
import os
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

Made = TypeVar("Made")
Files = Mapping[str, bytes | None]
"""Name → content, in the order of names; null: it is there and cannot be read."""
UNREADABLE: Final = "cannot be read: look at its owner, its mode and its disk"
"""What is said of a file without content."""
Mark = tuple[tuple[str, int, int, int, int], ...]
"""Name, times of change, size and number of each file: others as soon as a file is another."""


class FolderError(Exception):
    """The folder of templates of one's own is not there, or nobody may look into it."""

    def __init__(self, folder: Path, why: str) -> None:
        """Name the folder, and say what the file system says of it."""
        super().__init__(f"{folder}: {why}")


@dataclass(frozen=True, slots=True)
class Sort:
    """Files of one kind of template."""

    pattern: str
    """What they are called."""
    files_max: int
    """Most that are used, the first by name."""
    bytes_max: int
    """Largest that is read whole; of a larger one a byte more, so that it is found too large."""


@dataclass(frozen=True, slots=True)
class _Shelved(Generic[Made]):
    mark: Mark | None
    """Null: not all could be read, and one looks again the next time."""
    made: Made


class Shelf(Generic[Made]):
    """What is made of the files of a folder, and made anew once they are others.

    `make` gets the files (one more than may be, if there are more) and what it made of them before;
    null: a process starts, and a file at fault ends it. Later such a file is left as it was.
    """

    def __init__(self, sort: Sort, make: Callable[[Files, Made | None], Made]) -> None:
        """Look into no folder before `look_in`."""
        self._sort: Final = sort
        self._make = make
        self._folder: Path | None = None
        self._found: _Shelved[Made] | None = None
        self._turn = threading.Lock()

    def look_in(self, folder: Path | None) -> None:
        """Use the files of a folder from now on; what is wrong with one is raised.

        FolderError: it is not there.
        """
        with self._turn:
            self._folder, self._found = folder, None
        self.now()

    def now(self) -> Made:
        """Give what is made of the files as they are now; if their folder is gone, as they were."""
        try:
            return self._looked()
        except FolderError:
            # A disk that is away for a moment takes no words from forms; the list says that it is.
            if self._found is None:
                raise
            return self._found.made

    def _looked(self) -> Made:
        found, mark = self._found, _mark(self._folder, self._sort)
        if found is not None and found.mark == mark:
            return found.made
        # Files are made in threads: one of them reads for all.
        with self._turn:
            return self._anew()

    def _anew(self) -> Made:
        # Before the files are read: what changes meanwhile is another mark the next time.
        found, mark = self._found, _mark(self._folder, self._sort)
        if found is not None and found.mark == mark:
            return found.made
        files = files_in(self._folder, self._sort, more=1)
        made = self._make(files, None if found is None else found.made)
        self._found = _Shelved(None if None in files.values() else mark, made)
        return made


def files_in(folder: Path | None, sort: Sort, more: int = 0) -> dict[str, bytes | None]:
    """Read the files of a kind, the first by name, and so many `more` than may be.

    One that cannot be read is told, and hinders no other; FolderError: the folder itself cannot.
    """
    found: dict[str, bytes | None] = {}
    for path, _ in _listed(folder, sort, sort.files_max + more):
        try:
            with path.open("rb") as file:
                found[path.name] = file.read(sort.bytes_max + 1)
        except FileNotFoundError:
            # Taken away since it was listed.
            continue
        except OSError:
            # Lists say so.
            found[path.name] = None
    return found


def _mark(folder: Path | None, sort: Sort) -> Mark:
    return tuple(
        (path.name, 0, 0, 0, 0)
        if known is None
        else (path.name, known.st_mtime_ns, known.st_ctime_ns, known.st_size, known.st_ino)
        for path, known in _listed(folder, sort, sort.files_max + 1)
    )


def _listed(folder: Path | None, sort: Sort, most: int) -> list[tuple[Path, os.stat_result | None]]:
    """List files by name; null: nobody tells what it is."""
    found: list[tuple[Path, os.stat_result | None]] = []
    for path in _named(folder, sort)[:most]:
        try:
            known = path.stat()
        except FileNotFoundError:
            continue
        except OSError:
            found.append((path, None))
            continue
        if stat.S_ISREG(known.st_mode):
            found.append((path, known))
    return found


def _named(folder: Path | None, sort: Sort) -> list[Path]:
    if folder is None:
        return []
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError as error:
        raise FolderError(folder, error.strerror or str(error)) from error
    return [folder / name for name in sorted(fnmatch.filter(names, sort.pattern))]
