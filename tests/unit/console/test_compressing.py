"""Pages and files in fewer bytes, for browsers that take them so."""

import gzip

import httpx
import pytest
from starlette.datastructures import Headers

from services.console.pages.frame.compressing import takes_it
from tests.unit.console.fake_services import FakeServices, console

ECHARTS = "/static/vendor/echarts.common.min.js"


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("br", False),
        ("", False),
    ],
)
def test_what_a_browser_says_of_it_is_read(offered: str, *, taken: bool) -> None:
    """As RFC 9110, 12.5.3 has it."""
    assert taken == takes_it(Headers({"accept-encoding": offered}))


async def _raw(browser: httpx.AsyncClient, path: str, encoding: str) -> tuple[bytes, httpx.Headers]:
    headers = {"accept-encoding": encoding}
    async with browser.stream("GET", path, headers=headers) as answer:
        return b"".join([part async for part in answer.aiter_raw()]), answer.headers


@pytest.mark.parametrize("path", ["/", ECHARTS])
async def test_the_same_bytes_come_smaller(path: str) -> None:
    """And as they are for a browser that does not take them."""
    async with console(FakeServices()) as browser:
        plain, _ = await _raw(browser, path, "identity")
        packed, headers = await _raw(browser, path, "gzip")

    assert plain == gzip.decompress(packed)
    assert len(packed) * 2 < len(plain)
    assert ("gzip", str(len(packed))) == (headers["content-encoding"], headers["content-length"])
    assert "accept-encoding" in headers["vary"].lower()
