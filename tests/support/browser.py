"""A real Chromium, driven by Playwright; everything a page asks for and complains of is kept.

The machine's own Chromium or Chrome is used. Where there is none and this is root on Debian, it is
installed with a Chinese font; elsewhere one sentence says how.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES: Final = ("chromium", "fonts-noto-cjk")
HOW: Final = (
    "the console's tests need Chromium and a Chinese font: as root on Debian or Ubuntu, "
    f"`apt-get install -y {' '.join(PACKAGES)}`"
)
INSTALL_SECONDS_MAX: Final = 600
SAID_MAX: Final = 500
ANSWER_MS: Final = 30_000
"""Longest wait for a page or for what is to appear on it."""
DESK: Final = (1366, 768)
PHONE: Final = (390, 844)
SEVERE: Final = frozenset({"serious", "critical"})
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


class NoBrowserError(RuntimeError):
    """There is no Chromium here, and it could not be installed."""


def chromium() -> str:
    """Give the path of a Chromium, installed first where that is possible."""
    return _found() or _installed()


def _found() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _installed() -> str:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise NoBrowserError(HOW)
    said = ""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        run = subprocess.run(  # noqa: S603 - the distribution's own packages
            [apt, *command],
            env=quiet,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS_MAX,
            check=False,
        )
        said = run.stderr.strip()[-SAID_MAX:]
    path = _found()
    if path is None:
        message = f"{HOW}; it was tried and failed: {said}"
        raise NoBrowserError(message)
    return path


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium; the same for all who look, each in a context of their own."""
    path = chromium()
    # Chromium's sandbox does not work for root; nothing but our own pages is opened.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=path, args=[*options, "--disable-dev-shm-usage"]
        )
        try:
            yield started
        finally:
            started.close()


@dataclass
class Looking:
    """A page in a context of its own, and what happened there."""

    page: Page
    base: str
    asked: list[str] = field(default_factory=list)
    """Addresses of everything that the page asked for."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings of the browser's console, exceptions, and what was not loaded."""
    dialogs: list[str] = field(default_factory=list)
    """What asked or told something in a window of its own: only markup that got in would."""

    def open(self, path: str, status: int = 200) -> Page:
        """Go to a page of the console and wait until it stands."""
        found = self.visit(path)
        assert status == found, f"{path}: {found} {self.page.title()}"
        return self.page

    def visit(self, path: str) -> int:
        """Go to a page of the console, wait until it stands, and give its status."""
        answer = self.page.goto(self.base + path, wait_until="load")
        assert answer is not None
        return answer.status

    @property
    def foreign(self) -> list[str]:
        """Give what was asked of another server than the console."""
        own = urlsplit(self.base).netloc
        inside = ("data", "blob", "about")
        return [
            url
            for url in self.asked
            if urlsplit(url).scheme not in inside and urlsplit(url).netloc != own
        ]

    def violations(self) -> list[str]:
        """Let axe-core look at the page: what is serious or critical, each in a line."""
        if not self.page.evaluate("typeof window.axe === 'object'"):
            self.page.evaluate(AXE_SCRIPT)
        wanted = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": list(RULES)}}
        found: dict[str, Any] = self.page.evaluate("options => axe.run(document, options)", wanted)
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: "
            + " | ".join(str(node["target"][0]) for node in one["nodes"][:5])
            for one in found["violations"]
            if one["impact"] in SEVERE
        ]


@contextmanager
def looking(
    started: Browser,
    base: str,
    size: tuple[int, int] = DESK,
    cookies: Mapping[str, str] | None = None,
    **more: Any,
) -> Iterator[Looking]:
    """Open a fresh context, as a browser that never was here before."""
    width, height = size
    context = started.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(ANSWER_MS)
    context.add_cookies(
        [{"name": name, "value": value, "url": base} for name, value in (cookies or {}).items()]
    )
    try:
        yield _watched(Looking(context.new_page(), base))
    finally:
        context.close()


def _watched(made: Looking) -> Looking:
    """Keep what the page does."""

    def told(message: ConsoleMessage) -> None:
        # A refusal that is shown as a page (422, 503) is no fault of the page.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            made.complaints.append(f"{made.page.url}: {message.text}")

    def asked(request: Request) -> None:
        made.asked.append(request.url)

    def failed(request: Request) -> None:
        # What the page itself gave up, such as a stream when it is left, did not fail.
        if request.failure and "ERR_ABORTED" not in request.failure:
            made.complaints.append(f"{request.url}: {request.failure}")

    def spoken(dialog: Dialog) -> None:
        made.dialogs.append(dialog.message)
        dialog.dismiss()

    made.page.on("console", told)
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on("request", asked)
    made.page.on("requestfailed", failed)
    made.page.on("dialog", spoken)
    return made
