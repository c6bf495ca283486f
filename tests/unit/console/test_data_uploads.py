"""Forms with a file, in pieces of any size."""

from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.domain.data_uploads import (
    FIELD_BYTES_MAX,
    MalformedUploadError,
    Upload,
    boundary_of,
)


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    """Give a body bit by bit."""
    for start in range(0, len(body), size):
        yield body[start : start + size]


def written(name: str, content: bytes, **fields: str) -> tuple[bytes, str]:
    """Write a form as a client of others' does."""
    made = httpx.Request("POST", "http://x", data=fields, files={"file": (name, content)})
    return made.read(), made.headers["content-type"]


@given(st.binary(max_size=300), st.integers(1, 50))
async def test_a_file_comes_out_as_it_went_in(content: bytes, size: int) -> None:
    """Whatever it holds and however it is cut."""
    body, kind = written("a.csv", content, preset="payment-vouchers", jurisdiction="城")
    upload = Upload(pieces(body, size), kind)

    assert await upload.open()
    assert content == b"".join([part async for part in upload.file()])
    assert {"preset": "payment-vouchers", "jurisdiction": "城"} == upload.fields
    assert "a.csv" == upload.filename


async def test_marks_within_a_file_do_not_end_it() -> None:
    """Only the whole boundary does."""
    body, kind = written("x", b"")
    mark = b"\r\n--" + boundary_of(kind)
    content = mark[:-1] + b"!" + b"\r\n" * 40
    body = body.replace(b"\r\n\r\n", b"\r\n\r\n" + content, 1)
    upload = Upload(pieces(body, 7), kind)

    assert await upload.open()
    assert content == b"".join([part async for part in upload.file()])


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (b"C:\\docs\\\xe6\x94\xaf.csv", "支.csv"),
        (b"../../etc/passwd", "passwd"),
        (b"a%22b.csv", 'a"b.csv'),
        (b"x" * 500 + b".csv", "x" * 196 + ".csv"),
        (b"a\x00\x1b.csv", "a.csv"),
    ],
)
async def test_names_of_files_are_names_alone(sent: bytes, name: str) -> None:
    """No path, no quotes' code, no control signs."""
    head = b'--B\r\nContent-Disposition: form-data; name="file"; filename="' + sent + b'"\r\n'
    upload = Upload(pieces(head + b"Content-Type: text/csv\r\n\r\nx\r\n--B--\r\n", 9), KIND)

    assert await upload.open()
    assert name == upload.filename


KIND = "multipart/form-data; boundary=B"
PART = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing",
        PART,
        PART + b"x" * (FIELD_BYTES_MAX + 100),
        (PART + b"x\r\n") * 20 + b"--B--",
        b"--B\r\n" + b"h" * 9_000,
    ],
)
async def test_what_is_no_form_is_refused(body: bytes) -> None:
    """Cut off, without an end, with too much of it."""
    with pytest.raises(MalformedUploadError):
        await Upload(pieces(body, 100), KIND).open()


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", f"{KIND}{'x' * 300}"])
def test_what_says_that_it_is_no_form_is_refused(kind: str) -> None:
    """Before anything is read."""
    with pytest.raises(MalformedUploadError):
        boundary_of(kind)


async def test_a_form_without_a_file_says_so() -> None:
    """A file that was not chosen has no name."""
    none = b'--B\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--B--\r\n'

    assert not await Upload(pieces(PART + b"x\r\n--B--\r\n", 5), KIND).open()
    assert not await Upload(pieces(none, 5), KIND).open()


async def test_a_file_that_is_cut_off_is_refused() -> None:
    """So that half a file is never taken for the whole."""
    body, kind = written("a.csv", b"abc" * 100)
    upload = Upload(pieces(body[:-60], 16), kind)
    await upload.open()

    with pytest.raises(MalformedUploadError):
        [part async for part in upload.file()]
