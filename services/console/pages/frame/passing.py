"""Passing a service's file on as it comes: its bytes, its names, and ranges of it.

A browser goes on with what broke off (RFC 9110, 14): which range it asks for, and of which file, is
the service's to judge. What a service does not say of ranges, the console does not say either.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Final

import httpx
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.background import BackgroundTask

ASKED: Final = ("range", "if-range")
RANGE_CHARACTERS_MAX: Final = 200
"""Longest `Range` or `If-Range` that is passed on; with a longer one the whole file comes."""
SAID: Final = (
    "content-type",
    "content-disposition",
    "content-length",
    "content-range",
    "accept-ranges",
    "etag",
    "last-modified",
)
"""What is said of a file as the service said it; that no browser keeps it the console says."""


def ranges_of(request: Request) -> dict[str, str]:
    """Return what a browser says of the range that it wants; nothing where that is no header."""
    given = {name: request.headers[name] for name in ASKED if name in request.headers}
    return given if all(_can_be_said(said) for said in given.values()) else {}


def _can_be_said(text: str) -> bool:
    return len(text) <= RANGE_CHARACTERS_MAX and text.isascii() and text.isprintable()


def asked_whole(headers: Mapping[str, str]) -> dict[str, str]:
    """Add that bytes are wanted as they are: a range counts them so."""
    return {**headers, "Accept-Encoding": "identity"}


def no_such_range(answer: httpx.Response) -> Response | None:
    """Say that a file has no such range, and how long it is; None: that is not the answer."""
    if answer.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        return None
    return Response(status_code=answer.status_code, headers=_said(answer, ("content-range",)))


def streamed(answer: httpx.Response) -> Response:
    """Pass a file or its range on as it comes, and let go of it however that ends."""
    names = [name for name in SAID if name != "content-length" or _is_plain(answer)]
    return StreamingResponse(
        _pieces(answer),
        answer.status_code,
        headers=_said(answer, names),
        background=BackgroundTask(answer.aclose),
    )


def _is_plain(answer: httpx.Response) -> bool:
    return "content-encoding" not in answer.headers


def _said(answer: httpx.Response, names: tuple[str, ...] | list[str]) -> dict[str, str]:
    return {name: answer.headers[name] for name in names if name in answer.headers}


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_bytes():
            yield piece
    finally:
        await answer.aclose()
