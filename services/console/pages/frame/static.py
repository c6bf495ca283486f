"""The files that pages refer to: styles, scripts, and what others wrote (static/vendor)."""

from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.pages.frame.compressing import ENCODING, SMALLEST, compressed, takes_it

TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
KEPT: Final = "public, max-age=31536000, immutable"
"""Addresses carry a mark of the content."""


def add_routes(router: APIRouter) -> None:
    """Add the routes: one for each file that there is, so that no path leads elsewhere."""
    root = files("services.console") / "static"
    for folder, prefix in ((root, ""), (root / "vendor", "vendor/")):
        for file in folder.iterdir():
            kind = TYPES.get(file.name.rpartition(".")[2])
            if kind is not None and file.is_file():
                _add(router, f"/static/{prefix}{file.name}", file.read_bytes(), kind)


def _add(router: APIRouter, path: str, content: bytes, kind: str) -> None:
    headers = {"Cache-Control": KEPT, "Vary": "Accept-Encoding"}
    packed = {**headers, "Content-Encoding": ENCODING}
    # Once for all: a chart's script takes a fifteenth of a second.
    small = compressed(content) if len(content) >= SMALLEST else None

    @router.get(path, include_in_schema=False)
    async def file(request: Request) -> Response:
        if small is not None and takes_it(request.headers):
            return Response(small, media_type=kind, headers=packed)
        return Response(content, media_type=kind, headers=headers)
