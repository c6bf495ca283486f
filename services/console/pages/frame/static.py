"""The files that pages refer to: styles, scripts, and what others wrote (static/vendor)."""

from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

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
    @router.get(path, include_in_schema=False)
    async def file() -> Response:
        return Response(content, media_type=kind, headers={"Cache-Control": KEPT})
