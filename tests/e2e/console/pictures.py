"""Pictures of the console's pages for docs/images: `python -m tests.e2e.console.pictures URL KEYS`.

URL is that of a running console with the demonstration's city, KEYS the folder with a key for each
demonstration person (`keys` of the data directory). Each picture is what the person sees first,
in few colours.
"""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx
from PIL import Image
from playwright.sync_api import Browser

from services.console.pages.frame.looking import COOKIE, SIGN_IN
from tests.support.browser import DESK, PHONE, browser, looking

OUT: Final = Path(__file__).parents[3] / "docs" / "images"
CITY: Final = "990100-7"
COLOURS: Final = 128
OWN: Final = {"sec-fetch-site": "same-origin"}
STANDS: Final = "() => document.getElementById('busy')?.hidden !== false"
"""Nothing is being read any more."""
FIRST: Final = "first:"
"""Begins a page that is the first link of this kind on another: `first:<page> <selector>`."""


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it."""

    name: str
    who: str
    path: str
    size: tuple[int, int] = DESK

    @property
    def file(self) -> str:
        """Name its file."""
        ending = "-phone" if self.size == PHONE else ""
        return f"console-{self.name}-{self.who}{ending}.png"


LEAD, UNIT, DEPARTMENT = "performance-division", "unit-filler", "department-reviewer"
OPERATOR, AUDITOR, DESK_OF_DATA = "operator", "auditor", "data-desk"
PROJECT: Final = f"{FIRST}/?sort=light #projects tbody a[href*='/projects/']"
ALERT: Final = f"{FIRST}/alerts ul.alerts a.open"
PICTURES: Final = (
    Picture("overview", LEAD, "/"),
    Picture("overview", LEAD, "/", PHONE),
    Picture("department", DEPARTMENT, "/departments/101"),
    Picture("project", LEAD, PROJECT),
    Picture("project", LEAD, PROJECT, PHONE),
    Picture("proof", AUDITOR, f"{PROJECT}|#entries a[href*='/proof']"),
    Picture("ranking", LEAD, "/ranking"),
    Picture("completeness", LEAD, "/completeness"),
    Picture("waiting", LEAD, "/waiting"),
    Picture("waiting", LEAD, "/waiting", PHONE),
    Picture("changes", LEAD, "/changes"),
    Picture("search", LEAD, f"/search?q={quote('改造')}"),
    Picture("help", UNIT, "/help"),
    Picture("alerts", LEAD, "/alerts"),
    Picture("alert", LEAD, ALERT),
    Picture("alerts", LEAD, "/alerts", PHONE),
    Picture("campaigns", LEAD, "/campaigns"),
    Picture("papers", LEAD, "/papers?waiting=all"),
    Picture("data", DESK_OF_DATA, "/data"),
    Picture("files", DESK_OF_DATA, "/data/files"),
    Picture("quarantine", DESK_OF_DATA, "/data/quarantine"),
    Picture("checkpoints", AUDITOR, "/data/checkpoints"),
    Picture("days", OPERATOR, "/data/days"),
    Picture("organisations", LEAD, "/administration/organisations"),
    Picture("people", OPERATOR, "/administration/people"),
    Picture("audit", AUDITOR, "/administration/audit"),
    Picture("packs", LEAD, "/administration/packs"),
    Picture("templates", LEAD, "/administration/templates"),
    Picture("sign-in", "anybody", SIGN_IN),
    Picture("account", UNIT, "/account"),
)


def cookie_of(base: str, keys: Path, who: str) -> dict[str, str]:
    """Sign in with a demonstration person's key."""
    key = (keys / who).read_text("utf-8").strip()
    answer = httpx.post(base + SIGN_IN, data={"by": "key", "key": key}, headers=OWN, timeout=60)
    return {COOKIE: answer.cookies[COOKIE]}


def drawn(started: Browser, base: str, keys: Path, wanted: Picture) -> bytes:
    """Open the page and take its picture."""
    cookies = None if wanted.who == "anybody" else cookie_of(base, keys, wanted.who)
    with looking(started, base, wanted.size, cookies) as look:
        first, *steps = wanted.path.removeprefix(FIRST).split("|")
        path, _, selector = first.partition(" ")
        look.open(path)
        for link in filter(None, (selector, *steps)):
            look.page.goto(base + str(look.page.locator(link).first.get_attribute("href")))
        look.page.wait_for_function(STANDS)
        return bytes(look.page.screenshot())


def small(picture: bytes) -> bytes:
    """Keep few colours: a page has few, and pictures lie in the repository."""
    out = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=True
    )
    return out.getvalue()


def main(base: str, keys: Path, names: list[str]) -> None:
    """Draw those that are named, or all."""
    with browser() as started:
        for one in PICTURES:
            if not names or one.name in names:
                (OUT / one.file).write_bytes(small(drawn(started, base, keys, one)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
