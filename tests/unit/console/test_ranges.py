"""Files that broke off on their way through the console: the rest of them is asked for."""

from typing import Any, Final

import httpx
import pytest

from services.console.pages.frame.passing import RANGE_CHARACTERS_MAX
from tests.unit.console.fake_reporting import reporting
from tests.unit.console.fake_services import console

ARCHIVE: Final = b"PK0123456789"


def archive(request: httpx.Request) -> httpx.Response:
    """Be an archive whose ranges may be asked for, as reporting hands it out."""
    said = {"accept-ranges": "bytes", "etag": '"d"', "content-type": "application/zip"}
    said |= {"cache-control": "private, no-cache"}
    wanted = request.headers.get("range")
    if wanted is None or request.headers.get("if-range", '"d"') != '"d"':
        return httpx.Response(200, content=ARCHIVE, headers=said)
    start = int(wanted.removeprefix("bytes=").rstrip("-"))
    if start >= len(ARCHIVE):
        beyond = {"content-range": f"bytes */{len(ARCHIVE)}"}
        return httpx.Response(416, json={"code": "no_range"}, headers=beyond)
    part = {**said, "content-range": f"bytes {start}-{len(ARCHIVE) - 1}/{len(ARCHIVE)}"}
    return httpx.Response(206, content=ARCHIVE[start:], headers=part)


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ({}, 200, ARCHIVE),
        ({"range": "bytes=4-"}, 206, ARCHIVE[4:]),
        ({"range": "bytes=4-", "if-range": '"d"'}, 206, ARCHIVE[4:]),
        ({"range": "bytes=4-", "if-range": '"other"'}, 200, ARCHIVE),
        ({"range": f"bytes={'0' * RANGE_CHARACTERS_MAX}4-"}, 200, ARCHIVE),
        ({"range": b"bytes=4-\xe9"}, 200, ARCHIVE),
        ({"range": "bytes=99-"}, 416, b""),
    ],
)
async def test_an_archive_is_gone_on_with_where_it_broke_off(
    asked: dict[Any, Any], status: int, content: bytes
) -> None:
    """The service says which range it is, and of which file; what is no range is not looked at."""
    fake = reporting()
    fake.answers["reporting/v1/downloads/d/file"] = archive
    async with console(fake) as browser:
        answer = await browser.get("/downloads/d/file", headers=asked)
    said = answer.headers.get("content-range")

    assert (answer.status_code, answer.content) == (status, content)
    assert fake.requests[-1].headers["accept-encoding"] == "identity"
    # The service's own rule would leave it on the disk of a browser that others use too.
    assert "no-store" in answer.headers["cache-control"]
    if status == 206:
        assert said == f"bytes 4-{len(ARCHIVE) - 1}/{len(ARCHIVE)}"
    if status == 416:
        assert said == f"bytes */{len(ARCHIVE)}"
    else:
        assert (answer.headers["accept-ranges"], answer.headers["etag"]) == ("bytes", '"d"')
        assert answer.headers["content-length"] == str(len(content))
