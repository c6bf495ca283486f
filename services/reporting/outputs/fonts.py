"""Chinese fonts for PDF and charts: those of the machine, else the Noto fonts we install.

GB/T 9704 names 小标宋 for titles, 仿宋 for text, 黑体 for headings; a machine that has them uses
them. SimHei is never used: its licence does not let a document travel with it.
"""

import atexit
import functools
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import typst

NEVER: Final = frozenset({"SimHei", "Microsoft YaHei"})
"""Families that are not free to be embedded."""
SERIF: Final = ("Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "Source Han Serif CN")
SANS: Final = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN")
TITLE: Final = ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "STZhongsong", *SERIF)
BODY: Final = ("FangSong_GB2312", "FangSong", "STFangsong", "FandolFang", *SERIF)
HEAD: Final = ("FandolHei", *SANS)
FILES_MAX: Final = 40
"""Most files of the chosen families: weights of four."""
_CHUNK: Final = 1 << 20


class FontsMissingError(Exception):
    """No Chinese font is here; what to install is said."""

    def __init__(self, looked_for: Sequence[str]) -> None:
        """Name what was looked for."""
        super().__init__(
            f"no Chinese font was found (looked for {', '.join(looked_for)}): install "
            "fonts-noto-cjk, or the Python package mplfonts, or name a folder in "
            "DUALWATCH_REPORTING__FONTS"
        )


@dataclass(frozen=True)
class Faces:
    """The fonts chosen; each role has a first choice and what fills its gaps."""

    title: tuple[str, ...]
    head: tuple[str, ...]
    body: tuple[str, ...]
    files: tuple[Path, ...]
    """All their files."""
    folder: Path
    """A folder that holds these files and nothing else."""
    digest: str
    """Of the files: other fonts set other pages."""

    def document(self) -> dict[str, list[str]]:
        """Tell a template what to set in."""
        return {"title": [*self.title], "head": [*self.head], "body": [*self.body]}


_folders: list[str] = []


def look_in(folder: Path | None) -> None:
    """Look for fonts in a folder first."""
    _folders[:] = [] if folder is None else [str(folder)]
    faces.cache_clear()


@functools.cache
def faces() -> Faces:
    """Choose the fonts, once; FontsMissingError if there is none that has Chinese."""
    return choose(_found())


def choose(found: Iterable[tuple[str, Path]]) -> Faces:
    """Choose among families and their files, which are listed by preference."""
    files: dict[str, list[Path]] = {}
    for family, path in found:
        if family not in NEVER and path.name not in {"SimHei.ttf", "simhei.ttf"}:
            files.setdefault(family, []).append(path)
    roles = [tuple(name for name in names if name in files) for names in (TITLE, HEAD, BODY)]
    if not any(name in files for name in SERIF) or not roles[1]:
        raise FontsMissingError(SERIF + SANS)
    title, head, body = ((role[0], _filling(role)) for role in roles)
    chosen = sorted({path for role in (title, head, body) for name in role for path in files[name]})
    folder, digest = _gathered(chosen[:FILES_MAX])
    return Faces(_once(title), _once(head), _once(body), tuple(chosen), folder, digest)


def _filling(names: Sequence[str]) -> str:
    """Name the family that has the signs which the first choice lacks: Noto's, if it is there."""
    return next((name for name in names if name.startswith(("Noto", "Source"))), names[0])


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _gathered(files: Sequence[Path]) -> tuple[Path, str]:
    """Put links to the files into a folder of their own: typst takes folders, and all in them."""
    digest = hashlib.sha256()
    folder = Path(tempfile.mkdtemp(prefix="dualwatch-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for number, path in enumerate(files):
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        place = folder / f"{number:02d}{path.suffix}"
        try:
            place.symlink_to(path)
        except OSError:
            shutil.copyfile(path, place)
    return folder, digest.hexdigest()[:12]


def packaged() -> list[tuple[str, Path]]:
    """List the fonts that were installed with us."""
    ours = find_spec("mplfonts")
    places = (ours.submodule_search_locations or ()) if ours else ()
    return _listed([str(Path(place) / "fonts") for place in places], system=False)


def _found() -> list[tuple[str, Path]]:
    """List families with their files: a folder that was named, the machine's, our package's."""
    found: list[tuple[str, Path]] = []
    for more in (_listed(_folders, system=False), _listed([], system=True), packaged()):
        # Files of one family come from one place: two of the same name may differ.
        known = {family for family, _ in found}
        found += [one for one in more if one[0] not in known]
    return found


def _listed(folders: list[str], *, system: bool) -> list[tuple[str, Path]]:
    if not folders and not system:
        return []
    fonts = typst.Fonts(
        include_system_fonts=system, include_embedded_fonts=False, font_paths=list(folders)
    )
    return [(font.family, Path(font.path)) for font in fonts.fonts() if font.path]
