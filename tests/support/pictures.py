"""Files as others draw them: LibreOffice makes PDF of Office files, poppler draws PDF.

Needs `libreoffice-writer`, `libreoffice-calc` and `poppler-utils`; for tests marked long.
"""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SECONDS_MAX: Final = 180
DPI: Final = 50
WHITE: Final = 250
WORD: Final = re.compile(
    r'<word xMin="([-0-9.]+)" yMin="([-0-9.]+)" xMax="([-0-9.]+)" yMax="([-0-9.]+)">(.*?)</word>'
)
PAGE: Final = re.compile(r'<page width="([0-9.]+)" height="([0-9.]+)">(.*?)</page>', re.DOTALL)


@dataclass(frozen=True)
class Page:
    """A page as poppler sees it; points."""

    width: float
    height: float
    words: tuple[str, ...]
    beyond: tuple[str, ...]
    """Words that reach beyond the page's edge."""
    ink: float
    """Share of the picture that is not white."""


def pages(content: bytes, suffix: str) -> list[Page]:
    """Draw a file (pdf, docx, xlsx)."""
    with tempfile.TemporaryDirectory(prefix="dualwatch-pictures-") as name:
        folder = Path(name)
        given = folder / f"given.{suffix}"
        given.write_bytes(content)
        if suffix != "pdf":
            profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
            _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", name, given)
        drawn = folder / "given.pdf"
        _run("pdftotext", "-bbox", drawn, folder / "words.html")
        _run("pdftoppm", "-r", str(DPI), "-gray", drawn, folder / "page")
        texts = PAGE.findall((folder / "words.html").read_text("utf-8"))
        pictures = [path.read_bytes() for path in sorted(folder.glob("page-*.pgm"))]
    return [
        _page(float(width), float(height), text, picture)
        for (width, height, text), picture in zip(texts, pictures, strict=True)
    ]


def _page(width: float, height: float, text: str, picture: bytes) -> Page:
    found = WORD.findall(text)
    beyond = [
        word
        for left, top, right, bottom, word in found
        if float(left) < 0 or float(top) < 0 or float(right) > width or float(bottom) > height
    ]
    # A portable graymap: three lines of header, then a byte for each point.
    points = picture.split(b"\n", 3)[3]
    ink = sum(point < WHITE for point in points) / len(points)
    return Page(width, height, tuple(word for *_, word in found), tuple(beyond), ink)


def _run(program: str, *arguments: str | Path) -> None:
    path = shutil.which(program)
    assert path, f"{program} is not here: install libreoffice-writer, -calc and poppler-utils"
    subprocess.run(  # noqa: S603 - our own files
        [path, *map(str, arguments)], check=True, capture_output=True, timeout=SECONDS_MAX
    )
